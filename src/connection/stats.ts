import {
  type ConnectGetAllDomainStatsFlags,
  DomainDirtyRateCalcFlags,
  type DomainMessageType,
  type DomainModificationImpact,
  type DomainStatsTypes,
} from '../constants/index.ts'
import type {
  DomainCPUStats,
  DomainInterfaceStats,
  DomainMemoryStat,
  DomainPerfEvents,
  DomainRef,
  DomainStatsRecord,
  TypedParameters,
} from '../driver/index.ts'
import { ErrorNumber, type VirError, virError, type VirResultAsync } from '../errors/index.ts'
import {
  badArgument,
  type CheckedFunction,
  invalidObject,
  type NamedFlag,
  ranges,
  sizeOf,
} from './checks.ts'
import type { ConnectionObject } from './connection.ts'
import type { Domain } from './domain.ts'
import type { ConnectionState } from './connection-state.ts'
import { DomainHandle, type DomainObject } from './handles.ts'

const dirtyrateModePageSampling: NamedFlag = {
  symbol: 'VIR_DOMAIN_DIRTYRATE_MODE_PAGE_SAMPLING',
  bits: DomainDirtyRateCalcFlags.MODE_PAGE_SAMPLING,
}
const dirtyrateModeDirtyBitmap: NamedFlag = {
  symbol: 'VIR_DOMAIN_DIRTYRATE_MODE_DIRTY_BITMAP',
  bits: DomainDirtyRateCalcFlags.MODE_DIRTY_BITMAP,
}
const dirtyrateModeDirtyRing: NamedFlag = {
  symbol: 'VIR_DOMAIN_DIRTYRATE_MODE_DIRTY_RING',
  bits: DomainDirtyRateCalcFlags.MODE_DIRTY_RING,
}

/** The statistics of one domain; libvirt's `virDomainStatsRecord`. */
export interface DomainStats {
  readonly domain: Domain
  /** Fields such as `state.state`, `block.count`, `block.0.rd.bytes`; times in nanoseconds are `bigint`. */
  readonly params: TypedParameters
}

/** Statistics of many domains at once. */
export interface ConnectionStatsCalls {
  /**
   * Gives the statistics of all domains that the flags choose.
   *
   * @param stats - What to tell; 0 is everything that the driver knows
   * @libvirt virConnectGetAllDomainStats (1.2.8)
   */
  getAllDomainStats(
    stats?: DomainStatsTypes,
    flags?: ConnectGetAllDomainStatsFlags,
  ): VirResultAsync<readonly DomainStats[]>

  /**
   * Gives the statistics of some domains of this connection.
   *
   * @param stats - What to tell; 0 is everything that the driver knows
   * @errors `INVALID_ARG` for no domains at all, and for domains of another connection
   * @libvirt virDomainListGetStats (1.2.8)
   */
  domainListGetStats(
    doms: readonly Domain[],
    stats?: DomainStatsTypes,
    flags?: ConnectGetAllDomainStatsFlags,
  ): VirResultAsync<readonly DomainStats[]>
}

/** The methods of {@link ConnectionStatsCalls}. */
export const connectionStats: ConnectionStatsCalls & ThisType<ConnectionObject> = {
  getAllDomainStats(stats = 0, flags = 0) {
    return this.call('virConnectGetAllDomainStats', flags)
      .integer('stats', stats, ranges.u32)
      .to(
        (driver, bits) => driver.connectGetAllDomainStats?.(undefined, stats, bits),
        (records) => records.map((record) => withDomain(this, record)),
      )
  },

  domainListGetStats(doms, stats = 0, flags = 0) {
    const refs: DomainRef[] = []
    return this.callUnchecked('virDomainListGetStats', flags)
      .nonNull('doms', doms)
      .check((fn) => (isEmptyList(doms) ? noDomains(fn) : undefined))
      .object('connection')
      .check((fn) => collectRefs(fn, this.state, doms, refs))
      .integer('stats', stats, ranges.u32)
      .to(
        (driver, bits) => driver.connectGetAllDomainStats?.(refs, stats, bits),
        (records) => records.map((record) => withDomain(this, record)),
      )
  },
}

function withDomain(
  connection: ConnectionObject,
  { domain, params }: DomainStatsRecord,
): DomainStats {
  return { domain: connection.toDomain(domain), params }
}

function isEmptyList(doms: readonly Domain[]): boolean {
  return !Array.isArray(doms) || doms.length === 0
}

function noDomains(fn: CheckedFunction): VirError {
  const text = `doms array in ${fn.name} must contain at least one domain`
  return virError(ErrorNumber.INVALID_ARG, fn.errorDomain, text)
}

/** Puts the refs of the domains in `refs`, or says which of them is none or belongs elsewhere. */
function collectRefs(
  fn: CheckedFunction,
  state: ConnectionState,
  doms: readonly Domain[],
  refs: DomainRef[],
): VirError | undefined {
  for (const domain of doms) {
    if (!(domain instanceof DomainHandle)) return invalidObject(fn, 'domain')
    if (domain.state !== state) {
      const text = "domains in 'doms' array must belong to a single connection"
      return virError(ErrorNumber.INVALID_ARG, fn.errorDomain, text)
    }
    refs.push(domain.ref)
  }
  return undefined
}

/** Counters of one domain, and its messages. */
export interface DomainStatsCalls {
  /**
   * Counts the traffic of a network interface, as the guest sees it.
   *
   * @param device - Target name or MAC address
   * @libvirt virDomainInterfaceStats (0.3.2)
   */
  interfaceStats(device: string): VirResultAsync<DomainInterfaceStats>

  /**
   * Gives facts about the guest's memory, as many as the hypervisor knows.
   *
   * @param flags - None are defined
   * @libvirt virDomainMemoryStats (0.7.5)
   */
  memoryStats(flags?: number): VirResultAsync<readonly DomainMemoryStat[]>

  /**
   * Gives which performance events the domain counts.
   *
   * @libvirt virDomainGetPerfEvents (1.3.3)
   */
  getPerfEvents(flags?: DomainModificationImpact): VirResultAsync<DomainPerfEvents>

  /**
   * Says which performance events the domain counts; only those that are given.
   *
   * @libvirt virDomainSetPerfEvents (1.3.3)
   */
  setPerfEvents(params: DomainPerfEvents, flags?: DomainModificationImpact): VirResultAsync<void>

  /**
   * Gives the CPU time of a domain by host processor.
   *
   * @param startCpu - Number of the first processor; -1, with `ncpus` 1, gives one record for all together
   * @param ncpus - Processors at most; 0 is all that follow
   * @param flags - `TypedParameterFlags`
   * @returns One record a processor
   * @libvirt virDomainGetCPUStats (0.9.10)
   */
  getCPUStats(
    startCpu: number,
    ncpus: number,
    flags?: number,
  ): VirResultAsync<readonly DomainCPUStats[]>

  /**
   * Lists what the hypervisor has to complain about the domain: taints, deprecations.
   *
   * @param flags - 0 is all kinds
   * @libvirt virDomainGetMessages (7.1.0)
   */
  getMessages(flags?: DomainMessageType): VirResultAsync<readonly string[]>

  /**
   * Starts to measure how fast the guest dirties its memory; `connectGetAllDomainStats` has the answer later.
   *
   * @param seconds - From 1 to 60
   * @libvirt virDomainStartDirtyRateCalc (7.2.0)
   */
  startDirtyRateCalc(seconds: number, flags?: DomainDirtyRateCalcFlags): VirResultAsync<void>
}

/** The methods of {@link DomainStatsCalls}. */
export const domainStats: DomainStatsCalls & ThisType<DomainObject> = {
  interfaceStats(device) {
    return this.call('virDomainInterfaceStats')
      .text('device', device)
      .to((driver) => driver.domainInterfaceStats?.(this.ref, device))
  },

  memoryStats(flags = 0) {
    return this.call('virDomainMemoryStats', flags).to((driver, bits) =>
      driver.domainMemoryStats?.(this.ref, bits),
    )
  },

  getPerfEvents(flags = 0) {
    return this.call('virDomainGetPerfEvents', flags).to((driver, bits) =>
      driver.domainGetPerfEvents?.(this.ref, bits),
    )
  },

  setPerfEvents(params, flags = 0) {
    return this.call('virDomainSetPerfEvents', flags)
      .readWrite()
      .record('params', params)
      .positive('nparams', sizeOf(params))
      .typedParameters(params)
      .to((driver, bits) => driver.domainSetPerfEvents?.(this.ref, params, bits))
  },

  getCPUStats(startCpu, ncpus, flags = 0) {
    return this.call('virDomainGetCPUStats', flags)
      .check((fn) =>
        startCpu === -1 && ncpus !== 1
          ? badArgument(fn, 'start_cpu', 'ncpus must be 1 when start_cpu is -1')
          : undefined,
      )
      .when(startCpu !== -1, (call) => call.nonNegative('start_cpu', startCpu))
      .integer('startCpu', startCpu, ranges.i32)
      .integer('ncpus', ncpus, ranges.u32)
      .to((driver, bits) => driver.domainGetCPUStats?.(this.ref, startCpu, ncpus, bits))
  },

  getMessages(flags = 0) {
    return this.call('virDomainGetMessages', flags).to((driver, bits) =>
      driver.domainGetMessages?.(this.ref, bits),
    )
  },

  startDirtyRateCalc(seconds, flags = 0) {
    return this.call('virDomainStartDirtyRateCalc', flags)
      .readWrite()
      .exclusive(dirtyrateModePageSampling, dirtyrateModeDirtyBitmap)
      .exclusive(dirtyrateModePageSampling, dirtyrateModeDirtyRing)
      .exclusive(dirtyrateModeDirtyBitmap, dirtyrateModeDirtyRing)
      .integer('seconds', seconds, ranges.i32)
      .to((driver, bits) => driver.domainStartDirtyRateCalc?.(this.ref, seconds, bits))
  },
}
