import {
  type DomainMemoryModFlags,
  type DomainModificationImpact,
  DomainVcpuFlags,
} from '../constants/index.ts'
import type {
  DomainIOThreadInfo,
  DomainIOThreadParameters,
  DomainMemoryParameters,
  DomainNumaParameters,
  DomainSchedulerParameters,
  DomainSchedulerType,
  DomainVcpus,
} from '../driver/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import { type NamedFlag, type NumberRange, ranges, sizeOf } from './checks.ts'
import type { DomainObject } from './handles.ts'
import { affectConfig, affectLive } from './named-flags.ts'

const vcpuMaximum: NamedFlag = { symbol: 'VIR_DOMAIN_VCPU_MAXIMUM', bits: DomainVcpuFlags.MAXIMUM }
const vcpuGuest: NamedFlag = { symbol: 'VIR_DOMAIN_VCPU_GUEST', bits: DomainVcpuFlags.GUEST }

/** KiB that a domain may have: libvirt refuses what would be 2^63 bytes. */
const memoryKiB: NumberRange = { min: 0, max: Number.MAX_SAFE_INTEGER - 1 }

/** A domain's memory, virtual processors, I/O threads and scheduling. */
export interface DomainTuningCalls {
  /**
   * Gives the memory that the domain may have, in KiB.
   *
   * @libvirt virDomainGetMaxMemory (0.0.3)
   */
  getMaxMemory(): VirResultAsync<number>

  /**
   * Changes the memory that the domain may have.
   *
   * @param memory - KiB
   * @libvirt virDomainSetMaxMemory (0.0.3)
   */
  setMaxMemory(memory: number): VirResultAsync<void>

  /**
   * Changes the memory that the running domain has, through its balloon.
   *
   * @param memory - KiB
   * @libvirt virDomainSetMemory (0.1.1)
   */
  setMemory(memory: number): VirResultAsync<void>

  /**
   * Changes the memory that the domain has, or with the flag `MAXIMUM` may have.
   *
   * @param memory - KiB
   * @libvirt virDomainSetMemoryFlags (0.9.0)
   */
  setMemoryFlags(memory: number, flags?: DomainMemoryModFlags): VirResultAsync<void>

  /**
   * Says how often the guest's balloon reports on memory.
   *
   * @param period - Seconds; 0 is never
   * @libvirt virDomainSetMemoryStatsPeriod (1.1.1)
   */
  setMemoryStatsPeriod(period: number, flags?: DomainMemoryModFlags): VirResultAsync<void>

  /**
   * Changes the limits of the domain's memory on the host; only the fields that are given.
   *
   * @libvirt virDomainSetMemoryParameters (0.8.5)
   */
  setMemoryParameters(
    params: DomainMemoryParameters,
    flags?: DomainModificationImpact,
  ): VirResultAsync<void>

  /**
   * Gives the limits of the domain's memory on the host.
   *
   * @libvirt virDomainGetMemoryParameters (0.8.5)
   */
  getMemoryParameters(flags?: DomainModificationImpact): VirResultAsync<DomainMemoryParameters>

  /**
   * Changes from which NUMA nodes of the host the domain's memory comes.
   *
   * @libvirt virDomainSetNumaParameters (0.9.9)
   */
  setNumaParameters(
    params: DomainNumaParameters,
    flags?: DomainModificationImpact,
  ): VirResultAsync<void>

  /**
   * Gives from which NUMA nodes of the host the domain's memory comes.
   *
   * @libvirt virDomainGetNumaParameters (0.9.9)
   */
  getNumaParameters(flags?: DomainModificationImpact): VirResultAsync<DomainNumaParameters>

  /**
   * Gives the scheduler that the domain runs under.
   *
   * @libvirt virDomainGetSchedulerType (0.2.3)
   */
  getSchedulerType(): VirResultAsync<DomainSchedulerType>

  /**
   * Gives the domain's shares and limits of CPU time.
   *
   * @libvirt virDomainGetSchedulerParameters (0.2.3)
   */
  getSchedulerParameters(): VirResultAsync<DomainSchedulerParameters>

  /**
   * Gives the domain's shares and limits of CPU time.
   *
   * @libvirt virDomainGetSchedulerParametersFlags (0.9.2)
   */
  getSchedulerParametersFlags(
    flags?: DomainModificationImpact,
  ): VirResultAsync<DomainSchedulerParameters>

  /**
   * Changes the domain's shares and limits of CPU time; only the fields that are given.
   *
   * @libvirt virDomainSetSchedulerParameters (0.2.3)
   */
  setSchedulerParameters(params: DomainSchedulerParameters): VirResultAsync<void>

  /**
   * Changes the domain's shares and limits of CPU time; only the fields that are given.
   *
   * @libvirt virDomainSetSchedulerParametersFlags (0.9.2)
   */
  setSchedulerParametersFlags(
    params: DomainSchedulerParameters,
    flags?: DomainModificationImpact,
  ): VirResultAsync<void>

  /**
   * Changes how many virtual processors the running domain has.
   *
   * @libvirt virDomainSetVcpus (0.1.4)
   */
  setVcpus(nvcpus: number): VirResultAsync<void>

  /**
   * Changes how many virtual processors the domain has, or with the flag `MAXIMUM` may have.
   *
   * @libvirt virDomainSetVcpusFlags (0.8.5)
   */
  setVcpusFlags(nvcpus: number, flags?: DomainVcpuFlags): VirResultAsync<void>

  /**
   * Gives how many virtual processors the domain has, or with the flag `MAXIMUM` may have.
   *
   * @libvirt virDomainGetVcpusFlags (0.8.5)
   */
  getVcpusFlags(flags?: DomainVcpuFlags): VirResultAsync<number>

  /**
   * Restricts a virtual processor to processors of the host.
   *
   * @libvirt virDomainPinVcpu (0.1.4)
   */
  pinVcpu(vcpu: number, cpumap: Uint8Array): VirResultAsync<void>

  /**
   * Restricts a virtual processor to processors of the host.
   *
   * @libvirt virDomainPinVcpuFlags (0.9.3)
   */
  pinVcpuFlags(
    vcpu: number,
    cpumap: Uint8Array,
    flags?: DomainModificationImpact,
  ): VirResultAsync<void>

  /**
   * Gives the host's processors that virtual processors may run on, one map for each.
   *
   * @libvirt virDomainGetVcpuPinInfo (0.9.3)
   */
  getVcpuPinInfo(flags?: DomainModificationImpact): VirResultAsync<readonly Uint8Array[]>

  /**
   * Restricts the emulator's own threads to processors of the host.
   *
   * @libvirt virDomainPinEmulator (0.10.0)
   */
  pinEmulator(cpumap: Uint8Array, flags?: DomainModificationImpact): VirResultAsync<void>

  /**
   * Gives the host's processors that the emulator's own threads may run on.
   *
   * @returns `undefined` when they are not restricted
   * @libvirt virDomainGetEmulatorPinInfo (0.10.0)
   */
  getEmulatorPinInfo(flags?: DomainModificationImpact): VirResultAsync<Uint8Array | undefined>

  /**
   * Gives the virtual processors of the running domain.
   *
   * @libvirt virDomainGetVcpus (0.1.4)
   */
  getVcpus(): VirResultAsync<DomainVcpus>

  /**
   * Gives how many virtual processors the domain may have.
   *
   * @libvirt virDomainGetMaxVcpus (0.2.1)
   */
  getMaxVcpus(): VirResultAsync<number>

  /**
   * Lists the domain's I/O threads.
   *
   * @libvirt virDomainGetIOThreadInfo (1.2.14)
   */
  getIOThreadInfo(flags?: DomainModificationImpact): VirResultAsync<readonly DomainIOThreadInfo[]>

  /**
   * Restricts an I/O thread to processors of the host.
   *
   * @libvirt virDomainPinIOThread (1.2.14)
   */
  pinIOThread(
    iothread_id: number,
    cpumap: Uint8Array,
    flags?: DomainModificationImpact,
  ): VirResultAsync<void>

  /**
   * Adds an I/O thread.
   *
   * @libvirt virDomainAddIOThread (1.2.15)
   */
  addIOThread(iothread_id: number, flags?: DomainModificationImpact): VirResultAsync<void>

  /**
   * Removes an I/O thread that no disk uses.
   *
   * @libvirt virDomainDelIOThread (1.2.15)
   */
  delIOThread(iothread_id: number, flags?: DomainModificationImpact): VirResultAsync<void>

  /**
   * Changes how an I/O thread polls; only the fields that are given.
   *
   * @libvirt virDomainSetIOThreadParams (4.10.0)
   */
  setIOThreadParams(
    iothread_id: number,
    params: DomainIOThreadParameters,
    flags?: DomainModificationImpact,
  ): VirResultAsync<void>

  /**
   * Adds virtual processors to the guest or removes them.
   *
   * @param vcpumap - List of numbers: `0-3,6`
   * @param state - Whether they are added
   * @libvirt virDomainSetVcpu (3.1.0)
   */
  setVcpu(vcpumap: string, state: boolean, flags?: DomainModificationImpact): VirResultAsync<void>
}

/** The methods of {@link DomainTuningCalls}. */
export const domainTuning: DomainTuningCalls & ThisType<DomainObject> = {
  getMaxMemory() {
    return this.call('virDomainGetMaxMemory').to((driver) => driver.domainGetMaxMemory?.(this.ref))
  },

  setMaxMemory(memory) {
    return this.call('virDomainSetMaxMemory')
      .readWrite()
      .nonZero('memory', memory)
      .integer('memory', memory, memoryKiB)
      .to((driver) => driver.domainSetMaxMemory?.(this.ref, memory))
  },

  setMemory(memory) {
    return this.call('virDomainSetMemory')
      .readWrite()
      .nonZero('memory', memory)
      .integer('memory', memory, memoryKiB)
      .to((driver) => driver.domainSetMemory?.(this.ref, memory))
  },

  setMemoryFlags(memory, flags = 0) {
    return this.call('virDomainSetMemoryFlags', flags)
      .readWrite()
      .nonZero('memory', memory)
      .integer('memory', memory, memoryKiB)
      .to((driver, bits) => driver.domainSetMemoryFlags?.(this.ref, memory, bits))
  },

  setMemoryStatsPeriod(period, flags = 0) {
    return this.call('virDomainSetMemoryStatsPeriod', flags)
      .readWrite()
      .nonNegative('period', period)
      .integer('period', period, ranges.i32)
      .to((driver, bits) => driver.domainSetMemoryStatsPeriod?.(this.ref, period, bits))
  },

  setMemoryParameters(params, flags = 0) {
    return this.call('virDomainSetMemoryParameters', flags)
      .readWrite()
      .record('params', params)
      .positive('nparams', sizeOf(params))
      .typedParameters(params)
      .to((driver, bits) => driver.domainSetMemoryParameters?.(this.ref, params, bits))
  },

  getMemoryParameters(flags = 0) {
    return this.call('virDomainGetMemoryParameters', flags)
      .exclusive(affectLive, affectConfig)
      .to((driver, bits) => driver.domainGetMemoryParameters?.(this.ref, bits))
  },

  setNumaParameters(params, flags = 0) {
    return this.call('virDomainSetNumaParameters', flags)
      .readWrite()
      .record('params', params)
      .positive('nparams', sizeOf(params))
      .typedParameters(params)
      .to((driver, bits) => driver.domainSetNumaParameters?.(this.ref, params, bits))
  },

  getNumaParameters(flags = 0) {
    return this.call('virDomainGetNumaParameters', flags).to((driver, bits) =>
      driver.domainGetNumaParameters?.(this.ref, bits),
    )
  },

  getSchedulerType() {
    return this.call('virDomainGetSchedulerType').to((driver) =>
      driver.domainGetSchedulerType?.(this.ref),
    )
  },

  getSchedulerParameters() {
    return this.call('virDomainGetSchedulerParameters').to((driver) =>
      driver.domainGetSchedulerParameters?.(this.ref),
    )
  },

  getSchedulerParametersFlags(flags = 0) {
    return this.call('virDomainGetSchedulerParametersFlags', flags)
      .exclusive(affectLive, affectConfig)
      .to((driver, bits) => driver.domainGetSchedulerParametersFlags?.(this.ref, bits))
  },

  setSchedulerParameters(params) {
    return this.call('virDomainSetSchedulerParameters')
      .readWrite()
      .typedParameters(params)
      .to((driver) => driver.domainSetSchedulerParameters?.(this.ref, params))
  },

  setSchedulerParametersFlags(params, flags = 0) {
    return this.call('virDomainSetSchedulerParametersFlags', flags)
      .readWrite()
      .typedParameters(params)
      .to((driver, bits) => driver.domainSetSchedulerParametersFlags?.(this.ref, params, bits))
  },

  setVcpus(nvcpus) {
    return this.call('virDomainSetVcpus')
      .readWrite()
      .nonZero('nvcpus', nvcpus)
      .integer('nvcpus', nvcpus, ranges.u32)
      .to((driver) => driver.domainSetVcpus?.(this.ref, nvcpus))
  },

  setVcpusFlags(nvcpus, flags = 0) {
    return this.call('virDomainSetVcpusFlags', flags)
      .readWrite()
      .requires(vcpuMaximum, affectConfig)
      .exclusive(vcpuGuest, affectConfig)
      .nonZero('nvcpus', nvcpus)
      .integer('nvcpus', nvcpus, ranges.u32)
      .to((driver, bits) => driver.domainSetVcpusFlags?.(this.ref, nvcpus, bits))
  },

  getVcpusFlags(flags = 0) {
    return this.call('virDomainGetVcpusFlags', flags)
      .whenFlagged(DomainVcpuFlags.GUEST, (call) => call.readWrite())
      .exclusive(affectLive, affectConfig)
      .to((driver, bits) => driver.domainGetVcpusFlags?.(this.ref, bits))
  },

  pinVcpu(vcpu, cpumap) {
    return this.call('virDomainPinVcpu')
      .readWrite()
      .bytes('cpumap', cpumap)
      .positive('maplen', sizeOf(cpumap))
      .integer('vcpu', vcpu, ranges.u32)
      .to((driver) => driver.domainPinVcpu?.(this.ref, vcpu, cpumap))
  },

  pinVcpuFlags(vcpu, cpumap, flags = 0) {
    return this.call('virDomainPinVcpuFlags', flags)
      .readWrite()
      .bytes('cpumap', cpumap)
      .positive('maplen', sizeOf(cpumap))
      .integer('vcpu', vcpu, ranges.u32)
      .to((driver, bits) => driver.domainPinVcpuFlags?.(this.ref, vcpu, cpumap, bits))
  },

  getVcpuPinInfo(flags = 0) {
    return this.call('virDomainGetVcpuPinInfo', flags)
      .exclusive(affectLive, affectConfig)
      .to((driver, bits) => driver.domainGetVcpuPinInfo?.(this.ref, bits))
  },

  pinEmulator(cpumap, flags = 0) {
    return this.call('virDomainPinEmulator', flags)
      .readWrite()
      .bytes('cpumap', cpumap)
      .positive('maplen', sizeOf(cpumap))
      .to((driver, bits) => driver.domainPinEmulator?.(this.ref, cpumap, bits))
  },

  getEmulatorPinInfo(flags = 0) {
    return this.call('virDomainGetEmulatorPinInfo', flags)
      .exclusive(affectLive, affectConfig)
      .to((driver, bits) => driver.domainGetEmulatorPinInfo?.(this.ref, bits))
  },

  getVcpus() {
    return this.call('virDomainGetVcpus').to((driver) => driver.domainGetVcpus?.(this.ref))
  },

  getMaxVcpus() {
    return this.call('virDomainGetMaxVcpus').to((driver) => driver.domainGetMaxVcpus?.(this.ref))
  },

  getIOThreadInfo(flags = 0) {
    return this.call('virDomainGetIOThreadInfo', flags)
      .exclusive(affectLive, affectConfig)
      .to((driver, bits) => driver.domainGetIOThreadInfo?.(this.ref, bits))
  },

  pinIOThread(iothread_id, cpumap, flags = 0) {
    return this.call('virDomainPinIOThread', flags)
      .readWrite()
      .bytes('cpumap', cpumap)
      .positive('maplen', sizeOf(cpumap))
      .integer('iothread_id', iothread_id, ranges.u32)
      .to((driver, bits) => driver.domainPinIOThread?.(this.ref, iothread_id, cpumap, bits))
  },

  addIOThread(iothread_id, flags = 0) {
    return this.call('virDomainAddIOThread', flags)
      .readWrite()
      .integer('iothread_id', iothread_id, ranges.u32)
      .to((driver, bits) => driver.domainAddIOThread?.(this.ref, iothread_id, bits))
  },

  delIOThread(iothread_id, flags = 0) {
    return this.call('virDomainDelIOThread', flags)
      .readWrite()
      .nonZero('iothread_id', iothread_id)
      .integer('iothread_id', iothread_id, ranges.u32)
      .to((driver, bits) => driver.domainDelIOThread?.(this.ref, iothread_id, bits))
  },

  setIOThreadParams(iothread_id, params, flags = 0) {
    return this.call('virDomainSetIOThreadParams', flags)
      .readWrite()
      .record('params', params)
      .positive('nparams', sizeOf(params))
      .typedParameters(params)
      .integer('iothread_id', iothread_id, ranges.u32)
      .to((driver, bits) => driver.domainSetIOThreadParams?.(this.ref, iothread_id, params, bits))
  },

  setVcpu(vcpumap, state, flags = 0) {
    return this.call('virDomainSetVcpu', flags)
      .readWrite()
      .text('vcpumap', vcpumap)
      .boolean('state', state)
      .to((driver, bits) => driver.domainSetVcpu?.(this.ref, vcpumap, state, bits))
  },
}
