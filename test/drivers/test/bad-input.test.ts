import { beforeEach, describe, expect, it } from 'vitest'
import type { Domain, DomainCheckpoint, VirResultAsync } from '../../../src/index.ts'
import {
  DomainBackupBeginFlags,
  DomainBlockResizeFlags,
  ErrorDomain,
  ErrorNumber,
  unwrap,
} from '../../../src/index.ts'
import { TestHypervisor } from '../../../src/testing/index.ts'
import { diskXml, domainXml, type Lab, makeLab, MiB, startDomain } from './fixture.ts'
import { type Refusal, refusal, times } from './refusal.ts'

let lab: Lab
let domain: Domain
let checkpoint: DomainCheckpoint

beforeEach(async () => {
  lab = await makeLab()
  domain = await startDomain(lab)
  const xml = '<domaincheckpoint><name>there</name></domaincheckpoint>'
  checkpoint = unwrap(await domain.checkpointCreateXML(xml))
})

const refused = (call: () => VirResultAsync<unknown>): Promise<Refusal> => refusal(lab, call)

const toFile = (file: string): string =>
  `<domainbackup><disks><disk name='vda' type='file'><target file='${file}'/></disk></disks></domainbackup>`

describe('paths', () => {
  const notCreated = (file: string, why: string) => ({
    code: ErrorNumber.SYSTEM_ERROR,
    from: ErrorDomain.QEMU,
    message: `failed to create image file '${file}': ${why}`,
  })

  it.each([
    ['a name of 256 bytes', `/b/${times(256, 'n')}`],
    ['a name of 256 bytes in 128 letters', `/b/${times(128, 'é')}`],
    ['a path of 4096 bytes', `/${times(1024, 'abc/').slice(0, -1)}`],
  ])('refuses %s', async (_, file) => {
    expect(await refused(() => domain.backupBegin(toFile(file)))).toStrictEqual(
      notCreated(file, 'File name too long'),
    )
  })

  it.each([
    ['a name of 255 bytes', `/b/${times(255, 'n')}`],
    ['a path of 4095 bytes', `/${times(1023, 'abc/')}ab`],
    ['spaces, quotes and other scripts', `/b/ a &quot;&apos;&lt;,é漢`],
  ])('takes %s', async (_, file) => {
    expect((await domain.backupBegin(toFile(file))).isOk()).toBe(true)
  })

  it('refuses a path below a file', async () => {
    const file = '/vm/vda.qcow2/b'
    expect(await refused(() => domain.backupBegin(toFile(file)))).toStrictEqual(
      notCreated(file, 'Not a directory'),
    )
  })

  it('refuses a path that leads back to the disk', async () => {
    const file = '/b/.././vm//vda.qcow2'
    expect(await refused(() => domain.backupBegin(toFile(file)))).toStrictEqual({
      code: ErrorNumber.INVALID_ARG,
      from: ErrorDomain.QEMU,
      message: `invalid argument: store '${file}' for backup of 'vda' exists`,
    })
  })

  it('takes away the targets of other disks when one cannot be made', async () => {
    const other = domainXml({
      name: 'other',
      devices: diskXml('vda', { path: '/vm/o' }) + diskXml('vdb'),
    })
    domain = await startDomain(lab, other)
    const disks = ['/b/a', `/b/${times(256, 'n')}`].map(
      (file, index) =>
        `<disk name='vd${'ab'.charAt(index)}' type='file'><target file='${file}'/></disk>`,
    )
    const xml = `<domainbackup><disks>${disks.join('')}</disks></domainbackup>`
    expect(await refused(() => domain.backupBegin(xml))).toMatchObject({
      code: ErrorNumber.SYSTEM_ERROR,
    })
  })
})

describe('names', () => {
  it.each(['', '\0', '\ud800', times(1_000_000, 'x'), '../../etc/passwd'])(
    'finds no domain, checkpoint or disk of an impossible name (case %#)',
    async (name) => {
      const { connection } = lab
      expect(await refused(() => connection.domainLookupByName(name))).toMatchObject({
        code: ErrorNumber.NO_DOMAIN,
      })
      expect(await refused(() => domain.checkpointLookupByName(name))).toMatchObject({
        code: ErrorNumber.NO_DOMAIN_CHECKPOINT,
      })
      for (const call of [
        () => domain.getBlockInfo(name),
        () => domain.blockPeek(name, 0, 512),
        () => domain.blockResize(name, 1024),
        () => domain.getBlockJobInfo(name),
        () => domain.blockJobSetSpeed(name, 1),
        () => domain.blockJobAbort(name),
      ]) {
        expect(await refused(call)).toMatchObject({ code: ErrorNumber.INVALID_ARG })
      }
    },
  )

  it('stores the metadata of a checkpoint whose name has 247 bytes, and no more', async () => {
    const named = (length: number) =>
      `<domaincheckpoint><name>${times(length, 'c')}</name></domaincheckpoint>`
    expect(await refused(() => domain.checkpointCreateXML(named(248)))).toStrictEqual({
      code: ErrorNumber.INTERNAL_ERROR,
      from: ErrorDomain.QEMU,
      message: `internal error: unable to save metadata for checkpoint ${times(248, 'c')}`,
    })
    expect((await domain.checkpointCreateXML(named(247))).isOk()).toBe(true)
  })

  it('ends no backup of an id that was not given', async () => {
    for (const id of [1, 0x7fff_ffff]) {
      expect(await refused(() => domain.backupEnd(id))).toMatchObject({
        code: ErrorNumber.NO_DOMAIN_BACKUP,
      })
    }
    for (const id of [-1, 0.5, Number.NaN]) {
      expect(await refused(() => domain.backupEnd(id))).toMatchObject({
        code: ErrorNumber.INVALID_ARG,
      })
    }
    expect(await refused(() => domain.backupEnd(2 ** 53))).toMatchObject({
      code: ErrorNumber.OVERFLOW,
    })
  })
})

describe('sizes', () => {
  const { BYTES } = DomainBlockResizeFlags

  it.each([
    ['a size beyond exact numbers', 2 ** 53, BYTES, ErrorNumber.OVERFLOW],
    ['KiB beyond exact numbers', 2 ** 44, 0, ErrorNumber.OVERFLOW],
    ['a negative size', -1, BYTES, ErrorNumber.INVALID_ARG],
    ['a fraction', 0.5, BYTES, ErrorNumber.INVALID_ARG],
    ['no number', Number.NaN, BYTES, ErrorNumber.INVALID_ARG],
  ])('refuses %s for a disk', async (_, size, flags, code) => {
    expect(await refused(() => domain.blockResize('vda', size, flags))).toMatchObject({ code })
  })

  it.each([
    ['beyond the end', 32 * MiB, 1, ErrorNumber.INVALID_ARG],
    ['across the end', 32 * MiB - 1, 2, ErrorNumber.INVALID_ARG],
    ['far beyond the end', Number.MAX_SAFE_INTEGER, 512, ErrorNumber.INVALID_ARG],
    ['before the start', -512, 512, ErrorNumber.INVALID_ARG],
    ['beyond exact numbers', 2 ** 53, 512, ErrorNumber.OVERFLOW],
  ])('does not look at a disk %s', async (_, offset, size, code) => {
    const path = '/vm/raw'
    unwrap(lab.hypervisor.images.create(path, { virtualSize: 32 * MiB }))
    const devices = diskXml('vdb', { format: 'raw', path })
    domain = await startDomain(lab, domainXml({ name: 'raw', devices }))
    expect(await refused(() => domain.blockPeek('vdb', offset, size))).toMatchObject({ code })
  })

  it('refuses a speed beyond exact numbers', async () => {
    unwrap(await domain.backupBegin(toFile('/b/a')))
    for (const speed of [2 ** 44, 2 ** 53]) {
      const error = (await domain.blockJobSetSpeed('vda', speed))._unsafeUnwrapErr()
      expect(error.code).toBe(ErrorNumber.OVERFLOW)
    }
    expect(unwrap(await domain.getBlockJobInfo('vda'))?.bandwidth).toBe(0)
  })
})

describe('flags', () => {
  const unknown = 0x0800_0000
  const calls: readonly (readonly [string, (flags: number) => VirResultAsync<unknown>])[] = [
    ['qemuBackupBegin', (flags) => domain.backupBegin(undefined, undefined, flags)],
    ['qemuBackupGetXMLDesc', (flags) => domain.backupGetXMLDesc(0, flags)],
    ['qemuBackupEnd', (flags) => domain.backupEnd(0, flags)],
    [
      'qemuCheckpointCreateXML',
      (flags) => domain.checkpointCreateXML('<domaincheckpoint/>', flags),
    ],
    ['qemuCheckpointGetXMLDesc', (flags) => checkpoint.getXMLDesc(flags)],
    ['qemuCheckpointDelete', (flags) => checkpoint.delete(flags)],
    ['qemuDomainCheckpointGetParent', (flags) => checkpoint.getParent(flags)],
    ['qemuDomainCheckpointListAllChildren', (flags) => checkpoint.listAllChildren(flags)],
    ['qemuDomainCheckpointLookupByName', (flags) => domain.checkpointLookupByName('there', flags)],
    ['qemuDomainListAllCheckpoints', (flags) => domain.listAllCheckpoints(flags)],
    ['qemuConnectListAllDomains', (flags) => lab.connection.listAllDomains(flags)],
    [
      'qemuDomainDefineXMLFlags',
      (flags) => lab.connection.domainDefineXMLFlags(domainXml({ name: 'x' }), flags),
    ],
    [
      'qemuDomainCreateXML',
      (flags) => lab.connection.domainCreateXML(domainXml({ name: 'x' }), flags),
    ],
    ['qemuDomainDestroyFlags', (flags) => domain.destroyFlags(flags)],
    ['qemuDomainUndefineFlags', (flags) => domain.undefineFlags(flags)],
    ['qemuDomainReset', (flags) => domain.reset(flags)],
    ['qemuDomainRename', (flags) => domain.rename('x', flags)],
    ['qemuDomainGetBlockInfo', (flags) => domain.getBlockInfo('vda', flags)],
    ['qemuDomainBlockResize', (flags) => domain.blockResize('vda', 1024, flags)],
    ['qemuDomainBlockPeek', (flags) => domain.blockPeek('vda', 0, 512, flags)],
    ['qemuDomainGetBlockJobInfo', (flags) => domain.getBlockJobInfo('vda', flags)],
    ['qemuDomainBlockJobSetSpeed', (flags) => domain.blockJobSetSpeed('vda', 1, flags)],
    ['qemuDomainBlockJobAbort', (flags) => domain.blockJobAbort('vda', flags)],
    ['qemuDomainGetJobStats', (flags) => domain.getJobStats(flags)],
    ['qemuDomainAbortJobFlags', (flags) => domain.abortJobFlags(flags)],
  ]

  it.each(calls)('are refused in the name of %s', async (name, call) => {
    expect(await refused(() => call(unknown))).toStrictEqual({
      code: ErrorNumber.INVALID_ARG,
      from: ErrorDomain.QEMU,
      message: `unsupported flags (0x8000000) in function ${name}`,
    })
  })

  it.each(calls)('that are no 32 bits are refused before %s', async (_, call) => {
    for (const flags of [2 ** 33, -(2 ** 33), 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(await refused(() => call(flags))).toMatchObject({ code: ErrorNumber.INVALID_ARG })
    }
  })

  it('without the checkpoint that they are about are refused', async () => {
    const { NO_METADATA } = DomainBackupBeginFlags
    expect(
      await refused(() => domain.backupBegin(undefined, undefined, NO_METADATA)),
    ).toMatchObject({ code: ErrorNumber.INVALID_ARG })
  })
})

/** Calls on a domain, and what each would do. */
const onDomain: readonly (readonly [string, (one: Domain) => VirResultAsync<unknown>])[] = [
  ['create', (one) => one.create()],
  ['destroy', (one) => one.destroy()],
  ['undefine', (one) => one.undefine()],
  ['getState', (one) => one.getState()],
  ['getXMLDesc', (one) => one.getXMLDesc()],
  ['backupBegin', (one) => one.backupBegin()],
  ['backupEnd', (one) => one.backupEnd()],
  ['backupGetXMLDesc', (one) => one.backupGetXMLDesc()],
  ['checkpointCreateXML', (one) => one.checkpointCreateXML('<domaincheckpoint/>')],
  ['listAllCheckpoints', (one) => one.listAllCheckpoints()],
  ['getJobStats', (one) => one.getJobStats()],
  ['abortJob', (one) => one.abortJob()],
  ['getBlockInfo', (one) => one.getBlockInfo('vda')],
  ['blockResize', (one) => one.blockResize('vda', 1)],
  ['fsFreeze', (one) => one.fsFreeze()],
]

describe('a domain that went away', () => {
  it.each(onDomain)('is missed by %s', async (_, call) => {
    const other = unwrap(
      await lab.connection.domainCreateXML(domainXml({ name: 'other', devices: diskXml('vdb') })),
    )
    unwrap(await other.destroy())
    expect(await refused(() => call(other))).toStrictEqual({
      code: ErrorNumber.NO_DOMAIN,
      from: ErrorDomain.QEMU,
      message: `Domain not found: no domain with matching uuid '${other.getUUIDString()}' (other)`,
    })
  })

  it('does not matter to calls about checkpoints that refuse their flags first', async () => {
    unwrap(await domain.undefine())
    unwrap(await domain.destroy())
    const flags = 0x800_0000
    for (const [call, driverFunction] of [
      [() => domain.listAllCheckpoints(flags), 'qemuDomainListAllCheckpoints'],
      [() => domain.checkpointLookupByName('there', flags), 'qemuDomainCheckpointLookupByName'],
      [() => checkpoint.listAllChildren(flags), 'qemuDomainCheckpointListAllChildren'],
      [() => checkpoint.getParent(flags), 'qemuDomainCheckpointGetParent'],
    ] as const) {
      expect(await refused(call)).toMatchObject({
        code: ErrorNumber.INVALID_ARG,
        message: `unsupported flags (0x8000000) in function ${driverFunction}`,
      })
    }
    for (const call of [
      () => domain.checkpointCreateXML('<domaincheckpoint/>', flags),
      () => checkpoint.getXMLDesc(flags),
      () => checkpoint.delete(flags),
    ]) {
      expect(await refused(call)).toMatchObject({ code: ErrorNumber.NO_DOMAIN })
    }
  })

  it('does not matter to any of them by the rules of the test driver', async () => {
    const own = unwrap(await TestHypervisor.create({ semantics: 'test' }).connect())
    const gone = unwrap(await own.domainDefineXML(domainXml({ name: 'gone' })))
    unwrap(await gone.undefine())
    const create = (): VirResultAsync<unknown> =>
      gone.checkpointCreateXML('<domaincheckpoint/>', 0x800_0000)
    expect(await refused(create)).toMatchObject({
      code: ErrorNumber.INVALID_ARG,
      message: 'unsupported flags (0x8000000) in function testDomainCheckpointCreateXML',
    })
    unwrap(await own.close())
  })

  it('takes its checkpoints with it', async () => {
    unwrap(await domain.undefine())
    unwrap(await domain.destroy())
    for (const call of [() => checkpoint.getXMLDesc(), () => checkpoint.delete()]) {
      expect(await refused(call)).toMatchObject({ code: ErrorNumber.NO_DOMAIN })
    }
  })
})

describe('a checkpoint that went away', () => {
  it.each<[string, () => VirResultAsync<unknown>]>([
    ['getXMLDesc', () => checkpoint.getXMLDesc()],
    ['getParent', () => checkpoint.getParent()],
    ['listAllChildren', () => checkpoint.listAllChildren()],
    ['delete', () => checkpoint.delete()],
  ])('is missed by %s', async (_, call) => {
    const same = unwrap(await domain.checkpointLookupByName('there'))
    unwrap(await same.delete())
    expect(await refused(call)).toStrictEqual({
      code: ErrorNumber.NO_DOMAIN_CHECKPOINT,
      from: ErrorDomain.QEMU,
      message: "Domain checkpoint not found: no domain checkpoint with matching name 'there'",
    })
  })
})

describe('a closed connection', () => {
  it.each(onDomain)('is refused by %s', async (_, call) => {
    const other = unwrap(await lab.hypervisor.connect())
    const same = unwrap(await other.domainLookupByName('vm'))
    unwrap(await other.close())
    expect(await refused(() => call(same))).toMatchObject({
      code: ErrorNumber.INVALID_DOMAIN,
      from: ErrorDomain.DOM,
    })
  })

  it('is refused by its own calls', async () => {
    const other = unwrap(await lab.hypervisor.connect())
    unwrap(await other.close())
    for (const call of [
      () => other.listAllDomains(),
      () => other.domainDefineXML(domainXml({ name: 'x' })),
      () => other.domainLookupByName('vm'),
      () => other.getHostname(),
    ]) {
      expect(await refused(call)).toMatchObject({ code: ErrorNumber.INVALID_CONN })
    }
  })
})
