import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BackupModel, CLUSTER, DISKS, type Part, SIZE } from './backup-model.ts'

type Step = (model: BackupModel) => Promise<void> | void

/** An arbitrary whose counterexamples say what was done. */
function named<T>(
  name: string,
  values: fc.Arbitrary<T>,
  run: (model: BackupModel, values: T) => Promise<void> | void,
): fc.Arbitrary<Step> {
  return values.map((value) =>
    Object.assign((model: BackupModel) => run(model, value), {
      toString: () => `${name} ${JSON.stringify(value)}`,
    }),
  )
}

const range = {
  disk: fc.constantFrom(...DISKS),
  offset: fc.nat(SIZE - 1),
  length: fc.oneof(fc.nat(600), fc.nat(10 * CLUSTER)),
}
const part: fc.Arbitrary<Part> = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ kind: 'no' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'full' as const }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('since' as const), back: fc.nat(3) }) },
)
const parts = fc.tuple(part, part, part)

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: named(
      'write',
      fc.record({ ...range, byte: fc.integer({ min: 1, max: 255 }) }),
      (model, w) => {
        model.write(w.disk, w.offset, w.length, w.byte)
      },
    ),
  },
  {
    weight: 1,
    arbitrary: named('zero', fc.record(range), (model, w) => {
      model.zero(w.disk, w.offset, w.length)
    }),
  },
  {
    weight: 4,
    arbitrary: named('slices', fc.integer({ min: 1, max: 8 }), (model, count) =>
      model.slices(count),
    ),
  },
  { weight: 5, arbitrary: named('begin', parts, (model, chosen) => model.begin(chosen)) },
  {
    weight: 1,
    arbitrary: named(
      'begin, failing at a write',
      fc.tuple(parts, fc.integer({ min: 1, max: 4 })),
      (model, [chosen, nth]) => model.begin(chosen, nth),
    ),
  },
  {
    weight: 1,
    arbitrary: named(
      'abort',
      fc.constantFrom('end' as const, 'job' as const, 'blockJob' as const),
      (model, how) => model.abort(how),
    ),
  },
  {
    weight: 1,
    arbitrary: named('delete checkpoint', fc.nat(3), (model, back) => model.deleteCheckpoint(back)),
  },
  { weight: 1, arbitrary: named('restart', fc.constant(undefined), (model) => model.restart()) },
  {
    weight: 1,
    arbitrary: named('add vdc', fc.constant(undefined), (model) => model.restart(DISKS)),
  },
)

describe('restoring a backup', () => {
  it('gives the disk as it was when the backup began, whatever happened before, meanwhile and after', async () => {
    let completed = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        const model = await BackupModel.start()
        for (const run of steps) await run(model)
        await model.verify()
        completed += model.completed
      }),
      { numRuns: 1000 },
    )
    // So that the property cannot hold for want of backups; about one a run is completed.
    expect(completed).toBeGreaterThan(800)
  }, 240_000)
})
