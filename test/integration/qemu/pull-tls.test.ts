import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { ErrorNumber, unwrap } from '../../../src/index.ts'
import { NbdClient, type NbdClientTls } from '../../../src/nbd/index.ts'
import { makeCertificates, type TestCertificates } from '../nbd/certificates.ts'
import { requireProgram } from '../require.ts'
import { BackupLab, checkpointXml, isMissing, note } from './backup-lab.ts'
import { portOf, pullXml } from './pull-lab.ts'
import { storeSecret } from './secret.ts'

const openssl = requireProgram('qemu', 'OPENSSL', 'openssl')

describe.skipIf(isMissing || openssl.isMissing)(
  `a pull backup with TLS${note}${openssl.note}`,
  () => {
    let lab: BackupLab
    let certificates: TestCertificates

    afterEach(async () => {
      await lab.close()
    })

    /** Starts a machine on a root with these settings, given certificates. */
    const start = async (settings: (folder: string) => readonly string[]): Promise<void> => {
      lab = await BackupLab.start({
        disks: [{ dev: 'vda' }],
        prepare: async (made) => {
          certificates = await makeCertificates(made.folder)
          mkdirSync(made.path('root'))
          writeFileSync(made.path('root/qemu.conf'), settings(certificates.good).join('\n'))
        },
      })
      await lab.io('vda', 'write -P 1 0 1M')
    }
    const tlsXml = (): string =>
      pullXml(lab, {
        server: `<server name='127.0.0.1' tls='yes'/>`,
        disks: `<disk name='vda'><scratch file='${lab.path('s')}'/></disk>`,
      })
    const pem = (folder: string, name: string): string =>
      readFileSync(`${folder}/${name}.pem`, 'utf8')
    /** A client that trusts the server, and shows the certificate of a folder. */
    const clientOf = (folder: string): NbdClientTls => ({
      ca: pem(certificates.good, 'ca-cert'),
      cert: pem(folder, 'client-cert'),
      key: pem(folder, 'client-key'),
    })
    /** Reads two bytes of a backup: `undefined` when the server does not want that. */
    const readAs = async (id: number, tls: NbdClientTls): Promise<Uint8Array | undefined> => {
      const connected = await NbdClient.connect(`nbds://127.0.0.1:${await portOf(lab, id)}/vda`, {
        tls,
      })
      if (connected.isErr()) return undefined
      const bytes = unwrap(await connected.value.read(0, 2))
      unwrap(await connected.value.close())
      return bytes
    }
    const content = new Uint8Array([1, 1])

    it('is served to who shows a certificate, and leaves no object behind', async () => {
      await start((folder) => [`backup_tls_x509_cert_dir = "${folder}"`])
      for (const attempt of [1, 2]) {
        const id = unwrap(await lab.domain.backupBegin(tlsXml()))
        expect(id).toBe(attempt)
        const port = await portOf(lab, id)
        expect((await NbdClient.connect(`nbd://127.0.0.1:${port}/vda`)).isErr()).toBe(true)
        expect(await readAs(id, clientOf(certificates.good))).toStrictEqual(content)
        expect(unwrap(await lab.domain.backupEnd(id))).toBe(true)
        expect(await lab.qmp('qom-list', { path: '/objects' })).not.toContain('tls')
      }
    })

    it.each([
      ['by itself', []],
      ['when backup_tls_x509_verify says so', ['backup_tls_x509_verify = 1']],
      ['when default_tls_x509_verify says so', ['default_tls_x509_verify = 1']],
    ])('is not served to strangers, nor to who shows nothing, %s', async (_, settings) => {
      await start((folder) => [`default_tls_x509_cert_dir = "${folder}"`, ...settings])
      const id = unwrap(await lab.domain.backupBegin(tlsXml()))
      expect(await readAs(id, clientOf(certificates.stranger))).toBeUndefined()
      expect(await readAs(id, { ca: pem(certificates.good, 'ca-cert') })).toBeUndefined()
      expect(await readAs(id, clientOf(certificates.good))).toStrictEqual(content)
      expect(unwrap(await lab.domain.backupEnd(id))).toBe(true)
    })

    it('is served to everybody when the settings say that nobody is looked at', async () => {
      await start((folder) => [
        `default_tls_x509_cert_dir = "/nowhere"`,
        `backup_tls_x509_cert_dir = "${folder}"`,
        'default_tls_x509_verify = 1',
        'backup_tls_x509_verify = 0',
      ])
      const id = unwrap(await lab.domain.backupBegin(tlsXml()))
      expect(await readAs(id, { ca: pem(certificates.good, 'ca-cert') })).toStrictEqual(content)
      expect(unwrap(await lab.domain.backupEnd(id))).toBe(true)
    })

    it('opens its key with the secret that the settings name', async () => {
      const uuid = '1c9d7f52-5d8e-4e9f-8a3b-1d2c3b4a5f6e'
      await start((folder) => [
        `backup_tls_x509_cert_dir = "${folder}"`,
        `backup_tls_x509_secret_uuid = "${uuid}"`,
      ])
      const key = `${certificates.good}/server-key.pem`
      const how = ['-topk8', '-v2', 'aes-256-cbc', '-passout', 'pass:pass word']
      execFileSync(openssl.path, ['pkcs8', ...how, '-in', key, '-out', `${key}.new`])
      renameSync(`${key}.new`, key)
      const refused = await lab.domain.backupBegin(tlsXml())
      expect(refused._unsafeUnwrapErr().code).toBe(ErrorNumber.NO_SECRET)
      storeSecret(lab.path('root'), uuid, 'pass word')
      const id = unwrap(await lab.domain.backupBegin(tlsXml()))
      expect(await readAs(id, clientOf(certificates.good))).toStrictEqual(content)
      expect(unwrap(await lab.domain.backupEnd(id))).toBe(true)
      const objects = await lab.qmp('qom-list', { path: '/objects' })
      expect(objects).not.toMatch(/tls/)
    })

    it('fails without a certificate, and leaves nothing behind', async () => {
      await start((folder) => [`backup_tls_x509_cert_dir = "${folder}"`])
      rmSync(`${certificates.good}/server-cert.pem`)
      const refused = await lab.domain.backupBegin(tlsXml(), checkpointXml('c'))
      expect(refused._unsafeUnwrapErr().message).toMatch(
        /^internal error: unable to execute QEMU command 'object-add': Unable to access credentials .*\/server-cert.pem: No such file or directory$/,
      )
      expect(existsSync(lab.path('s'))).toBe(false)
      expect(unwrap(await lab.domain.listAllCheckpoints())).toHaveLength(0)
    })
  },
)
