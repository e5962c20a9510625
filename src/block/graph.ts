import type {
  BitmapAddArguments,
  BitmapMergeArguments,
  BitmapReference,
  PreparedChange,
} from './bitmap-commands.ts'
import {
  prepareAdd,
  prepareClear,
  prepareMerge,
  prepareRemove,
  prepareToggle,
} from './bitmap-commands.ts'
import type { BackupTarget } from './backup-target.ts'
import type { BlockResult } from './block-error.ts'
import type { BlockDevice } from './device.ts'
import type { FormatNode } from './format-node.ts'
import type { ImageStore } from './image-store.ts'
import type { BlockNode } from './node.ts'
import type { BitmapInfo } from './node-bitmap.ts'
import type { AddNodeOptions } from './node-registry.ts'
import { NodeRegistry } from './node-registry.ts'
import type { JobScheduler } from './scheduler.ts'

/** What a graph runs on. */
export interface BlockGraphOptions {
  readonly store: ImageStore
  readonly scheduler: JobScheduler
}

/**
 * The block graph of one running machine: nodes, disks, dirty bitmaps and jobs, with QEMU's commands and words.
 */
export class BlockGraph {
  readonly #nodes: NodeRegistry

  constructor(options: BlockGraphOptions) {
    this.#nodes = new NodeRegistry(options.store)
  }

  /** `blockdev-add`: opens an image as a node. */
  addNode(options: AddNodeOptions): BlockResult<FormatNode> {
    return this.#nodes.addNode(options)
  }

  /** Makes a node of a backup target that is no image. */
  addTarget(name: string, target: BackupTarget): BlockResult<BlockNode> {
    return this.#nodes.addTarget(name, target)
  }

  /** `blockdev-del`: closes a node that nothing uses. */
  removeNode(name: string): BlockResult<void> {
    return this.#nodes.removeNode(name)
  }

  /** The node of that name. */
  node(name: string): BlockNode | undefined {
    return this.#nodes.find(name)
  }

  /** Puts a disk over a node; without one it is an empty drive. */
  addDevice(name: string, node?: string): BlockResult<BlockDevice> {
    return this.#nodes.addDevice(name, node)
  }

  /** Unplugs a disk; its nodes stay open. */
  removeDevice(name: string): BlockResult<void> {
    return this.#nodes.removeDevice(name)
  }

  /** The disk of that name. */
  device(name: string): BlockDevice | undefined {
    return this.#nodes.device(name)
  }

  /** The dirty bitmaps of a node, newest first; absent when there is no such node. */
  queryBitmaps(node: string): readonly BitmapInfo[] | undefined {
    return this.#nodes.find(node)?.bitmaps?.query()
  }

  /** `block-dirty-bitmap-add`. */
  addBitmap(options: BitmapAddArguments): BlockResult<void> {
    return finish(prepareAdd(this.#nodes, options))
  }

  /** `block-dirty-bitmap-remove`, with the copy that the image stores. */
  removeBitmap(reference: BitmapReference): BlockResult<void> {
    return finish(prepareRemove(this.#nodes, reference))
  }

  /** `block-dirty-bitmap-clear`. */
  clearBitmap(reference: BitmapReference): BlockResult<void> {
    return finish(prepareClear(this.#nodes, reference))
  }

  /** `block-dirty-bitmap-enable`. */
  enableBitmap(reference: BitmapReference): BlockResult<void> {
    return finish(prepareToggle(this.#nodes, reference, true))
  }

  /** `block-dirty-bitmap-disable`. */
  disableBitmap(reference: BitmapReference): BlockResult<void> {
    return finish(prepareToggle(this.#nodes, reference, false))
  }

  /** `block-dirty-bitmap-merge`. */
  mergeBitmaps(options: BitmapMergeArguments): BlockResult<void> {
    return finish(prepareMerge(this.#nodes, options))
  }

  /** Ends the machine cleanly: persistent bitmaps are stored, locks given up. */
  close(): void {
    this.#nodes.closeAll(true)
  }

  /** Ends the machine as a power loss or a kill does: bitmaps are not stored and stay marked as in use. */
  kill(): void {
    this.#nodes.closeAll(false)
  }
}

function finish(prepared: BlockResult<PreparedChange>): BlockResult<void> {
  return prepared.map((change) => {
    change.commit?.()
    change.clean?.()
  })
}
