/** Group F: how a push backup ends. @module */
import { unwrap } from '../../../src/index.ts'
import { MiB } from '../test/fixture.ts'
import type { Bench } from './bench.ts'
import {
  type Pending,
  pushBoth,
  type Scenario,
  type Scenarios,
  type Start,
  value,
  zero,
} from './scenario.ts'

/** A backup of vda (256 MiB) and vdb (2 GiB), so slow that it goes on until something ends it. */
async function backingUpBoth(start: Start): Promise<Bench> {
  const bench = await start({ sizes: { vda: 256 * MiB, vdb: 2048 * MiB } })
  for (const dev of ['vda', 'vdb']) await bench.rig.write(dev, 0, 128 * MiB)
  bench.record()
  unwrap(await bench.begin(pushBoth))
  for (const dev of ['vda', 'vdb']) unwrap(await bench.domain.blockJobSetSpeed(dev, 1))
  return bench
}

/** What comes after something that ends the backup. */
function ended(end: (bench: Bench) => Pending): Scenario {
  return async (start) => {
    const bench = await backingUpBoth(start)
    unwrap(await end(bench))
    return value(await bench.afterwards())
  }
}

/** The backup of vda has finished, that of vdb has not, when the domain is stopped. */
async function destroyedHalfway(start: Start): Promise<Bench> {
  const bench = await backingUpBoth(start)
  unwrap(await bench.domain.blockJobSetSpeed('vda', 0))
  await bench.rig.until(() => bench.events.length > 0)
  unwrap(await bench.domain.destroy())
  return bench
}

export const ending: Scenarios = {
  170: ended(({ domain }) => zero(domain.blockJobAbort('vda'))),
  172: async (start) => {
    const bench = await backingUpBoth(start)
    unwrap(await bench.domain.blockJobAbort('vda'))
    await bench.rig.settle()
    return value(await bench.completed())
  },
  173: ended(({ domain }) => zero(domain.abortJob())),
  175: async (start) => value(await (await destroyedHalfway(start)).completed()),
  181: ended(({ domain }) => zero(domain.destroyFlags(1))),
}

/** Of group M: the same ends, with the completed job's statistics. */
export const endingTraces: Scenarios = {
  379: async (start) => {
    const bench = await backingUpBoth(start)
    unwrap(await bench.domain.abortJob())
    await bench.rig.settle()
    return value([await bench.statistics()])
  },
  380: async (start) => value([await (await destroyedHalfway(start)).statistics()]),
}
