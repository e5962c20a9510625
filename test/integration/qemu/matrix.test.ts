import { expect, it } from 'vitest'
import { tally } from '../../drivers/matrix/describe-matrix.ts'
import { notRun } from '../../drivers/matrix/not-run.ts'
import { onQemu } from '../../drivers/matrix/on-qemu.ts'
import { backups, checkpoints, documents } from '../../drivers/matrix/scenarios.ts'
import { notRunOnQemu } from './matrix-not-run.ts'

it('has no row of the recorded matrix that is neither run on QEMU nor listed with a reason', () => {
  const tables = {
    exact: { ...documents.exact, ...backups.exact, ...checkpoints.exact, ...onQemu },
    onPurpose: { ...documents.onPurpose, ...backups.onPurpose, ...checkpoints.onPurpose },
    notRun: { ...notRun, ...notRunOnQemu },
  }
  const counts = { exact: 204, onPurpose: 8, notRun: 44 }
  expect(tally(tables)).toStrictEqual({ ...counts, missing: [], repeated: [] })
})
