import type { BackupDriver } from './backup.ts'
import type { BlockJobDriver } from './block-job.ts'
import type { BlockDriver } from './block.ts'
import type { CheckpointDriver } from './checkpoint.ts'
import type { ConnectDriverMembers } from './connect.ts'
import type { ConsoleDriver } from './console.ts'
import type { CPUModelDriver } from './cpu-model.ts'
import type { DefinitionDriver } from './definition.ts'
import type { DeviceDriver } from './device.ts'
import type { EventDriver } from './event.ts'
import type { ExtensionDriver } from './extensions.ts'
import type { GuestAgentDriver } from './guest-agent.ts'
import type { HostDeviceDriver } from './host-device.ts'
import type { HostDriver } from './host.ts'
import type { JobDriver } from './job.ts'
import type { LifecycleDriver } from './lifecycle.ts'
import type { LookupDriver } from './lookup.ts'
import type { MigrationDriver } from './migration.ts'
import type { SaveDriver } from './save.ts'
import type { SecurityDriver } from './security.ts'
import type { SnapshotDriver } from './snapshot.ts'
import type { StatsDriver } from './stats.ts'
import type { TuningDriver } from './tuning.ts'

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
    SaveDriver,
    DefinitionDriver,
    DeviceDriver,
    TuningDriver,
    BlockDriver,
    BlockJobDriver,
    SnapshotDriver,
    CheckpointDriver,
    BackupDriver,
    JobDriver,
    StatsDriver,
    MigrationDriver,
    GuestAgentDriver,
    EventDriver,
    CPUModelDriver,
    SecurityDriver,
    HostDeviceDriver,
    ConsoleDriver,
    ExtensionDriver {
  /** The driver's name: `QEMU`, `Test`. */
  readonly name: string
}
