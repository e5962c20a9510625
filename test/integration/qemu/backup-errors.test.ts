import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  DomainBackupBeginFlags,
  DomainBackupEndFlags,
  DomainGetJobStatsFlags,
  DomainJobType,
  ErrorNumber,
  unwrap,
} from '../../../src/index.ts'
import { BackupLab, checkpointXml, isMissing, MiB, note } from './backup-lab.ts'

const { COMPLETED } = DomainGetJobStatsFlags

/** Whether a file system of a few MiB can be mounted here. */
function canMount(): boolean {
  return process.getuid?.() === 0
}

describe.skipIf(isMissing)(`a backup of a real machine that does not succeed${note}`, () => {
  let lab: BackupLab

  beforeEach(async () => {
    lab = await BackupLab.start({ disks: [{ dev: 'vda', size: 1024 * MiB }, { dev: 'vdb' }] })
  })

  afterEach(async () => {
    await lab.close()
  })

  /** Begins a push of which the first disk takes a while. */
  const beginSlowly = async (checkpoint?: string): Promise<number> => {
    await lab.io('vda', 'write -P 1 0 512M')
    lab.slow('vda', 4 * MiB)
    const id = unwrap(await lab.domain.backupBegin(lab.pushXml('full'), checkpointXml(checkpoint)))
    await lab.slowed('vda')
    return id
  }
  const targets = (): string[] =>
    ['full.vda', 'full.vdb'].filter((name) => existsSync(lab.path(name)))
  const pid = (): number => Number(readFileSync(lab.path('root/run/qemu/vm.pid'), 'utf8'))

  it('is cancelled as a whole by aborting its job, and takes all targets away', async () => {
    const id = await beginSlowly('c')
    await lab.until(() => lab.events.includes('disk vdb 0'))
    lab.forget()
    unwrap(await lab.domain.abortJob())
    await lab.until(() => lab.events.includes('disk vda 2'))
    expect(lab.events.filter((event) => !event.startsWith('path'))).toStrictEqual([
      'job false Operation canceled',
      'disk vda 2',
    ])
    expect(targets()).toStrictEqual([])
    expect(unwrap(await lab.domain.backupEnd(id))).toBe(false)
    // The hazard of libvirt: the checkpoint stays.
    expect(unwrap(await lab.domain.listAllCheckpoints())).toHaveLength(1)
    expect(await lab.qmp('query-jobs')).toContain('"return":[]')
  })

  it('takes its checkpoint away when that is asked for', async () => {
    const { DISCARD_CHECKPOINT } = DomainBackupBeginFlags
    await lab.io('vda', 'write -P 1 0 512M')
    lab.slow('vda', 4 * MiB)
    const id = unwrap(
      await lab.domain.backupBegin(lab.pushXml('full'), checkpointXml('c'), DISCARD_CHECKPOINT),
    )
    expect(unwrap(await lab.domain.backupEnd(id, DomainBackupEndFlags.ABORT))).toBe(false)
    expect(unwrap(await lab.domain.listAllCheckpoints())).toHaveLength(0)
    expect(await lab.qmp('query-named-block-nodes', { flat: true })).not.toContain('"c"')
  })

  it('is cancelled by ending it with ABORT, and not without', async () => {
    const id = await beginSlowly()
    expect((await lab.domain.backupEnd(id))._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.OPERATION_INVALID,
    })
    expect(unwrap(await lab.domain.backupEnd(id, DomainBackupEndFlags.ABORT))).toBe(false)
    expect(targets()).toStrictEqual([])
  })

  it('is cancelled with the block job of one disk, whose events come first', async () => {
    await beginSlowly()
    const info = unwrap(await lab.domain.getBlockJobInfo('vda'))
    expect(info).toMatchObject({ type: 5, bandwidth: 4, end: 1024 * MiB })
    await lab.until(() => lab.events.includes('disk vdb 0'))
    lab.forget()
    unwrap(await lab.domain.blockJobAbort('vda'))
    expect(unwrap(await lab.domain.getBlockJobInfo('vda'))).toBeUndefined()
    await lab.until(() => lab.events.includes('disk vda 2'))
    expect(targets()).toStrictEqual([])
    expect((await lab.domain.blockJobAbort('vda'))._unsafeUnwrapErr().message).toBe(
      'invalid argument: disk vda does not have an active block job',
    )
  })

  it('keeps a second one out meanwhile', async () => {
    const id = await beginSlowly()
    const refused = await lab.domain.backupBegin(lab.pushXml('other'))
    expect(refused._unsafeUnwrapErr().code).toBe(ErrorNumber.OPERATION_TIMEOUT)
    expect(unwrap(await lab.domain.backupEnd(id, DomainBackupEndFlags.ABORT))).toBe(false)
    expect(unwrap(await lab.domain.backupBegin(lab.pushXml('other')))).toBe(id + 1)
    unwrap(await lab.domain.abortJob())
  })

  it('ends with its machine, and its targets go', async () => {
    await beginSlowly('c')
    await lab.until(() => lab.events.includes('disk vdb 0'))
    lab.forget()
    unwrap(await lab.domain.destroy())
    await lab.until(() => lab.events.includes('life 5.1'))
    expect(lab.events).toStrictEqual(['life 6.2', 'job false', 'life 5.1'])
    expect(targets()).toStrictEqual([])
    expect(unwrap(await lab.domain.getJobStats(COMPLETED))).toMatchObject({
      type: DomainJobType.CANCELLED,
      disk_total: 64 * MiB,
      success: false,
    })
  })

  it('ends with a QEMU that is killed, with scratch and socket', async () => {
    const server = `<server transport='unix' socket='${lab.path('nbd.sock')}'/>`
    const disks = `<disk name='vda'><scratch file='${lab.path('scratch')}'/></disk>`
    const xml = `<domainbackup mode='pull'>${server}<disks>${disks}</disks></domainbackup>`
    unwrap(await lab.domain.backupBegin(xml, checkpointXml('c')))
    expect(existsSync(lab.path('nbd.sock'))).toBe(true)
    lab.forget()
    process.kill(pid(), 'SIGKILL')
    await lab.until(() => lab.events.length >= 2)
    expect(lab.events).toStrictEqual(['job false', 'life 5.5'])
    expect(['scratch', 'nbd.sock'].filter((name) => existsSync(lab.path(name)))).toStrictEqual([])
    unwrap(await lab.domain.create())
    // The bitmap was never written into the image.
    const refused = await lab.domain.backupBegin(lab.pushXml('inc', { since: 'c', disks: ['vda'] }))
    expect(refused._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.CHECKPOINT_INCONSISTENT,
      message: "checkpoint inconsistent: missing or broken bitmap 'c' for disk 'vda'",
    })
  })

  it('names what stands in its way, and leaves nothing behind', async () => {
    const refusals: [string, string, number, RegExp][] = [
      [
        `<target file='${lab.path('no/x')}'/>`,
        'file',
        0,
        /^failed to create image file '.*\/no\/x': No such file or directory$/,
      ],
      [
        `<target file='${lab.path('none')}'/>`,
        'file',
        1,
        /^unable to stat: .*\/none: No such file or directory$/,
      ],
      [
        `<driver type='qcow2'/><target file='${lab.path('raw')}'/>`,
        'file',
        1,
        /'blockdev-add': Image is not in qcow2 format$/,
      ],
      [
        `<target file='${lab.path('small')}'/>`,
        'file',
        1,
        /'transaction': Source and target image have different sizes$/,
      ],
      [
        `<target file='${lab.disk('vdb')}'/>`,
        'file',
        1,
        /'blockdev-add': Failed to get "write" lock/,
      ],
      [
        `<target file='${lab.path('luks')}'><encryption format='luks'><secret type='passphrase' uuid='0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f'/></encryption></target>`,
        'file',
        0,
        /^Secret not found: no secret with matching uuid '0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f'$/,
      ],
    ]
    lab.img('create', '-q', '-f', 'raw', lab.path('raw'), '64M')
    lab.img('create', '-q', '-f', 'qcow2', lab.path('small'), '1M')
    for (const [target, type, flags, message] of refusals) {
      const list = `<disk name='vda' type='${type}'>${target}</disk>`
      const xml = `<domainbackup><disks>${list}</disks></domainbackup>`
      const refused = await lab.domain.backupBegin(xml, checkpointXml('c'), flags)
      expect(refused._unsafeUnwrapErr().message).toMatch(message)
    }
    expect(unwrap(await lab.domain.listAllCheckpoints())).toHaveLength(0)
    expect(await lab.qmp('query-named-block-nodes', { flat: true })).not.toMatch(
      /libvirt-([3-9]|\d\d)-/,
    )
    expect(['no/x', 'none', 'luks'].filter((name) => existsSync(lab.path(name)))).toStrictEqual([])
    expect(lab.events).toStrictEqual([])
  })

  it('does not copy everything when the bitmap of an increment is broken', async () => {
    unwrap(await lab.domain.checkpointCreateXML(checkpointXml('c') ?? ''))
    await lab.qmp('block-dirty-bitmap-disable', { node: 'libvirt-1-format', name: 'c' })
    const refused = await lab.domain.backupBegin(lab.pushXml('inc', { since: 'c' }))
    expect(refused._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.CHECKPOINT_INCONSISTENT,
      message: "checkpoint inconsistent: missing or broken bitmap 'c' for disk 'vdb'",
    })
    const unknown = await lab.domain.backupBegin(lab.pushXml('inc', { since: 'x' }))
    expect(unknown._unsafeUnwrapErr().message).toBe(
      "Domain checkpoint not found: Checkpoint 'x' for incremental backup of disk 'vda' not found",
    )
  })

  it('says that there is no agent when the guest is to be frozen', async () => {
    const { QUIESCE } = DomainBackupBeginFlags
    const refused = await lab.domain.backupBegin(lab.pushXml('full'), checkpointXml('c'), QUIESCE)
    expect(refused._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.ARGUMENT_UNSUPPORTED,
      message: 'argument unsupported: QEMU guest agent is not configured',
    })
    expect(targets()).toStrictEqual([])
    expect(unwrap(await lab.domain.listAllCheckpoints())).toHaveLength(0)
  })
})

const mountNote = canMount() ? '' : ' (skipped: only root can mount a small file system)'
describe.skipIf(isMissing || !canMount())(`a full target${note}${mountNote}`, () => {
  let lab: BackupLab

  beforeEach(async () => {
    lab = await BackupLab.start()
    mkdirSync(lab.path('small'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'none', lab.path('small')])
  })

  afterEach(async () => {
    if (unwrap(await lab.domain.isActive())) unwrap(await lab.domain.destroy())
    execFileSync('umount', [lab.path('small')])
    await lab.close()
  })

  it('fails the whole push with its reason, and the other target goes too', async () => {
    await lab.io('vda', 'write -P 1 0 16M')
    const list = `<disk name='vda' type='file'><target file='${lab.path('small/vda')}'/></disk><disk name='vdb' type='file'><target file='${lab.path('vdb.full')}'/></disk>`
    const xml = `<domainbackup><disks>${list}</disks></domainbackup>`
    const id = unwrap(await lab.domain.backupBegin(xml, checkpointXml('c')))
    await lab.until(async () => !(await lab.isBackingUp()))
    expect((await lab.domain.backupEnd(id))._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.OPERATION_FAILED,
      message: 'operation failed: No space left on device',
    })
    expect(lab.events).toContain('job false No space left on device')
    expect(lab.events).toContain('disk vda 1')
    expect(existsSync(lab.path('small/vda'))).toBe(false)
    expect(existsSync(lab.path('vdb.full'))).toBe(false)
    expect(unwrap(await lab.domain.listAllCheckpoints())).toHaveLength(1)
  })

  it('fails the guest when it is the scratch image, and not the backup', async () => {
    await lab.io('vda', 'write -P 1 0 16M')
    const server = `<server transport='unix' socket='${lab.path('nbd.sock')}'/>`
    const disks = `<disk name='vda'><scratch file='${lab.path('small/s')}'/></disk>`
    const xml = `<domainbackup mode='pull'>${server}<disks>${disks}</disks></domainbackup>`
    const id = unwrap(await lab.domain.backupBegin(xml))
    await lab.io('vda', 'write -P 2 0 8M')
    expect(readFileSync(lab.path('root/log/qemu/vm.log'), 'utf8')).toContain(
      'write failed: No space left on device',
    )
    expect(unwrap(await lab.domain.backupEnd(id))).toBe(true)
    expect(existsSync(lab.path('small/s'))).toBe(false)
  })
})
