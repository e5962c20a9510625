/**
 * The wire types of typed parameters, keyed by libvirt's field name, one table a family.
 *
 * @module
 */
import { TypedParameterType } from './typed-parameter.ts'

/** Field names of one family of typed parameters with the type that each has on the wire. */
export type TypedParameterTable = Readonly<Record<string, TypedParameterType>>

const { INT, UINT, LLONG, ULLONG, BOOLEAN, STRING } = TypedParameterType

/** Parameters of domain job statistics (`VIR_DOMAIN_JOB_*`). */
export const domainJobParameterTypes: TypedParameterTable = {
  id: INT,
  operation: INT,
  time_elapsed: ULLONG,
  time_elapsed_net: ULLONG,
  time_remaining: ULLONG,
  downtime: ULLONG,
  downtime_net: ULLONG,
  setup_time: ULLONG,
  data_total: ULLONG,
  data_processed: ULLONG,
  data_remaining: ULLONG,
  memory_total: ULLONG,
  memory_processed: ULLONG,
  memory_remaining: ULLONG,
  memory_constant: ULLONG,
  memory_normal: ULLONG,
  memory_normal_bytes: ULLONG,
  memory_bps: ULLONG,
  memory_dirty_rate: ULLONG,
  memory_page_size: ULLONG,
  memory_iteration: ULLONG,
  memory_postcopy_requests: ULLONG,
  disk_total: ULLONG,
  disk_processed: ULLONG,
  disk_remaining: ULLONG,
  disk_bps: ULLONG,
  compression_cache: ULLONG,
  compression_bytes: ULLONG,
  compression_pages: ULLONG,
  compression_cache_misses: ULLONG,
  compression_overflow: ULLONG,
  auto_converge_throttle: INT,
  success: BOOLEAN,
  errmsg: STRING,
  disk_temp_used: ULLONG,
  disk_temp_total: ULLONG,
}

/** Parameters of block statistics (`VIR_DOMAIN_BLOCK_STATS_*`). */
export const domainBlockStatsParameterTypes: TypedParameterTable = {
  rd_bytes: LLONG,
  rd_operations: LLONG,
  rd_total_times: LLONG,
  wr_bytes: LLONG,
  wr_operations: LLONG,
  wr_total_times: LLONG,
  flush_operations: LLONG,
  flush_total_times: LLONG,
  errs: LLONG,
}

/** Parameters of the SEV host (`VIR_NODE_SEV_*`). */
export const nodeSEVParameterTypes: TypedParameterTable = {
  pdh: STRING,
  'cert-chain': STRING,
  'cpu0-id': STRING,
  cbitpos: UINT,
  'reduced-phys-bits': UINT,
  'max-guests': UINT,
  'max-es-guests': UINT,
}

/** Parameters of a client identity (`VIR_CONNECT_IDENTITY_*`). */
export const connectIdentityParameterTypes: TypedParameterTable = {
  'user-name': STRING,
  'unix-user-id': ULLONG,
  'group-name': STRING,
  'unix-group-id': ULLONG,
  'process-id': LLONG,
  'process-time': ULLONG,
  'sasl-user-name': STRING,
  'x509-distinguished-name': STRING,
  'selinux-context': STRING,
}

/** Parameters of the scheduler (`VIR_DOMAIN_SCHEDULER_*`). */
export const domainSchedulerParameterTypes: TypedParameterTable = {
  cpu_shares: ULLONG,
  global_period: ULLONG,
  global_quota: LLONG,
  vcpu_period: ULLONG,
  vcpu_quota: LLONG,
  emulator_period: ULLONG,
  emulator_quota: LLONG,
  iothread_period: ULLONG,
  iothread_quota: LLONG,
  weight: UINT,
  cap: UINT,
  reservation: LLONG,
  limit: LLONG,
  shares: INT,
}

/** Parameters of migration (`VIR_MIGRATE_PARAM_*`). */
export const domainMigrateParameterTypes: TypedParameterTable = {
  migrate_uri: STRING,
  destination_name: STRING,
  destination_xml: STRING,
  persistent_xml: STRING,
  bandwidth: ULLONG,
  'bandwidth.postcopy': ULLONG,
  graphics_uri: STRING,
  listen_address: STRING,
  migrate_disks: STRING,
  disks_port: INT,
  disks_uri: STRING,
  compression: STRING,
  'compression.mt.level': INT,
  'compression.mt.threads': INT,
  'compression.mt.dthreads': INT,
  'compression.xbzrle.cache': ULLONG,
  'auto_converge.initial': INT,
  'auto_converge.increment': INT,
  'parallel.connections': INT,
  'tls.destination': STRING,
}

/** Parameters of save and restore (`VIR_DOMAIN_SAVE_PARAM_*`). */
export const domainSaveParameterTypes: TypedParameterTable = {
  file: STRING,
  dxml: STRING,
}

/** Parameters of CPU statistics (`VIR_DOMAIN_CPU_STATS_*`). */
export const domainCPUStatsParameterTypes: TypedParameterTable = {
  cpu_time: ULLONG,
  user_time: ULLONG,
  system_time: ULLONG,
  vcpu_time: ULLONG,
}

/** Parameters of block I/O tuning (`VIR_DOMAIN_BLKIO_*`). */
export const domainBlkioParameterTypes: TypedParameterTable = {
  weight: UINT,
  device_weight: STRING,
  device_read_iops_sec: STRING,
  device_write_iops_sec: STRING,
  device_read_bytes_sec: STRING,
  device_write_bytes_sec: STRING,
}

/** Parameters of memory tuning (`VIR_DOMAIN_MEMORY_*`). */
export const domainMemoryParameterTypes: TypedParameterTable = {
  hard_limit: ULLONG,
  soft_limit: ULLONG,
  min_guarantee: ULLONG,
  swap_hard_limit: ULLONG,
}

/** Parameters of NUMA tuning (`VIR_DOMAIN_NUMA_*`). */
export const domainNumaParameterTypes: TypedParameterTable = {
  numa_nodeset: STRING,
  numa_mode: INT,
}

/** Parameters of interface bandwidth (`VIR_DOMAIN_BANDWIDTH_*`). */
export const domainInterfaceParameterTypes: TypedParameterTable = {
  'inbound.average': UINT,
  'inbound.peak': UINT,
  'inbound.burst': UINT,
  'inbound.floor': UINT,
  'outbound.average': UINT,
  'outbound.peak': UINT,
  'outbound.burst': UINT,
}

/** Parameters of I/O threads (`VIR_DOMAIN_IOTHREAD_*`). */
export const domainIOThreadParameterTypes: TypedParameterTable = {
  poll_max_ns: ULLONG,
  poll_grow: UINT,
  poll_shrink: UINT,
  thread_pool_min: INT,
  thread_pool_max: INT,
}

/** Parameters of performance events (`VIR_PERF_PARAM_*`). */
export const domainPerfEventParameterTypes: TypedParameterTable = {
  cmt: BOOLEAN,
  mbmt: BOOLEAN,
  mbml: BOOLEAN,
  cache_misses: BOOLEAN,
  cache_references: BOOLEAN,
  instructions: BOOLEAN,
  cpu_cycles: BOOLEAN,
  branch_instructions: BOOLEAN,
  branch_misses: BOOLEAN,
  bus_cycles: BOOLEAN,
  stalled_cycles_frontend: BOOLEAN,
  stalled_cycles_backend: BOOLEAN,
  ref_cpu_cycles: BOOLEAN,
  cpu_clock: BOOLEAN,
  task_clock: BOOLEAN,
  page_faults: BOOLEAN,
  context_switches: BOOLEAN,
  cpu_migrations: BOOLEAN,
  page_faults_min: BOOLEAN,
  page_faults_maj: BOOLEAN,
  alignment_faults: BOOLEAN,
  emulation_faults: BOOLEAN,
}

/** Parameters of block copy (`VIR_DOMAIN_BLOCK_COPY_*`). */
export const domainBlockCopyParameterTypes: TypedParameterTable = {
  bandwidth: ULLONG,
  granularity: UINT,
  'buf-size': ULLONG,
}

/** Parameters of block I/O throttling (`VIR_DOMAIN_BLOCK_IOTUNE_*`). */
export const domainBlockIoTuneParameterTypes: TypedParameterTable = {
  total_bytes_sec: ULLONG,
  read_bytes_sec: ULLONG,
  write_bytes_sec: ULLONG,
  total_iops_sec: ULLONG,
  read_iops_sec: ULLONG,
  write_iops_sec: ULLONG,
  total_bytes_sec_max: ULLONG,
  read_bytes_sec_max: ULLONG,
  write_bytes_sec_max: ULLONG,
  total_iops_sec_max: ULLONG,
  read_iops_sec_max: ULLONG,
  write_iops_sec_max: ULLONG,
  total_bytes_sec_max_length: ULLONG,
  read_bytes_sec_max_length: ULLONG,
  write_bytes_sec_max_length: ULLONG,
  total_iops_sec_max_length: ULLONG,
  read_iops_sec_max_length: ULLONG,
  write_iops_sec_max_length: ULLONG,
  size_iops_sec: ULLONG,
  group_name: STRING,
}

/** Parameters of the tunable event (`VIR_DOMAIN_TUNABLE_*`). */
export const domainTunableParameterTypes: TypedParameterTable = {
  'cputune.vcpupin%u': STRING,
  'cputune.emulatorpin': STRING,
  'cputune.iothreadpin%u': STRING,
  'cputune.cpu_shares': ULLONG,
  'cputune.global_period': ULLONG,
  'cputune.global_quota': LLONG,
  'cputune.vcpu_period': ULLONG,
  'cputune.vcpu_quota': LLONG,
  'cputune.emulator_period': ULLONG,
  'cputune.emulator_quota': LLONG,
  'cputune.iothread_period': ULLONG,
  'cputune.iothread_quota': LLONG,
  'blkdeviotune.disk': STRING,
  'blkdeviotune.total_bytes_sec': ULLONG,
  'blkdeviotune.read_bytes_sec': ULLONG,
  'blkdeviotune.write_bytes_sec': ULLONG,
  'blkdeviotune.total_iops_sec': ULLONG,
  'blkdeviotune.read_iops_sec': ULLONG,
  'blkdeviotune.write_iops_sec': ULLONG,
  'blkdeviotune.total_bytes_sec_max': ULLONG,
  'blkdeviotune.read_bytes_sec_max': ULLONG,
  'blkdeviotune.write_bytes_sec_max': ULLONG,
  'blkdeviotune.total_iops_sec_max': ULLONG,
  'blkdeviotune.read_iops_sec_max': ULLONG,
  'blkdeviotune.write_iops_sec_max': ULLONG,
  'blkdeviotune.size_iops_sec': ULLONG,
  'blkdeviotune.group_name': STRING,
  'blkdeviotune.total_bytes_sec_max_length': ULLONG,
  'blkdeviotune.read_bytes_sec_max_length': ULLONG,
  'blkdeviotune.write_bytes_sec_max_length': ULLONG,
  'blkdeviotune.total_iops_sec_max_length': ULLONG,
  'blkdeviotune.read_iops_sec_max_length': ULLONG,
  'blkdeviotune.write_iops_sec_max_length': ULLONG,
}

/** Parameters of launch security (`VIR_DOMAIN_LAUNCH_SECURITY_*`). */
export const domainLaunchSecurityParameterTypes: TypedParameterTable = {
  'sev-measurement': STRING,
  'sev-api-major': UINT,
  'sev-api-minor': UINT,
  'sev-build-id': UINT,
  'sev-policy': UINT,
  'sev-secret-header': STRING,
  'sev-secret': STRING,
  'sev-secret-set-address': ULLONG,
}
