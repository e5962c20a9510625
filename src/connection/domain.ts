import type { DomainRef } from '../driver/index.ts'
import { type DomainBackupCalls, domainBackup } from './backup.ts'
import { type DomainBlockJobCalls, domainBlockJob } from './block-job.ts'
import { type DomainBlockCalls, domainBlock } from './block.ts'
import { type DomainCheckpointsCalls, domainCheckpoints } from './checkpoint.ts'
import { withMethods } from './compose.ts'
import type { ConnectionState } from './connection-state.ts'
import type { Connection } from './connection.ts'
import { type DomainConsoleCalls, domainConsole } from './console.ts'
import { type DomainDefinitionCalls, domainDefinition } from './definition.ts'
import { type DomainDeviceCalls, domainDevice } from './device.ts'
import { type DomainGuestAgentCalls, domainGuestAgent } from './guest-agent.ts'
import { DomainHandle, type DomainObject } from './handles.ts'
import { type DomainJobCalls, domainJob } from './job.ts'
import { type DomainLifecycleCalls, domainLifecycle } from './lifecycle.ts'
import { type DomainLookupCalls, domainLookup } from './lookup.ts'
import { type DomainMigrationCalls, domainMigration } from './migration.ts'
import { type DomainSaveCalls, domainSave } from './save.ts'
import { type DomainSecurityCalls, domainSecurity } from './security.ts'
import { type DomainSnapshotsCalls, domainSnapshots } from './snapshot.ts'
import { type DomainStatsCalls, domainStats } from './stats.ts'
import { type DomainTuningCalls, domainTuning } from './tuning.ts'

/**
 * What a domain is known by. It is asked of nobody and never fails, also when the connection is closed.
 */
export interface DomainIdentity {
  /** The name; after `rename` the new one. */
  readonly name: string
  /** Lower case, with dashes. */
  readonly uuid: string
  /** The id as it was last heard of; -1 for a domain that did not run. Only calls on this object change it. */
  readonly id: number

  /**
   * Gives the name.
   *
   * @libvirt virDomainGetName (0.0.3)
   */
  getName(): string

  /**
   * Gives the 16 bytes of the UUID.
   *
   * @libvirt virDomainGetUUID (0.0.5)
   */
  getUUID(): Uint8Array

  /**
   * Gives the UUID in lower case, with dashes.
   *
   * @libvirt virDomainGetUUIDString (0.1.1)
   */
  getUUIDString(): string

  /**
   * Gives the id as it was last heard of, or -1.
   *
   * @libvirt virDomainGetID (0.0.3)
   */
  getID(): number

  /**
   * Gives the connection that the domain was got from.
   *
   * @libvirt virDomainGetConnect (0.3.0)
   */
  getConnect(): Connection
}

/**
 * A domain of a connection. Each lookup makes another object; all of one domain mean the same.
 *
 * A method has the name of libvirt's C function without `virDomain`, and fails as that does. It is valid until the
 * connection is closed; then each call gives INVALID_DOMAIN.
 */
export interface Domain
  extends
    DomainIdentity,
    DomainLookupCalls,
    DomainLifecycleCalls,
    DomainDefinitionCalls,
    DomainSaveCalls,
    DomainDeviceCalls,
    DomainTuningCalls,
    DomainBlockCalls,
    DomainBlockJobCalls,
    DomainSnapshotsCalls,
    DomainCheckpointsCalls,
    DomainBackupCalls,
    DomainJobCalls,
    DomainStatsCalls,
    DomainGuestAgentCalls,
    DomainSecurityCalls,
    DomainMigrationCalls,
    DomainConsoleCalls {}

const ComposedDomain: new (
  state: ConnectionState,
  connection: Connection,
  ref: DomainRef,
) => DomainObject = withMethods(DomainHandle, {
  ...domainLookup,
  ...domainLifecycle,
  ...domainDefinition,
  ...domainSave,
  ...domainDevice,
  ...domainTuning,
  ...domainBlock,
  ...domainBlockJob,
  ...domainSnapshots,
  ...domainCheckpoints,
  ...domainBackup,
  ...domainJob,
  ...domainStats,
  ...domainGuestAgent,
  ...domainSecurity,
  ...domainMigration,
  ...domainConsole,
})

/** Makes the object for a domain that a driver has told of. */
export function createDomain(
  state: ConnectionState,
  connection: Connection,
  ref: DomainRef,
): DomainObject {
  return new ComposedDomain(state, connection, ref)
}
