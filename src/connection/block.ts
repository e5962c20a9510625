import {
  type DomainBlockResizeFlags,
  DomainMemoryFlags,
  type DomainModificationImpact,
} from '../constants/index.ts'
import type {
  DomainBlkioParameters,
  DomainBlockInfo,
  DomainBlockIoTuneParameters,
  DomainBlockStats,
  DomainBlockStatsParameters,
  DomainDiskError,
} from '../driver/index.ts'
import type { VirError, VirResultAsync } from '../errors/index.ts'
import {
  badArgument,
  type CheckedFunction,
  integer,
  type NamedFlag,
  ranges,
  sizeOf,
  tooLarge,
} from './checks.ts'
import type { DomainObject } from './handles.ts'
import { affectConfig, affectLive } from './named-flags.ts'

const memoryVirtual: NamedFlag = { symbol: 'VIR_MEMORY_VIRTUAL', bits: DomainMemoryFlags.VIRTUAL }
const memoryPhysical: NamedFlag = {
  symbol: 'VIR_MEMORY_PHYSICAL',
  bits: DomainMemoryFlags.PHYSICAL,
}

/** A domain's disks outside of block jobs, and its memory. Disks are named by target (`vda`) or source path. */
export interface DomainBlockCalls {
  /**
   * Changes weights and limits of all of the domain's block I/O; only the fields that are given.
   *
   * @libvirt virDomainSetBlkioParameters (0.9.0)
   */
  setBlkioParameters(
    params: DomainBlkioParameters,
    flags?: DomainModificationImpact,
  ): VirResultAsync<void>

  /**
   * Gives weights and limits of all of the domain's block I/O.
   *
   * @libvirt virDomainGetBlkioParameters (0.9.0)
   */
  getBlkioParameters(flags?: DomainModificationImpact): VirResultAsync<DomainBlkioParameters>

  /**
   * Gives a disk of a running domain another size, and tells the guest.
   *
   * @param disk - Target name or source path
   * @param size - KiB; bytes with the flag `BYTES`
   * @libvirt virDomainBlockResize (0.9.8)
   */
  blockResize(disk: string, size: number, flags?: DomainBlockResizeFlags): VirResultAsync<void>

  /**
   * Counts the requests of a disk.
   *
   * @param disk - Target name or source path; `''` sums up all disks where the driver can
   * @libvirt virDomainBlockStats (0.3.2)
   */
  blockStats(disk: string): VirResultAsync<DomainBlockStats>

  /**
   * Counts the requests of a disk, flushes and times included.
   *
   * @param disk - Target name or source path; `''` sums up all disks where the driver can
   * @param flags - `TypedParameterFlags`
   * @libvirt virDomainBlockStatsFlags (0.9.5)
   */
  blockStatsFlags(disk: string, flags?: number): VirResultAsync<DomainBlockStatsParameters>

  /**
   * Reads from a disk of a domain, as the guest sees it.
   *
   * @param disk - Target name or source path
   * @param offset - Bytes from the start of the disk
   * @param size - Bytes
   * @param flags - None are defined
   * @libvirt virDomainBlockPeek (0.4.2)
   */
  blockPeek(disk: string, offset: number, size: number, flags?: number): VirResultAsync<Uint8Array>

  /**
   * Reads from the memory of a running domain.
   *
   * @param start - Address, virtual or physical as the flags say; `bigint` reaches those beyond 2^53
   * @param size - Bytes
   * @libvirt virDomainMemoryPeek (0.4.2)
   */
  memoryPeek(
    start: number | bigint,
    size: number,
    flags?: DomainMemoryFlags,
  ): VirResultAsync<Uint8Array>

  /**
   * Gives the sizes of a disk's image.
   *
   * @param disk - Target name or source path
   * @param flags - None are defined
   * @libvirt virDomainGetBlockInfo (0.8.1)
   */
  getBlockInfo(disk: string, flags?: number): VirResultAsync<DomainBlockInfo>

  /**
   * Changes the limits of one disk's I/O; only the fields that are given.
   *
   * @param disk - Target name or source path
   * @libvirt virDomainSetBlockIoTune (0.9.8)
   */
  setBlockIoTune(
    disk: string,
    params: DomainBlockIoTuneParameters,
    flags?: DomainModificationImpact,
  ): VirResultAsync<void>

  /**
   * Gives the limits of one disk's I/O.
   *
   * @param disk - Target name or source path; `undefined` gives the fields that the hypervisor knows, all 0 or `''`
   * @libvirt virDomainGetBlockIoTune (0.9.8)
   */
  getBlockIoTune(
    disk?: string,
    flags?: DomainModificationImpact,
  ): VirResultAsync<DomainBlockIoTuneParameters>

  /**
   * Lists the disks of a running domain that are stuck with an error.
   *
   * @param flags - None are defined
   * @libvirt virDomainGetDiskErrors (0.9.10)
   */
  getDiskErrors(flags?: number): VirResultAsync<readonly DomainDiskError[]>

  /**
   * Asks for one `blockThreshold` event once the guest writes beyond an offset of a disk's image.
   *
   * @param dev - Target name, with an index for an image of its chain: `vda[3]`
   * @param threshold - Bytes from the start of the image; 0 asks no more
   * @param flags - None are defined
   * @libvirt virDomainSetBlockThreshold (3.1.0)
   */
  setBlockThreshold(dev: string, threshold: number, flags?: number): VirResultAsync<void>
}

/** The methods of {@link DomainBlockCalls}. */
export const domainBlock: DomainBlockCalls & ThisType<DomainObject> = {
  setBlkioParameters(params, flags = 0) {
    return this.call('virDomainSetBlkioParameters', flags)
      .readWrite()
      .typedParameters(params)
      .to((driver, bits) => driver.domainSetBlkioParameters?.(this.ref, params, bits))
  },

  getBlkioParameters(flags = 0) {
    return this.call('virDomainGetBlkioParameters', flags)
      .exclusive(affectLive, affectConfig)
      .to((driver, bits) => driver.domainGetBlkioParameters?.(this.ref, bits))
  },

  blockResize(disk, size, flags = 0) {
    return this.call('virDomainBlockResize', flags)
      .readWrite()
      .text('disk', disk)
      .integer('size', size, ranges.u64)
      .to((driver, bits) => driver.domainBlockResize?.(this.ref, disk, size, bits))
  },

  blockStats(disk) {
    return this.call('virDomainBlockStats')
      .text('disk', disk)
      .to((driver) => driver.domainBlockStats?.(this.ref, disk))
  },

  blockStatsFlags(disk, flags = 0) {
    return this.call('virDomainBlockStatsFlags', flags)
      .text('disk', disk)
      .to((driver, bits) => driver.domainBlockStatsFlags?.(this.ref, disk, bits))
  },

  blockPeek(disk, offset, size, flags = 0) {
    return this.call('virDomainBlockPeek', flags)
      .readWrite()
      .nonEmpty('disk', disk)
      .integer('offset', offset, ranges.u64)
      .integer('size', size, ranges.u64)
      .to((driver, bits) => driver.domainBlockPeek?.(this.ref, disk, offset, size, bits))
  },

  memoryPeek(start, size, flags = 0) {
    return this.call('virDomainMemoryPeek', flags)
      .readWrite()
      .exclusive(memoryVirtual, memoryPhysical)
      .check((fn) => wideAddress(fn, start))
      .integer('size', size, ranges.u64)
      .to((driver, bits) => driver.domainMemoryPeek?.(this.ref, start, size, bits))
  },

  getBlockInfo(disk, flags = 0) {
    return this.call('virDomainGetBlockInfo', flags)
      .nonEmpty('disk', disk)
      .to((driver, bits) => driver.domainGetBlockInfo?.(this.ref, disk, bits))
  },

  setBlockIoTune(disk, params, flags = 0) {
    return this.call('virDomainSetBlockIoTune', flags)
      .readWrite()
      .text('disk', disk)
      .positive('nparams', sizeOf(params))
      .typedParameters(params)
      .to((driver, bits) => driver.domainSetBlockIoTune?.(this.ref, disk, params, bits))
  },

  getBlockIoTune(disk, flags = 0) {
    return this.call('virDomainGetBlockIoTune', flags)
      .optionalText('disk', disk)
      .exclusive(affectLive, affectConfig)
      .to((driver, bits) => driver.domainGetBlockIoTune?.(this.ref, disk ?? undefined, bits))
  },

  getDiskErrors(flags = 0) {
    return this.call('virDomainGetDiskErrors', flags).to((driver, bits) =>
      driver.domainGetDiskErrors?.(this.ref, bits),
    )
  },

  setBlockThreshold(dev, threshold, flags = 0) {
    return this.call('virDomainSetBlockThreshold', flags)
      .readWrite()
      .text('dev', dev)
      .integer('threshold', threshold, ranges.u64)
      .to((driver, bits) => driver.domainSetBlockThreshold?.(this.ref, dev, threshold, bits))
  },
}

/** Refuses what is no address: these alone may be beyond what a number is exact for. */
function wideAddress(fn: CheckedFunction, start: number | bigint): VirError | undefined {
  if (typeof start !== 'bigint') return integer(fn, 'start', start, ranges.u64)
  if (start > 0xffff_ffff_ffff_ffffn) return tooLarge(fn, start)
  return start < 0n
    ? badArgument(fn, 'start', `start in ${fn.name} must be zero or greater`)
    : undefined
}
