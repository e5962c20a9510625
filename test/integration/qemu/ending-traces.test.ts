/** What happens when QEMU ends in the middle of a pull backup is what libvirt was seen doing. */
import { existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DomainEventStoppedDetailType, DomainEventType, unwrap } from '../../../src/index.ts'
import { BackupLab, isMissing, note } from './backup-lab.ts'
import { TraceLab } from './trace-lab.ts'

const { SHUTDOWN, DESTROYED, FAILED } = DomainEventStoppedDetailType
const begin = '90-backup-pull-before-crash'

describe.skipIf(isMissing)(`a pull backup whose QEMU ends${note}`, () => {
  let lab: BackupLab
  let traces: TraceLab

  beforeEach(async () => {
    lab = await BackupLab.start()
    traces = new TraceLab(lab)
    await traces.same(begin, () => traces.begin(begin))
  })

  afterEach(async () => {
    await lab.close()
  })

  const kill = (): void => {
    process.kill(Number(lab.read('root/run/qemu/vm.pid')), 'SIGKILL')
  }

  it.each<[string, () => unknown, number]>([
    ['91-qemu-killed-during-pull-backup', kill, FAILED],
    ['97-qemu-sigkill-during-pull-backup', kill, FAILED],
    ['96-destroy-during-pull-backup', async () => unwrap(await lab.domain.destroy()), DESTROYED],
    ['98-qemu-quit-during-pull-backup', () => lab.qmp('quit'), SHUTDOWN],
  ])('is over, and leaves no scratch file (trace %s)', async (name, act, detail) => {
    const stopped = `life ${DomainEventType.STOPPED}.${detail}`
    await traces.same(name, async () => {
      await act()
      await lab.until(() => lab.events.includes(stopped))
    })
    expect(traces.mismatches).toStrictEqual([])
    expect(
      lab.events.filter((event) => event === stopped || event.startsWith('job')),
    ).toStrictEqual(['job false', stopped])
    expect(existsSync(lab.path('bk/crash.s'))).toBe(false)
    expect(existsSync(lab.path('nbd.sock'))).toBe(false)
  })
})
