import { ok, okAsync } from 'neverthrow'
import { dirtyDescriptors, type NbdDescriptor, type NbdExport } from '../../src/nbd/index.ts'

export const BITMAP = 'qemu:dirty-bitmap:backup-vda'

/** A disk as a pull backup shows it: read-only, with holes and a dirty bitmap. */
export interface PullDisk {
  readonly size: number
  /** Consecutive runs of data (0) and holes (3), to the end. */
  readonly allocation: readonly NbdDescriptor[]
  readonly dirty: readonly { readonly offset: number; readonly length: number }[]
}

/** The byte that every test disk has at an offset where it has data. */
export function byteAt(offset: number): number {
  return ((offset * 31) ^ (offset >>> 9)) & 0xff || 1
}

/** Gives what a disk holds. */
export function contentOf(disk: PullDisk, offset: number, length: number): Uint8Array {
  const data = new Uint8Array(length)
  let start = 0
  for (const { length: run, flags } of disk.allocation) {
    const from = Math.max(start, offset)
    const until = Math.min(start + run, offset + length)
    if (flags === 0) for (let at = from; at < until; at++) data[at - offset] = byteAt(at)
    start += run
  }
  return data
}

/** Makes an export of a disk. It throws when it is asked for anything outside of the disk. */
export function pullExport(name: string, disk: PullDisk, later = false): NbdExport {
  const check = (offset: number, length: number): void => {
    if (offset < 0 || length < 0 || offset + length > disk.size) {
      throw new Error(`Asked for ${length} bytes at ${offset}`)
    }
  }
  return {
    name,
    size: disk.size,
    contexts: [BITMAP],
    read: (offset, length) => {
      check(offset, length)
      const data = contentOf(disk, offset, length)
      return later ? okAsync(data) : ok(data)
    },
    extents: (context, offset, length) => {
      check(offset, length)
      const list =
        context === BITMAP
          ? dirtyDescriptors(disk.dirty, offset, length)
          : allocationFrom(disk.allocation, offset)
      return later ? okAsync(list) : ok(list)
    },
  }
}

function* allocationFrom(
  allocation: readonly NbdDescriptor[],
  offset: number,
): Generator<NbdDescriptor> {
  let start = 0
  for (const { length, flags } of allocation) {
    const end = start + length
    if (end > offset) yield { length: end - Math.max(start, offset), flags }
    start = end
  }
}
