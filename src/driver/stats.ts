/** Members that count: memory, processors, interfaces, everything at once; and messages. @module */
import type {
  ConnectGetAllDomainStatsFlags,
  DomainDirtyRateCalcFlags,
  DomainMemoryStatTags,
  DomainMessageType,
  DomainModificationImpact,
  DomainStatsTypes,
} from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import type { DomainRef } from './refs.ts'
import type { TypedParameters } from './typed-parameters.ts'

/** Traffic of a network interface since the start; -1 where it is not counted. libvirt's `virDomainInterfaceStatsStruct`. */
export interface DomainInterfaceStats {
  readonly rx_bytes: number
  readonly rx_packets: number
  readonly rx_errs: number
  readonly rx_drop: number
  readonly tx_bytes: number
  readonly tx_packets: number
  readonly tx_errs: number
  readonly tx_drop: number
}

/** One fact about the guest's memory; libvirt's `virDomainMemoryStatStruct`. */
export interface DomainMemoryStat {
  readonly tag: DomainMemoryStatTags
  /** KiB for sizes, a count for events, seconds since 1970 for `LAST_UPDATE`. */
  readonly val: number
}

/** CPU time of a domain on one host processor, or on all, in nanoseconds. */
export interface DomainCPUStats {
  readonly cpu_time?: bigint
  readonly user_time?: bigint
  readonly system_time?: bigint
  readonly vcpu_time?: bigint
}

/** Which performance events a domain counts; libvirt's `VIR_PERF_PARAM_*`. */
export interface DomainPerfEvents {
  readonly cmt?: boolean
  readonly mbmt?: boolean
  readonly mbml?: boolean
  readonly cache_misses?: boolean
  readonly cache_references?: boolean
  readonly instructions?: boolean
  readonly cpu_cycles?: boolean
  readonly branch_instructions?: boolean
  readonly branch_misses?: boolean
  readonly bus_cycles?: boolean
  readonly stalled_cycles_frontend?: boolean
  readonly stalled_cycles_backend?: boolean
  readonly ref_cpu_cycles?: boolean
  readonly cpu_clock?: boolean
  readonly task_clock?: boolean
  readonly page_faults?: boolean
  readonly context_switches?: boolean
  readonly cpu_migrations?: boolean
  readonly page_faults_min?: boolean
  readonly page_faults_maj?: boolean
  readonly alignment_faults?: boolean
  readonly emulation_faults?: boolean
}

/** The statistics of one domain; libvirt's `virDomainStatsRecord`. */
export interface DomainStatsRecord {
  readonly domain: DomainRef
  /** Fields such as `state.state`, `block.count`, `block.0.rd.bytes`; times in nanoseconds are `bigint`. */
  readonly params: TypedParameters
}

/** Members that count, and messages. */
export interface StatsDriver {
  /**
   * Counts the traffic of a network interface, as the guest sees it.
   *
   * @param device - Target name or MAC address
   * @libvirt virDomainInterfaceStats (0.3.2)
   */
  domainInterfaceStats?(domain: DomainRef, device: string): VirResultAsync<DomainInterfaceStats>
  /**
   * Gives facts about the guest's memory, as many as the hypervisor knows.
   *
   * @param flags - None are defined
   * @libvirt virDomainMemoryStats (0.7.5)
   */
  domainMemoryStats?(domain: DomainRef, flags: number): VirResultAsync<readonly DomainMemoryStat[]>
  /**
   * Gives which performance events the domain counts.
   *
   * @libvirt virDomainGetPerfEvents (1.3.3)
   */
  domainGetPerfEvents?(
    domain: DomainRef,
    flags: DomainModificationImpact,
  ): VirResultAsync<DomainPerfEvents>
  /**
   * Says which performance events the domain counts; only those that are given.
   *
   * @libvirt virDomainSetPerfEvents (1.3.3)
   */
  domainSetPerfEvents?(
    domain: DomainRef,
    params: DomainPerfEvents,
    flags: DomainModificationImpact,
  ): VirResultAsync<void>
  /**
   * Gives the CPU time of a domain by host processor.
   *
   * @param startCpu - Number of the first processor; -1, with `ncpus` 1, gives one record for all together
   * @param ncpus - Processors at most; 0 is all that follow
   * @param flags - `TypedParameterFlags`
   * @returns One record a processor
   * @libvirt virDomainGetCPUStats (0.9.10)
   */
  domainGetCPUStats?(
    domain: DomainRef,
    startCpu: number,
    ncpus: number,
    flags: number,
  ): VirResultAsync<readonly DomainCPUStats[]>
  /**
   * Gives the statistics of many domains in one call.
   *
   * @param domains - `undefined` is all domains that the flags let through
   * @param stats - Groups of fields; 0 is all that the driver has
   * @libvirt virConnectGetAllDomainStats (1.2.8)
   */
  connectGetAllDomainStats?(
    domains: readonly DomainRef[] | undefined,
    stats: DomainStatsTypes,
    flags: ConnectGetAllDomainStatsFlags,
  ): VirResultAsync<readonly DomainStatsRecord[]>
  /**
   * Lists what the hypervisor has to complain about the domain: taints, deprecations.
   *
   * @param flags - 0 is all kinds
   * @libvirt virDomainGetMessages (7.1.0)
   */
  domainGetMessages?(domain: DomainRef, flags: DomainMessageType): VirResultAsync<readonly string[]>
  /**
   * Starts to measure how fast the guest dirties its memory; `connectGetAllDomainStats` has the answer later.
   *
   * @param seconds - From 1 to 60
   * @libvirt virDomainStartDirtyRateCalc (7.2.0)
   */
  domainStartDirtyRateCalc?(
    domain: DomainRef,
    seconds: number,
    flags: DomainDirtyRateCalcFlags,
  ): VirResultAsync<void>
}
