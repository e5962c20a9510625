/**
 * Checks of the bytes that a request names.
 *
 * @module
 */
import { ok } from 'neverthrow'
import { Errno } from '../errors/index.ts'
import type { BlockResult } from './block-error.ts'
import { failIo } from './block-error.ts'

/** Checks that a request lies within a disk; QEMU fails one that does not with EIO. */
export function checkRange(offset: number, length: number, size: number): BlockResult<void> {
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length)
  return whole && offset >= 0 && length >= 0 && offset + length <= size
    ? ok(undefined)
    : failIo(Errno.EIO)
}

/** Allocates zeroed memory; ENOMEM when there is not that much. */
export function allocateBytes(length: number): BlockResult<Uint8Array> {
  try {
    return ok(new Uint8Array(length))
  } catch {
    return failIo(Errno.ENOMEM)
  }
}
