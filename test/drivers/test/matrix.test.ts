import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { agentAndSharing, brokenBitmaps, specialDisks } from './matrix/broken-bitmaps.ts'
import { backupDocument, backupDocumentDifferences } from './matrix/backup-xml.ts'
import { checkpointDocument, nameLength } from './matrix/checkpoint-xml.ts'
import { checkpointTree, checkpointTreeDifferences } from './matrix/checkpoint-tree.ts'
import { diskKinds } from './matrix/disk-kinds.ts'
import { ending } from './matrix/ending.ts'
import { inactiveDomain, undefine, undefineDifferences } from './matrix/inactive.ts'
import { notRun } from './matrix/not-run.ts'
import { pulling, pullingDifferences, removeSockets, whilePulling } from './matrix/pull.ts'
import { Bench, type Outcome, type Scenario, type Scenarios } from './matrix/scenario.ts'
import { testDriver, testDriverDifferences } from './matrix/test-driver.ts'
import { traces } from './matrix/traces.ts'

/** One operation that was performed on libvirt 9.0.0, with what came of it. */
interface Row {
  readonly n: number
  readonly op: string
  readonly pre: string
  readonly ok: boolean
  readonly ret: unknown
  readonly error: {
    readonly code: number
    readonly domain: number
    readonly message: string
  } | null
  /** JSON of what was seen beside the result. */
  readonly note: string
}

const matrix = new URL('../../fixtures/matrix.json', import.meta.url)
const rows: readonly Row[] = JSON.parse(readFileSync(matrix, 'utf8'))

const scenarios: Scenarios = {
  ...inactiveDomain,
  ...undefine,
  ...backupDocument,
  ...diskKinds,
  ...pulling,
  ...whilePulling,
  ...ending,
  ...checkpointDocument,
  ...checkpointTree,
  ...brokenBitmaps,
  ...agentAndSharing,
  ...specialDisks,
  ...nameLength,
  ...testDriver,
  ...traces,
}

/** Rows whose answer differs on purpose: docs/differences.md has the reasons. */
const differences: Scenarios = {
  ...undefineDifferences,
  ...backupDocumentDifferences,
  ...pullingDifferences,
  ...checkpointTreeDifferences,
  ...testDriverDifferences,
}

const twoCheckpoints = {
  code: 55,
  domain: 10,
  message: 'Requested operation is not valid: cannot delete inactive domain with 2 checkpoints',
}

/** What comes instead of what was recorded. */
const ours: Readonly<Record<number, unknown>> = {
  29: twoCheckpoints,
  31: twoCheckpoints,
  32: twoCheckpoints,
  46: 0,
  64: 0,
  65: 0,
  256: ['n2', 'n6', 'n7', 'r0', 'r1', 'r2'],
  331: ['r0', 'r1', 'r2'],
  332: 1,
  334: {
    code: 55,
    domain: 12,
    message: 'Requested operation is not valid: no job is active on the domain',
  },
  335: { type: 0 },
}

/** Rows whose values depend on how fast the recording machine copied. */
const raced: ReadonlySet<number> = new Set([170, 172, 173, 359, 365, 379])

const racedKeys: ReadonlySet<string> = new Set([
  'disk_processed',
  'disk_remaining',
  'disk_temp_used',
])

/** Rows that libvirt lists in the order of a hash table. */
const unordered: ReadonlySet<number> = new Set([235, 238, 239])

/** Brings what is of one machine and one moment to what is of all. */
function generalized(n: number, value: unknown): unknown {
  const text = JSON.stringify(value, (key, part: unknown) => {
    if (key === 'time_elapsed') return '<ms>'
    const isRaced = raced.has(n) && racedKeys.has(key)
    return isRaced ? '<bytes>' : part
  })
  const general: unknown = JSON.parse(
    text.replaceAll(/\b1[67]\d{8}\b/g, '<time>').replaceAll(/index='\d+'/g, 'index'),
  )
  return unordered.has(n) && Array.isArray(general) ? general.map(String).toSorted() : general
}

/** A recorded row: where something was noted beside the result, that says more. */
function recorded({ ok, ret, error, note }: Row): unknown {
  if (!ok && error !== null) {
    const { code, domain, message } = error
    return { code, domain, message }
  }
  return note === '' || note === '[]' ? ret : JSON.parse(note)
}

function seen(outcome: Outcome): unknown {
  if (outcome.isOk()) return outcome.value
  const { code, domain, message } = outcome.error
  return { code, domain, message }
}

function title({ n, op, pre }: Row): string {
  return `row ${n}: ${op}${pre === '' ? '' : ` (${pre})`}`
}

function rowsOf(table: Readonly<Record<number, unknown>>): readonly (readonly [string, Row])[] {
  return rows.filter(({ n }) => n in table).map((row) => [title(row), row])
}

function scenarioOf(table: Scenarios, { n }: Row): Scenario {
  const scenario = table[n]
  if (scenario === undefined) throw new Error(`row ${n} has no scenario`)
  return scenario
}

afterEach(async () => {
  await Bench.closeAll()
  await removeSockets()
})

describe('the matrix of operations recorded on libvirt 9.0.0', () => {
  it.each(rowsOf(scenarios))('is met by %s', async (_, row) => {
    const outcome = await scenarioOf(scenarios, row)()
    expect(generalized(row.n, seen(outcome))).toStrictEqual(generalized(row.n, recorded(row)))
  })

  it.each(rowsOf(differences))('is left on purpose by %s', async (_, row) => {
    const outcome = await scenarioOf(differences, row)()
    expect(seen(outcome)).toStrictEqual(ours[row.n])
    expect(seen(outcome)).not.toStrictEqual(recorded(row))
  })

  it('has no row that is neither run nor listed with a reason, or both', () => {
    const tables = [scenarios, differences, notRun]
    const listed = tables.flatMap((table) => Object.keys(table).map(Number))
    expect(listed.toSorted((a, b) => a - b)).toStrictEqual(rows.map(({ n }) => n))
  })
})
