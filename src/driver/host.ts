/** Members about the host that the hypervisor runs on. @module */
import type { NodeAllocPagesFlags, NodeSuspendTarget } from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'

/** The host in brief; libvirt's `virNodeInfo`. */
export interface NodeInfo {
  /** The processor's architecture or model: `x86_64`. At most 31 bytes. */
  readonly model: string
  /** KiB. */
  readonly memory: number
  /** Active processors. */
  readonly cpus: number
  /** 0 when it is not known. */
  readonly mhz: number
  /** NUMA nodes. */
  readonly nodes: number
  /** Sockets of one node. */
  readonly sockets: number
  /** Cores of one socket. */
  readonly cores: number
  /** Threads of one core. */
  readonly threads: number
}

/** CPU time of the host by what it was spent on, in nanoseconds; `utilization` is percent. */
export interface NodeCPUStats {
  readonly kernel?: bigint
  readonly user?: bigint
  readonly idle?: bigint
  readonly iowait?: bigint
  readonly intr?: bigint
  /** Percent, for hypervisors that count no time. */
  readonly utilization?: number
}

/** Memory of the host, in KiB. */
export interface NodeMemoryStats {
  readonly total?: number
  readonly free?: number
  readonly buffers?: number
  readonly cached?: number
}

/** How the host merges equal pages of memory (Linux: KSM). */
export interface NodeMemoryParameters {
  /** Pages per round. */
  readonly shm_pages_to_scan?: number
  /** Milliseconds between two rounds. */
  readonly shm_sleep_millisecs?: number
  readonly shm_pages_shared?: number
  readonly shm_pages_sharing?: number
  readonly shm_pages_unshared?: number
  readonly shm_pages_volatile?: number
  readonly shm_full_scans?: number
  /** 1 when pages of different NUMA nodes are merged too. */
  readonly shm_merge_across_nodes?: number
}

/** Which processors the host has. */
export interface NodeCPUMap {
  /** All processors, those that are offline included. */
  readonly cpus: number
  /** One bit a processor, least significant bit of the first byte first; set means online. */
  readonly cpumap?: Uint8Array
  /** Processors that are online. */
  readonly online?: number
}

/** Members about the host that the hypervisor runs on. */
export interface HostDriver {
  /**
   * Gives the SMBIOS of the host as XML.
   *
   * @param flags - None are defined
   * @libvirt virConnectGetSysinfo (0.8.8)
   */
  connectGetSysinfo?(flags: number): VirResultAsync<string>
  /**
   * Gives how many virtual processors a domain may have.
   *
   * @param type - Kind of virtualization (`kvm`); `undefined` leaves it to the driver
   * @libvirt virConnectGetMaxVcpus (0.2.1)
   */
  connectGetMaxVcpus?(type: string | undefined): VirResultAsync<number>
  /**
   * Gives the host in brief.
   *
   * @libvirt virNodeGetInfo (0.1.0)
   */
  nodeGetInfo?(): VirResultAsync<NodeInfo>
  /**
   * Gives what host and hypervisor can do, as XML.
   *
   * @libvirt virConnectGetCapabilities (0.2.1)
   */
  connectGetCapabilities?(): VirResultAsync<string>
  /**
   * Gives the CPU time of the host.
   *
   * @param cpuNum - Number of a processor, or -1 for the sum of all
   * @param flags - None are defined
   * @libvirt virNodeGetCPUStats (0.9.3)
   */
  nodeGetCPUStats?(cpuNum: number, flags: number): VirResultAsync<NodeCPUStats>
  /**
   * Gives the memory of the host.
   *
   * @param cellNum - Number of a NUMA node, or -1 for the sum of all
   * @param flags - None are defined
   * @libvirt virNodeGetMemoryStats (0.9.3)
   */
  nodeGetMemoryStats?(cellNum: number, flags: number): VirResultAsync<NodeMemoryStats>
  /**
   * Gives the free memory of NUMA nodes, in bytes, from `startCell` on.
   *
   * @param maxCells - Nodes at most; the answer is shorter when the host has fewer
   * @libvirt virNodeGetCellsFreeMemory (0.3.3)
   */
  nodeGetCellsFreeMemory?(startCell: number, maxCells: number): VirResultAsync<readonly number[]>
  /**
   * Gives the free memory of the host, in bytes.
   *
   * @libvirt virNodeGetFreeMemory (0.3.3)
   */
  nodeGetFreeMemory?(): VirResultAsync<number>
  /**
   * Suspends the host, and lets it wake up by itself.
   *
   * @param duration - Seconds; at least 60
   * @param flags - None are defined
   * @libvirt virNodeSuspendForDuration (0.9.8)
   */
  nodeSuspendForDuration?(
    target: NodeSuspendTarget,
    duration: number,
    flags: number,
  ): VirResultAsync<void>
  /**
   * Gives how the host merges equal pages.
   *
   * @param flags - None are defined
   * @libvirt virNodeGetMemoryParameters (0.10.2)
   */
  nodeGetMemoryParameters?(flags: number): VirResultAsync<NodeMemoryParameters>
  /**
   * Changes how the host merges equal pages; only the fields that are given.
   *
   * @param flags - None are defined
   * @libvirt virNodeSetMemoryParameters (0.10.2)
   */
  nodeSetMemoryParameters?(params: NodeMemoryParameters, flags: number): VirResultAsync<void>
  /**
   * Gives which processors the host has.
   *
   * @param wantMap - Whether `cpumap` is filled in
   * @param wantOnline - Whether `online` is filled in
   * @param flags - None are defined
   * @libvirt virNodeGetCPUMap (1.0.0)
   */
  nodeGetCPUMap?(wantMap: boolean, wantOnline: boolean, flags: number): VirResultAsync<NodeCPUMap>
  /**
   * Gives how many pages of each size are free, node after node from `startCell` on.
   *
   * @param pages - Page sizes in KiB
   * @param startCell - Number of the first NUMA node; -1 is the host as a whole
   * @param flags - None are defined
   * @returns Counts: all sizes of the first node, then all of the next
   * @libvirt virNodeGetFreePages (1.2.6)
   */
  nodeGetFreePages?(
    pages: readonly number[],
    startCell: number,
    cellCount: number,
    flags: number,
  ): VirResultAsync<readonly number[]>
  /**
   * Gives what domains of one kind can have, as XML; each `undefined` leaves the choice to the driver.
   *
   * @param flags - None are defined
   * @libvirt virConnectGetDomainCapabilities (1.2.7)
   */
  connectGetDomainCapabilities?(
    emulatorbin: string | undefined,
    arch: string | undefined,
    machine: string | undefined,
    virttype: string | undefined,
    flags: number,
  ): VirResultAsync<string>
  /**
   * Reserves huge pages.
   *
   * @param pageSizes - KiB
   * @param pageCounts - One count for each size
   * @param startCell - Number of the first NUMA node; -1 leaves it to the host
   * @returns Pools that were adjusted
   * @libvirt virNodeAllocPages (1.2.9)
   */
  nodeAllocPages?(
    pageSizes: readonly number[],
    pageCounts: readonly number[],
    startCell: number,
    cellCount: number,
    flags: NodeAllocPagesFlags,
  ): VirResultAsync<number>
}
