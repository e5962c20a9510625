import { existsSync, statSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  DomainBackupBeginFlags,
  DomainGetJobStatsFlags,
  DomainJobType,
  ErrorNumber,
  unwrap,
} from '../../../src/index.ts'
import { BackupLab, checkpointXml, isMissing, MiB, note } from './backup-lab.ts'

describe.skipIf(isMissing)(`a push backup of a real machine${note}`, () => {
  let lab: BackupLab

  beforeEach(async () => {
    lab = await BackupLab.start()
  })

  afterEach(async () => {
    await lab.close()
  })

  it('restores both disks as they were when it began', async () => {
    await lab.io('vda', 'write -P 0x41 1M 3M')
    await lab.io('vdb', 'write -P 0x42 5M 64k')
    const expected = [await lab.snapshot('vda'), await lab.snapshot('vdb')]
    const { id, complete } = await lab.push(lab.pushXml('full'))
    expect({ id, complete }).toStrictEqual({ id: 1, complete: true })
    for (const [index, dev] of ['vda', 'vdb'].entries()) {
      lab.expectSame(lab.path(`full.${dev}`), expected[index] ?? '')
    }
  })

  it('restores increments on top of the full backup', async () => {
    await lab.io('vda', 'write -P 1 0 1M')
    await lab.push(lab.pushXml('full'), 'c1')
    await lab.io('vda', 'write -P 2 512k 1M')
    await lab.io('vdb', 'write -P 3 10M 128k')
    await lab.push(lab.pushXml('inc1', { since: 'c1' }), 'c2')
    await lab.io('vdb', 'write -P 4 10M 64k')
    const expected = { vda: await lab.snapshot('vda'), vdb: await lab.snapshot('vdb') }
    await lab.push(lab.pushXml('inc2', { since: 'c2' }), 'c3')
    for (const dev of ['vda', 'vdb'] as const) {
      lab.rebase(lab.path(`inc1.${dev}`), lab.path(`full.${dev}`))
      lab.rebase(lab.path(`inc2.${dev}`), lab.path(`inc1.${dev}`))
      lab.check(lab.path(`inc1.${dev}`))
      lab.expectSame(lab.path(`inc2.${dev}`), expected[dev])
    }
  })

  it('copies only what has changed since the checkpoint', async () => {
    unwrap(await lab.domain.checkpointCreateXML(checkpointXml('c') ?? ''))
    await lab.io('vda', 'write -P 9 3M 1')
    await lab.push(lab.pushXml('inc', { since: 'c' }))
    expect(
      unwrap(
        await lab.domain.getJobStats(
          DomainGetJobStatsFlags.COMPLETED | DomainGetJobStatsFlags.KEEP_COMPLETED,
        ),
      ),
    ).toMatchObject({ type: DomainJobType.COMPLETED, disk_total: 65_536, disk_processed: 65_536 })
    const map = lab.img('map', '-U', '--output=json', lab.path('inc.vda'))
    const own = JSON.parse(map).filter(({ depth }: { depth: number }) => depth === 0)
    expect(own).toMatchObject([{ start: 3 * MiB, length: 65_536 }])
  })

  it('reports each disk but the last, its own end, and then the last disk', async () => {
    await lab.push(lab.pushXml('full'))
    const done = lab.events.filter((event) => !event.startsWith('path'))
    expect(done).toHaveLength(3)
    expect(done[1]).toBe('job true')
    expect(new Set([done[0], done[2]])).toStrictEqual(new Set(['disk vda 0', 'disk vdb 0']))
    expect(lab.events[0]).toMatch(/^path .*\.img 0$/)
  })

  it('makes names of targets when it is told none', async () => {
    const id = unwrap(await lab.domain.backupBegin(undefined, checkpointXml('c')))
    await lab.until(async () => !(await lab.isBackingUp()))
    expect(unwrap(await lab.domain.backupEnd(id))).toBe(true)
    expect(existsSync(`${lab.disk('vda')}.c`)).toBe(true)
    expect(existsSync(`${lab.disk('vdb')}.c`)).toBe(true)
  })

  it('writes an increment straight into a copy of the full backup', async () => {
    await lab.io('vda', 'write -P 1 0 1M')
    await lab.push(lab.pushXml('copy', { format: 'raw', disks: ['vda'] }), 'c1')
    await lab.io('vda', 'write -P 2 512k 4M')
    const expected = await lab.snapshot('vda')
    await lab.push(
      lab.pushXml('copy', { since: 'c1', format: 'raw', disks: ['vda'] }),
      'c2',
      DomainBackupBeginFlags.REUSE_EXTERNAL,
    )
    lab.expectSame(lab.path('copy.vda'), expected, 'raw')
  })

  it('leaves out of the list what it is told not to remember', async () => {
    await lab.push(lab.pushXml('full'), 'hidden', DomainBackupBeginFlags.NO_METADATA)
    expect(unwrap(await lab.domain.listAllCheckpoints())).toHaveLength(0)
    expect(lab.img('info', '-U', '--output=json', lab.disk('vda'))).toBeTypeOf('string')
    expect(await lab.qmp('query-named-block-nodes', { flat: true })).toContain('"hidden"')
  })

  it('refuses targets that exist, and leaves nothing behind', async () => {
    await lab.push(lab.pushXml('full', { disks: ['vdb'] }))
    lab.forget()
    const refused = await lab.domain.backupBegin(lab.pushXml('full'), checkpointXml('c'))
    expect(refused._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.INVALID_ARG,
      message: `invalid argument: store '${lab.path('full.vdb')}' for backup of 'vdb' exists`,
    })
    expect(existsSync(lab.path('full.vda'))).toBe(false)
    expect(unwrap(await lab.domain.listAllCheckpoints())).toHaveLength(0)
    expect(await lab.qmp('query-named-block-nodes', { flat: true })).not.toContain('full.vda')
  })
})

describe.skipIf(isMissing)(`a target of a push backup${note}`, () => {
  let lab: BackupLab

  beforeEach(async () => {
    lab = await BackupLab.start({ disks: [{ dev: 'vda', size: 4 * MiB }] })
    await lab.io('vda', 'write -P 7 1M 2M')
  })

  afterEach(async () => {
    await lab.close()
  })

  it.each(['raw', 'qcow2', 'vmdk', 'vdi', 'qed', 'qcow'])('can be %s', async (format) => {
    const expected = await lab.snapshot('vda')
    await lab.push(lab.pushXml('full', { format }))
    const target = lab.path('full.vda')
    lab.expectSame(target, expected, format)
    expect(statSync(target).mode & 0o777).toBe(0o600)
  })

  it('cannot be of a format that QEMU does not make', async () => {
    const refused = await lab.domain.backupBegin(lab.pushXml('full', { format: 'dmg' }))
    expect(refused._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.OPERATION_UNSUPPORTED,
      message: "Operation not supported: can't create storage format 'dmg'",
    })
    expect(existsSync(lab.path('full.vda'))).toBe(false)
  })
})
