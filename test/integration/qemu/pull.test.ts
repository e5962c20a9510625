import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DomainGetJobStatsFlags, DomainJobType, ErrorNumber, unwrap } from '../../../src/index.ts'
import { NbdClient } from '../../../src/nbd/index.ts'
import { BackupLab, checkpointXml, isMissing, MiB, note } from './backup-lab.ts'
import { exportUri, portOf, pullXml, readPull } from './pull-lab.ts'

describe.skipIf(isMissing)(`a pull backup of a real machine${note}`, () => {
  let lab: BackupLab

  beforeEach(async () => {
    lab = await BackupLab.start()
  })

  afterEach(async () => {
    await lab.close()
  })

  it('serves the disks as they were when it began, and increments after it', async () => {
    await lab.io('vda', 'write -P 1 1M 3M')
    const first = unwrap(await lab.domain.backupBegin(pullXml(lab), checkpointXml('c1')))
    await lab.io('vda', 'write -P 2 2M 4M')
    await lab.io('vdb', 'write -P 3 0 64k')
    await readPull(exportUri(lab, 'vda'), lab.path('vda.raw'))
    await readPull(exportUri(lab, 'vdb'), lab.path('vdb.raw'))
    expect(unwrap(await lab.domain.backupEnd(first))).toBe(true)

    const expected = { vda: await lab.snapshot('vda'), vdb: await lab.snapshot('vdb') }
    const second = unwrap(
      await lab.domain.backupBegin(pullXml(lab, { since: 'c1' }), checkpointXml('c2')),
    )
    await lab.io('vda', 'write -P 4 0 8M')
    for (const dev of ['vda', 'vdb'] as const) {
      await readPull(exportUri(lab, dev), lab.path(`${dev}.raw`), `backup-${dev}`)
      lab.expectSame(lab.path(`${dev}.raw`), expected[dev], 'raw')
    }
    expect(unwrap(await lab.domain.backupEnd(second))).toBe(true)
    expect(
      ['scratch.vda', 'scratch.vdb', 'nbd.sock'].filter((f) => existsSync(lab.path(f))),
    ).toEqual([])
    expect(await lab.qmp('query-named-block-nodes', { flat: true })).not.toContain('scratch')
  })

  it('is ended well by aborting its job', async () => {
    unwrap(await lab.domain.backupBegin(pullXml(lab)))
    await lab.io('vda', 'write -P 1 0 1M')
    expect(unwrap(await lab.domain.getJobStats())).toMatchObject({
      type: DomainJobType.UNBOUNDED,
      disk_temp_used: MiB,
      disk_temp_total: 128 * MiB,
    })
    lab.forget()
    unwrap(await lab.domain.abortJob())
    await lab.until(() => lab.events.length === 5)
    expect(lab.events.filter((event) => !event.startsWith('path'))).toStrictEqual([
      'disk vda 2',
      'job true Operation canceled',
      'disk vdb 2',
    ])
    expect(unwrap(await lab.domain.getJobStats(DomainGetJobStatsFlags.COMPLETED))).toMatchObject({
      type: DomainJobType.COMPLETED,
      success: true,
      errmsg: 'Operation canceled',
    })
  })

  it('takes a free port when none is asked for, and says which', async () => {
    const server = `<server name='127.0.0.1'/>`
    const id = unwrap(await lab.domain.backupBegin(pullXml(lab, { server })))
    const port = await portOf(lab, id)
    expect(port).toBeGreaterThan(0)
    const client = unwrap(await NbdClient.connect(`nbd://127.0.0.1:${port}/vdb`))
    expect(client.size).toBe(64 * MiB)
    unwrap(await client.close())
    expect(unwrap(await lab.domain.backupEnd(id))).toBe(true)
  })

  it('names export and bitmap as it is told', async () => {
    unwrap(await lab.domain.checkpointCreateXML(checkpointXml('c') ?? ''))
    await lab.io('vda', 'write -P 1 4M 1')
    const disks = `<disk name='vda' exportname='a b' exportbitmap='changes'><scratch file='${lab.path('s')}'/></disk>`
    unwrap(await lab.domain.backupBegin(pullXml(lab, { since: 'c', disks })))
    const dirty = 'qemu:dirty-bitmap:changes'
    const client = unwrap(
      await NbdClient.connect(`nbd+unix:///a%20b?socket=${lab.path('nbd.sock')}`, {
        contexts: [dirty],
      }),
    )
    const changed: number[] = []
    for await (const { offset, flags } of client.extents({ contexts: [dirty] })) {
      if (flags[dirty] === 1) changed.push(offset)
    }
    expect(changed).toStrictEqual([4 * MiB])
    unwrap(await client.close())
  })

  it('leaves nothing when its port is taken', async () => {
    const busy = createServer()
    await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve))
    const address = busy.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const server = `<server name='127.0.0.1' port='${port}'/>`
    const refused = await lab.domain.backupBegin(pullXml(lab, { server }), checkpointXml('c'))
    busy.close()
    expect(refused._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.INTERNAL_ERROR,
      message:
        "internal error: unable to execute QEMU command 'nbd-server-start': Failed to find an available port: Address already in use",
    })
    expect(existsSync(lab.path('scratch.vda'))).toBe(false)
    expect(unwrap(await lab.domain.listAllCheckpoints())).toHaveLength(0)
    const nodes = await lab.qmp('query-named-block-nodes', { flat: true })
    expect(nodes).not.toMatch(/scratch|"c"/)
    expect(unwrap(await lab.domain.backupBegin(pullXml(lab)))).toBe(1)
  })

  it('refuses two exports of one name before anything is touched', async () => {
    const disks = ['vda', 'vdb']
      .map(
        (dev) => `<disk name='${dev}' exportname='same'><scratch file='${lab.path(dev)}'/></disk>`,
      )
      .join('')
    const refused = await lab.domain.backupBegin(pullXml(lab, { disks }), checkpointXml('c'))
    expect(refused._unsafeUnwrapErr().message).toBe(
      "internal error: unable to execute QEMU command 'block-export-add': NBD server already has export named 'same'",
    )
    expect(unwrap(await lab.domain.listAllCheckpoints())).toHaveLength(0)
    expect(lab.events).toStrictEqual([])
  })

  it('takes back what has begun when a disk cannot be exported', async () => {
    unwrap(await lab.domain.checkpointCreateXML(checkpointXml('c') ?? ''))
    // A name that NBD does not allow is only found when the disk is exported.
    const disks = `<disk name='vda' exportname='${'x'.repeat(5000)}'><scratch file='${lab.path('s')}'/></disk>`
    lab.forget()
    const refused = await lab.domain.backupBegin(pullXml(lab, { disks }), checkpointXml('d'))
    expect(refused._unsafeUnwrapErr().message).toContain("'block-export-add'")
    expect(lab.events.filter((event) => event.startsWith('job'))).toStrictEqual([])
    expect(existsSync(lab.path('s'))).toBe(false)
    expect(await lab.qmp('query-named-block-nodes', { flat: true })).not.toMatch(/"d"|\/s"/)
    expect(await lab.qmp('query-jobs')).toContain('"return":[]')
    const names = unwrap(await lab.domain.listAllCheckpoints()).map((each) => each.getName())
    expect(names).toStrictEqual(['c'])
    expect(unwrap(await lab.domain.getJobStats()).type).toBe(DomainJobType.NONE)
    expect(unwrap(await lab.domain.backupBegin(pullXml(lab)))).toBe(1)
  })
})
