import type { NodeAllocPagesFlags, NodeSuspendTarget } from '../constants/index.ts'
import type {
  NodeCPUMap,
  NodeCPUStats,
  NodeInfo,
  NodeMemoryParameters,
  NodeMemoryStats,
} from '../driver/index.ts'
import type { VirError, VirResultAsync } from '../errors/index.ts'
import { badArgument, type CheckedFunction, ranges, sizeOf } from './checks.ts'
import type { ConnectionObject } from './connection.ts'

/** What a connection tells of the host that the hypervisor runs on. */
export interface ConnectionHostCalls {
  /**
   * Gives the SMBIOS of the host as XML.
   *
   * @param flags - None are defined
   * @libvirt virConnectGetSysinfo (0.8.8)
   */
  getSysinfo(flags?: number): VirResultAsync<string>

  /**
   * Gives how many virtual processors a domain may have.
   *
   * @param type - Kind of virtualization (`kvm`); `undefined` leaves it to the driver
   * @libvirt virConnectGetMaxVcpus (0.2.1)
   */
  getMaxVcpus(type?: string): VirResultAsync<number>

  /**
   * Gives the host in brief.
   *
   * @libvirt virNodeGetInfo (0.1.0)
   */
  nodeGetInfo(): VirResultAsync<NodeInfo>

  /**
   * Gives what host and hypervisor can do, as XML.
   *
   * @libvirt virConnectGetCapabilities (0.2.1)
   */
  getCapabilities(): VirResultAsync<string>

  /**
   * Gives the CPU time of the host.
   *
   * @param cpuNum - Number of a processor, or -1 for the sum of all
   * @param flags - None are defined
   * @libvirt virNodeGetCPUStats (0.9.3)
   */
  nodeGetCPUStats(cpuNum: number, flags?: number): VirResultAsync<NodeCPUStats>

  /**
   * Gives the memory of the host.
   *
   * @param cellNum - Number of a NUMA node, or -1 for the sum of all
   * @param flags - None are defined
   * @libvirt virNodeGetMemoryStats (0.9.3)
   */
  nodeGetMemoryStats(cellNum: number, flags?: number): VirResultAsync<NodeMemoryStats>

  /**
   * Gives the free memory of NUMA nodes, in bytes, from `startCell` on.
   *
   * @param maxCells - Nodes at most; the answer is shorter when the host has fewer
   * @libvirt virNodeGetCellsFreeMemory (0.3.3)
   */
  nodeGetCellsFreeMemory(startCell: number, maxCells: number): VirResultAsync<readonly number[]>

  /**
   * Gives the free memory of the host, in bytes.
   *
   * @libvirt virNodeGetFreeMemory (0.3.3)
   */
  nodeGetFreeMemory(): VirResultAsync<number>

  /**
   * Suspends the host, and lets it wake up by itself.
   *
   * @param duration - Seconds; at least 60
   * @param flags - None are defined
   * @libvirt virNodeSuspendForDuration (0.9.8)
   */
  nodeSuspendForDuration(
    target: NodeSuspendTarget,
    duration: number,
    flags?: number,
  ): VirResultAsync<void>

  /**
   * Gives how the host merges equal pages.
   *
   * @param flags - None are defined
   * @libvirt virNodeGetMemoryParameters (0.10.2)
   */
  nodeGetMemoryParameters(flags?: number): VirResultAsync<NodeMemoryParameters>

  /**
   * Changes how the host merges equal pages; only the fields that are given.
   *
   * @param flags - None are defined
   * @libvirt virNodeSetMemoryParameters (0.10.2)
   */
  nodeSetMemoryParameters(params: NodeMemoryParameters, flags?: number): VirResultAsync<void>

  /**
   * Gives which processors the host has.
   *
   * @param wantMap - Whether `cpumap` is filled in
   * @param wantOnline - Whether `online` is filled in
   * @param flags - None are defined
   * @libvirt virNodeGetCPUMap (1.0.0)
   */
  nodeGetCPUMap(wantMap: boolean, wantOnline: boolean, flags?: number): VirResultAsync<NodeCPUMap>

  /**
   * Gives how many pages of each size are free, node after node from `startCell` on.
   *
   * @param pages - Page sizes in KiB
   * @param startCell - Number of the first NUMA node; -1 is the host as a whole
   * @param flags - None are defined
   * @returns Counts: all sizes of the first node, then all of the next
   * @libvirt virNodeGetFreePages (1.2.6)
   */
  nodeGetFreePages(
    pages: readonly number[],
    startCell: number,
    cellCount: number,
    flags?: number,
  ): VirResultAsync<readonly number[]>

  /**
   * Gives what domains of one kind can have, as XML; each `undefined` leaves the choice to the driver.
   *
   * @param flags - None are defined
   * @libvirt virConnectGetDomainCapabilities (1.2.7)
   */
  getDomainCapabilities(
    emulatorbin?: string,
    arch?: string,
    machine?: string,
    virttype?: string,
    flags?: number,
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
  nodeAllocPages(
    pageSizes: readonly number[],
    pageCounts: readonly number[],
    startCell: number,
    cellCount: number,
    flags?: NodeAllocPagesFlags,
  ): VirResultAsync<number>
}

/** The methods of {@link ConnectionHostCalls}. */
export const connectionHost: ConnectionHostCalls & ThisType<ConnectionObject> = {
  getSysinfo(flags = 0) {
    return this.call('virConnectGetSysinfo', flags).to((driver, bits) =>
      driver.connectGetSysinfo?.(bits),
    )
  },

  getMaxVcpus(type) {
    return this.call('virConnectGetMaxVcpus')
      .optionalText('type', type)
      .to((driver) => driver.connectGetMaxVcpus?.(type ?? undefined))
  },

  nodeGetInfo() {
    return this.call('virNodeGetInfo').to((driver) => driver.nodeGetInfo?.())
  },

  getCapabilities() {
    return this.call('virConnectGetCapabilities').to((driver) => driver.connectGetCapabilities?.())
  },

  nodeGetCPUStats(cpuNum, flags = 0) {
    return this.call('virNodeGetCPUStats', flags)
      .integer('cpuNum', cpuNum, ranges.i32)
      .check((fn) => negativeButAll(fn, cpuNum))
      .to((driver, bits) => driver.nodeGetCPUStats?.(cpuNum, bits))
  },

  nodeGetMemoryStats(cellNum, flags = 0) {
    return this.call('virNodeGetMemoryStats', flags)
      .integer('cellNum', cellNum, ranges.i32)
      .check((fn) => negativeButAll(fn, cellNum))
      .to((driver, bits) => driver.nodeGetMemoryStats?.(cellNum, bits))
  },

  nodeGetCellsFreeMemory(startCell, maxCells) {
    return this.call('virNodeGetCellsFreeMemory')
      .positive('maxCells', maxCells)
      .nonNegative('startCell', startCell)
      .integer('startCell', startCell, ranges.i32)
      .integer('maxCells', maxCells, ranges.i32)
      .to((driver) => driver.nodeGetCellsFreeMemory?.(startCell, maxCells))
  },

  nodeGetFreeMemory() {
    return this.call('virNodeGetFreeMemory').to((driver) => driver.nodeGetFreeMemory?.())
  },

  nodeSuspendForDuration(target, duration, flags = 0) {
    return this.call('virNodeSuspendForDuration', flags)
      .readWrite()
      .integer('target', target, ranges.u32)
      .integer('duration', duration, ranges.u64)
      .to((driver, bits) => driver.nodeSuspendForDuration?.(target, duration, bits))
  },

  nodeGetMemoryParameters(flags = 0) {
    return this.call('virNodeGetMemoryParameters', flags).to((driver, bits) =>
      driver.nodeGetMemoryParameters?.(bits),
    )
  },

  nodeSetMemoryParameters(params, flags = 0) {
    return this.call('virNodeSetMemoryParameters', flags)
      .readWrite()
      .typedParameters(params)
      .to((driver, bits) => driver.nodeSetMemoryParameters?.(params, bits))
  },

  nodeGetCPUMap(wantMap, wantOnline, flags = 0) {
    return this.call('virNodeGetCPUMap', flags)
      .boolean('wantMap', wantMap)
      .boolean('wantOnline', wantOnline)
      .to((driver, bits) => driver.nodeGetCPUMap?.(wantMap, wantOnline, bits))
  },

  nodeGetFreePages(pages, startCell, cellCount, flags = 0) {
    return this.call('virNodeGetFreePages', flags)
      .nonZero('npages', sizeOf(pages))
      .integers('pages', pages, ranges.u32)
      .nonZero('cellCount', cellCount)
      .integer('startCell', startCell, ranges.i32)
      .integer('cellCount', cellCount, ranges.u32)
      .to((driver, bits) => driver.nodeGetFreePages?.(pages, startCell, cellCount, bits))
  },

  getDomainCapabilities(emulatorbin, arch, machine, virttype, flags = 0) {
    return this.call('virConnectGetDomainCapabilities', flags)
      .readWrite()
      .optionalText('emulatorbin', emulatorbin)
      .optionalText('arch', arch)
      .optionalText('machine', machine)
      .optionalText('virttype', virttype)
      .to((driver, bits) =>
        driver.connectGetDomainCapabilities?.(
          emulatorbin ?? undefined,
          arch ?? undefined,
          machine ?? undefined,
          virttype ?? undefined,
          bits,
        ),
      )
  },

  nodeAllocPages(pageSizes, pageCounts, startCell, cellCount, flags = 0) {
    return this.call('virNodeAllocPages', flags)
      .readWrite()
      .nonZero('npages', sizeOf(pageSizes))
      .integers('pageSizes', pageSizes, ranges.u32)
      .integers('pageCounts', pageCounts, ranges.u64)
      .nonZero('cellCount', cellCount)
      .integer('startCell', startCell, ranges.i32)
      .integer('cellCount', cellCount, ranges.u32)
      .to((driver) => driver.nodeAllocPages?.(pageSizes, pageCounts, startCell, cellCount, flags))
  },
}

/** Refuses negative numbers, but for -1, which stands for all; libvirt calls either argument by this name. */
function negativeButAll(fn: CheckedFunction, value: number): VirError | undefined {
  if (value >= -1) return undefined
  return badArgument(fn, 'cpuNum', `cpuNum in ${fn.name} only accepts -1 as a negative value`)
}
