/** The objects of the public API: libvirt's public functions over a driver. @module */
export { safely } from './call.ts'
export { createConnection } from './connection.ts'
export type { DomainBackupCalls } from './backup.ts'
export type { DomainBlockJobCalls } from './block-job.ts'
export type { DomainBlockCalls } from './block.ts'
export type { DomainCheckpoint, DomainCheckpointsCalls } from './checkpoint.ts'
export type { ConnectionConnectCalls, DriverMember } from './connect.ts'
export type { Connection } from './connection.ts'
export type { DomainConsoleCalls } from './console.ts'
export type { ConnectionCpuModelCalls } from './cpu-model.ts'
export type { ConnectionDefinitionCalls, DomainDefinitionCalls } from './definition.ts'
export type { DomainDeviceCalls } from './device.ts'
export type { Domain, DomainIdentity } from './domain.ts'
export type {
  ConnectionEventCalls,
  EventIterationOptions,
  LifecycleCallback,
  QemuMonitorEventCallback,
} from './event.ts'
export type { ConnectionGuestAgentCalls, DomainGuestAgentCalls } from './guest-agent.ts'
export type { ConnectionHostCalls } from './host.ts'
export type { DomainJobCalls } from './job.ts'
export type { ConnectionLifecycleCalls, DomainLifecycleCalls } from './lifecycle.ts'
export type { ConnectionLookupCalls, DomainLookupCalls } from './lookup.ts'
export type { DomainMigrationCalls } from './migration.ts'
export type { ConnectionSaveCalls, DomainSaveCalls } from './save.ts'
export type { ConnectionSecurityCalls, DomainSecurityCalls } from './security.ts'
export type { DomainSnapshot, DomainSnapshotsCalls } from './snapshot.ts'
export type { ConnectionStatsCalls, DomainStats, DomainStatsCalls } from './stats.ts'
export type { DomainTuningCalls } from './tuning.ts'
export type {
  ConnectionClosedEvent,
  ConnectionEventListener,
  ConnectionEventName,
  ConnectionEvents,
  ListenerErrorEvent,
  WithDomain,
} from './events/event-map.ts'
export type { CloseCallback } from './events/close-callback.ts'
