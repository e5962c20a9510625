/** Groups A and B: an inactive domain, and what undefining it does. @module */
import {
  DomainCheckpointCreateFlags,
  DomainCheckpointDeleteFlags,
  DomainCheckpointXMLFlags,
  DomainGetJobStatsFlags,
  DomainUndefineFlagsValues,
  unwrap,
} from '../../../../src/index.ts'
import { domainXml } from '../fixture.ts'
import {
  Bench,
  type Outcome,
  recordedDisk,
  recordedUuid,
  redefineXml,
  type Scenario,
  type Scenarios,
  zero,
} from './scenario.ts'

const { REDEFINE, REDEFINE_VALIDATE } = DomainCheckpointCreateFlags
const { SNAPSHOTS_METADATA, CHECKPOINTS_METADATA, NVRAM, TPM, KEEP_TPM } = DomainUndefineFlagsValues

const inactive = (): Promise<Bench> => Bench.create({ inactive: true })

/** The checkpoint `rc` of an inactive domain. */
async function withCheckpoint(): Promise<Bench> {
  const bench = await inactive()
  unwrap(await bench.redefine('rc'))
  return bench
}

export const inactiveDomain: Scenarios = {
  1: async () => (await inactive()).begin('<domainbackup/>'),
  2: async () => (await inactive()).begin('<domainbackup>'),
  4: async () => (await inactive()).checkpoint('<domaincheckpoint/>'),
  5: async () => zero((await inactive()).domain.abortJob()),
  7: async () => (await inactive()).domain.getJobInfo(),
  8: async () => (await inactive()).domain.getJobStats(DomainGetJobStatsFlags.COMPLETED),
  13: async () => (await inactive()).domain.getBlockJobInfo('vda'),
  14: async () => zero((await inactive()).domain.blockJobAbort('vda')),
  16: async () => (await inactive()).checkpoint(redefineXml('rc'), REDEFINE | REDEFINE_VALIDATE),
  17: async () => (await inactive()).checkpoint(redefineXml('rc'), REDEFINE_VALIDATE),
  19: async () => (await withCheckpoint()).describe('rc', DomainCheckpointXMLFlags.SIZE),
  20: async () => (await withCheckpoint()).drop('rc'),
  22: async () => zero((await withCheckpoint()).domain.undefineFlags(SNAPSHOTS_METADATA)),
  23: async () => (await withCheckpoint()).drop('rc', DomainCheckpointDeleteFlags.METADATA_ONLY),
  25: metadataAfterUndefine,
}

/** What libvirt has in a directory is seen by defining the domain again: nothing is there. */
async function metadataAfterUndefine(): Promise<Outcome> {
  const { connection, domain } = await withCheckpoint()
  unwrap(await domain.undefineFlags(CHECKPOINTS_METADATA))
  const devices = recordedDisk('vda') + recordedDisk('vdb')
  const xml = domainXml({ name: 'r2-main', uuid: recordedUuid, devices })
  const again = unwrap(await connection.domainDefineXML(xml))
  return (await again.listAllCheckpoints()).map((checkpoints) => checkpoints.length > 0)
}

/** Undefines an inactive domain with the checkpoints a <- b. */
function undefineWith(flags: number): Scenario {
  return async () => {
    const bench = await Bench.create()
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
