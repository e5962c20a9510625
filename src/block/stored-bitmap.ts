/**
 * Dirty bitmaps as an image stores them, and the limits of the qcow2 format.
 *
 * @module
 */
import { ok } from 'neverthrow'
import type { DirtyBitmap } from '../bitmap/index.ts'
import type { BlockResult } from './block-error.ts'
import { refuse } from './block-error.ts'
import type { ImageContent } from './image-content.ts'

const maxBitmaps = 65535
const maxDirectoryBytes = 1024 * maxBitmaps
const maxNameBytes = 1023
const maxTableEntries = 0x800_0000
const maxDataBytes = 0x2000_0000

/** A bitmap in an image file. */
export interface StoredBitmap {
  readonly name: string
  /** Bytes. */
  readonly granularity: number
  /** Whether it records writes when the image is opened; the format's flag `auto`. */
  readonly enabled: boolean
  /**
   * True while the image is open for writing: what the file holds is out of date. Still true at the next opening, it
   * makes the bitmap inconsistent.
   */
  readonly inUse: boolean
  /** The content at the last closing; absent when nothing was set. */
  readonly bits: DirtyBitmap | undefined
}

/** What stored bitmaps take of the bitmap directory of their image. */
export interface DirectoryUse {
  /** How many bitmaps there are. */
  readonly count: number
  readonly bytes: number
}

/**
 * Checks that a bitmap could be stored in an image.
 *
 * @param existing - What the other bitmaps that are or will be stored take of the directory
 */
export function checkStorable(
  content: ImageContent,
  nodeName: string,
  bitmap: { readonly name: string; readonly granularity: number },
  existing: DirectoryUse,
): BlockResult<void> {
  if (!content.traits.bitmaps) {
    return refuse(`Can't store persistent bitmaps to ${nodeName}: Operation not supported`)
  }
  const problem = limitOf(content, bitmap, existing)
  return problem === undefined
    ? ok(undefined)
    : refuse(`Can't make bitmap '${bitmap.name}' persistent in '${nodeName}': ${problem}`)
}

const encoder = new TextEncoder()

/** The bytes of a name in UTF-8, as QEMU counts them. */
export function byteLength(name: string): number {
  return encoder.encode(name).length
}

function limitOf(
  content: ImageContent,
  { name, granularity }: { readonly name: string; readonly granularity: number },
  existing: DirectoryUse,
): string | undefined {
  if (granularity > 2 ** 31) return 'Granularity exceeds maximum (2147483648 bytes)'
  if (granularity < 512) return 'Granularity is under minimum (512 bytes)'
  if (byteLength(name) > maxNameBytes) return 'Name length exceeds maximum (1023 characters)'
  const dataBytes = Math.ceil(Math.ceil(content.size / granularity) / 8)
  const tableEntries = Math.ceil(dataBytes / content.unit)
  if (tableEntries > maxTableEntries || dataBytes > maxDataBytes) {
    return 'Too much space will be occupied by the bitmap. Use larger granularity'
  }
  if (existing.count >= maxBitmaps) {
    return 'Maximum number of persistent bitmaps is already reached'
  }
  const directory = existing.bytes + directoryEntry(name)
  return directory > maxDirectoryBytes ? 'Not enough space in the bitmap directory' : undefined
}

/** The bytes that a bitmap takes in the directory: a fixed part of 24 bytes and the name, padded to 8. */
export function directoryEntry(name: string): number {
  return Math.ceil((24 + byteLength(name)) / 8) * 8
}
