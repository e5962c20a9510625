import { expect, it } from 'vitest'
import { transientDisks } from '../matrix/broken-bitmaps.ts'
import {
  describeMatrix,
  type MatrixDriver,
  type MatrixTables,
  tally,
} from '../matrix/describe-matrix.ts'
import { notRun } from '../matrix/not-run.ts'
import { backups, checkpoints, documents } from '../matrix/scenarios.ts'
import { MemoryRig } from './matrix/memory-rig.ts'
import { notRunInMemory } from './matrix/not-run-in-memory.ts'
import { testDriver, testDriverDifferences } from './matrix/test-driver.ts'

const driver: MatrixDriver = { newRig: () => MemoryRig.create() }

const tables: MatrixTables = {
  exact: {
    ...documents.exact,
    ...backups.exact,
    ...checkpoints.exact,
    ...transientDisks,
    ...testDriver,
  },
  onPurpose: {
    ...documents.onPurpose,
    ...backups.onPurpose,
    ...checkpoints.onPurpose,
    ...testDriverDifferences,
  },
  notRun: { ...notRun, ...notRunInMemory },
}

describeMatrix('in memory', driver, tables)

it('has no row of the recorded matrix that is neither run in memory nor listed with a reason', () => {
  const counts = { exact: 213, onPurpose: 11, notRun: 32 }
  expect(tally(tables)).toStrictEqual({ ...counts, missing: [], repeated: [] })
})
