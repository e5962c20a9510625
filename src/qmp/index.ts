/** Clients of QMP, the protocol of QEMU's monitor, and of the guest agent; the subpath `virtdriver/qmp`. @module */
export { QmpClient } from './client.ts'
export type { QmpClientOptions } from './client.ts'
export { GuestAgentClient } from './agent.ts'
export type { GuestAgentOptions } from './agent.ts'
export { untypedCommand } from './command.ts'
export type { ExecuteOptions, NoArguments, OpenEnum, QmpCommand, QmpExecutor } from './command.ts'
export { QmpError } from './error.ts'
export type { QmpErrorFields, QmpErrorKind, QmpResult, QmpResultAsync } from './error.ts'
export { formatJson, parseJson } from './json.ts'
export type { JsonObject, JsonValue, QmpInteger } from './json.ts'
export {
  isArrayOf,
  isBoolean,
  isInteger,
  isJson,
  isNumber,
  isObject,
  isRecord,
  isString,
  optional,
} from './guard.ts'
export type { FieldGuards, Guard, OptionalField } from './guard.ts'
export type { QmpReceiver, QmpTransport } from './duplex.ts'
export { connectSocket } from './transport.ts'
export type { QmpAddress } from './transport.ts'
export type { WaitLimits } from './waiting.ts'
export type { QmpGreeting, QmpTimestamp, VersionTriple } from './message.ts'
export type {
  BalloonChangeEvent,
  BlockImageCorruptedEvent,
  BlockIoErrorEvent,
  BlockJobErrorEvent,
  BlockJobEvent,
  BlockJobPendingEvent,
  BlockWriteThresholdEvent,
  DeviceEvent,
  DeviceTrayMovedEvent,
  GuestPanickedEvent,
  JobStatusChangeEvent,
  PrManagerStatusChangedEvent,
  QmpEventData,
  QmpEventName,
  RtcChangeEvent,
  ShutdownEvent,
  VserportChangeEvent,
} from './events.ts'
export type { QmpClosed, QmpEvent, QmpListener, QmpReports } from './emitter.ts'
export { QMP_SEND_CHANNEL } from './diagnostics.ts'
export {
  blockDirtyBitmapAdd,
  blockDirtyBitmapClear,
  blockDirtyBitmapDisable,
  blockDirtyBitmapEnable,
  blockDirtyBitmapMerge,
  blockDirtyBitmapRemove,
  xDebugBlockDirtyBitmapSha256,
} from './commands/block-core-bitmap.ts'
export type {
  BlockDirtyBitmap,
  BlockDirtyBitmapAdd,
  BlockDirtyBitmapMerge,
  BlockDirtyBitmapSha256,
  BlockDirtyInfo,
} from './commands/block-core-bitmap.ts'
export type {
  BlockdevCreateOptions,
  BlockdevCreateOptionsFile,
  BlockdevCreateOptionsLUKS,
  BlockdevCreateOptionsQcow,
  BlockdevCreateOptionsQcow2,
  BlockdevCreateOptionsQed,
  BlockdevCreateOptionsVdi,
  BlockdevCreateOptionsVmdk,
  BlockdevCreateOptionsVpc,
  PreallocMode,
} from './commands/block-core-create.ts'
export type {
  ImageInfo,
  ImageInfoSpecific,
  ImageInfoSpecificQCow2,
  Qcow2BitmapInfo,
} from './commands/block-core-image.ts'
export {
  blockCommit,
  blockJobCancel,
  blockJobComplete,
  blockJobDismiss,
  blockJobFinalize,
  blockJobPause,
  blockJobResume,
  blockJobSetSpeed,
  blockStream,
  blockdevBackup,
  blockdevMirror,
  driveBackup,
  driveMirror,
  queryBlockJobs,
} from './commands/block-core-job.ts'
export type {
  BackupCommon,
  BackupPerf,
  BitmapSyncMode,
  BlockCommit,
  BlockJobCancel,
  BlockJobInfo,
  BlockJobOptions,
  BlockJobReference,
  BlockJobSetSpeed,
  BlockStream,
  BlockdevBackup,
  BlockdevMirror,
  BlockdevOnError,
  DriveBackup,
  DriveMirror,
  MirrorCommon,
  MirrorSyncMode,
} from './commands/block-core-job.ts'
export {
  blockResize,
  blockSetWriteThreshold,
  blockdevAdd,
  blockdevCreate,
  blockdevDel,
  blockdevReopen,
  changeBackingFile,
} from './commands/block-core-node.ts'
export type {
  BlockResize,
  BlockSetWriteThreshold,
  BlockdevCreate,
  BlockdevReopen,
  ChangeBackingFile,
} from './commands/block-core-node.ts'
export type {
  BlkdebugInjectErrorOptions,
  BlkdebugSetStateOptions,
  BlockdevCacheOptions,
  BlockdevDriver,
  BlockdevOptions,
  BlockdevOptionsBase,
  BlockdevOptionsBlkdebug,
  BlockdevOptionsCbw,
  BlockdevOptionsCurl,
  BlockdevOptionsFile,
  BlockdevOptionsGenericCOWFormat,
  BlockdevOptionsGenericFormat,
  BlockdevOptionsIscsi,
  BlockdevOptionsLUKS,
  BlockdevOptionsNbd,
  BlockdevOptionsNull,
  BlockdevOptionsQcow2,
  BlockdevOptionsRaw,
  BlockdevOptionsRbd,
  BlockdevOptionsSsh,
  BlockdevOptionsThrottle,
  BlockdevRef,
  BlockdevRefOrNull,
} from './commands/block-core-options.ts'
export { queryBlock, queryNamedBlockNodes } from './commands/block-core-query.ts'
export type {
  BlockDeviceInfo,
  BlockInfo,
  BlockdevCacheInfo,
  QueryNamedBlockNodes,
} from './commands/block-core-query.ts'
export {
  blockdevSnapshot,
  blockdevSnapshotDeleteInternalSync,
  blockdevSnapshotInternalSync,
  blockdevSnapshotSync,
} from './commands/block-core-snapshot.ts'
export type {
  BlockdevSnapshot,
  BlockdevSnapshotDeleteInternalSync,
  BlockdevSnapshotInternal,
  BlockdevSnapshotSync,
  NewImageMode,
  SnapshotInfo,
} from './commands/block-core-snapshot.ts'
export { queryBlockstats } from './commands/block-core-stats.ts'
export type { BlockDeviceStats, BlockStats, QueryBlockstats } from './commands/block-core-stats.ts'
export {
  blockExportAdd,
  blockExportDel,
  nbdServerAdd,
  nbdServerRemove,
  nbdServerStart,
  nbdServerStop,
  queryBlockExports,
} from './commands/block-export.ts'
export type {
  BlockExportDel,
  BlockExportInfo,
  BlockExportOptions,
  BlockExportOptionsFuse,
  BlockExportOptionsNbd,
  BlockExportOptionsVhostUserBlk,
  BlockExportRemoveMode,
  NbdServerAdd,
  NbdServerRemove,
  NbdServerStart,
} from './commands/block-export.ts'
export {
  blockLatencyHistogramSet,
  blockSetIoThrottle,
  blockdevCloseTray,
  blockdevInsertMedium,
  blockdevOpenTray,
  blockdevRemoveMedium,
  eject,
} from './commands/block.ts'
export type {
  BlockIOThrottle,
  BlockLatencyHistogramSet,
  BlockdevInsertMedium,
  DriveReference,
  OpenTray,
} from './commands/block.ts'
export { chardevAdd, chardevRemove, queryChardev } from './commands/char.ts'
export type {
  ChardevBackend,
  ChardevCommon,
  ChardevFile,
  ChardevInfo,
  ChardevReturn,
  ChardevSocket,
} from './commands/char.ts'
export { qmpCapabilities, queryCommands, queryVersion, quit } from './commands/control.ts'
export type { CommandInfo, QmpCapabilities, VersionInfo } from './commands/control.ts'
export type {
  BlockdevQcow2Encryption,
  QCryptoBlockCreateOptions,
  QCryptoBlockCreateOptionsLUKS,
  QCryptoCipherAlgorithm,
  QCryptoHashAlgorithm,
} from './commands/crypto.ts'
export {
  guestFsfreezeFreeze,
  guestFsfreezeFreezeList,
  guestFsfreezeStatus,
  guestFsfreezeThaw,
  guestFstrim,
  guestGetFsinfo,
  guestGetHostName,
  guestGetOsinfo,
  guestGetTime,
  guestInfo,
  guestPing,
  guestSetTime,
  guestShutdown,
} from './commands/guest-agent.ts'
export type {
  GuestAgentCommandInfo,
  GuestAgentInfo,
  GuestDiskAddress,
  GuestFilesystemInfo,
  GuestFilesystemTrimResponse,
  GuestFilesystemTrimResult,
  GuestFsfreezeFreezeList,
  GuestFsfreezeStatus,
  GuestFstrim,
  GuestHostName,
  GuestOSInfo,
  GuestPCIAddress,
  GuestSetTime,
  GuestShutdown,
} from './commands/guest-agent.ts'
export { queryQmpSchema } from './commands/introspect.ts'
export type { SchemaInfo, SchemaMetaType } from './commands/introspect.ts'
export {
  jobCancel,
  jobComplete,
  jobDismiss,
  jobFinalize,
  jobPause,
  jobResume,
  queryJobs,
} from './commands/job.ts'
export type { JobInfo, JobReference, JobStatus, JobType } from './commands/job.ts'
export {
  balloon,
  injectNmi,
  queryBalloon,
  queryCpusFast,
  queryKvm,
  queryMachines,
  queryMemorySizeSummary,
  queryTarget,
  queryUuid,
  systemPowerdown,
  systemReset,
  systemWakeup,
} from './commands/machine.ts'
export type {
  BalloonInfo,
  CpuInfoFast,
  KvmInfo,
  MachineInfo,
  MemoryInfo,
  TargetInfo,
  UuidInfo,
} from './commands/machine.ts'
export {
  migrate,
  migrateCancel,
  migrateContinue,
  migrateIncoming,
  migrateSetCapabilities,
  migrateSetParameters,
  queryMigrate,
  queryMigrateCapabilities,
  queryMigrateParameters,
  snapshotDelete,
  snapshotLoad,
  snapshotSave,
} from './commands/migration.ts'
export type {
  BitmapMigrationBitmapAlias,
  BitmapMigrationNodeAlias,
  Migrate,
  MigrateSetParameters,
  MigrationCapability,
  MigrationCapabilityStatus,
  MigrationInfo,
  MigrationParameters,
  MigrationStats,
  MigrationStatus,
  SnapshotDelete,
  SnapshotSave,
} from './commands/migration.ts'
export {
  cont,
  humanMonitorCommand,
  queryCommandLineOptions,
  queryIothreads,
  queryName,
  stop,
} from './commands/misc.ts'
export type {
  CommandLineOptionInfo,
  HumanMonitorCommand,
  IOThreadInfo,
  NameInfo,
} from './commands/misc.ts'
export { deviceAdd, deviceDel, deviceListProperties } from './commands/qdev.ts'
export type { DeviceAdd, ObjectPropertyInfo } from './commands/qdev.ts'
export { objectAdd, objectDel, qomGet, qomList, qomListTypes, qomSet } from './commands/qom.ts'
export type {
  IothreadProperties,
  MemoryBackendProperties,
  ObjectOptions,
  ObjectTypeInfo,
  QomGet,
  QomList,
  QomListTypes,
  QomSet,
  SecretProperties,
  ThrottleLimits,
  TlsCredsProperties,
  TlsCredsX509Properties,
} from './commands/qom.ts'
export { queryStatus, setAction } from './commands/run-state.ts'
export type {
  GuestPanicAction,
  RunState,
  SetAction,
  ShutdownCause,
  StatusInfo,
  WatchdogAction,
} from './commands/run-state.ts'
export type {
  FdSocketAddress,
  InetSocketAddress,
  SocketAddress,
  SocketAddressLegacy,
  UnixSocketAddress,
  VsockSocketAddress,
} from './commands/sockets.ts'
export { transaction } from './commands/transaction.ts'
export type {
  Transaction,
  TransactionAction,
  TransactionProperties,
} from './commands/transaction.ts'
export { expirePassword, queryVnc, setPassword } from './commands/ui.ts'
export type { ExpirePasswordOptions, SetPasswordOptions, VncInfo } from './commands/ui.ts'
export { queryYank, yank } from './commands/yank.ts'
export type { YankInstance } from './commands/yank.ts'
