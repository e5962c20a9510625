import { existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ErrorNumber, unwrap } from '../../../src/index.ts'
import { BackupLab, isMissing, note } from './backup-lab.ts'

const checkpointXml = (name: string): string =>
  `<domaincheckpoint><name>${name}</name></domaincheckpoint>`

describe.skipIf(isMissing)(`calls on a real machine that nobody awaits${note}`, () => {
  let lab: BackupLab

  beforeEach(async () => {
    lab = await BackupLab.start({ disks: [{ dev: 'vda' }] })
  })

  afterEach(async () => {
    await lab.close()
  })

  it('let the first of two backups begin', async () => {
    const first = lab.domain.backupBegin(lab.pushXml('first'), checkpointXml('one'))
    const second = lab.domain.backupBegin(lab.pushXml('second'), checkpointXml('two'))
    expect((await second)._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.OPERATION_TIMEOUT,
      message: expect.stringContaining('cannot acquire state change lock'),
    })
    const id = unwrap(await first)
    expect(existsSync(lab.path('second.vda'))).toBe(false)
    await lab.until(() => lab.events.some((event) => event.startsWith('job')))
    expect(unwrap(await lab.domain.backupEnd(id))).toBe(true)
  })

  it('delete the checkpoint behind the backup that is taken from it', async () => {
    unwrap(await lab.domain.checkpointCreateXML(checkpointXml('base')))
    const base = unwrap(await lab.domain.checkpointLookupByName('base'))
    const xml = lab.pushXml('inc').replace('<disks>', '<incremental>base</incremental><disks>')
    const begun = lab.domain.backupBegin(xml, checkpointXml('next'))
    const deleted = base.delete()
    const id = unwrap(await begun)
    unwrap(await deleted)
    const left = unwrap(await lab.domain.listAllCheckpoints())
    expect(left.map((checkpoint) => checkpoint.getName())).toStrictEqual(['next'])
    await lab.until(() => lab.events.some((event) => event.startsWith('job')))
    expect(unwrap(await lab.domain.backupEnd(id))).toBe(true)
  })

  it('create a checkpoint behind the one of a backup, also while another one is being released', async () => {
    for (const name of ['a', 'b', 'c']) {
      lab.forget()
      const begun = lab.domain.backupBegin(lab.pushXml(name), checkpointXml(name))
      const created = lab.domain.checkpointCreateXML(checkpointXml(`${name}-next`))
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      unwrap(await begun)
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const parent = unwrap(await unwrap(await created).getParent())
      expect(parent.getName()).toBe(name)
      // As soon as its end is told, the next one begins.
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await lab.until(() => lab.events.some((event) => event.startsWith('job')))
    }
  })

  it('end the domain at once, and leave nothing of a backup that had not begun', async () => {
    const begun = lab.domain.backupBegin(lab.pushXml('full'), checkpointXml('c'))
    const destroyed = lab.domain.destroy()
    const hasBegun = (await begun).isOk()
    unwrap(await destroyed)
    expect(existsSync(lab.path('full.vda'))).toBe(false)
    expect(unwrap(await lab.domain.listAllCheckpoints())).toHaveLength(hasBegun ? 1 : 0)
    expect(unwrap(await lab.domain.isActive())).toBe(false)
  })
})
