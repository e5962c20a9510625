import type { BackupTarget } from './backup-target.ts'
import type {
  BitmapAddArguments,
  BitmapMergeArguments,
  BitmapReference,
} from './bitmap-commands.ts'
import type { BlockResult } from './block-error.ts'
import { failIo, refuse } from './block-error.ts'
import { chainRun } from './chain.ts'
import type { BlockDevice } from './device.ts'
import { readNode } from './device.ts'
import type { FormatNode } from './format-node.ts'
import type { ImageStore } from './image-store.ts'
import type { BlockdevBackupArguments, DriveBackupArguments } from './jobs/backup-arguments.ts'
import type { BlockEventListener } from './jobs/job-event.ts'
import { EventQueue } from './jobs/job-event.ts'
import { JobList } from './jobs/job-list.ts'
import type { BackupSurroundings } from './jobs/start-backup.ts'
import type { BlockNode } from './node.ts'
import type { BitmapInfo } from './node-bitmap.ts'
import type { AddNodeOptions } from './node-registry.ts'
import { NodeRegistry } from './node-registry.ts'
import type { JobScheduler } from './scheduler.ts'
import type { TransactionAction, TransactionOptions } from './transaction.ts'
import { runTransaction } from './transaction.ts'
import { Errno } from '../errors/index.ts'

/** What a graph runs on. */
export interface BlockGraphOptions {
  readonly store: ImageStore
  readonly scheduler: JobScheduler
  /** Receives the events of jobs, after the command or slice that caused them has settled. */
  readonly onEvent?: BlockEventListener
}

/** The block graph of one running machine: nodes, disks, dirty bitmaps and jobs, with QEMU's commands and words. */
export class BlockGraph {
  /** The jobs, and the commands on them. */
  readonly jobs: JobList
  readonly #nodes: NodeRegistry
  readonly #events: EventQueue
  readonly #surroundings: BackupSurroundings

  constructor(options: BlockGraphOptions) {
    const { store, scheduler, onEvent = () => undefined } = options
    this.#nodes = new NodeRegistry(store)
    this.#events = new EventQueue(onEvent)
    this.jobs = new JobList(scheduler, this.#events)
    this.#surroundings = { nodes: this.#nodes, jobs: this.jobs, scheduler }
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

  /** `blockdev-reopen`: makes a node writable, or stops it from being so; all else about it stays. */
  reopenNode(name: string, options: { readonly readOnly: boolean }): BlockResult<void> {
    return this.#nodes.reopen(name, options.readOnly)
  }

  /** The node of that name, or the topmost node of the device of that name. */
  node(name: string): BlockNode | undefined {
    return this.#nodes.find(name)
  }

  /** The names of all nodes, oldest first. */
  nodeNames(): readonly string[] {
    return [...this.#nodes.nodes].map(({ name }) => name)
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

  /**
   * Reads what an export of a node shows.
   *
   * Of the target of a running `sync: 'none'` backup that has the source below it, this is the point in time.
   */
  read(node: string, offset: number, length: number): BlockResult<Uint8Array> {
    const found = this.#nodes.find(node)
    return found === undefined ? failIo(Errno.ENODEV) : readNode(found, offset, length)
  }

  /**
   * Tells which bytes that an export of a node shows are data, in runs from `offset` up to `end`; the others read as zero.
   *
   * @returns Nothing for a node that is not there, or cannot be read
   */
  *allocation(
    node: string,
    offset: number,
    end: number,
  ): IterableIterator<{ readonly length: number; readonly state: 'data' | 'zero' }> {
    const layer = this.#nodes.find(node)?.layer
    if (layer === undefined) return
    for (let at = offset; at < end;) {
      const run = chainRun(layer, at, end)
      yield { length: run.end - at, state: run.state }
      at = run.end
    }
  }

  /**
   * `block_resize`.
   *
   * @param name - A device or a node
   */
  resize(name: string, size: number): BlockResult<void> {
    if (this.#nodes.find(name) === undefined && this.#nodes.device(name) === undefined) {
      return refuse(`Cannot find device='' nor node-name='${name}'`)
    }
    return this.#nodes.lookup(name).andThen((node) => {
      if (!Number.isSafeInteger(size) || size < 0)
        return refuse("Parameter 'size' expects a >0 size")
      const device = this.#nodes.device(name)
      const filter = [...node.parents].find(({ asNode }) => asNode?.kind === 'copy-before-write')
      if (node.blocker !== undefined || (filter !== undefined && device !== undefined)) {
        return refuse(`Device '${device?.name ?? '(null)'}' is in use`)
      }
      // Of a device QEMU takes the filter, which the job has; of a node it takes the node, whose size the filter relies on.
      return filter?.asNode === undefined ? node.resize(size) : refuseResize(node, filter.asNode)
    })
  }

  /** The dirty bitmaps of a node, newest first; absent when there is no such node. */
  queryBitmaps(node: string): readonly BitmapInfo[] | undefined {
    return this.#nodes.find(node)?.bitmaps?.query()
  }

  /** `block-dirty-bitmap-add`. */
  addBitmap(data: BitmapAddArguments): BlockResult<void> {
    return this.transaction([{ type: 'block-dirty-bitmap-add', data }])
  }

  /** `block-dirty-bitmap-remove`, with the copy that the image stores. */
  removeBitmap(data: BitmapReference): BlockResult<void> {
    return this.transaction([{ type: 'block-dirty-bitmap-remove', data }])
  }

  /** `block-dirty-bitmap-clear`. */
  clearBitmap(data: BitmapReference): BlockResult<void> {
    return this.transaction([{ type: 'block-dirty-bitmap-clear', data }])
  }

  /** `block-dirty-bitmap-enable`. */
  enableBitmap(data: BitmapReference): BlockResult<void> {
    return this.transaction([{ type: 'block-dirty-bitmap-enable', data }])
  }

  /** `block-dirty-bitmap-disable`. */
  disableBitmap(data: BitmapReference): BlockResult<void> {
    return this.transaction([{ type: 'block-dirty-bitmap-disable', data }])
  }

  /** `block-dirty-bitmap-merge`. */
  mergeBitmaps(data: BitmapMergeArguments): BlockResult<void> {
    return this.transaction([{ type: 'block-dirty-bitmap-merge', data }])
  }

  /** `blockdev-backup`: starts a backup into a node that exists. */
  blockdevBackup(data: BlockdevBackupArguments): BlockResult<void> {
    return this.transaction([{ type: 'blockdev-backup', data }])
  }

  /** `drive-backup`: starts a backup into a path. */
  driveBackup(data: DriveBackupArguments): BlockResult<void> {
    return this.transaction([{ type: 'drive-backup', data }])
  }

  /** `transaction`: does all of the actions at one instant, or none of them. */
  transaction(
    actions: readonly TransactionAction[],
    options: TransactionOptions = {},
  ): BlockResult<void> {
    return this.#events.settle(() => runTransaction(this.#surroundings, actions, options))
  }

  /** Ends the machine cleanly: jobs are cancelled, persistent bitmaps are stored, locks given up. */
  close(): void {
    this.jobs.cancelAll()
    this.#nodes.closeAll(true)
  }

  /**
   * Ends the machine as a power loss or a kill does: bitmaps are not stored and stay marked as in use. Jobs stop where
   * they are, without another event.
   */
  kill(): void {
    this.jobs.forgetAll()
    this.#nodes.closeAll(false)
  }
}

function refuseResize(node: BlockNode, filter: BlockNode): BlockResult<void> {
  return refuse(
    `Permission conflict on node '${node.name}': permissions 'resize' are both required by an unnamed block device ` +
      `(uses node '${node.name}' as 'root' child) and unshared by node '${filter.name}' (uses node '${node.name}' as 'file' child).`,
  )
}
