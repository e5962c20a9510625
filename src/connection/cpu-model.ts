import type { ConnectBaselineCPUFlags, ConnectCompareCPUFlags } from '../constants/index.ts'
import type { CPUComparison } from '../driver/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import type { ConnectionObject } from './connection.ts'

/** Comparing processors. */
export interface ConnectionCpuModelCalls {
  /**
   * Compares a processor with that of the host.
   *
   * @param xmlDesc - `<cpu>`
   * @libvirt virConnectCompareCPU (0.7.5)
   */
  compareCPU(xmlDesc: string, flags?: ConnectCompareCPUFlags): VirResultAsync<CPUComparison>

  /**
   * Gives the richest processor that all of the given ones can stand for, as XML.
   *
   * @param xmlCPUs - One `<cpu>` or `<capabilities>` each
   * @libvirt virConnectBaselineCPU (0.7.7)
   */
  baselineCPU(xmlCPUs: readonly string[], flags?: ConnectBaselineCPUFlags): VirResultAsync<string>

  /**
   * Lists the names of the processor models that are known for an architecture.
   *
   * @param flags - None are defined
   * @libvirt virConnectGetCPUModelNames (1.1.3)
   */
  getCPUModelNames(arch: string, flags?: number): VirResultAsync<readonly string[]>

  /**
   * Compares a processor with what the hypervisor can offer on this host.
   *
   * @param xmlCPU - `<cpu>`
   * @libvirt virConnectCompareHypervisorCPU (4.4.0)
   */
  compareHypervisorCPU(
    emulator: string | undefined,
    arch: string | undefined,
    machine: string | undefined,
    virttype: string | undefined,
    xmlCPU: string,
    flags?: ConnectCompareCPUFlags,
  ): VirResultAsync<CPUComparison>

  /**
   * Gives the richest processor that the hypervisor can offer on all of the given ones, as XML.
   *
   * @param xmlCPUs - One `<cpu>` or `<domainCapabilities>` each
   * @libvirt virConnectBaselineHypervisorCPU (4.4.0)
   */
  baselineHypervisorCPU(
    emulator: string | undefined,
    arch: string | undefined,
    machine: string | undefined,
    virttype: string | undefined,
    xmlCPUs: readonly string[],
    flags?: ConnectBaselineCPUFlags,
  ): VirResultAsync<string>
}

/** The methods of {@link ConnectionCpuModelCalls}. */
export const connectionCpuModel: ConnectionCpuModelCalls & ThisType<ConnectionObject> = {
  compareCPU(xmlDesc, flags = 0) {
    return this.call('virConnectCompareCPU', flags)
      .text('xmlDesc', xmlDesc)
      .to((driver, bits) => driver.connectCompareCPU?.(xmlDesc, bits))
  },

  baselineCPU(xmlCPUs, flags = 0) {
    return this.call('virConnectBaselineCPU', flags)
      .texts('xmlCPUs', xmlCPUs)
      .to((driver, bits) => driver.connectBaselineCPU?.(xmlCPUs, bits))
  },

  getCPUModelNames(arch, flags = 0) {
    return this.call('virConnectGetCPUModelNames', flags)
      .text('arch', arch)
      .to((driver, bits) => driver.connectGetCPUModelNames?.(arch, bits))
  },

  compareHypervisorCPU(emulator, arch, machine, virttype, xmlCPU, flags = 0) {
    return this.call('virConnectCompareHypervisorCPU', flags)
      .text('xmlCPU', xmlCPU)
      .readWrite()
      .optionalText('emulator', emulator)
      .optionalText('arch', arch)
      .optionalText('machine', machine)
      .optionalText('virttype', virttype)
      .to((driver, bits) =>
        driver.connectCompareHypervisorCPU?.(
          emulator ?? undefined,
          arch ?? undefined,
          machine ?? undefined,
          virttype ?? undefined,
          xmlCPU,
          bits,
        ),
      )
  },

  baselineHypervisorCPU(emulator, arch, machine, virttype, xmlCPUs, flags = 0) {
    return this.call('virConnectBaselineHypervisorCPU', flags)
      .texts('xmlCPUs', xmlCPUs)
      .readWrite()
      .optionalText('emulator', emulator)
      .optionalText('arch', arch)
      .optionalText('machine', machine)
      .optionalText('virttype', virttype)
      .to((driver, bits) =>
        driver.connectBaselineHypervisorCPU?.(
          emulator ?? undefined,
          arch ?? undefined,
          machine ?? undefined,
          virttype ?? undefined,
          xmlCPUs,
          bits,
        ),
      )
  },
}
