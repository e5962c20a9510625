import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Domain, unwrap } from '../../../src/index.ts'
import { type HypervisorConfig, TestHypervisor } from '../../../src/testing/index.ts'
import { makeCertificates } from './certificates.ts'
import { need, output, run, withFolder } from './programs.ts'

const MiB = 1024 * 1024
const SIZE = 64 * MiB

interface Pull {
  readonly hypervisor: TestHypervisor
  readonly domain: Domain
  readonly folder: string
  /** The disk as it was when the backup began. */
  readonly expected: Uint8Array
  /** Begins an incremental pull backup, and lets the guest write over what it shows. */
  readonly begin: (tls?: boolean) => Promise<string>
}

/** A domain in memory that was changed since its checkpoint. */
async function withPull(
  use: (pull: Pull) => Promise<void>,
  configure: (folder: string) => Promise<HypervisorConfig> = () => Promise.resolve({}),
): Promise<void> {
  await withFolder(async (folder) => {
    const hypervisor = TestHypervisor.create({ config: await configure(folder) })
    unwrap(hypervisor.images.create('/vm/a.qcow2', { format: 'qcow2', virtualSize: SIZE }))
    await using connection = unwrap(await hypervisor.connect())
    const domain = unwrap(
      await connection.domainCreateXML(`
        <domain type='test'>
          <name>vm</name><memory>1024</memory><os><type>hvm</type></os>
          <devices>
            <disk type='file'>
              <driver name='qemu' type='qcow2'/><source file='/vm/a.qcow2'/><target dev='vda'/>
            </disk>
          </devices>
        </domain>`),
    )
    const guest = hypervisor.guest('vm')
    unwrap(guest.write('vda', 0, new Uint8Array(5 * MiB).fill(0x5a)))
    unwrap(await domain.checkpointCreateXML('<domaincheckpoint><name>c</name></domaincheckpoint>'))
    unwrap(guest.write('vda', 3 * MiB, new Uint8Array(MiB).fill(0xa5)))
    unwrap(guest.writeZeroes('vda', MiB, 65_536))
    const socket = join(folder, 'nbd.sock')
    await use({
      hypervisor,
      domain,
      folder,
      expected: unwrap(guest.read('vda', 0, SIZE)),
      begin: async (tls = false) => {
        unwrap(
          await domain.backupBegin(`
            <domainbackup mode='pull'>
              <incremental>c</incremental>
              <server transport='unix' socket='${socket}' tls='${tls ? 'yes' : 'no'}'/>
              <disks><disk name='vda' type='file'><scratch file='/vm/scratch'/></disk></disks>
            </domainbackup>`),
        )
        unwrap(guest.write('vda', 0, new Uint8Array(8 * MiB).fill(0xff)))
        return `nbd${tls ? 's' : ''}+unix:///vda?socket=${socket}`
      },
    })
    unwrap(await domain.destroy())
  })
}

const nbdinfo = need('nbdinfo')
describe.skipIf(nbdinfo.isMissing)(`a pull backup, seen by nbdinfo${nbdinfo.note}`, () => {
  it('advertises field by field what QEMU does', async () => {
    await withPull(async ({ begin }) => {
      const { exports } = JSON.parse(await output('nbdinfo', '--json', await begin()))
      expect(exports).toStrictEqual([
        expect.objectContaining({
          'export-name': 'vda',
          'export-size': SIZE,
          contexts: ['base:allocation', 'qemu:dirty-bitmap:backup-vda'],
          is_rotational: false,
          is_read_only: true,
          can_cache: true,
          can_df: true,
          can_fast_zero: false,
          can_flush: true,
          can_fua: true,
          can_multi_conn: true,
          can_trim: false,
          can_zero: false,
          block_size_minimum: 1,
          block_size_preferred: 4096,
          block_size_maximum: 33_554_432,
        }),
      ])
    })
  })

  it('shows what is dirty and what is allocated, as it was at the begin', async () => {
    await withPull(async ({ begin }) => {
      const uri = await begin()
      const map = async (context: string): Promise<readonly (readonly number[])[]> => {
        const extents: { offset: number; length: number; type: number }[] = JSON.parse(
          await output('nbdinfo', '--json', `--map=${context}`, uri),
        )
        return extents.map(({ offset, length, type }) => [offset / 65_536, length / 65_536, type])
      }
      expect(await map('qemu:dirty-bitmap:backup-vda')).toStrictEqual([
        [0, 16, 0],
        [16, 1, 1],
        [17, 31, 0],
        [48, 16, 1],
        [64, 960, 0],
      ])
      expect(await map('base:allocation')).toStrictEqual([
        [0, 16, 0],
        [16, 1, 3],
        [17, 63, 0],
        [80, 944, 3],
      ])
    })
  })
})

const copiers = need('nbdcopy', 'qemuImg')
describe.skipIf(copiers.isMissing)(`a pull backup, copied by others${copiers.note}`, () => {
  it.each<[string, (uri: string, file: string) => Promise<string>]>([
    ['nbdcopy', (uri, file) => output('nbdcopy', uri, file)],
    [
      'nbdcopy with 8 connections of 64 requests',
      (uri, file) => output('nbdcopy', '--connections=8', '--requests=64', uri, file),
    ],
    [
      'qemu-img convert',
      (uri, file) => output('qemuImg', 'convert', '-f', 'raw', '-O', 'raw', uri, file),
    ],
  ])('is the disk of its begin to %s', async (_, copy) => {
    await withPull(async ({ begin, folder, expected }) => {
      const file = join(folder, 'copy.raw')
      await copy(await begin(), file)
      expect(Buffer.compare(readFileSync(file), expected)).toBe(0)
    })
  })
})

const secure = need('nbdcopy', 'openssl')
describe.skipIf(secure.isMissing)(`a pull backup over TLS${secure.note}`, () => {
  const configure = async (folder: string): Promise<HypervisorConfig> => {
    const { good } = await makeCertificates(folder)
    return { backup_tls_x509_cert_dir: good }
  }

  it('is served to a client whose certificate the authority signed, and to no other', async () => {
    await withPull(async ({ begin, folder, expected }) => {
      const uri = await begin(true)
      const file = join(folder, 'copy.raw')
      const certificates = (name: string): string =>
        `${uri}&tls-certificates=${join(folder, name)}&tls-hostname=localhost`
      await output('nbdcopy', certificates('good'), file)
      expect(Buffer.compare(readFileSync(file), expected)).toBe(0)
      expect((await run('nbdcopy', certificates('stranger'), file)).code).not.toBe(0)
      expect((await run('nbdcopy', uri.replace('nbds', 'nbd'), file)).code).not.toBe(0)
    }, configure)
  })
})
