/** Members about memory, virtual processors, I/O threads and scheduling. @module */
import type {
  DomainMemoryModFlags,
  DomainModificationImpact,
  DomainNumatuneMemMode,
  DomainVcpuFlags,
  VcpuState,
} from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import type { DomainRef } from './refs.ts'

/** Limits of a domain's memory on the host, in KiB; 2^53 - 1 is none. libvirt's `VIR_DOMAIN_MEMORY_*`. */
export interface DomainMemoryParameters {
  readonly hard_limit?: number
  readonly soft_limit?: number
  readonly min_guarantee?: number
  /** Of memory and swap together. */
  readonly swap_hard_limit?: number
}

/** From which NUMA nodes of the host a domain's memory comes. */
export interface DomainNumaParameters {
  /** List of numbers: `0-3,6`. */
  readonly numa_nodeset?: string
  readonly numa_mode?: DomainNumatuneMemMode
}

/** Shares and limits of CPU time; periods and quotas in microseconds. libvirt's `VIR_DOMAIN_SCHEDULER_*`. */
export interface DomainSchedulerParameters {
  readonly cpu_shares?: number
  readonly global_period?: number
  /** Negative is no limit; the other quotas likewise. */
  readonly global_quota?: number
  readonly vcpu_period?: number
  readonly vcpu_quota?: number
  readonly emulator_period?: number
  readonly emulator_quota?: number
  readonly iothread_period?: number
  readonly iothread_quota?: number
  /** Xen: share. */
  readonly weight?: number
  /** Xen: percent of one processor; 0 is no limit. */
  readonly cap?: number
  /** ESX: MHz. */
  readonly reservation?: number
  /** ESX: MHz; -1 is no limit. */
  readonly limit?: number
  /** ESX: share; -1 to -3 are its low, normal and high. */
  readonly shares?: number
}

/** The host's scheduler. */
export interface DomainSchedulerType {
  /** `posix`, `credit`, `fair` … */
  readonly type: string
  /** How many parameters it has. */
  readonly nparams: number
}

/** How an I/O thread polls; libvirt's `VIR_DOMAIN_IOTHREAD_*`. */
export interface DomainIOThreadParameters {
  /** Nanoseconds at most; 0 polls never. */
  readonly poll_max_ns?: bigint
  readonly poll_grow?: number
  readonly poll_shrink?: number
  readonly thread_pool_min?: number
  readonly thread_pool_max?: number
}

/** A virtual processor; libvirt's `virVcpuInfo`. */
export interface VcpuInfo {
  readonly number: number
  readonly state: VcpuState
  /** Nanoseconds of CPU time used. */
  readonly cpuTime: bigint
  /** The host's processor that it runs on; negative values are of `VcpuHostCpuState`. */
  readonly cpu: number
}

/** The virtual processors of a domain. */
export interface DomainVcpus {
  readonly info: readonly VcpuInfo[]
  /** For each virtual processor the host's that it may run on, as `NodeCPUMap.cpumap` has them. */
  readonly cpumaps: readonly Uint8Array[]
}

/** An I/O thread; libvirt's `virDomainIOThreadInfo`. */
export interface DomainIOThreadInfo {
  readonly iothread_id: number
  /** The host's processors that it may run on, as `NodeCPUMap.cpumap` has them. */
  readonly cpumap: Uint8Array
}

/**
 * Members about memory, virtual processors, I/O threads and scheduling.
 *
 * Maps of processors have the form of `NodeCPUMap.cpumap`.
 */
export interface TuningDriver {
  /**
   * Gives the memory that the domain may have, in KiB.
   *
   * @libvirt virDomainGetMaxMemory (0.0.3)
   */
  domainGetMaxMemory?(domain: DomainRef): VirResultAsync<number>
  /**
   * Changes the memory that the domain may have.
   *
   * @param memory - KiB
   * @libvirt virDomainSetMaxMemory (0.0.3)
   */
  domainSetMaxMemory?(domain: DomainRef, memory: number): VirResultAsync<void>
  /**
   * Changes the memory that the running domain has, through its balloon.
   *
   * @param memory - KiB
   * @libvirt virDomainSetMemory (0.1.1)
   */
  domainSetMemory?(domain: DomainRef, memory: number): VirResultAsync<void>
  /**
   * Changes the memory that the domain has, or with the flag `MAXIMUM` may have.
   *
   * @param memory - KiB
   * @libvirt virDomainSetMemoryFlags (0.9.0)
   */
  domainSetMemoryFlags?(
    domain: DomainRef,
    memory: number,
    flags: DomainMemoryModFlags,
  ): VirResultAsync<void>
  /**
   * Says how often the guest's balloon reports on memory.
   *
   * @param period - Seconds; 0 is never
   * @libvirt virDomainSetMemoryStatsPeriod (1.1.1)
   */
  domainSetMemoryStatsPeriod?(
    domain: DomainRef,
    period: number,
    flags: DomainMemoryModFlags,
  ): VirResultAsync<void>
  /**
   * Changes the limits of the domain's memory on the host; only the fields that are given.
   *
   * @libvirt virDomainSetMemoryParameters (0.8.5)
   */
  domainSetMemoryParameters?(
    domain: DomainRef,
    params: DomainMemoryParameters,
    flags: DomainModificationImpact,
  ): VirResultAsync<void>
  /**
   * Gives the limits of the domain's memory on the host.
   *
   * @libvirt virDomainGetMemoryParameters (0.8.5)
   */
  domainGetMemoryParameters?(
    domain: DomainRef,
    flags: DomainModificationImpact,
  ): VirResultAsync<DomainMemoryParameters>
  /**
   * Changes from which NUMA nodes of the host the domain's memory comes.
   *
   * @libvirt virDomainSetNumaParameters (0.9.9)
   */
  domainSetNumaParameters?(
    domain: DomainRef,
    params: DomainNumaParameters,
    flags: DomainModificationImpact,
  ): VirResultAsync<void>
  /**
   * Gives from which NUMA nodes of the host the domain's memory comes.
   *
   * @libvirt virDomainGetNumaParameters (0.9.9)
   */
  domainGetNumaParameters?(
    domain: DomainRef,
    flags: DomainModificationImpact,
  ): VirResultAsync<DomainNumaParameters>
  /**
   * Gives the scheduler that the domain runs under.
   *
   * @libvirt virDomainGetSchedulerType (0.2.3)
   */
  domainGetSchedulerType?(domain: DomainRef): VirResultAsync<DomainSchedulerType>
  /**
   * Gives the domain's shares and limits of CPU time.
   *
   * @libvirt virDomainGetSchedulerParameters (0.2.3)
   */
  domainGetSchedulerParameters?(domain: DomainRef): VirResultAsync<DomainSchedulerParameters>
  /**
   * Gives the domain's shares and limits of CPU time.
   *
   * @libvirt virDomainGetSchedulerParametersFlags (0.9.2)
   */
  domainGetSchedulerParametersFlags?(
    domain: DomainRef,
    flags: DomainModificationImpact,
  ): VirResultAsync<DomainSchedulerParameters>
  /**
   * Changes the domain's shares and limits of CPU time; only the fields that are given.
   *
   * @libvirt virDomainSetSchedulerParameters (0.2.3)
   */
  domainSetSchedulerParameters?(
    domain: DomainRef,
    params: DomainSchedulerParameters,
  ): VirResultAsync<void>
  /**
   * Changes the domain's shares and limits of CPU time; only the fields that are given.
   *
   * @libvirt virDomainSetSchedulerParametersFlags (0.9.2)
   */
  domainSetSchedulerParametersFlags?(
    domain: DomainRef,
    params: DomainSchedulerParameters,
    flags: DomainModificationImpact,
  ): VirResultAsync<void>
  /**
   * Changes how many virtual processors the running domain has.
   *
   * @libvirt virDomainSetVcpus (0.1.4)
   */
  domainSetVcpus?(domain: DomainRef, nvcpus: number): VirResultAsync<void>
  /**
   * Changes how many virtual processors the domain has, or with the flag `MAXIMUM` may have.
   *
   * @libvirt virDomainSetVcpusFlags (0.8.5)
   */
  domainSetVcpusFlags?(
    domain: DomainRef,
    nvcpus: number,
    flags: DomainVcpuFlags,
  ): VirResultAsync<void>
  /**
   * Gives how many virtual processors the domain has, or with the flag `MAXIMUM` may have.
   *
   * @libvirt virDomainGetVcpusFlags (0.8.5)
   */
  domainGetVcpusFlags?(domain: DomainRef, flags: DomainVcpuFlags): VirResultAsync<number>
  /**
   * Restricts a virtual processor to processors of the host.
   *
   * @libvirt virDomainPinVcpu (0.1.4)
   */
  domainPinVcpu?(domain: DomainRef, vcpu: number, cpumap: Uint8Array): VirResultAsync<void>
  /**
   * Restricts a virtual processor to processors of the host.
   *
   * @libvirt virDomainPinVcpuFlags (0.9.3)
   */
  domainPinVcpuFlags?(
    domain: DomainRef,
    vcpu: number,
    cpumap: Uint8Array,
    flags: DomainModificationImpact,
  ): VirResultAsync<void>
  /**
   * Gives the host's processors that virtual processors may run on, one map for each.
   *
   * @libvirt virDomainGetVcpuPinInfo (0.9.3)
   */
  domainGetVcpuPinInfo?(
    domain: DomainRef,
    flags: DomainModificationImpact,
  ): VirResultAsync<readonly Uint8Array[]>
  /**
   * Restricts the emulator's own threads to processors of the host.
   *
   * @libvirt virDomainPinEmulator (0.10.0)
   */
  domainPinEmulator?(
    domain: DomainRef,
    cpumap: Uint8Array,
    flags: DomainModificationImpact,
  ): VirResultAsync<void>
  /**
   * Gives the host's processors that the emulator's own threads may run on.
   *
   * @returns `undefined` when they are not restricted
   * @libvirt virDomainGetEmulatorPinInfo (0.10.0)
   */
  domainGetEmulatorPinInfo?(
    domain: DomainRef,
    flags: DomainModificationImpact,
  ): VirResultAsync<Uint8Array | undefined>
  /**
   * Gives the virtual processors of the running domain.
   *
   * @libvirt virDomainGetVcpus (0.1.4)
   */
  domainGetVcpus?(domain: DomainRef): VirResultAsync<DomainVcpus>
  /**
   * Gives how many virtual processors the domain may have.
   *
   * @libvirt virDomainGetMaxVcpus (0.2.1)
   */
  domainGetMaxVcpus?(domain: DomainRef): VirResultAsync<number>
  /**
   * Lists the domain's I/O threads.
   *
   * @libvirt virDomainGetIOThreadInfo (1.2.14)
   */
  domainGetIOThreadInfo?(
    domain: DomainRef,
    flags: DomainModificationImpact,
  ): VirResultAsync<readonly DomainIOThreadInfo[]>
  /**
   * Restricts an I/O thread to processors of the host.
   *
   * @libvirt virDomainPinIOThread (1.2.14)
   */
  domainPinIOThread?(
    domain: DomainRef,
    iothread_id: number,
    cpumap: Uint8Array,
    flags: DomainModificationImpact,
  ): VirResultAsync<void>
  /**
   * Adds an I/O thread.
   *
   * @libvirt virDomainAddIOThread (1.2.15)
   */
  domainAddIOThread?(
    domain: DomainRef,
    iothread_id: number,
    flags: DomainModificationImpact,
  ): VirResultAsync<void>
  /**
   * Removes an I/O thread that no disk uses.
   *
   * @libvirt virDomainDelIOThread (1.2.15)
   */
  domainDelIOThread?(
    domain: DomainRef,
    iothread_id: number,
    flags: DomainModificationImpact,
  ): VirResultAsync<void>
  /**
   * Changes how an I/O thread polls; only the fields that are given.
   *
   * @libvirt virDomainSetIOThreadParams (4.10.0)
   */
  domainSetIOThreadParams?(
    domain: DomainRef,
    iothread_id: number,
    params: DomainIOThreadParameters,
    flags: DomainModificationImpact,
  ): VirResultAsync<void>
  /**
   * Adds virtual processors to the guest or removes them.
   *
   * @param vcpumap - List of numbers: `0-3,6`
   * @param state - Whether they are added
   * @libvirt virDomainSetVcpu (3.1.0)
   */
  domainSetVcpu?(
    domain: DomainRef,
    vcpumap: string,
    state: boolean,
    flags: DomainModificationImpact,
  ): VirResultAsync<void>
}
