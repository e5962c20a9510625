/**
 * What all nodes of a block graph have in common.
 *
 * @module
 */
import type { BlockResult } from './block-error.ts'
import type { Layer } from './chain.ts'
import type { NodeBitmaps } from './node-bitmaps.ts'

/** Something that has a node below it: another node, a device, or a job. */
export interface NodeParent {
  /** Puts another node in the place of a child. */
  replaceChild(from: BlockNode, to: BlockNode): void
  /** The node that this parent is; absent for devices and jobs. */
  readonly asNode?: BlockNode
  /** The name of the device that this parent is; absent for others. */
  readonly deviceName?: string
}

/** A node of a block graph: an image, or a filter above one. */
export interface BlockNode {
  /** Unique in its graph. */
  readonly name: string
  readonly kind: 'format' | 'copy-before-write' | 'target'
  readonly readOnly: boolean
  /** Bytes that a reader sees. */
  readonly size: number
  /** Who has this node as a child. @internal */
  readonly parents: Set<NodeParent>
  /** The nodes directly below. @internal */
  readonly children: readonly BlockNode[]
  /** Why commands that would change the graph here are refused; absent when they are not. */
  blocker: string | undefined
  /** The dirty bitmaps; absent for nodes that cannot have any. */
  readonly bitmaps: NodeBitmaps | undefined
  /** What a reader sees; absent for a target that cannot be read. @internal */
  readonly layer: Layer | undefined

  /** Writes bytes. The bitmaps record it, also when it fails. @internal */
  write(offset: number, bytes: Uint8Array): BlockResult<void>
  /** Makes bytes read as zero. @internal */
  writeZeroes(offset: number, length: number): BlockResult<void>
  /** Gives bytes back; does nothing on a node that ignores discards. @internal */
  discard(offset: number, length: number): BlockResult<void>
  /** Waits for nothing, but can meet a fault. @internal */
  flush(): BlockResult<void>
  /** Changes the size, with the bitmaps. @internal */
  resize(size: number): BlockResult<void>
  /** Lets the node go: bitmaps are stored when `clean`, locks are given up. @internal */
  close(clean: boolean): void
}

/** The name of the device that has the node as its root. */
export function deviceNameAbove(node: BlockNode): string | undefined {
  for (const { deviceName } of node.parents) {
    if (deviceName !== undefined) return deviceName
  }
  return undefined
}

/** Makes a node the child of a parent. */
export function adopt(parent: NodeParent, child: BlockNode): void {
  child.parents.add(parent)
}

/** Ends that. */
export function abandon(parent: NodeParent, child: BlockNode): void {
  child.parents.delete(parent)
}

/**
 * Puts a filter above a node: who had the node as a child has the filter now.
 *
 * What the filter itself reaches keeps the node: the target of a backup may have its source as backing.
 */
export function insertAbove(node: BlockNode, filter: BlockNode): void {
  const below = reachable(filter)
  for (const parent of node.parents) {
    if (parent.asNode !== undefined && below.has(parent.asNode)) continue
    parent.replaceChild(node, filter)
    abandon(parent, node)
    adopt(parent, filter)
  }
}

/** Takes a filter out again: who had it as a child has the node below it. */
export function removeAbove(filter: BlockNode, node: BlockNode): void {
  for (const parent of filter.parents) {
    parent.replaceChild(filter, node)
    abandon(parent, filter)
    adopt(parent, node)
  }
}

function reachable(from: BlockNode): ReadonlySet<BlockNode> {
  const found = new Set<BlockNode>([from])
  // A set may grow while it is walked over; the walk sees what was added.
  for (const node of found) {
    for (const child of node.children) found.add(child)
  }
  return found
}
