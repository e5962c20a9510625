/** The interface between connections and drivers. @module */
export {
  agentNotConfigured,
  agentRefused,
  agentUnresponsive,
  checkThawsAll,
  checkTrimsAll,
} from './agent-errors.ts'
export { affectedBy } from './affected.ts'
export type { BackupDriver } from './backup.ts'
export type {
  BlockDriver,
  DomainBlkioParameters,
  DomainBlockInfo,
  DomainBlockIoTuneParameters,
  DomainBlockStats,
  DomainBlockStatsParameters,
  DomainDiskError,
} from './block.ts'
export type { BlockJobDriver, DomainBlockCopyParameters, DomainBlockJobInfo } from './block-job.ts'
export { blockJobBandwidth, blockJobSpeed } from './block-job-speed.ts'
export type { CheckpointDriver } from './checkpoint.ts'
export type {
  ConnectAuth,
  ConnectCredential,
  ConnectDriverMembers,
  ConnectIdentity,
} from './connect.ts'
export type {
  DefinitionDriver,
  DomainControlInfo,
  DomainInfo,
  DomainStateReason,
} from './definition.ts'
export { diskAlias, diskQomName } from './disk-alias.ts'
export { diskBusy, diskDevices, diskMissing } from './disk-devices.ts'
export type { DiskDeviceMembers, DiskDevicePort } from './disk-devices.ts'
export { domainEventIds, domainEventNames } from './domain-events.ts'
export type {
  DomainAgentLifecycleEvent,
  DomainBalloonChangeEvent,
  DomainBlockJob2Event,
  DomainBlockJobEvent,
  DomainBlockThresholdEvent,
  DomainDeviceEvent,
  DomainDiskChangeEvent,
  DomainEvent,
  DomainEventGraphicsAddress,
  DomainEventGraphicsSubject,
  DomainEventName,
  DomainEvents,
  DomainGraphicsEvent,
  DomainIOErrorEvent,
  DomainIOErrorReasonEvent,
  DomainJobCompletedEvent,
  DomainLifecycleEvent,
  DomainMemoryDeviceSizeChangeEvent,
  DomainMemoryFailureEvent,
  DomainMetadataChangeEvent,
  DomainMigrationIterationEvent,
  DomainPMEvent,
  DomainRTCChangeEvent,
  DomainTrayChangeEvent,
  DomainTunableEvent,
  DomainWatchdogEvent,
} from './domain-events.ts'
export type { DomainQemuMonitorEvent, EventDriver } from './event.ts'
export type {
  DomainCheckpointBitmapState,
  DomainCheckpointDiagnosis,
  DomainCheckpointReconcileOptions,
  DomainCheckpointRepair,
  ExtensionDriver,
} from './extensions.ts'
export type { ConsoleDriver } from './console.ts'
export type { CPUComparison, CPUModelDriver } from './cpu-model.ts'
export type { DeviceDriver, DomainInterfaceParameters } from './device.ts'
export { DriverFeature, globalFeature } from './features.ts'
export type {
  DomainFSInfo,
  DomainGuestVcpus,
  DomainInterface,
  DomainIPAddress,
  DomainQemuAttachTarget,
  DomainQemuMonitorCommandReply,
  DomainTime,
  GuestAgentDriver,
} from './guest-agent.ts'
export type {
  HostDriver,
  NodeCPUMap,
  NodeCPUStats,
  NodeInfo,
  NodeMemoryParameters,
  NodeMemoryStats,
} from './host.ts'
export type { HostDeviceDriver } from './host-device.ts'
export type { HypervisorDriver } from './hypervisor-driver.ts'
export type { DomainJobInfo, DomainJobParameters, DomainJobStats, JobDriver } from './job.ts'
export { jobInfoOf, noJobInfo } from './job-info.ts'
export type { LifecycleDriver } from './lifecycle.ts'
export type { LookupDriver } from './lookup.ts'
export type {
  DomainMigrateBegun,
  DomainMigrateFinished,
  DomainMigrateParameters,
  DomainMigratePrepared,
  MigrationDriver,
} from './migration.ts'
export { openDriver } from './open-driver.ts'
export type { OpenDriverOptions, OpenedDriver } from './open-driver.ts'
export type { DomainCheckpointRef, DomainRef, DomainSnapshotRef, NodeDeviceRef } from './refs.ts'
export type { ConnectDriver, DriverFactory } from './registry.ts'
export { resolveConnection } from './resolve-connection.ts'
export type { ResolvedConnection, ResolveOptions } from './resolve-connection.ts'
export type { DomainSaveParameters, SaveDriver } from './save.ts'
export type {
  DomainLaunchSecurityInfo,
  DomainLaunchSecurityState,
  NodeSEVInfo,
  SecurityDriver,
  SecurityLabel,
  SecurityModel,
} from './security.ts'
export type { SnapshotDriver } from './snapshot.ts'
export type {
  DomainCPUStats,
  DomainInterfaceStats,
  DomainMemoryStat,
  DomainPerfEvents,
  DomainStatsRecord,
  StatsDriver,
} from './stats.ts'
export type { Stream } from './stream.ts'
export type { TypedParameters, TypedParameterValue } from './typed-parameters.ts'
export type {
  DomainIOThreadInfo,
  DomainIOThreadParameters,
  DomainMemoryParameters,
  DomainNumaParameters,
  DomainSchedulerParameters,
  DomainSchedulerType,
  DomainVcpus,
  TuningDriver,
  VcpuInfo,
} from './tuning.ts'
export { formatUri, parseUri, uriParameter } from './uri.ts'
export type { ConnectUri, ConnectUriParameter } from './uri.ts'
export { checkQemuDefinition, checkQemuDisk } from './qemu-definition.ts'
export { addDomain, checkRename, completeDefinition, readDefinition } from './domain-list.ts'
export type {
  AddDomainOptions,
  AddedDomain,
  DefinitionSources,
  ListedDomain,
  RenamedDomain,
} from './domain-list.ts'
export { domainFilters, passesFilters } from './domain-filter.ts'
export type { FilteredDomain } from './domain-filter.ts'
export { DomainTable } from './domain-table.ts'
export type { TableDomain } from './domain-table.ts'
export { domainXml } from './domain-xml.ts'
export { EventBus } from './event-bus.ts'
export type { EventCallback } from './event-bus.ts'
export { eventMembers } from './event-members.ts'
export { SecretStore } from './secret-store.ts'
export type { Secret } from './secret-store.ts'
export { settled } from './settled.ts'
export {
  domainGone,
  invalidValue,
  noMatchingDomain,
  notRunning,
  operationInvalid,
  operationUnsupported,
} from './state-errors.ts'
export type { ErrorOrigin } from './state-errors.ts'
