/**
 * What a pull backup offers over NBD: each disk as it was when the backup began, and what had changed on it.
 *
 * @module
 */
import { err, ok } from 'neverthrow'
import { type BlockGraph, errnoOfError } from '../../block/index.ts'
import {
  NBD_BASE_ALLOCATION,
  NBD_DIRTY_BITMAP_PREFIX,
  NbdAllocationFlags,
  type NbdDescriptor,
  NbdErrno,
  type NbdExport,
  nbdRefusal,
  toNbdErrno,
} from '../../nbd/in-process.ts'

/** What is exported of one disk. */
export interface DiskExport {
  /** How clients ask for it. */
  readonly name: string
  /** The node of the scratch image: it holds what the guest has overwritten since, and the disk is below it. */
  readonly node: string
  /** The bitmap on that node that is offered beside the allocation; absent in a full backup. */
  readonly bitmap: string | undefined
}

const { HOLE, ZERO } = NbdAllocationFlags

/** Adapts the point in time of a disk to an export of the NBD server. */
export function diskExport(graph: BlockGraph, { name, node, bitmap }: DiskExport): NbdExport {
  const context = bitmap === undefined ? undefined : `${NBD_DIRTY_BITMAP_PREFIX}${bitmap}`
  return {
    name,
    size: graph.node(node)?.size ?? 0,
    ...(context !== undefined && { contexts: [context] }),
    read: (offset, length) =>
      graph
        .read(node, offset, length)
        .mapErr((error) => nbdRefusal(toNbdErrno(errnoOfError(error)), error.message)),
    extents: (asked, offset, length) => {
      if (asked === NBD_BASE_ALLOCATION) return ok(allocated(graph, node, offset, length))
      if (bitmap !== undefined && asked === context) {
        return ok(dirty(graph, { node, bitmap }, offset, length))
      }
      return err(nbdRefusal(NbdErrno.EINVAL, `context '${asked}' is not offered`))
    },
  }
}

function* allocated(
  graph: BlockGraph,
  node: string,
  offset: number,
  length: number,
): IterableIterator<NbdDescriptor> {
  for (const run of graph.allocation(node, offset, offset + length)) {
    // QEMU says both of everything that reads as zero, whether it is stored or not.
    yield { length: run.length, flags: run.state === 'data' ? 0 : HOLE | ZERO }
  }
}

function* dirty(
  graph: BlockGraph,
  { node, bitmap }: { readonly node: string; readonly bitmap: string },
  offset: number,
  length: number,
): IterableIterator<NbdDescriptor> {
  const bits = graph.node(node)?.bitmaps?.find(bitmap)?.bits
  const end = offset + length
  let at = offset
  for (const extent of bits?.extents({ offset, length }) ?? []) {
    if (extent.offset > at) yield { length: extent.offset - at, flags: 0 }
    yield { length: extent.length, flags: 1 }
    at = extent.offset + extent.length
  }
  if (at < end) yield { length: end - at, flags: 0 }
}
