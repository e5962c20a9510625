import { beforeEach, describe, expect, it } from 'vitest'
import type { Domain } from '../../../src/index.ts'
import { DomainBackupBeginFlags, ErrorDomain, ErrorNumber, unwrap } from '../../../src/index.ts'
import { type Lab, makeLab, MiB, startDomain } from './fixture.ts'

const { REUSE_EXTERNAL } = DomainBackupBeginFlags

let lab: Lab
let domain: Domain

beforeEach(async () => {
  lab = await makeLab()
  domain = await startDomain(lab)
  unwrap(await domain.checkpointCreateXML('<domaincheckpoint><name>c</name></domaincheckpoint>'))
})

/** Begins a push backup of vda, and gives the error. */
async function begin(
  store: { path: string; kind?: 'file' | 'block'; format?: string },
  options: { flags?: number; incremental?: string } = {},
): Promise<object> {
  const { path, kind = 'file', format = 'qcow2' } = store
  const { flags = 0, incremental = '' } = options
  const before = lab.hypervisor.images.list()
  const xml = `
    <domainbackup>
      ${incremental && `<incremental>${incremental}</incremental>`}
      <disks>
        <disk name='vda' type='${kind}'>
          <driver type='${format}'/>
          <target ${kind === 'file' ? 'file' : 'dev'}='${path}'/>
        </disk>
      </disks>
    </domainbackup>`
  const error = (await domain.backupBegin(xml, undefined, flags))._unsafeUnwrapErr()
  expect(lab.hypervisor.images.list()).toStrictEqual(before)
  return { code: error.code, domain: error.domain, message: error.message }
}

// Recorded from libvirt 9.0.0 with QEMU 7.2.
describe('the store of a backup', () => {
  it.each([
    ['cow', "'cow' storage format is not supported"],
    [
      'dir',
      "'directory' storage format is not directly supported by QEMU, use 'dir' disk type instead",
    ],
    ['fat', "storage format 'fat' is supported only with 'dir' storage type"],
    ['iso', "storage format 'iso' is not directly supported by QEMU, use 'raw' instead"],
  ])('cannot have the format %s', async (format, detail) => {
    unwrap(lab.hypervisor.images.create('/there', { virtualSize: 64 * MiB }))
    const expected = {
      code: ErrorNumber.CONFIG_UNSUPPORTED,
      domain: ErrorDomain.QEMU,
      message: `unsupported configuration: ${detail}`,
    }
    expect(await begin({ path: '/b', format })).toStrictEqual(expected)
    expect(await begin({ path: '/there', format }, { flags: REUSE_EXTERNAL })).toStrictEqual(
      expected,
    )
  })

  it('cannot be an increment in vmdk', async () => {
    expect(await begin({ path: '/b', format: 'vmdk' }, { incremental: 'c' })).toStrictEqual({
      code: ErrorNumber.OPERATION_FAILED,
      domain: ErrorDomain.QEMU,
      message: `operation failed: failed to format image: 'Failed to get shared "write" lock'`,
    })
  })

  const refusedKind = (required: string) => ({
    code: ErrorNumber.INTERNAL_ERROR,
    domain: ErrorDomain.QEMU,
    message: `internal error: unable to execute QEMU command 'blockdev-add': ${required}`,
  })

  it.each([0, REUSE_EXTERNAL])('is no file where a device is named (flags %i)', async (flags) => {
    unwrap(lab.hypervisor.images.create('/there', { virtualSize: 64 * MiB }))
    expect(await begin({ path: '/there', kind: 'block' }, { flags })).toStrictEqual(
      refusedKind(
        "'host_device' driver requires '/there' to be either a character or block device",
      ),
    )
  })

  it('is no device where a file is named', async () => {
    unwrap(lab.hypervisor.images.create('/dev/x', { kind: 'block', virtualSize: 64 * MiB }))
    const flags = REUSE_EXTERNAL
    expect(await begin({ path: '/dev/x', format: 'raw' }, { flags })).toStrictEqual(
      refusedKind("'file' driver requires '/dev/x' to be a regular file"),
    )
  })

  const invalid = (message: string) => ({
    code: ErrorNumber.INVALID_ARG,
    domain: ErrorDomain.QEMU,
    message: `invalid argument: ${message}`,
  })
  const systemError = (raisedBy: ErrorDomain, message: string) => ({
    code: ErrorNumber.SYSTEM_ERROR,
    domain: raisedBy,
    message,
  })

  it.each(['/vm', '/vm/'])('is not the directory %s', async (path) => {
    expect(await begin({ path })).toStrictEqual(
      invalid(`store '${path}' for backup of 'vda' exists`),
    )
    expect(await begin({ path }, { flags: REUSE_EXTERNAL })).toStrictEqual(
      refusedKind(`'file' driver requires '${path}' to be a regular file`),
    )
  })

  it.each([
    ['/vm/vda.qcow2/b', 'Not a directory'],
    ['/vm/vda.qcow2/', 'Is a directory'],
  ])('is not below a file, as %s is', async (path, why) => {
    expect(await begin({ path })).toStrictEqual(
      systemError(ErrorDomain.QEMU, `failed to create image file '${path}': ${why}`),
    )
    expect(await begin({ path }, { flags: REUSE_EXTERNAL })).toStrictEqual(
      systemError(ErrorDomain.SECURITY, `unable to stat: ${path}: Not a directory`),
    )
  })
})

// Recorded from libvirt 9.0.0 with QEMU 7.2.
describe('the image of a disk', () => {
  const disk = (path: string, format: string) =>
    `<disk type='file'><driver type='${format}'/><source file='${path}'/><target dev='vdz'/></disk>`

  it.each([
    ['qcow2', '/vm', ErrorNumber.SYSTEM_ERROR, "cannot read header '/vm': Is a directory"],
    [
      'raw',
      '/vm',
      ErrorNumber.INTERNAL_ERROR,
      "internal error: unable to execute QEMU command 'blockdev-add': 'file' driver requires '/vm' to be a regular file",
    ],
    [
      'raw',
      '/vm/vda.qcow2/b',
      ErrorNumber.SYSTEM_ERROR,
      "Cannot access storage file '/vm/vda.qcow2/b': Not a directory",
    ],
  ])('is not plugged in as %s from %s', async (format, path, code, message) => {
    const error = (await domain.attachDevice(disk(path, format)))._unsafeUnwrapErr()
    expect({ code: error.code, message: error.message }).toStrictEqual({ code, message })
  })
})
