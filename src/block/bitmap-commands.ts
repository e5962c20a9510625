/**
 * The commands on dirty bitmaps, each with the way to undo it inside a transaction.
 *
 * @module
 */
import { ok } from 'neverthrow'
import type { BlockResult } from './block-error.ts'
import { blockError, refuse } from './block-error.ts'
import type { BlockNode } from './node.ts'
import type { NodeBitmap } from './node-bitmap.ts'
import { emptyBits } from './node-bitmap.ts'
import type { AddBitmapOptions, NodeBitmaps } from './node-bitmaps.ts'

/** A bitmap by the node it is on and its name. */
export interface BitmapReference {
  readonly node: string
  readonly name: string
}

/** The arguments of `block-dirty-bitmap-add`. */
export interface BitmapAddArguments extends AddBitmapOptions {
  readonly node: string
}

/** The arguments of `block-dirty-bitmap-merge`. */
export interface BitmapMergeArguments {
  readonly node: string
  readonly target: string
  /** Names of bitmaps on the same node, or references to other nodes. */
  readonly bitmaps: readonly (string | BitmapReference)[]
}

/** A change that has been made and can still be taken back. */
export interface PreparedChange {
  /** Makes it final. */
  commit?(): void
  /** Takes it back. */
  abort?(): void
  /** Runs at the end, whatever happened. */
  clean?(): void
}

/** How commands find nodes: by the name of a node or of a device. */
export interface NodeLookup {
  find(name: string): BlockNode | undefined
  /** As `find`, with the error of commands that take either. */
  lookup(name: string): BlockResult<BlockNode>
}

const maxUint32 = 0xffff_ffff

/** `block-dirty-bitmap-add`. */
export function prepareAdd(
  nodes: NodeLookup,
  options: BitmapAddArguments,
): BlockResult<PreparedChange> {
  const { granularity } = options
  if (granularity !== undefined && !isUint32(granularity)) {
    return refuse("Parameter 'granularity' expects uint32_t")
  }
  return nodes.lookup(options.node).andThen(({ bitmaps }) => {
    if (bitmaps === undefined) {
      return refuse(`Cannot find device='${options.node}' nor node-name='${options.node}'`)
    }
    return bitmaps.add(options).map((bitmap) => ({ abort: () => bitmaps.drop(bitmap) }))
  })
}

/** `block-dirty-bitmap-remove`: until the commit the bitmap is busy and stays. */
export function prepareRemove(
  nodes: NodeLookup,
  reference: BitmapReference,
): BlockResult<PreparedChange> {
  return locate(nodes, reference).andThen(({ bitmap, bitmaps }) =>
    bitmap.check('remove').map(() => {
      bitmap.busy = true
      return {
        commit: () => bitmaps.drop(bitmap),
        abort: () => {
          bitmap.busy = false
        },
      }
    }),
  )
}

/** `block-dirty-bitmap-clear`. */
export function prepareClear(
  nodes: NodeLookup,
  reference: BitmapReference,
): BlockResult<PreparedChange> {
  return locate(nodes, reference).andThen(({ bitmap }) =>
    bitmap.check('change').map(() => {
      const before = bitmap.bits
      bitmap.bits = emptyBits(before.size, before.granularity)
      return {
        abort: () => {
          bitmap.bits = before
        },
      }
    }),
  )
}

/** `block-dirty-bitmap-enable` and `-disable`. */
export function prepareToggle(
  nodes: NodeLookup,
  reference: BitmapReference,
  enabled: boolean,
): BlockResult<PreparedChange> {
  return locate(nodes, reference).andThen(({ bitmap }) =>
    bitmap.check('toggle').map(() => {
      const before = bitmap.enabled
      bitmap.enabled = enabled
      return {
        abort: () => {
          bitmap.enabled = before
        },
      }
    }),
  )
}

/**
 * `block-dirty-bitmap-merge`.
 *
 * QEMU 7.2 crashes on an empty list of sources; here it is refused.
 */
export function prepareMerge(
  nodes: NodeLookup,
  { node, target, bitmaps }: BitmapMergeArguments,
): BlockResult<PreparedChange> {
  return locate(nodes, { node, name: target }).andThen(({ bitmap }) => {
    if (bitmaps.length === 0) return refuse("Parameter 'bitmaps' expects at least one bitmap")
    const before = bitmap.bits
    const merged = before.clone()
    for (const source of bitmaps) {
      const reference = typeof source === 'string' ? { node, name: source } : source
      const result = locate(nodes, reference).andThen((found) =>
        bitmap
          .check('change')
          .andThen(() => found.bitmap.check('read'))
          .andThen(() => merged.merge(found.bitmap.bits).mapErr((e) => blockError(e.message))),
      )
      if (result.isErr()) return result.map(() => ({}))
    }
    bitmap.bits = merged
    return ok({
      abort: () => {
        bitmap.bits = before
      },
    })
  })
}

function locate(
  nodes: NodeLookup,
  { node, name }: BitmapReference,
): BlockResult<{ readonly bitmap: NodeBitmap; readonly bitmaps: NodeBitmaps }> {
  const found = nodes.find(node)
  if (found === undefined) return refuse(`Node '${node}' not found`)
  const { bitmaps } = found
  if (bitmaps === undefined) return refuse(`Dirty bitmap '${name}' not found`)
  return bitmaps.require(name).map((bitmap) => ({ bitmap, bitmaps }))
}

function isUint32(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= maxUint32
}
