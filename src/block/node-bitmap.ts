/**
 * One dirty bitmap of a block node, with the states that QEMU keeps about it.
 *
 * @module
 */
import { ok } from 'neverthrow'
import { DirtyBitmap } from '../bitmap/index.ts'
import type { BlockResult } from './block-error.ts'
import { refuse } from './block-error.ts'

/** A use of a bitmap, by what it tolerates. */
export type BitmapUse = 'change' | 'read' | 'remove' | 'toggle'

/** What a query says about a bitmap; the fields of QAPI's BlockDirtyInfo. */
export interface BitmapInfo {
  /** Absent for the anonymous bitmaps of jobs. */
  readonly name?: string
  /** Bytes: dirty granules times the granularity. */
  readonly count: number
  /** Bytes. */
  readonly granularity: number
  /** True when guest writes are recorded, directly or through a successor. */
  readonly recording: boolean
  readonly busy: boolean
  readonly persistent: boolean
  /** True when the stored copy was still in use at loading; absent otherwise. */
  readonly inconsistent?: true
}

/** What a bitmap starts as. */
export interface NodeBitmapOptions {
  readonly name?: string
  readonly bits: DirtyBitmap
  readonly enabled?: boolean
  readonly persistent?: boolean
  readonly readOnly?: boolean
  readonly inconsistent?: boolean
}

/** A dirty bitmap of a block node. */
export class NodeBitmap {
  readonly name: string | undefined
  /** What is dirty; replaced when a backup hands over to the successor. */
  bits: DirtyBitmap
  /** Whether it records guest writes itself. */
  enabled: boolean
  /** In use by a job, an export or a removal that is not committed yet. */
  busy = false
  readonly persistent: boolean
  /** Whether it is stored in an image that is not open for writing. */
  readOnly: boolean
  readonly inconsistent: boolean
  /** Records in its place while a backup uses it. @internal */
  successor: NodeBitmap | undefined

  /** @internal */
  constructor(options: NodeBitmapOptions) {
    this.name = options.name
    this.bits = options.bits
    this.enabled = options.enabled ?? true
    this.persistent = options.persistent ?? false
    this.readOnly = options.readOnly ?? false
    this.inconsistent = options.inconsistent ?? false
  }

  /** Checks that it can be used now, with QEMU's words if not. @internal */
  check(use: BitmapUse): BlockResult<void> {
    if (this.busy) {
      return refuse(
        `Bitmap '${this.#label}' is currently in use by another operation and cannot be used`,
      )
    }
    if (this.readOnly && (use === 'change' || use === 'remove')) return this.checkWritable()
    if (this.inconsistent && use !== 'remove') {
      return refuse(`Bitmap '${this.#label}' is inconsistent and cannot be used`)
    }
    return ok(undefined)
  }

  /** Checks that the bits may change. @internal */
  checkWritable(): BlockResult<void> {
    return this.readOnly
      ? refuse(`Bitmap '${this.#label}' is readonly and cannot be modified`)
      : ok(undefined)
  }

  /** Records a write of the guest. @internal */
  mark(offset: number, length: number): void {
    if (this.enabled) this.bits.set(offset, length)
  }

  /** Describes it as a query does. */
  info(): BitmapInfo {
    return {
      ...(this.name !== undefined && { name: this.name }),
      count: this.inconsistent ? 0 : this.bits.dirtyBytes,
      granularity: this.bits.granularity,
      recording: this.enabled || this.successor?.enabled === true,
      busy: this.busy,
      persistent: this.persistent,
      ...(this.inconsistent && { inconsistent: true }),
    }
  }

  get #label(): string {
    return this.name ?? ''
  }
}

/** A bitmap with nothing dirty; size and granularity must have been checked. */
export function emptyBits(size: number, granularity: number): DirtyBitmap {
  const created = DirtyBitmap.create({ size, granularity })
  if (created.isErr()) throw new Error(`no bitmap of granularity ${granularity} over ${size} bytes`)
  return created.value
}
