/** Group F: how a push backup ends. @module */
import { unwrap } from '../../../../src/index.ts'
import { MiB } from '../fixture.ts'
import {
  Bench,
  type Pending,
  pushBoth,
  type Scenario,
  type Scenarios,
  value,
  zero,
} from './scenario.ts'

/** A backup of vda (256 MiB) and vdb (2 GiB), so slow that it still copies after a while. */
async function backingUpBoth(speedMiB = 1): Promise<Bench> {
  const bench = await Bench.create({ sizes: { vda: 256 * MiB, vdb: 2048 * MiB } })
  unwrap(await bench.begin(pushBoth))
  bench.record()
  for (const dev of ['vda', 'vdb']) unwrap(await bench.domain.blockJobSetSpeed(dev, speedMiB))
  bench.hypervisor.advance(200)
  return bench
}

/** What comes after something that ends the backup. */
function ended(end: (bench: Bench) => Pending): Scenario {
  return async () => {
    const bench = await backingUpBoth()
    unwrap(await end(bench))
    bench.hypervisor.runUntilIdle()
    return value(await bench.afterwards())
  }
}

/** The backup of vda has finished, that of vdb has not, when the domain is stopped. */
async function destroyedHalfway(): Promise<Bench> {
  const bench = await backingUpBoth()
  unwrap(await bench.domain.blockJobSetSpeed('vda', 0))
  bench.hypervisor.advance(60_000)
  unwrap(await bench.domain.destroy())
  return bench
}

export const ending: Scenarios = {
  170: ended(({ domain }) => zero(domain.blockJobAbort('vda'))),
  172: async () => {
    const bench = await backingUpBoth()
    unwrap(await bench.domain.blockJobAbort('vda'))
    bench.hypervisor.runUntilIdle()
    return value(await bench.completed())
  },
  173: ended(({ domain }) => zero(domain.abortJob())),
  175: async () => value(await (await destroyedHalfway()).completed()),
  181: ended(({ domain }) => zero(domain.destroyFlags(1))),
}

/** Of group M: the same ends, with the completed job's statistics. */
export const endingTraces: Scenarios = {
  379: async () => {
    const bench = await backingUpBoth()
    unwrap(await bench.domain.abortJob())
    bench.hypervisor.runUntilIdle()
    return value([statistics(await bench.completed())])
  },
  380: async () => value([statistics(await (await destroyedHalfway()).completed())]),
}

function statistics({ type: _type, ...rest }: Awaited<ReturnType<Bench['completed']>>): object {
  return rest
}
