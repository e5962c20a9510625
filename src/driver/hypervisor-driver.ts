import type { BackupDriver } from './backup.ts'
import type { BlockJobDriver } from './block-job.ts'
import type { BlockDriver } from './block.ts'
import type { CheckpointDriver } from './checkpoint.ts'
import type { ConnectDriverMembers } from './connect.ts'
import type { DefinitionDriver } from './definition.ts'
import type { EventDriver } from './event.ts'
import type { ExtensionDriver } from './extensions.ts'
import type { GuestAgentDriver } from './guest-agent.ts'
import type { HostDriver } from './host.ts'
import type { JobDriver } from './job.ts'
import type { LifecycleDriver } from './lifecycle.ts'
import type { LookupDriver } from './lookup.ts'
import type { SnapshotDriver } from './snapshot.ts'
import type { StatsDriver } from './stats.ts'

/**
 * One open connection to a hypervisor: the mirror of libvirt's `virHypervisorDriver`.
 *
 * Each member has the name of libvirt's callback; one that is absent is answered with NO_SUPPORT. Only `name` and
 * `connectClose` must be there. A member answers as libvirt's own driver does, in the order of its checks; what the
 * public functions check, the connection has checked before.
 */
export interface HypervisorDriver
  extends
    ConnectDriverMembers,
    HostDriver,
    LookupDriver,
    LifecycleDriver,
    DefinitionDriver,
    BlockDriver,
    BlockJobDriver,
    SnapshotDriver,
    CheckpointDriver,
    BackupDriver,
    JobDriver,
    StatsDriver,
    GuestAgentDriver,
    EventDriver,
    ExtensionDriver {
  /** The driver's name: `QEMU`, `Test`. */
  readonly name: string
}
