/** Pushes into NBD exports, which a `qemu-nbd` serves. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { unwrap } from '../../../src/index.ts'
import { makeCertificates } from '../nbd/certificates.ts'
import { requireProgram } from '../require.ts'
import { BackupLab, checkpointXml, isMissing, note } from './backup-lab.ts'

const qemuNbd = requireProgram('nbd', 'QEMU_NBD', 'qemu-nbd')
const openssl = requireProgram('nbd', 'OPENSSL', 'openssl')
const isAnyMissing = isMissing || qemuNbd.isMissing || openssl.isMissing

describe.skipIf(isAnyMissing)(
  `a push into an NBD export${note}${qemuNbd.note}${openssl.note}`,
  () => {
    let lab: BackupLab
    let servers: ChildProcess[]

    beforeEach(async () => {
      servers = []
      lab = await BackupLab.start({ disks: [{ dev: 'vda' }] })
      await lab.io('vda', 'write -P 1 0 4M')
    })

    afterEach(async () => {
      for (const server of servers) {
        const ended = once(server, 'exit')
        server.kill()
        await ended
      }
      await lab.close()
    })

    /** Serves a raw image of 64 MiB, and gives its path. */
    async function serve(name: string, options: readonly string[], size = '64M'): Promise<string> {
      const path = lab.path(name)
      const pidFile = `${path}.pid`
      lab.img('create', '-q', '-f', 'raw', path, size)
      const args = ['-t', '-f', 'raw', '-x', 'out', '--pid-file', pidFile, ...options, path]
      servers.push(spawn(qemuNbd.path, args))
      await lab.until(() => existsSync(pidFile))
      return path
    }

    const unixUri = (): string => `nbd+unix:///out?socket=${lab.path('nbd.sock')}`

    const xml = (
      uri: string,
      options: { readonly since?: string; readonly format?: string } = {},
    ) => {
      const incremental = options.since ? `<incremental>${options.since}</incremental>` : ''
      const driver = options.format ? `<driver type='${options.format}'/>` : ''
      const target = uri.replaceAll('&', '&amp;')
      return `<domainbackup>${incremental}<disks><disk name='vda' type='file'><target file='${target}'/>${driver}</disk></disks></domainbackup>`
    }

    /** Whether a file is what the guest sees. */
    async function isCopy(path: string): Promise<boolean> {
      return lab.bytes(await lab.snapshot('vda'), 'qcow2').equals(readFileSync(path))
    }

    const nodes = (): Promise<string> => lab.qmp('query-named-block-nodes', { flat: true })

    it('holds a full backup, and then an increment in place', async () => {
      const path = await serve('out.raw', ['-k', lab.path('nbd.sock')])
      expect(await lab.push(xml(unixUri()), 'c1')).toMatchObject({ complete: true })
      expect(await isCopy(path)).toBe(true)
      await lab.io('vda', 'write -P 2 1M 192k')
      expect(await isCopy(path)).toBe(false)
      const before = await nodes()
      expect(await lab.push(xml(unixUri(), { since: 'c1' }))).toMatchObject({ complete: true })
      expect(await isCopy(path)).toBe(true)
      expect(JSON.parse(await nodes()).return).toHaveLength(JSON.parse(before).return.length)
    })

    it('shows a certificate where that is asked for', async () => {
      const { good } = await makeCertificates(lab.folder)
      const options = [
        '--object',
        `tls-creds-x509,id=tls0,endpoint=server,dir=${good},verify-peer=yes`,
        '--tls-creds',
        'tls0',
        '-k',
        lab.path('nbd.sock'),
      ]
      const path = await serve('out.raw', options)
      const uri = `nbds+unix:///out?socket=${lab.path('nbd.sock')}&tls-certificates=${good}&tls-hostname=server.test`
      expect(await lab.push(xml(uri))).toMatchObject({ complete: true })
      expect(await isCopy(path)).toBe(true)
      expect(await lab.qmp('qom-list', { path: '/objects' })).not.toContain('tls')
    })

    it.each<[string, () => Promise<string>, RegExp]>([
      [
        'nobody serves',
        async () => xml(unixUri()),
        /^internal error: unable to execute QEMU command 'blockdev-add': Failed to connect to '.*nbd.sock': No such file or directory$/,
      ],
      [
        'is smaller than the disk',
        async () => {
          await serve('out.raw', ['-k', lab.path('nbd.sock')], '1M')
          return xml(unixUri())
        },
        /^internal error: unable to execute QEMU command 'transaction': Source and target image have different sizes$/,
      ],
      [
        'is to be qcow2',
        async () => xml(unixUri(), { format: 'qcow2' }),
        /^Operation not supported: can't create storage format 'qcow2'$/,
      ],
      ['has a URI that is none', async () => xml('nbd://[/out'), /'nbd:\/\/\[\/out'/],
    ])('that %s is refused, and nothing is left', async (_, document, message) => {
      const text = await document()
      const before = await nodes()
      const refused = await lab.domain.backupBegin(text, checkpointXml('c'))
      expect(refused._unsafeUnwrapErr().message).toMatch(message)
      expect(await nodes()).toBe(before)
      expect(unwrap(await lab.domain.listAllCheckpoints())).toHaveLength(0)
    })
  },
)
