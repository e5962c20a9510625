/** Pull backups: of groups C, D, K and M, and with other operations beside them group E. @module */
import { DomainBlockJobAbortFlags, DomainGetJobStatsFlags, unwrap } from '../../../src/index.ts'
import { listNbdExports } from '../../../src/nbd/index.ts'
import { MiB } from '../test/fixture.ts'
import { allKinds } from './disk-kinds.ts'
import type { Bench } from './bench.ts'
import {
  backupXml,
  checkpointXml,
  type Outcome,
  type Pending,
  type Scenario,
  type Scenarios,
  type Start,
  target,
  value,
  zero,
} from './scenario.ts'

const { COMPLETED } = DomainGetJobStatsFlags
const { PIVOT } = DomainBlockJobAbortFlags

/** A document of a pull backup. */
function pullXml(disks: string, since = ''): string {
  const incremental = since && `<incremental>${since}</incremental>`
  const server = `<server transport='unix' socket='/vm/nbd.sock'/>`
  return `<domainbackup mode='pull'>${incremental}${server}<disks>${disks}</disks></domainbackup>`
}

/** A disk with a scratch file. */
function scratch(name: string, file: string, attributes = ''): string {
  return `<disk name='${name}' type='file' ${attributes}><scratch file='${file}'/></disk>`
}

async function begin(start: Start, disks: string): Promise<Outcome> {
  return (await start()).begin(pullXml(disks))
}

async function describe({ domain }: Bench): Promise<string> {
  return unwrap(await domain.backupGetXMLDesc())
}

/** Ends a backup, and gives the statistics as they were recorded. */
async function statisticsAfterEnd(bench: Bench): Promise<object> {
  unwrap(await bench.domain.abortJob())
  await bench.rig.settle()
  return bench.statistics()
}

/** What was recorded of a backup's names: its disks, its exports and what each offers. */
async function names(start: Start, attributes: string, since = ''): Promise<Outcome> {
  const bench = await start()
  await bench.checkpoints('cp')
  const begun = await bench.begin(pullXml(scratch('vda', '/vm/bk/s', attributes), since))
  if (begun.isErr()) return begun
  const disks = (await describe(bench)).match(/<disk .*>/g)
  const socket = bench.rig.toHere('/vm/nbd.sock')
  const exports = unwrap(await listNbdExports(`nbd+unix:///?socket=${socket}`))
  const contexts = exports.flatMap((each) => each.contexts)
  return value([disks, exports.map(({ name }) => name), contexts])
}

/** A raw disk; what was recorded is the statistics after the end, and the description before it. */
async function rawDisk(start: Start): Promise<Outcome> {
  const bench = await allKinds(start)
  unwrap(await bench.begin(pullXml(scratch('vda', '/vm/bk/sv'))))
  const xml = await describe(bench)
  return value([0, await statisticsAfterEnd(bench), xml])
}

async function scratchExists(start: Start): Promise<Outcome> {
  const bench = await start()
  await bench.rig.createImage('/vm/bk/exists', { format: 'raw', size: MiB })
  return bench.begin(pullXml(scratch('vda', '/vm/bk/exists')))
}

/** A backup of vda, which has 8 MiB of data, into a scratch image whose file system has room for 4 MiB. */
export async function pullingIntoLittle(start: Start): Promise<Bench> {
  const bench = await start()
  await bench.rig.write('vda', 0, 8 * MiB)
  await bench.rig.limit('/vm/full/s', 4 * MiB)
  unwrap(await bench.begin(pullXml(scratch('vda', '/vm/full/s'))))
  return bench
}

/** The scratch image's file system is full when the guest writes, and the backup is ended then. */
async function fullScratch(start: Start): Promise<Outcome> {
  const bench = await pullingIntoLittle(start)
  await bench.rig.write('vda', 0, 8 * MiB)
  return value([await statisticsAfterEnd(bench)])
}

const bothDisks = scratch('vda', '/vm/bk/s1') + scratch('vdb', '/vm/bk/s2')

export async function pullingBoth(start: Start): Promise<Bench> {
  const bench = await start()
  unwrap(await bench.begin(pullXml(bothDisks)))
  bench.record()
  return bench
}

async function killed(start: Start): Promise<Bench> {
  const bench = await pullingBoth(start)
  await bench.rig.crash()
  return bench
}

export const pulling: Scenarios = {
  85: scratchExists,
  127: rawDisk,
  176: async (start) => {
    const bench = await pullingBoth(start)
    unwrap(await bench.domain.destroy())
    return value(await bench.afterwards())
  },
  178: async (start) => value(await (await killed(start)).completed()),
  179: async (start) => zero((await killed(start)).domain.create()),
  316: (start) => names(start, `exportbitmap='x'`),
  317: (start) => names(start, `exportname=''`),
  319: (start) => names(start, `exportname='${'e'.repeat(300)}'`),
  320: (start) => names(start, `exportbitmap='cp'`, 'cp'),
  365: fullScratch,
  367: async (start) =>
    (await start()).begin(
      `<domainbackup mode='pull'><server transport='unix' socket='/vm/nodir/s'/></domainbackup>`,
    ),
  368: (start) =>
    begin(
      start,
      scratch('vda', '/vm/bk/s1', `exportname='same'`) +
        scratch('vdb', '/vm/bk/s2', `exportname='same'`),
    ),
  376: async (start) => value((await killed(start)) && null),
  382: async (start) => value([await (await killed(start)).statistics()]),
}

/** Checkpoint c0, and a pull backup of vda that makes c1. */
export async function pullingVda(start: Start): Promise<Bench> {
  const bench = await start()
  await bench.checkpoints('c0')
  const xml = pullXml(scratch('vda', '/vm/bk/s'))
  unwrap(await bench.begin(xml, checkpointXml('c1')))
  return bench
}

const during =
  (operation: (bench: Bench) => Pending): Scenario =>
  async (start) =>
    operation(await pullingVda(start))

/** Statistics of the running job, as libvirt has them. */
async function running({ domain }: Bench): Promise<Outcome> {
  return (await domain.getJobStats()).map(({ id: _id, ...stats }) => stats)
}

export const whilePulling: Scenarios = {
  136: during((bench) => bench.begin(backupXml(target('vdb', '/vm/bk/b')))),
  145: during(({ domain }) => zero(domain.blockJobAbort('vda', PIVOT))),
  146: during(({ domain }) => zero(domain.blockJobSetSpeed('vda', 10))),
  148: during(({ domain }) => zero(domain.blockResize('vdb', 80 * 1024))),
  149: during((bench) => bench.checkpoint(checkpointXml('c2'))),
  151: during((bench) => bench.drop('c0')),
  152: during((bench) => bench.drop('c1')),
  154: during(async (bench) => {
    unwrap(await bench.domain.suspend())
    return running(bench)
  }),
  155: during(async ({ domain }) => {
    unwrap(await domain.suspend())
    return zero(domain.resume())
  }),
  160: during(({ domain }) => zero(domain.undefine())),
  161: during(async ({ domain }) => {
    unwrap(await domain.undefine())
    return domain.isPersistent()
  }),
  163: during(running),
  164: during(({ domain }) => domain.getJobStats(COMPLETED)),
  166: during(({ domain }) => domain.fsFreeze()),
  167: during(({ domain }) => zero(domain.abortJob())),
  169: during(async (bench) => {
    unwrap(await bench.domain.abortJob())
    await bench.rig.settle()
    return zero(bench.domain.abortJob())
  }),
}

/** What the seeds promise: generated scratch files, and a port that is free. */
export const pullingDifferences: Scenarios = {
  46: async (start) =>
    (await start()).begin(
      `<domainbackup mode='pull'><server name='localhost' port='0'/></domainbackup>`,
    ),
  65: (start) => begin(start, `<disk name='vda'/>`),
}
