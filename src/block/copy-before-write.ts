import { err, ok } from 'neverthrow'
import { Errno } from '../errors/index.ts'
import type { BlockCopy } from './block-copy.ts'
import type { BlockResult } from './block-error.ts'
import { errnoOfError, failIo, ioError } from './block-error.ts'
import { checkRange } from './byte-range.ts'
import type { Layer } from './chain.ts'
import { readLayers } from './chain.ts'
import type { BlockNode, NodeParent } from './node.ts'
import { abandon, adopt, insertAbove, removeAbove } from './node.ts'

/** What gives way when old bytes cannot be saved: the guest's write, or the point in time. */
export type CopyFailureMode = 'break-guest-write' | 'break-snapshot'

/**
 * The filter above a disk of which a point in time is kept: before the guest overwrites a cluster of the plan, the
 * old bytes go to the target.
 */
export class CopyBeforeWrite implements BlockNode, NodeParent {
  readonly kind = 'copy-before-write'
  readonly name: string
  readonly readOnly = false
  readonly parents: Set<NodeParent> = new Set()
  readonly bitmaps = undefined
  readonly copy: BlockCopy
  blocker: string | undefined
  readonly #target: BlockNode
  readonly #onFailure: CopyFailureMode
  #source: BlockNode
  #broken = false

  constructor(
    name: string,
    source: BlockNode,
    target: BlockNode,
    copyOver: (source: () => Layer) => BlockCopy,
    onFailure: CopyFailureMode = 'break-guest-write',
  ) {
    this.name = name
    this.#source = source
    this.#target = target
    this.#onFailure = onFailure
    this.copy = copyOver(() => this.layer)
  }

  get asNode(): BlockNode {
    return this
  }

  get size(): number {
    return this.#source.size
  }

  get children(): readonly BlockNode[] {
    return [this.#source, this.#target]
  }

  get layer(): Layer {
    const { layer } = this.#source
    if (layer === undefined) throw new Error(`node '${this.#source.name}' cannot be read`)
    return layer
  }

  /** The node whose point in time is kept. */
  get source(): BlockNode {
    return this.#source
  }

  /** Puts the filter above its source. */
  insert(): void {
    insertAbove(this.#source, this)
    adopt(this, this.#source)
    adopt(this, this.#target)
  }

  /** Takes the filter out again. */
  remove(): void {
    abandon(this, this.#source)
    abandon(this, this.#target)
    removeAbove(this, this.#source)
  }

  write(offset: number, bytes: Uint8Array): BlockResult<void> {
    return this.#save(offset, bytes.length).andThen(() => this.#source.write(offset, bytes))
  }

  writeZeroes(offset: number, length: number): BlockResult<void> {
    return this.#save(offset, length).andThen(() => this.#source.writeZeroes(offset, length))
  }

  discard(offset: number, length: number): BlockResult<void> {
    return this.#save(offset, length).andThen(() => this.#source.discard(offset, length))
  }

  flush(): BlockResult<void> {
    return this.#source.flush()
  }

  resize(): BlockResult<void> {
    return failIo(Errno.ENOTSUP)
  }

  /**
   * Reads the point in time: saved clusters from the target, the others from the source.
   *
   * @errors SYSTEM_ERROR with EACCES once the point in time is lost (`break-snapshot`)
   */
  readSnapshot(offset: number, target: Uint8Array): BlockResult<void> {
    const saved = this.#target.layer
    if (this.#broken || saved === undefined) return failIo(Errno.EACCES)
    const checked = checkRange(offset, target.length, this.size)
    if (checked.isErr()) return checked
    const end = offset + target.length
    const { plan } = this.copy
    for (let at = offset; at < end;) {
      const isPlanned = plan.has(at)
      const until = Math.min(end, (isPlanned ? plan.nextClean(at) : plan.nextDirty(at)) ?? end)
      const part = target.subarray(at - offset, until - offset)
      const read = readLayers(isPlanned ? this.layer : saved, at, part)
      if (read.isErr()) return read
      at = until
    }
    return ok(undefined)
  }

  replaceChild(from: BlockNode, to: BlockNode): void {
    if (this.#source === from) this.#source = to
  }

  close(): void {
    this.remove()
  }

  #save(offset: number, length: number): BlockResult<void> {
    if (this.#broken) return ok(undefined)
    const failure = this.copy.beforeWrite(offset, length)
    if (failure === undefined) return ok(undefined)
    if (this.#onFailure === 'break-guest-write') return err(ioError(errnoOfError(failure.error)))
    this.#broken = true
    return ok(undefined)
  }
}
