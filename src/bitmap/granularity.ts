/**
 * How many bytes one bit may stand for.
 *
 * @see QEMU 7.2, qapi/block-core.json, BlockDirtyBitmapAdd
 * @module
 */
import { err, ok } from 'neverthrow'
import { ErrorDomain, invalidArgument, type VirResult } from '../errors/index.ts'

const MIN_GRANULARITY = 512
const MAX_UINT32 = 0xffff_ffff
const KIB = 1024

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value))
}

function refused(functionName: string, argument: string, text: string): VirResult<void> {
  return err(invalidArgument(ErrorDomain.NONE, functionName, argument, text))
}

/**
 * Whether QEMU takes a granularity.
 *
 * @errors INVALID_ARG - with QEMU's message
 */
export function checkGranularity(granularity: number): VirResult<void> {
  const name = 'DirtyBitmap.create'
  if (!Number.isInteger(granularity) || granularity < 0 || granularity > MAX_UINT32) {
    return refused(name, 'granularity', "Parameter 'granularity' expects uint32_t")
  }
  if (granularity < MIN_GRANULARITY || !isPowerOfTwo(granularity)) {
    return refused(name, 'granularity', 'Granularity must be power of 2 and at least 512')
  }
  return ok(undefined)
}

/**
 * Whether a disk can have a size.
 *
 * @errors INVALID_ARG - it is not a safe integer from 0
 */
export function checkSize(size: number, functionName: string): VirResult<void> {
  if (Number.isSafeInteger(size) && size >= 0) return ok(undefined)
  const shown = typeof size === 'number' ? size : typeof size
  return refused(functionName, 'size', `size '${shown}' is not a number of bytes`)
}

/**
 * The granularity, in bytes, of a bitmap for which none is asked: the image's cluster size, but at least 4 KiB and at
 * most 64 KiB.
 *
 * @param clusterSize - Bytes; absent for a format without clusters, as raw
 */
export function defaultGranularity(clusterSize?: number): number {
  return Math.min(Math.max(clusterSize ?? 64 * KIB, 4 * KIB), 64 * KIB)
}
