/**
 * The calling program may be killed at any moment: no checkpoint that was reported made is lost, and nothing is left over.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DomainCheckpointRepair, unwrap } from '../../../src/index.ts'
import { BackupLab, checkpointXml, isMissing, note } from './backup-lab.ts'
import { Child } from './child.ts'

const nameIn = (repair: DomainCheckpointRepair): string =>
  repair.action === 'delete-checkpoint' ? repair.checkpoint : repair.bitmap

/** Each run is killed a bit later in what it does than the last one. */
const kills = 12

describe.skipIf(isMissing)(`a program that is killed while it makes checkpoints${note}`, () => {
  let lab: BackupLab

  beforeEach(async () => {
    lab = await BackupLab.start()
  })

  afterEach(async () => {
    await lab.close()
  })

  /** Runs the program, kills it after so many checkpoints and a little more, and gives what it has said. */
  const runAndKill = async (args: readonly string[], kill: number): Promise<readonly string[]> => {
    const child = new Child('checkpoint-child.ts', [lab.path('root'), ...args])
    await child.heard('made', 1 + (kill % 4))
    await new Promise((resolve) => setTimeout(resolve, (kill * 7) % 23))
    await child.kill()
    return child.lines
  }
  const reportedIn = (lines: readonly string[], word: string): string[] =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))

  const bitmapNames = async (): Promise<Set<string>> => {
    const answer = JSON.parse(await lab.qmp('query-named-block-nodes', { flat: true }))
    const nodes: readonly { readonly 'dirty-bitmaps'?: readonly { readonly name: string }[] }[] =
      answer.return
    return new Set(nodes.flatMap((node) => (node['dirty-bitmaps'] ?? []).map(({ name }) => name)))
  }
  /** Documents that were not finished, wherever they are. */
  const unfinishedFiles = (): string[] =>
    readdirSync(lab.path('root'), { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.new'),
    )

  it.each(['alone', 'backup'])(
    'loses none that it has reported (%s)',
    async (way) => {
      const made = new Set<string>()
      let next = 1
      for (let kill = 0; kill < kills; kill += 1) {
        unwrap(await lab.connection.close())
        const lines = await runAndKill([String(next), way, lab.folder], kill)
        for (const name of reportedIn(lines, 'made')) made.add(name)
        const perhaps = reportedIn(lines, 'unmaking')
        for (const name of perhaps) made.delete(name)

        await lab.connect()
        if (await lab.isBackingUp()) unwrap(await lab.domain.abortJob())
        await lab.until(async () => !(await lab.isBackingUp()))
        // What was being made or deleted just then may be half there. That is found, and taken away.
        const repairs = unwrap(await lab.domain.checkpointReconcile({ dryRun: false }))
        expect(repairs.filter((repair) => made.has(nameIn(repair)))).toStrictEqual([])
        expect(new Set(repairs.map(nameIn)).size).toBeLessThanOrEqual(1)
        const diagnosis = unwrap(await lab.domain.checkpointDiagnose())
        expect(diagnosis.filter(({ state }) => state !== 'ok')).toStrictEqual([])
        const names = new Set(
          unwrap(await lab.domain.listAllCheckpoints()).map((each) => each.getName()),
        )
        expect(names).toStrictEqual(new Set(diagnosis.map(({ checkpoint }) => checkpoint)))
        for (const name of made) expect(names).toContain(name)
        // One more at most: the one that was just being made, or deleted, when the program died.
        const others = [...names].filter((name) => !made.has(name))
        expect(others.length).toBeLessThanOrEqual(1)
        for (const name of others) made.add(name)

        expect(await bitmapNames()).toStrictEqual(names)
        await lab.until(() => unfinishedFiles().length === 0)
        const stored = readdirSync(join(lab.folder, 'root/lib/qemu/checkpoint/vm'))
        expect(new Set(stored)).toStrictEqual(new Set([...names].map((name) => `${name}.xml`)))
        expect(['scratch.vda', 'nbd.sock'].filter((file) => existsSync(lab.path(file)))).toEqual([])
        const numbers = [...names, 'c0'].map((name) => Number(name.slice(1)))
        next = Math.max(next, ...numbers) + 1
      }
      const last = unwrap(await lab.domain.checkpointCreateXML(checkpointXml('last') ?? ''))
      expect(unwrap(await lab.domain.checkpointLookupByName('last')).getName()).toBe(last.getName())
    },
    180_000,
  )
})
