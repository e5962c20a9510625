/** Members about block jobs: pull, rebase, copy, commit. @module */
import type {
  DomainBlockCommitFlags,
  DomainBlockCopyFlags,
  DomainBlockJobAbortFlags,
  DomainBlockJobInfoFlags,
  DomainBlockJobSetSpeedFlags,
  DomainBlockJobType,
  DomainBlockPullFlags,
  DomainBlockRebaseFlags,
} from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import type { DomainRef } from './refs.ts'

/** How far a block job is; libvirt's `virDomainBlockJobInfo`. */
export interface DomainBlockJobInfo {
  readonly type: DomainBlockJobType
  /** MiB a second, or bytes a second with `BANDWIDTH_BYTES`; 0 is unlimited. */
  readonly bandwidth: number
  /** Has no unit: only its ratio to `end` means something. */
  readonly cur: number
  /** Equal to `cur` only when the job is complete or ready; both are 0 before it has begun. */
  readonly end: number
}

/** Tuning of a block copy; libvirt's `VIR_DOMAIN_BLOCK_COPY_*`. */
export interface DomainBlockCopyParameters {
  /** Bytes a second; 0 is unlimited. */
  readonly bandwidth?: number
  /** Bytes that one bit of the job's dirty bitmap stands for; a power of two from 512 to 64 MiB. */
  readonly granularity?: number
  /** Bytes that may be in flight. */
  readonly 'buf-size'?: number
}

/** Members about block jobs. Disks are named by target (`vda`) or source path. */
export interface BlockJobDriver {
  /**
   * Ends the job on a disk.
   *
   * @param flags - `ASYNC` does not wait for the end, `PIVOT` makes a ready copy the disk's image
   * @libvirt virDomainBlockJobAbort (0.9.4)
   */
  domainBlockJobAbort?(
    domain: DomainRef,
    disk: string,
    flags: DomainBlockJobAbortFlags,
  ): VirResultAsync<void>
  /**
   * Reports how far the job on a disk is.
   *
   * Do not poll this for the end of a job: listen to `blockJob2`.
   *
   * @returns `undefined` when no job runs on the disk
   * @libvirt virDomainGetBlockJobInfo (0.9.4)
   */
  domainGetBlockJobInfo?(
    domain: DomainRef,
    disk: string,
    flags: DomainBlockJobInfoFlags,
  ): VirResultAsync<DomainBlockJobInfo | undefined>
  /**
   * Limits the speed of the job on a disk.
   *
   * @param bandwidth - MiB a second, or bytes a second with the flag `BANDWIDTH_BYTES`; 0 is unlimited
   * @libvirt virDomainBlockJobSetSpeed (0.9.4)
   */
  domainBlockJobSetSpeed?(
    domain: DomainRef,
    disk: string,
    bandwidth: number,
    flags: DomainBlockJobSetSpeedFlags,
  ): VirResultAsync<void>
  /**
   * Pulls what the disk's whole backing chain holds into its image.
   *
   * @param bandwidth - MiB a second, or bytes a second with the flag `BANDWIDTH_BYTES`; 0 is unlimited
   * @libvirt virDomainBlockPull (0.9.4)
   */
  domainBlockPull?(
    domain: DomainRef,
    disk: string,
    bandwidth: number,
    flags: DomainBlockPullFlags,
  ): VirResultAsync<void>
  /**
   * Pulls a part of the backing chain into the disk's image, or copies the disk when a flag says so.
   *
   * @param base - Image to keep as backing, `vda[2]` or a path; `undefined` pulls all. For a copy: its destination
   * @param bandwidth - MiB a second, or bytes a second with the flag `BANDWIDTH_BYTES`; 0 is unlimited
   * @libvirt virDomainBlockRebase (0.9.10)
   */
  domainBlockRebase?(
    domain: DomainRef,
    disk: string,
    base: string | undefined,
    bandwidth: number,
    flags: DomainBlockRebaseFlags,
  ): VirResultAsync<void>
  /**
   * Copies a disk, and keeps the copy equal until the job is ended.
   *
   * @param destxml - `<disk>` with the destination
   * @libvirt virDomainBlockCopy (1.2.8)
   */
  domainBlockCopy?(
    domain: DomainRef,
    disk: string,
    destxml: string,
    params: DomainBlockCopyParameters,
    flags: DomainBlockCopyFlags,
  ): VirResultAsync<void>
  /**
   * Commits images of the backing chain into one below.
   *
   * @param base - Image that receives; `undefined` is the bottom, or the one below `top` with the flag `SHALLOW`
   * @param top - Uppermost image that is committed; `undefined` is the disk's active one
   * @param bandwidth - MiB a second, or bytes a second with the flag `BANDWIDTH_BYTES`; 0 is unlimited
   * @libvirt virDomainBlockCommit (0.10.2)
   */
  domainBlockCommit?(
    domain: DomainRef,
    disk: string,
    base: string | undefined,
    top: string | undefined,
    bandwidth: number,
    flags: DomainBlockCommitFlags,
  ): VirResultAsync<void>
}
