import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { Benches } from './benches.ts'
import type { Rig } from './rig.ts'
import { generalized, recorded, type Row, rows, seen } from './rows.ts'
import type { Scenario, Scenarios } from './scenario.ts'

/** What a driver does with the rows of the matrix. */
export interface MatrixTables {
  /** Rows that come to what was recorded. */
  readonly exact: Scenarios
  /** Rows whose answer differs on purpose: docs/differences.md has the reasons. */
  readonly onPurpose: Scenarios
  /** Why a row is not run. */
  readonly notRun: Readonly<Record<number, string>>
}

/** How scenarios run on a driver. */
export interface MatrixDriver {
  readonly newRig: () => Promise<Rig>
  /** Why a row cannot run on this machine; nothing when it can. */
  readonly obstacle?: (n: number) => string
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

function rowsOf(table: Scenarios): readonly Row[] {
  return rows.filter(({ n }) => n in table)
}

function scenarioOf(table: Scenarios, { n }: Row): Scenario {
  const scenario = table[n]
  if (scenario === undefined) throw new Error(`row ${n} has no scenario`)
  return scenario
}

/** Runs scenarios, each on a rig of its own. */
export function describeMatrix(
  where: string,
  { newRig, obstacle = () => '' }: MatrixDriver,
  { exact, onPurpose }: Omit<MatrixTables, 'notRun'>,
): void {
  const benches = new Benches(newRig)
  const title = ({ n, op, pre }: Row): string => {
    const [before, why] = [pre === '' ? '' : ` (${pre})`, obstacle(n)]
    return `row ${n}: ${op}${before}${why === '' ? '' : ` (skipped: ${why})`}`
  }
  const run = async (table: Scenarios, row: Row): Promise<unknown> => {
    const outcome = seen(await scenarioOf(table, row)(benches.start))
    return JSON.parse(benches.toRecorded(JSON.stringify(outcome)))
  }
  describe(`the operations recorded on libvirt 9.0.0, ${where}`, () => {
    afterEach(() => benches.finish())
    afterAll(() => benches.close())

    for (const row of rowsOf(exact)) {
      it.skipIf(obstacle(row.n) !== '')(`is met by ${title(row)}`, async () => {
        const outcome = await run(exact, row)
        expect(generalized(row.n, outcome)).toStrictEqual(generalized(row.n, recorded(row)))
      })
    }

    for (const row of rowsOf(onPurpose)) {
      it(`is left on purpose by ${title(row)}`, async () => {
        const outcome = await run(onPurpose, row)
        expect(outcome).toStrictEqual(ours[row.n])
        expect(outcome).not.toStrictEqual(recorded(row))
      })
    }
  })
}

/** How many rows there are of each kind, and which are of none, or of several. */
export function tally({ exact, onPurpose, notRun }: MatrixTables): object {
  const [first, second, third] = [exact, onPurpose, notRun].map((table) => Object.keys(table))
  const listed = [exact, onPurpose, notRun].flatMap((table) => Object.keys(table).map(Number))
  const times = (n: number): number => listed.filter((each) => each === n).length
  return {
    exact: first?.length,
    onPurpose: second?.length,
    notRun: third?.length,
    missing: rows.map(({ n }) => n).filter((n) => times(n) === 0),
    repeated: listed.filter((n) => times(n) > 1),
  }
}
