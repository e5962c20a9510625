/** Members about the disks of a domain, outside of block jobs. @module */
import type {
  DomainBlockResizeFlags,
  DomainDiskErrorCode,
  DomainMemoryFlags,
  DomainModificationImpact,
} from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import type { DomainRef } from './refs.ts'

/** The sizes of a disk's image, in bytes; libvirt's `virDomainBlockInfo`. */
export interface DomainBlockInfo {
  /** What the guest sees. */
  readonly capacity: number
  /** Where the image was written up to or what it allocates, as its kind goes. */
  readonly allocation: number
  /** What the image takes on the host. */
  readonly physical: number
}

/** Requests of a disk since the start; -1 where the hypervisor does not count. libvirt's `virDomainBlockStatsStruct`. */
export interface DomainBlockStats {
  readonly rd_req: number
  readonly rd_bytes: number
  readonly wr_req: number
  readonly wr_bytes: number
  readonly errs: number
}

/** Requests of a disk since the start, as far as the hypervisor counts; libvirt's `VIR_DOMAIN_BLOCK_STATS_*`. */
export interface DomainBlockStatsParameters {
  readonly rd_bytes?: number
  readonly rd_operations?: number
  /** Nanoseconds. */
  readonly rd_total_times?: bigint
  readonly wr_bytes?: number
  readonly wr_operations?: number
  /** Nanoseconds. */
  readonly wr_total_times?: bigint
  readonly flush_operations?: number
  /** Nanoseconds. */
  readonly flush_total_times?: bigint
  readonly errs?: number
}

/** Weights and limits of all of a domain's block I/O; libvirt's `VIR_DOMAIN_BLKIO_*`. */
export interface DomainBlkioParameters {
  /** Share, from 100 to 1000. */
  readonly weight?: number
  /** `/dev/sda,500,/dev/sdb,200`: shares by device; the others have the same form. */
  readonly device_weight?: string
  readonly device_read_iops_sec?: string
  readonly device_write_iops_sec?: string
  readonly device_read_bytes_sec?: string
  readonly device_write_bytes_sec?: string
}

/** Limits of one disk's I/O, 0 is none; libvirt's `VIR_DOMAIN_BLOCK_IOTUNE_*`. */
export interface DomainBlockIoTuneParameters {
  readonly total_bytes_sec?: number
  readonly read_bytes_sec?: number
  readonly write_bytes_sec?: number
  readonly total_iops_sec?: number
  readonly read_iops_sec?: number
  readonly write_iops_sec?: number
  readonly total_bytes_sec_max?: number
  readonly read_bytes_sec_max?: number
  readonly write_bytes_sec_max?: number
  readonly total_iops_sec_max?: number
  readonly read_iops_sec_max?: number
  readonly write_iops_sec_max?: number
  /** Seconds for which a burst may last; the others of that name likewise. */
  readonly total_bytes_sec_max_length?: number
  readonly read_bytes_sec_max_length?: number
  readonly write_bytes_sec_max_length?: number
  readonly total_iops_sec_max_length?: number
  readonly read_iops_sec_max_length?: number
  readonly write_iops_sec_max_length?: number
  /** Bytes that count as one request. */
  readonly size_iops_sec?: number
  /** Disks of one group share its limits. */
  readonly group_name?: string
}

/** The error that a disk is stuck with; libvirt's `virDomainDiskError`. */
export interface DomainDiskError {
  /** Target name: `vda`. */
  readonly disk: string
  readonly error: DomainDiskErrorCode
}

/** Members about the disks of a domain, outside of block jobs. */
export interface BlockDriver {
  /**
   * Changes weights and limits of all of the domain's block I/O; only the fields that are given.
   *
   * @libvirt virDomainSetBlkioParameters (0.9.0)
   */
  domainSetBlkioParameters?(
    domain: DomainRef,
    params: DomainBlkioParameters,
    flags: DomainModificationImpact,
  ): VirResultAsync<void>
  /**
   * Gives weights and limits of all of the domain's block I/O.
   *
   * @libvirt virDomainGetBlkioParameters (0.9.0)
   */
  domainGetBlkioParameters?(
    domain: DomainRef,
    flags: DomainModificationImpact,
  ): VirResultAsync<DomainBlkioParameters>
  /**
   * Gives a disk of a running domain another size, and tells the guest.
   *
   * @param disk - Target name or source path
   * @param size - KiB; bytes with the flag `BYTES`
   * @libvirt virDomainBlockResize (0.9.8)
   */
  domainBlockResize?(
    domain: DomainRef,
    disk: string,
    size: number,
    flags: DomainBlockResizeFlags,
  ): VirResultAsync<void>
  /**
   * Counts the requests of a disk.
   *
   * @param disk - Target name or source path; `''` sums up all disks where the driver can
   * @libvirt virDomainBlockStats (0.3.2)
   */
  domainBlockStats?(domain: DomainRef, disk: string): VirResultAsync<DomainBlockStats>
  /**
   * Counts the requests of a disk, flushes and times included.
   *
   * @param disk - Target name or source path; `''` sums up all disks where the driver can
   * @param flags - `TypedParameterFlags`
   * @libvirt virDomainBlockStatsFlags (0.9.5)
   */
  domainBlockStatsFlags?(
    domain: DomainRef,
    disk: string,
    flags: number,
  ): VirResultAsync<DomainBlockStatsParameters>
  /**
   * Reads from a disk of a domain, as the guest sees it.
   *
   * @param disk - Target name or source path
   * @param offset - Bytes from the start of the disk
   * @param size - Bytes
   * @param flags - None are defined
   * @libvirt virDomainBlockPeek (0.4.2)
   */
  domainBlockPeek?(
    domain: DomainRef,
    disk: string,
    offset: number,
    size: number,
    flags: number,
  ): VirResultAsync<Uint8Array>
  /**
   * Reads from the memory of a running domain.
   *
   * @param start - Address, virtual or physical as the flags say; `bigint` reaches those beyond 2^53
   * @param size - Bytes
   * @libvirt virDomainMemoryPeek (0.4.2)
   */
  domainMemoryPeek?(
    domain: DomainRef,
    start: number | bigint,
    size: number,
    flags: DomainMemoryFlags,
  ): VirResultAsync<Uint8Array>
  /**
   * Gives the sizes of a disk's image.
   *
   * @param disk - Target name or source path
   * @param flags - None are defined
   * @libvirt virDomainGetBlockInfo (0.8.1)
   */
  domainGetBlockInfo?(
    domain: DomainRef,
    disk: string,
    flags: number,
  ): VirResultAsync<DomainBlockInfo>
  /**
   * Changes the limits of one disk's I/O; only the fields that are given.
   *
   * @param disk - Target name or source path
   * @libvirt virDomainSetBlockIoTune (0.9.8)
   */
  domainSetBlockIoTune?(
    domain: DomainRef,
    disk: string,
    params: DomainBlockIoTuneParameters,
    flags: DomainModificationImpact,
  ): VirResultAsync<void>
  /**
   * Gives the limits of one disk's I/O.
   *
   * @param disk - Target name or source path; `undefined` gives the fields that the hypervisor knows, all 0 or `''`
   * @libvirt virDomainGetBlockIoTune (0.9.8)
   */
  domainGetBlockIoTune?(
    domain: DomainRef,
    disk: string | undefined,
    flags: DomainModificationImpact,
  ): VirResultAsync<DomainBlockIoTuneParameters>
  /**
   * Lists the disks of a running domain that are stuck with an error.
   *
   * @param flags - None are defined
   * @libvirt virDomainGetDiskErrors (0.9.10)
   */
  domainGetDiskErrors?(domain: DomainRef, flags: number): VirResultAsync<readonly DomainDiskError[]>
  /**
   * Asks for one `blockThreshold` event once the guest writes beyond an offset of a disk's image.
   *
   * @param dev - Target name, with an index for an image of its chain: `vda[3]`
   * @param threshold - Bytes from the start of the image; 0 asks no more
   * @param flags - None are defined
   * @libvirt virDomainSetBlockThreshold (3.1.0)
   */
  domainSetBlockThreshold?(
    domain: DomainRef,
    dev: string,
    threshold: number,
    flags: number,
  ): VirResultAsync<void>
}
