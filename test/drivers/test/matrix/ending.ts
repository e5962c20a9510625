/**
 * Groups E and F: what else is done while a backup runs, and how it ends.
 *
 * Group E was recorded beside a pull backup. Those of its answers that do not depend on the mode are compared beside a push.
 *
 * @module
 */
import { DomainBlockJobAbortFlags, DomainGetJobStatsFlags, unwrap } from '../../../../src/index.ts'
import { MiB } from '../fixture.ts'
import {
  backupXml,
  Bench,
  checkpointXml,
  type Pending,
  pushBoth,
  type Scenario,
  type Scenarios,
  target,
  value,
  zero,
} from './scenario.ts'

const { COMPLETED } = DomainGetJobStatsFlags
const { PIVOT } = DomainBlockJobAbortFlags

/** Checkpoint c0, and a backup of vda that makes c1 and still copies. */
async function backingUpVda(): Promise<Bench> {
  const bench = await Bench.create()
  await bench.checkpoints('c0')
  unwrap(await bench.begin(backupXml(target('vda', '/vm/bk/a')), checkpointXml('c1')))
  return bench
}

const during =
  (operation: (bench: Bench) => Pending): Scenario =>
  async () =>
    operation(await backingUpVda())

export const whileBackingUp: Scenarios = {
  136: during((bench) => bench.begin(backupXml(target('vdb', '/vm/bk/b')))),
  145: during(({ domain }) => zero(domain.blockJobAbort('vda', PIVOT))),
  146: during(({ domain }) => zero(domain.blockJobSetSpeed('vda', 10))),
  148: during(({ domain }) => zero(domain.blockResize('vdb', 80 * 1024))),
  149: during((bench) => bench.checkpoint(checkpointXml('c2'))),
  151: during((bench) => bench.drop('c0')),
  152: during((bench) => bench.drop('c1')),
  155: during(async ({ domain }) => {
    unwrap(await domain.suspend())
    return zero(domain.resume())
  }),
  160: during(({ domain }) => zero(domain.undefine())),
  161: during(async ({ domain }) => {
    unwrap(await domain.undefine())
    return domain.isPersistent()
  }),
  164: during(({ domain }) => domain.getJobStats(COMPLETED)),
  166: during(({ domain }) => domain.fsFreeze()),
  167: during(({ domain }) => zero(domain.abortJob())),
  169: during(async (bench) => {
    unwrap(await bench.domain.abortJob())
    bench.hypervisor.runUntilIdle()
    return zero(bench.domain.abortJob())
  }),
}

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

const killed = async (): Promise<Bench> => {
  const bench = await backingUpBoth()
  unwrap(bench.hypervisor.crash('r2-main'))
  return bench
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
  176: ended(({ domain }) => zero(domain.destroy())),
  178: async () => value(await (await killed()).completed()),
  179: async () => zero((await killed()).domain.create()),
  181: ended(({ domain }) => zero(domain.destroyFlags(1))),
}

/** Of group M: the same ends, with the completed job's statistics. */
export const endingTraces: Scenarios = {
  376: async () => value((await killed()) && null),
  379: async () => {
    const bench = await backingUpBoth()
    unwrap(await bench.domain.abortJob())
    bench.hypervisor.runUntilIdle()
    return value([statistics(await bench.completed())])
  },
  380: async () => value([statistics(await (await destroyedHalfway()).completed())]),
  382: async () => value([statistics(await (await killed()).completed())]),
}

function statistics({ type: _type, ...rest }: Awaited<ReturnType<Bench['completed']>>): object {
  return rest
}
