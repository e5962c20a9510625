/** Groups A and B: an inactive domain, and what undefining it does. @module */
import {
  DomainCheckpointCreateFlags,
  DomainCheckpointDeleteFlags,
  DomainCheckpointXMLFlags,
  DomainGetJobStatsFlags,
  DomainUndefineFlagsValues,
  unwrap,
} from '../../../src/index.ts'
import type { Bench } from './bench.ts'
import {
  type Outcome,
  recordedDisk,
  redefineXml,
  type Scenario,
  type Scenarios,
  type Start,
  zero,
} from './scenario.ts'

const { REDEFINE, REDEFINE_VALIDATE } = DomainCheckpointCreateFlags
const { SNAPSHOTS_METADATA, CHECKPOINTS_METADATA, NVRAM, TPM, KEEP_TPM } = DomainUndefineFlagsValues

const inactive = (start: Start): Promise<Bench> => start({ inactive: true })

/** The checkpoint `rc` of an inactive domain. */
async function withCheckpoint(start: Start): Promise<Bench> {
  const bench = await inactive(start)
  unwrap(await bench.redefine('rc'))
  return bench
}

export const inactiveDomain: Scenarios = {
  1: async (start) => (await inactive(start)).begin('<domainbackup/>'),
  2: async (start) => (await inactive(start)).begin('<domainbackup>'),
  4: async (start) => (await inactive(start)).checkpoint('<domaincheckpoint/>'),
  5: async (start) => zero((await inactive(start)).domain.abortJob()),
  7: async (start) => (await inactive(start)).domain.getJobInfo(),
  8: async (start) => (await inactive(start)).domain.getJobStats(DomainGetJobStatsFlags.COMPLETED),
  13: async (start) => (await inactive(start)).domain.getBlockJobInfo('vda'),
  14: async (start) => zero((await inactive(start)).domain.blockJobAbort('vda')),
  16: async (start) =>
    (await inactive(start)).checkpoint(redefineXml('rc'), REDEFINE | REDEFINE_VALIDATE),
  17: async (start) => (await inactive(start)).checkpoint(redefineXml('rc'), REDEFINE_VALIDATE),
  19: async (start) => (await withCheckpoint(start)).describe('rc', DomainCheckpointXMLFlags.SIZE),
  20: async (start) => (await withCheckpoint(start)).drop('rc'),
  22: async (start) => zero((await withCheckpoint(start)).domain.undefineFlags(SNAPSHOTS_METADATA)),
  23: async (start) =>
    (await withCheckpoint(start)).drop('rc', DomainCheckpointDeleteFlags.METADATA_ONLY),
  25: metadataAfterUndefine,
}

/** What libvirt has in a directory is seen by defining the domain again: nothing is there. */
async function metadataAfterUndefine(start: Start): Promise<Outcome> {
  const bench = await withCheckpoint(start)
  unwrap(await bench.domain.undefineFlags(CHECKPOINTS_METADATA))
  await bench.define(recordedDisk('vda') + recordedDisk('vdb'))
  return (await bench.list()).map((names) => names.length > 0)
}

/** Undefines an inactive domain with the checkpoints a <- b. */
function undefineWith(flags: number): Scenario {
  return async (start) => {
    const bench = await start()
    await bench.checkpoints('a', 'b')
    unwrap(await bench.domain.destroy())
    return zero(bench.domain.undefineFlags(flags))
  }
}

export const undefine: Scenarios = {
  26: undefineWith(0),
  28: undefineWith(SNAPSHOTS_METADATA),
  34: undefineWith(CHECKPOINTS_METADATA | KEEP_TPM),
}

/** libvirt reads these flags as filters of the list that it counts. */
export const undefineDifferences: Scenarios = {
  29: undefineWith(NVRAM),
  31: undefineWith(TPM),
  32: undefineWith(KEEP_TPM),
}
