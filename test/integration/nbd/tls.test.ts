import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, afterAll, describe, expect, it } from 'vitest'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import {
  memoryExport,
  NbdClient,
  NbdServer,
  readCertificates,
  type NbdClientTls,
  type NbdServerTls,
} from '../../../src/nbd/index.ts'
import { makeCertificates, type TestCertificates } from './certificates.ts'
import { need, output, run, withFolder, withServer } from './programs.ts'

const MiB = 1024 * 1024
const openssl = need('openssl')

describe.skipIf(openssl.isMissing)(`TLS${openssl.note}`, () => {
  let folder = ''
  let made: TestCertificates = { good: '', stranger: '' }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'virtdriver-tls-'))
    made = await makeCertificates(folder)
  }, 60_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const pem = (directory: string, name: string): string =>
    readFileSync(join(directory, name), 'utf8')
  const clientTls = (directory: string): Required<Pick<NbdClientTls, 'ca' | 'cert' | 'key'>> => ({
    ca: pem(made.good, 'ca-cert.pem'),
    cert: pem(directory, 'client-cert.pem'),
    key: pem(directory, 'client-key.pem'),
  })
  const serverTls = (): NbdServerTls => ({
    ca: pem(made.good, 'ca-cert.pem'),
    cert: pem(made.good, 'server-cert.pem'),
    key: pem(made.good, 'server-key.pem'),
  })

  async function serving(
    use: (uri: string, server: NbdServer, folder: string) => Promise<void>,
    tls: NbdServerTls = serverTls(),
  ): Promise<void> {
    await withFolder(async (own) => {
      const source = memoryExport('vda', 8 * MiB)._unsafeUnwrap()
      source.fill(
        MiB,
        Uint8Array.from({ length: 3 * MiB }, (_, at) => (at * 13) & 0xff),
      )
      const options = { exports: [source], tls }
      const server = (await NbdServer.listen({ path: join(own, 's') }, options))._unsafeUnwrap()
      try {
        await use(server.uri('vda') ?? '', server, own)
      } finally {
        await server.close()
      }
    })
  }

  it('carries reads and writes between our client and our server', () =>
    serving(async (uri) => {
      expect(uri).toMatch(/^nbds\+unix:/)
      const client = (await NbdClient.connect(uri, { tls: clientTls(made.good) }))._unsafeUnwrap()
      const data = Uint8Array.from({ length: 2 * MiB }, (_, at) => (at * 17) & 0xff)
      expect((await client.write(12_345, data)).isOk()).toBe(true)
      const back = (await client.read(12_345, data.length))._unsafeUnwrap()
      expect(Buffer.compare(back, data)).toBe(0)
      await client.close()
    }))

  it('takes certificates from the directory that a URI names', () =>
    serving(async (uri) => {
      const named = await NbdClient.connect(`${uri}&tls-certificates=${made.good}`)
      expect((await named._unsafeUnwrap().read(0, 1)).isOk()).toBe(true)
      await named._unsafeUnwrap().close()
      const nowhere = await NbdClient.connect(`${uri}&tls-certificates=${join(made.good, 'x')}`)
      expect(nowhere._unsafeUnwrapErr().kind).toBe('file')
    }))

  it('is refused to a client without a certificate, or with that of a stranger', () =>
    serving(async (uri, server) => {
      const attempts: NbdClientTls[] = [{ ca: clientTls(made.good).ca }, clientTls(made.stranger)]
      for (const tls of attempts) {
        const client = await NbdClient.connect(uri, { tls })
        // With TLS 1.3 a client believes that it is in before the server has looked at its certificate.
        expect(['unreachable', 'interrupted']).toContain(client._unsafeUnwrapErr().kind)
      }
      await expect.poll(() => server.connections).toBe(0)
    }))

  it('is refused to a client in the clear', () =>
    serving(async (uri) => {
      const client = await NbdClient.connect(uri.replace('nbds', 'nbd'))
      expect(client._unsafeUnwrapErr()).toMatchObject({ kind: 'refused' })
    }))

  it('lets any client in when it is not to verify them', () =>
    serving(
      async (uri) => {
        const { ca } = clientTls(made.good)
        const client = (await NbdClient.connect(uri, { tls: { ca } }))._unsafeUnwrap()
        expect((await client.read(0, 10)).isOk()).toBe(true)
        await client.close()
      },
      { ...serverTls(), verifyClient: false },
    ))

  it('fails when the server is not who it should be, unless nobody looks', () =>
    serving(async (uri) => {
      const tls = clientTls(made.good)
      const other = await NbdClient.connect(uri, { tls: { ...tls, hostname: 'other.test' } })
      expect(other._unsafeUnwrapErr()).toMatchObject({
        kind: 'unreachable',
        message: 'TLS handshake failed',
      })
      const byUri = await NbdClient.connect(`${uri}&tls-hostname=other.test`, { tls })
      expect(byUri.isErr()).toBe(true)
      const right = await NbdClient.connect(`${uri}&tls-hostname=server.test`, { tls })
      expect(right.isOk()).toBe(true)
      await right._unsafeUnwrap().close()
      const { cert, key } = tls
      const unknown = await NbdClient.connect(uri, { tls: { cert, key } })
      expect(unknown._unsafeUnwrapErr().kind).toBe('unreachable')
      const blind = await NbdClient.connect(uri, { tls: { cert, key, verifyPeer: false } })
      expect(blind.isOk()).toBe(true)
      await blind._unsafeUnwrap().close()
    }))

  it('works over TCP, where the host is what is verified', async () => {
    const source = memoryExport('vda', MiB)._unsafeUnwrap()
    const options = { exports: [source], tls: serverTls() }
    const server = (await NbdServer.listen({ host: '127.0.0.1', port: 0 }, options))._unsafeUnwrap()
    const tls = clientTls(made.good)
    const client = await NbdClient.connect(server.uri('vda') ?? '', { tls, connections: 3 })
    expect(client._unsafeUnwrap().connections).toBe(3)
    await client._unsafeUnwrap().close()
    await server.close()
  })

  it('needs an authority to verify clients', () => {
    const { cert, key } = { cert: 'x', key: 'y' }
    expect(NbdServer.create({ tls: { cert, key } })._unsafeUnwrapErr().kind).toBe('invalid')
  })

  it('ends a connection, and not the server, when its certificate is none', () =>
    serving(
      async (uri, server) => {
        const client = await NbdClient.connect(uri, { tls: clientTls(made.good) })
        expect(client.isErr()).toBe(true)
        await expect.poll(() => server.connections).toBe(0)
      },
      { ca: 'x', cert: 'y', key: 'z' },
    ))

  it('reads directories as QEMU and libnbd lay them out', async () => {
    const server = (await readCertificates(made.good, 'server'))._unsafeUnwrap()
    expect(server.ca).toContain('BEGIN CERTIFICATE')
    expect(server.key).toContain('PRIVATE KEY')
    const client = (await readCertificates(made.stranger, 'server'))._unsafeUnwrap()
    expect(client.cert).toBeUndefined()
  })

  const nbdinfo = need('nbdinfo', 'nbdcopy')
  it.skipIf(nbdinfo.isMissing)(`is spoken with libnbd${nbdinfo.note}`, () =>
    serving(async (uri, _, own) => {
      const host = '&tls-hostname=localhost'
      const certificates = `${uri}${host}&tls-certificates=`
      const info = await output('nbdinfo', '--json', `${certificates}${made.good}`)
      expect(JSON.parse(info)).toMatchObject({ TLS: true, exports: [{ 'export-size': 8 * MiB }] })
      const copy = join(own, 'copy.img')
      await output('nbdcopy', `${certificates}${made.good}`, copy)
      expect(readFileSync(copy)[MiB + 1]).toBe(13)
      expect((await run('nbdinfo', `${certificates}${made.stranger}`)).code).not.toBe(0)
      expect((await run('nbdinfo', uri.replace('nbds', 'nbd'))).code).not.toBe(0)
    }),
  )

  const qemuImg = need('qemuImg')
  it.skipIf(qemuImg.isMissing)(`is spoken with QEMU${qemuImg.note}`, () =>
    serving(async (_, __, own) => {
      const image = `driver=nbd,server.type=unix,server.path=${join(own, 's')},export=vda,tls-creds=t,tls-hostname=localhost`
      const creds = (dir: string): string => `tls-creds-x509,id=t,endpoint=client,dir=${dir}`
      const args = ['convert', '--image-opts', image, '-O', 'raw', join(own, 'copy.raw')]
      await output('qemuImg', ...args, '--object', creds(made.good))
      expect(readFileSync(join(own, 'copy.raw'))[MiB + 1]).toBe(13)
      expect((await run('qemuImg', ...args, '--object', creds(made.stranger))).code).not.toBe(0)
    }),
  )

  const nbdkit = need('nbdkit')
  it.skipIf(nbdkit.isMissing)(`is spoken with nbdkit${nbdkit.note}`, () =>
    withFolder(async (own) => {
      const socket = join(own, 's')
      const tls = [`--tls-certificates=${made.good}`, '--tls-verify-peer', '--tls=require']
      const args = ['-f', '-U', socket, ...tls, 'pattern', '1M']
      await withServer('nbdkit', args, socket, async () => {
        const uri = `nbds+unix:///?socket=${socket}`
        const client = (await NbdClient.connect(uri, { tls: clientTls(made.good) }))._unsafeUnwrap()
        expect((await client.read(0, MiB))._unsafeUnwrap()[15]).toBe(8)
        await client.close()
        expect((await NbdClient.connect(uri, { tls: clientTls(made.stranger) })).isErr()).toBe(true)
        const clear = await NbdClient.connect(uri.replace('nbds', 'nbd'))
        expect(clear._unsafeUnwrapErr()).toMatchObject({ kind: 'refused' })
      })
    }),
  )
})
