/**
 * A real guest writes while it is backed up. It writes each round first to `vda` and then to `vdb`, so a moment of both
 * disks is one in which `vda` has as many rounds as `vdb`, or one more.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { unwrap } from '../../../src/index.ts'
import { type BackupLab, checkpointXml, isMissing, MiB, note } from './backup-lab.ts'
import {
  assembler,
  BEHIND_GUEST,
  letGuestRun,
  linker,
  type Rounds,
  roundsNow,
  roundsOn,
  startGuest,
} from './counting-guest.ts'
import { exportUri, pullXml, readPull } from './pull-lab.ts'

const disks = ['vda', 'vdb'] as const
/** What else is on each disk, so that the guest writes while it is copied. */
const behind = Buffer.alloc(31 * MiB, 0x5a)
/** A full backup and two increments: their names, each with what it is based on. */
const chain: readonly { readonly name: string; readonly since?: string }[] = [
  { name: 'c0' },
  { name: 'c1', since: 'c0' },
  { name: 'c2', since: 'c1' },
]

describe.skipIf(isMissing || assembler.isMissing || linker.isMissing)(
  `a backup of a guest that writes${note}${assembler.note}${linker.note}`,
  () => {
    let lab: BackupLab

    afterEach(async () => {
      await lab.close()
    })

    const boot = async (...formats: Parameters<typeof startGuest>): Promise<void> => {
      lab = await startGuest(...formats)
      for (const dev of disks) {
        await lab.io(dev, `write -P 0x5a ${BEHIND_GUEST} ${behind.length}`)
      }
      await letGuestRun(lab, 1)
    }

    /** Pauses the guest; gives what is on its disks. */
    const pause = async () => {
      unwrap(await lab.domain.suspend())
      const paused = await roundsNow(lab)
      return {
        paused,
        expected: { vda: await lab.snapshot('vda'), vdb: await lab.snapshot('vdb') },
      }
    }

    /** Begins a backup; gives what the guest had written at most just before, and at least just after. */
    const begin = async (
      xml: string,
      checkpoint?: string,
    ): Promise<{ readonly id: number; readonly before: Rounds; readonly after: Rounds }> => {
      const before = await roundsNow(lab)
      const id = unwrap(await lab.domain.backupBegin(xml, checkpointXml(checkpoint)))
      return { id, before, after: await roundsNow(lab) }
    }

    const end = async (id: number): Promise<void> => {
      expect(unwrap(await lab.domain.backupEnd(id))).toBe(true)
    }
    const waitAndEnd = async (id: number): Promise<void> => {
      await lab.until(async () => !(await lab.isBackingUp()))
      await end(id)
    }

    /** The rounds of a restored backup, of which both disks are of one moment. */
    const momentOf = (nameOf: (dev: string) => string, format: string): Rounds => {
      const [vda, vdb] = disks.map((dev) => {
        const image = lab.path(nameOf(dev))
        lab.check(image, format)
        return roundsOn(lab.bytes(image, format), behind)
      })
      expect([vdb, (vdb ?? 0) + 1]).toContain(vda)
      return { vda: vda ?? 0, vdb: vdb ?? 0 }
    }
    const pushedMoment = (name: string, since?: string): Rounds => {
      for (const dev of since === undefined ? [] : disks) {
        lab.rebase(lab.path(`${name}.${dev}`), lab.path(`${since}.${dev}`))
      }
      return momentOf((dev) => `${name}.${dev}`, 'qcow2')
    }
    const pulledMoment = (): Rounds => momentOf((dev) => `${dev}.raw`, 'raw')

    /** Whether a moment lies within those in which a backup began. */
    const isWithin =
      ({ before, after }: { readonly before: Rounds; readonly after: Rounds }) =>
      (moment: Rounds): boolean =>
        disks.every((dev) => before[dev] <= moment[dev] && moment[dev] <= after[dev])

    /** Reads a pull backup, before and between which the guest writes. */
    const readWhileWritten = async (since?: string): Promise<void> => {
      for (const dev of disks) {
        await letGuestRun(lab, 8)
        const bitmap = since === undefined ? undefined : `backup-${dev}`
        await readPull(exportUri(lab, dev), lab.path(`${dev}.raw`), bitmap)
      }
    }

    it('is a moment of both disks, pushed in full and in increments', async () => {
      await boot()
      for (const { name, ...incremental } of chain) {
        const began = await begin(lab.pushXml(name, incremental), name)
        await waitAndEnd(began.id)
        expect(pushedMoment(name, incremental.since)).toSatisfy(isWithin(began))
        await letGuestRun(lab, 8)
      }
    })

    it('is a moment of both disks, pulled in full and in increments', async () => {
      await boot()
      for (const { name, ...incremental } of chain) {
        const began = await begin(pullXml(lab, incremental), name)
        await readWhileWritten(incremental.since)
        await end(began.id)
        expect(pulledMoment()).toSatisfy(isWithin(began))
        await letGuestRun(lab, 8)
      }
    })

    it('is a moment of both disks, when one is raw and the other is not', async () => {
      await boot([{ format: 'raw' }, {}])
      const pushed = await begin(lab.pushXml('full', { format: 'raw' }))
      await waitAndEnd(pushed.id)
      expect(momentOf((dev) => `full.${dev}`, 'raw')).toSatisfy(isWithin(pushed))
      const pulled = await begin(pullXml(lab))
      await readWhileWritten()
      await end(pulled.id)
      expect(pulledMoment()).toSatisfy(isWithin(pulled))
    })

    it('has nothing of what is written after it began, when it is pulled', async () => {
      await boot()
      for (const { name, ...incremental } of chain) {
        const { paused, expected } = await pause()
        const { id } = await begin(pullXml(lab, incremental), name)
        unwrap(await lab.domain.resume())
        await readWhileWritten(incremental.since)
        await end(id)
        for (const dev of disks) lab.expectSame(lab.path(`${dev}.raw`), expected[dev], 'raw')
        expect(pulledMoment()).toStrictEqual(paused)
      }
    }, 60_000)

    it('has nothing of what is written after it began, when it is pushed', async () => {
      await boot()
      for (const { name, ...incremental } of chain) {
        const { paused, expected } = await pause()
        const { id } = await begin(lab.pushXml(name, incremental), name)
        unwrap(await lab.domain.resume())
        await letGuestRun(lab, 8)
        await waitAndEnd(id)
        expect(pushedMoment(name, incremental.since)).toStrictEqual(paused)
        for (const dev of disks) lab.expectSame(lab.path(`${name}.${dev}`), expected[dev])
      }
    }, 60_000)
  },
)
