/** Members that compare processor models. @module */
import type {
  ConnectBaselineCPUFlags,
  ConnectCompareCPUFlags,
  CPUCompareResult,
} from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'

/** What two processors are to each other; an error is a result of its own, so `ERROR` does not occur. */
export type CPUComparison = Exclude<CPUCompareResult, typeof CPUCompareResult.ERROR>

/** Members that compare processor models. Where they are `undefined`, the driver chooses emulator, architecture … */
export interface CPUModelDriver {
  /**
   * Compares a processor with that of the host.
   *
   * @param xmlDesc - `<cpu>`
   * @libvirt virConnectCompareCPU (0.7.5)
   */
  connectCompareCPU?(xmlDesc: string, flags: ConnectCompareCPUFlags): VirResultAsync<CPUComparison>
  /**
   * Gives the richest processor that all of the given ones can stand for, as XML.
   *
   * @param xmlCPUs - One `<cpu>` or `<capabilities>` each
   * @libvirt virConnectBaselineCPU (0.7.7)
   */
  connectBaselineCPU?(
    xmlCPUs: readonly string[],
    flags: ConnectBaselineCPUFlags,
  ): VirResultAsync<string>
  /**
   * Lists the names of the processor models that are known for an architecture.
   *
   * @param flags - None are defined
   * @libvirt virConnectGetCPUModelNames (1.1.3)
   */
  connectGetCPUModelNames?(arch: string, flags: number): VirResultAsync<readonly string[]>
  /**
   * Compares a processor with what the hypervisor can offer on this host.
   *
   * @param xmlCPU - `<cpu>`
   * @libvirt virConnectCompareHypervisorCPU (4.4.0)
   */
  connectCompareHypervisorCPU?(
    emulator: string | undefined,
    arch: string | undefined,
    machine: string | undefined,
    virttype: string | undefined,
    xmlCPU: string,
    flags: ConnectCompareCPUFlags,
  ): VirResultAsync<CPUComparison>
  /**
   * Gives the richest processor that the hypervisor can offer on all of the given ones, as XML.
   *
   * @param xmlCPUs - One `<cpu>` or `<domainCapabilities>` each
   * @libvirt virConnectBaselineHypervisorCPU (4.4.0)
   */
  connectBaselineHypervisorCPU?(
    emulator: string | undefined,
    arch: string | undefined,
    machine: string | undefined,
    virttype: string | undefined,
    xmlCPUs: readonly string[],
    flags: ConnectBaselineCPUFlags,
  ): VirResultAsync<string>
}
