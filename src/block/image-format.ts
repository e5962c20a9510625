/**
 * The image formats, as far as they differ in what a model can observe.
 *
 * @module
 */
import { ok } from 'neverthrow'
import { Errno } from '../errors/index.ts'
import type { BlockResult } from './block-error.ts'
import { failIo, ioError, refuse } from './block-error.ts'

const KiB = 1024
const MiB = 1024 * KiB

/** A format that an image can be created in. */
export type ImageFormat =
  'raw' | 'qcow2' | 'qcow' | 'qed' | 'vmdk' | 'vdi' | 'vpc' | 'vhdx' | 'parallels' | 'luks'

/** What a format can do. */
export interface FormatTraits {
  /** Bytes that are stored as one; a multiple of it is never split. */
  readonly unit: number
  /** True when the format reports {@link FormatTraits.unit} as its cluster size; raw has none. */
  readonly hasClusters: boolean
  readonly backing: boolean
  /** Whether dirty bitmaps can be stored in the image. */
  readonly bitmaps: boolean
  readonly compression: boolean
  /** What a discard acts on: whole clusters, any bytes, or nothing. */
  readonly discard: 'clusters' | 'bytes' | 'ignored'
}

const plain: FormatTraits = {
  unit: 64 * KiB,
  hasClusters: false,
  backing: false,
  bitmaps: false,
  compression: false,
  discard: 'bytes',
}

const clustered: FormatTraits = { ...plain, hasClusters: true, discard: 'ignored' }

const traits: Readonly<Record<ImageFormat, FormatTraits>> = {
  raw: plain,
  luks: plain,
  qcow2: { ...clustered, backing: true, bitmaps: true, compression: true, discard: 'clusters' },
  qcow: { ...clustered, unit: 4 * KiB, backing: true, compression: true },
  qed: { ...clustered, backing: true },
  vmdk: { ...clustered, backing: true, compression: true },
  vdi: { ...clustered, unit: MiB },
  vpc: { ...clustered, unit: 2 * MiB },
  vhdx: { ...clustered, unit: 8 * MiB },
  parallels: { ...clustered, unit: MiB },
}

/** The formats that images can be created in. */
export const imageFormats: readonly ImageFormat[] = Object.keys(traits).filter(isImageFormat)

/** True for the name of a format that images can be created in. */
export function isImageFormat(name: string): name is ImageFormat {
  return Object.hasOwn(traits, name)
}

/** What a format can do, with the cluster size that an image of it was created with. */
export function formatTraits(format: ImageFormat, clusterSize?: number): FormatTraits {
  const known = traits[format]
  return clusterSize === undefined || format !== 'qcow2' ? known : { ...known, unit: clusterSize }
}

/** The most entries that the upper table of a qcow2 image can have: 32 MiB of 8 bytes each. */
const mostL1Entries = 2 ** 22

/** Checks that the tables of an image can reach so far; its cluster size is in its traits. */
export function checkReach(
  format: ImageFormat,
  { unit }: FormatTraits,
  virtualSize: number,
): BlockResult<void> {
  // An entry stands for a table that fills a cluster, which has 8 bytes for each cluster.
  const reach = mostL1Entries * (unit / 8) * unit
  return format === 'qcow2' && virtualSize > reach
    ? failIo(Errno.EFBIG, 'Failed to grow the L1 table: File too large')
    : ok(undefined)
}

/** What decides whether an image can be created. */
export interface FormatRequest {
  readonly format: ImageFormat
  /** Bytes that the guest sees. */
  readonly virtualSize: number
  /** Bytes; qcow2 only. */
  readonly clusterSize?: number
  readonly hasBacking: boolean
}

/** Checks what QEMU checks when it formats an image. */
export function checkFormatRequest(request: FormatRequest): BlockResult<void> {
  const { format, virtualSize, clusterSize } = request
  if (!Number.isSafeInteger(virtualSize) || virtualSize < 0) {
    return refuse("Parameter 'size' expects a value in the range of 0 to 9007199254740991")
  }
  if (clusterSize !== undefined && (format !== 'qcow2' || !isClusterSize(clusterSize))) {
    return refuse(
      format === 'qcow2'
        ? 'Cluster size must be a power of two between 512 and 2048k'
        : `Block driver '${format}' does not support cluster_size`,
    )
  }
  if (request.hasBacking && !traits[format].backing) {
    return refuse(`Backing file not supported for file format '${format}'`)
  }
  if (format === 'vpc' && !isChsSize(virtualSize)) {
    return refuse('The requested image size cannot be represented in CHS geometry')
  }
  return checkReach(format, formatTraits(format, clusterSize), virtualSize).mapErr((error) =>
    ioError(Errno.EFBIG, `Could not resize image: ${error.message}`),
  )
}

function isClusterSize(bytes: number): boolean {
  return bytes >= 512 && bytes <= 2 * MiB && Number.isInteger(Math.log2(bytes))
}

/**
 * True when cylinders x heads x sectors of the VHD specification's algorithm give the size exactly.
 *
 * @see Virtual Hard Disk Image Format Specification 1.0, "Appendix: CHS Calculation"
 */
function isChsSize(bytes: number): boolean {
  const sectors = Math.floor(bytes / 512)
  if (bytes % 512 !== 0 || sectors > 65535 * 16 * 255) return false
  if (sectors > 65535 * 16 * 63) return sectors % (16 * 255) === 0
  let perTrack = 17
  let tracks = Math.floor(sectors / perTrack)
  let heads = Math.max(4, Math.floor((tracks + 1023) / 1024))
  if (tracks >= heads * 1024 || heads > 16) {
    perTrack = 31
    heads = 16
    tracks = Math.floor(sectors / perTrack)
  }
  if (tracks >= heads * 1024) {
    perTrack = 63
    heads = 16
    tracks = Math.floor(sectors / perTrack)
  }
  return Math.floor(tracks / heads) * heads * perTrack === sectors
}
