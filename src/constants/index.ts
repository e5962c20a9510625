/** The constants of libvirt's public API, one file a theme. @module */
export type { Flags } from './flags.ts'
export { StreamFlags, StreamRecvFlagsValues, StreamEventType } from './stream.ts'
export {
  ConnectFlags,
  ConnectCredentialType,
  ConnectListAllDomainsFlags,
  ConnectCloseReason,
} from './connect.ts'
export {
  NodeSuspendTarget,
  NodeGetCPUStatsAllCPUs,
  NodeGetMemoryStatsAllCells,
  CPUCompareResult,
  ConnectCompareCPUFlags,
  ConnectBaselineCPUFlags,
  NodeAllocPagesFlags,
} from './host.ts'
export {
  DomainCheckpointCreateFlags,
  DomainCheckpointXMLFlags,
  DomainCheckpointListFlags,
  DomainCheckpointDeleteFlags,
} from './checkpoint.ts'
export {
  DomainSnapshotCreateFlags,
  DomainSnapshotXMLFlags,
  DomainSnapshotListFlags,
  DomainSnapshotRevertFlags,
  DomainSnapshotDeleteFlags,
} from './snapshot.ts'
export { DomainBackupBeginFlags, DomainBackupEndFlags } from './backup.ts'
export {
  DomainQemuMonitorCommandFlags,
  DomainQemuAgentCommandTimeoutValues,
  ConnectDomainQemuMonitorEventRegisterFlags,
} from './qemu.ts'
export {
  DomainEventType,
  DomainEventDefinedDetailType,
  DomainEventUndefinedDetailType,
  DomainEventStartedDetailType,
  DomainEventSuspendedDetailType,
  DomainEventResumedDetailType,
  DomainEventStoppedDetailType,
  DomainEventShutdownDetailType,
  DomainEventPMSuspendedDetailType,
  DomainEventCrashedDetailType,
  DomainMemoryFailureRecipientType,
  DomainMemoryFailureActionType,
  DomainMemoryFailureFlags,
  DomainEventWatchdogAction,
  DomainEventIOErrorAction,
  DomainEventGraphicsPhase,
  DomainEventGraphicsAddressType,
  ConnectDomainEventBlockJobStatus,
  ConnectDomainEventDiskChangeReason,
  DomainEventTrayChangeReason,
  ConnectDomainEventAgentLifecycleState,
  ConnectDomainEventAgentLifecycleReason,
  DomainEventID,
} from './event.ts'
export {
  DomainBlockJobType,
  DomainBlockJobAbortFlags,
  DomainBlockJobInfoFlags,
  DomainBlockJobSetSpeedFlags,
  DomainBlockPullFlags,
  DomainBlockRebaseFlags,
  DomainBlockCopyFlags,
  DomainBlockCommitFlags,
} from './block-job.ts'
export { DomainBlockResizeFlags, DomainDiskErrorCode } from './block.ts'
export {
  DomainCoreDumpFlags,
  DomainCoreDumpFormat,
  DomainSaveRestoreFlags,
  DomainSaveImageXMLFlags,
} from './save.ts'
export {
  DomainJobType,
  DomainGetJobStatsFlags,
  DomainAbortJobFlagsValues,
  DomainJobOperation,
} from './job.ts'
export { DomainMigrateFlags, DomainMigrateMaxSpeedFlags } from './migration.ts'
export {
  DomainGetHostnameFlags,
  DomainSetTimeFlags,
  DomainInterfaceAddressesSource,
  DomainSetUserPasswordFlags,
  DomainGuestInfoTypes,
  DomainAgentResponseTimeoutValues,
  DomainAuthorizedSSHKeysSetFlags,
} from './guest-agent.ts'
export {
  DomainMemoryStatTags,
  DomainStatsTypes,
  ConnectGetAllDomainStatsFlags,
  DomainMessageType,
  DomainDirtyRateStatus,
  DomainDirtyRateCalcFlags,
} from './stats.ts'
export {
  DomainMemoryModFlags,
  DomainNumatuneMemMode,
  DomainMemoryFlags,
  VcpuState,
  VcpuHostCpuState,
  DomainVcpuFlags,
  SchedParameterType,
  BlkioParameterType,
  MemoryParameterType,
} from './tuning.ts'
export { TypedParameterType, TypedParameterFlags } from './typed-parameter.ts'
export { DomainDeviceModifyFlags } from './device.ts'
export {
  KeycodeSet,
  DomainProcessSignal,
  DomainConsoleFlags,
  DomainChannelFlags,
  DomainOpenGraphicsFlags,
  DomainFDAssociateFlags,
} from './console.ts'
export {
  DomainState,
  DomainNostateReason,
  DomainRunningReason,
  DomainBlockedReason,
  DomainPausedReason,
  DomainShutdownReason,
  DomainShutoffReason,
  DomainCrashedReason,
  DomainPMSuspendedReason,
  DomainPMSuspendedDiskReason,
  DomainControlState,
  DomainControlErrorReason,
  DomainCreateFlags,
  DomainShutdownFlagValues,
  DomainRebootFlagValues,
  DomainDestroyFlagsValues,
  DomainLifecycle,
  DomainLifecycleAction,
} from './lifecycle.ts'
export {
  DomainModificationImpact,
  DomainMetadataType,
  DomainXMLFlags,
  DomainDefineFlags,
  DomainUndefineFlagsValues,
} from './definition.ts'
export {
  domainJobParameterTypes,
  domainBlockStatsParameterTypes,
  nodeSEVParameterTypes,
  connectIdentityParameterTypes,
  domainSchedulerParameterTypes,
  domainMigrateParameterTypes,
  domainSaveParameterTypes,
  domainCPUStatsParameterTypes,
  domainBlkioParameterTypes,
  domainMemoryParameterTypes,
  domainNumaParameterTypes,
  domainInterfaceParameterTypes,
  domainIOThreadParameterTypes,
  domainPerfEventParameterTypes,
  domainBlockCopyParameterTypes,
  domainBlockIoTuneParameterTypes,
  domainTunableParameterTypes,
  domainLaunchSecurityParameterTypes,
} from './typed-parameter-tables.ts'
export type { TypedParameterTable } from './typed-parameter-tables.ts'
