/** Pull backups: of groups C, D, K and M, and with other operations beside them group E. @module */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DomainBlockJobAbortFlags, DomainGetJobStatsFlags, unwrap } from '../../../../src/index.ts'
import { MiB } from '../fixture.ts'
import { allKinds } from './disk-kinds.ts'
import {
  backupXml,
  Bench,
  checkpointXml,
  type Outcome,
  type Pending,
  type Scenario,
  type Scenarios,
  target,
  value,
  zero,
} from './scenario.ts'

const { COMPLETED } = DomainGetJobStatsFlags
const { PIVOT } = DomainBlockJobAbortFlags

const folders: string[] = []

/** Removes what the scenarios left in the machine's file system. */
export async function removeSockets(): Promise<void> {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })))
}

/** The path of a socket; recorded as `/vm/nbd.sock`. */
async function socketPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'virtdriver-'))
  folders.push(folder)
  return join(folder, 'nbd.sock')
}

/** A document of a pull backup. */
async function pullXml(disks: string, since = ''): Promise<string> {
  const incremental = since && `<incremental>${since}</incremental>`
  const server = `<server transport='unix' socket='${await socketPath()}'/>`
  return `<domainbackup mode='pull'>${incremental}${server}<disks>${disks}</disks></domainbackup>`
}

/** A disk with a scratch file. */
function scratch(name: string, file: string, attributes = ''): string {
  return `<disk name='${name}' type='file' ${attributes}><scratch file='${file}'/></disk>`
}

async function begin(disks: string): Promise<Outcome> {
  return (await Bench.create()).begin(await pullXml(disks))
}

async function describe({ domain }: Bench): Promise<string> {
  const xml = unwrap(await domain.backupGetXMLDesc())
  return xml.replace(/socket='[^']*'/, `socket='/vm/nbd.sock'`)
}

/** Ends a backup, and gives the statistics as they were recorded. */
async function statisticsAfterEnd(bench: Bench): Promise<object> {
  unwrap(await bench.domain.abortJob())
  bench.hypervisor.runUntilIdle()
  const { type: _type, ...stats } = await bench.completed()
  return stats
}

/** What was recorded of a backup's names: its disks, its exports and what each offers. */
async function names(attributes: string, since = ''): Promise<Outcome> {
  const bench = await Bench.create()
  await bench.checkpoints('cp')
  const begun = await bench.begin(await pullXml(scratch('vda', '/vm/bk/s', attributes), since))
  if (begun.isErr()) return begun
  const disks = (await describe(bench)).match(/<disk .*>/g)
  const exports = bench.hypervisor.exports('r2-main')
  const contexts = exports.flatMap((each) => ['base:allocation', ...(each.contexts ?? [])])
  return value([disks, exports.map(({ name }) => name), contexts])
}

/** A raw disk; what was recorded is the statistics after the end, and the description before it. */
async function rawDisk(): Promise<Outcome> {
  const bench = await allKinds()
  unwrap(await bench.begin(await pullXml(scratch('vda', '/vm/bk/sv'))))
  const xml = await describe(bench)
  return value([0, await statisticsAfterEnd(bench), xml])
}

async function scratchExists(): Promise<Outcome> {
  const bench = await Bench.create()
  unwrap(bench.hypervisor.images.create('/vm/bk/exists', { virtualSize: MiB }))
  return bench.begin(await pullXml(scratch('vda', '/vm/bk/exists')))
}

/** The scratch image's file system is full when the guest writes, and the backup is ended then. */
async function fullScratch(): Promise<Outcome> {
  const bench = await Bench.create()
  const { hypervisor } = bench
  unwrap(hypervisor.guest('r2-main').write('vda', 0, new Uint8Array(8 * MiB).fill(1)))
  unwrap(hypervisor.images.limit('/vm/bk/s', 4 * MiB))
  unwrap(await bench.begin(await pullXml(scratch('vda', '/vm/bk/s'))))
  const written = hypervisor.guest('r2-main').write('vda', 0, new Uint8Array(8 * MiB).fill(2))
  if (written.isOk()) throw new Error('the write was to find no space')
  return value([await statisticsAfterEnd(bench)])
}

const bothDisks = scratch('vda', '/vm/bk/s1') + scratch('vdb', '/vm/bk/s2')

async function pullingBoth(): Promise<Bench> {
  const bench = await Bench.create()
  unwrap(await bench.begin(await pullXml(bothDisks)))
  bench.record()
  return bench
}

async function killed(): Promise<Bench> {
  const bench = await pullingBoth()
  unwrap(bench.hypervisor.crash('r2-main'))
  return bench
}

export const pulling: Scenarios = {
  85: scratchExists,
  127: rawDisk,
  176: async () => {
    const bench = await pullingBoth()
    unwrap(await bench.domain.destroy())
    return value(await bench.afterwards())
  },
  178: async () => value(await (await killed()).completed()),
  179: async () => zero((await killed()).domain.create()),
  316: () => names(`exportbitmap='x'`),
  317: () => names(`exportname=''`),
  319: () => names(`exportname='${'e'.repeat(300)}'`),
  320: () => names(`exportbitmap='cp'`, 'cp'),
  365: fullScratch,
  367: async () =>
    (await Bench.create()).begin(
      `<domainbackup mode='pull'><server transport='unix' socket='/vm/nodir/s'/></domainbackup>`,
    ),
  368: () =>
    begin(
      scratch('vda', '/vm/bk/s1', `exportname='same'`) +
        scratch('vdb', '/vm/bk/s2', `exportname='same'`),
    ),
  376: async () => value((await killed()) && null),
  382: async () => {
    const { type: _type, ...stats } = await (await killed()).completed()
    return value([stats])
  },
}

/** Checkpoint c0, and a pull backup of vda that makes c1. */
async function pullingVda(): Promise<Bench> {
  const bench = await Bench.create()
  await bench.checkpoints('c0')
  const xml = await pullXml(scratch('vda', '/vm/bk/s'))
  unwrap(await bench.begin(xml, checkpointXml('c1')))
  return bench
}

const during =
  (operation: (bench: Bench) => Pending): Scenario =>
  async () =>
    operation(await pullingVda())

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
    bench.hypervisor.runUntilIdle()
    return zero(bench.domain.abortJob())
  }),
}

/** What the seeds promise: generated scratch files, and a port that is free. */
export const pullingDifferences: Scenarios = {
  46: async () =>
    (await Bench.create()).begin(
      `<domainbackup mode='pull'><server name='localhost' port='0'/></domainbackup>`,
    ),
  65: () => begin(`<disk name='vda'/>`),
}
