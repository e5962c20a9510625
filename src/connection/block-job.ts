import {
  type DomainBlockCommitFlags,
  type DomainBlockCopyFlags,
  type DomainBlockJobAbortFlags,
  type DomainBlockJobInfoFlags,
  type DomainBlockJobSetSpeedFlags,
  type DomainBlockPullFlags,
  DomainBlockRebaseFlags,
} from '../constants/index.ts'
import type { DomainBlockCopyParameters, DomainBlockJobInfo } from '../driver/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import { badArgument, ranges } from './checks.ts'
import type { DomainObject } from './handles.ts'

/** Flags of a rebase that only a copy can have. */
const copyOnly =
  DomainBlockRebaseFlags.SHALLOW |
  DomainBlockRebaseFlags.REUSE_EXT |
  DomainBlockRebaseFlags.COPY_RAW |
  DomainBlockRebaseFlags.COPY_DEV

/** Jobs on one disk of a domain: pull, rebase, copy, commit. Disks are named by target (`vda`) or source path. */
export interface DomainBlockJobCalls {
  /**
   * Ends the job on a disk.
   *
   * @param flags - `ASYNC` does not wait for the end, `PIVOT` makes a ready copy the disk's image
   * @libvirt virDomainBlockJobAbort (0.9.4)
   */
  blockJobAbort(disk: string, flags?: DomainBlockJobAbortFlags): VirResultAsync<void>

  /**
   * Reports how far the job on a disk is.
   *
   * Do not poll this for the end of a job: listen to `blockJob2`.
   *
   * @returns `undefined` when no job runs on the disk
   * @libvirt virDomainGetBlockJobInfo (0.9.4)
   */
  getBlockJobInfo(
    disk: string,
    flags?: DomainBlockJobInfoFlags,
  ): VirResultAsync<DomainBlockJobInfo | undefined>

  /**
   * Limits the speed of the job on a disk.
   *
   * @param bandwidth - MiB a second, or bytes a second with the flag `BANDWIDTH_BYTES`; 0 is unlimited
   * @libvirt virDomainBlockJobSetSpeed (0.9.4)
   */
  blockJobSetSpeed(
    disk: string,
    bandwidth: number,
    flags?: DomainBlockJobSetSpeedFlags,
  ): VirResultAsync<void>

  /**
   * Pulls what the disk's whole backing chain holds into its image.
   *
   * @param bandwidth - MiB a second, or bytes a second with the flag `BANDWIDTH_BYTES`; 0 is unlimited
   * @libvirt virDomainBlockPull (0.9.4)
   */
  blockPull(disk: string, bandwidth: number, flags?: DomainBlockPullFlags): VirResultAsync<void>

  /**
   * Pulls a part of the backing chain into the disk's image, or copies the disk when a flag says so.
   *
   * @param base - Image to keep as backing, `vda[2]` or a path; `undefined` pulls all. For a copy: its destination
   * @param bandwidth - MiB a second, or bytes a second with the flag `BANDWIDTH_BYTES`; 0 is unlimited
   * @libvirt virDomainBlockRebase (0.9.10)
   */
  blockRebase(
    disk: string,
    base: string | undefined,
    bandwidth: number,
    flags?: DomainBlockRebaseFlags,
  ): VirResultAsync<void>

  /**
   * Copies a disk, and keeps the copy equal until the job is ended.
   *
   * @param destxml - `<disk>` with the destination
   * @libvirt virDomainBlockCopy (1.2.8)
   */
  blockCopy(
    disk: string,
    destxml: string,
    params: DomainBlockCopyParameters,
    flags?: DomainBlockCopyFlags,
  ): VirResultAsync<void>

  /**
   * Commits images of the backing chain into one below.
   *
   * @param base - Image that receives; `undefined` is the bottom, or the one below `top` with the flag `SHALLOW`
   * @param top - Uppermost image that is committed; `undefined` is the disk's active one
   * @param bandwidth - MiB a second, or bytes a second with the flag `BANDWIDTH_BYTES`; 0 is unlimited
   * @libvirt virDomainBlockCommit (0.10.2)
   */
  blockCommit(
    disk: string,
    base: string | undefined,
    top: string | undefined,
    bandwidth: number,
    flags?: DomainBlockCommitFlags,
  ): VirResultAsync<void>
}

/** The methods of {@link DomainBlockJobCalls}. */
export const domainBlockJob: DomainBlockJobCalls & ThisType<DomainObject> = {
  blockJobAbort(disk, flags = 0) {
    return this.call('virDomainBlockJobAbort', flags)
      .readWrite()
      .text('disk', disk)
      .to((driver, bits) => driver.domainBlockJobAbort?.(this.ref, disk, bits))
  },

  getBlockJobInfo(disk, flags = 0) {
    return this.call('virDomainGetBlockJobInfo', flags)
      .text('disk', disk)
      .to((driver, bits) => driver.domainGetBlockJobInfo?.(this.ref, disk, bits))
  },

  blockJobSetSpeed(disk, bandwidth, flags = 0) {
    return this.call('virDomainBlockJobSetSpeed', flags)
      .readWrite()
      .text('disk', disk)
      .integer('bandwidth', bandwidth, ranges.u64)
      .to((driver, bits) => driver.domainBlockJobSetSpeed?.(this.ref, disk, bandwidth, bits))
  },

  blockPull(disk, bandwidth, flags = 0) {
    return this.call('virDomainBlockPull', flags)
      .readWrite()
      .text('disk', disk)
      .integer('bandwidth', bandwidth, ranges.u64)
      .to((driver, bits) => driver.domainBlockPull?.(this.ref, disk, bandwidth, bits))
  },

  blockRebase(disk, base, bandwidth, flags = 0) {
    return this.call('virDomainBlockRebase', flags)
      .readWrite()
      .text('disk', disk)
      .whenFlagged(DomainBlockRebaseFlags.COPY, (call) => call.text('base', base))
      .check((fn) =>
        isBareCopyFlag(flags)
          ? badArgument(fn, 'flags', 'use of flags requires a copy job')
          : undefined,
      )
      .integer('bandwidth', bandwidth, ranges.u64)
      .to((driver, bits) =>
        driver.domainBlockRebase?.(this.ref, disk, base ?? undefined, bandwidth, bits),
      )
  },

  blockCopy(disk, destxml, params, flags = 0) {
    return this.call('virDomainBlockCopy', flags)
      .readWrite()
      .text('disk', disk)
      .text('destxml', destxml)
      .record('params', params)
      .to((driver, bits) => driver.domainBlockCopy?.(this.ref, disk, destxml, params, bits))
  },

  blockCommit(disk, base, top, bandwidth, flags = 0) {
    return this.call('virDomainBlockCommit', flags)
      .readWrite()
      .text('disk', disk)
      .optionalText('base', base)
      .optionalText('top', top)
      .integer('bandwidth', bandwidth, ranges.u64)
      .to((driver, bits) =>
        driver.domainBlockCommit?.(
          this.ref,
          disk,
          base ?? undefined,
          top ?? undefined,
          bandwidth,
          bits,
        ),
      )
  },
}

/** Says whether flags that only a copy can have stand without the flag of a copy. */
function isBareCopyFlag(flags: unknown): boolean {
  if (typeof flags !== 'number') return false
  return (flags & DomainBlockRebaseFlags.COPY) === 0 && (flags & copyOnly) !== 0
}
