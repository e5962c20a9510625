import { ok } from 'neverthrow'
import type { BlockResult } from './block-error.ts'
import { refuse } from './block-error.ts'

/**
 * What a lock permits its holder: `write` excludes everybody else, `read` excludes writers, and `shared` permits writing
 * beside others who share.
 */
export type ImageLockMode = 'read' | 'write' | 'shared'

/** A lock that is held on an image. */
export interface HeldLock {
  readonly mode: ImageLockMode
  /** Gives the lock up; does nothing the second time. */
  release(): void
}

/** The lock of one image, as QEMU takes it for every node that opens the file. */
export class ImageLock {
  readonly #holders = new Set<HeldLock>()

  /** True when nobody may write but a holder. */
  get isHeld(): boolean {
    return this.#holders.size > 0
  }

  /** True when a holder may write. */
  get isHeldForWriting(): boolean {
    return [...this.#holders].some(({ mode }) => mode !== 'read')
  }

  /** Checks that a lock could be taken now. */
  check(mode: ImageLockMode): BlockResult<void> {
    if (mode === 'shared') return this.#checkShared()
    if (mode === 'write' && this.isHeld) return refuse('Failed to get "write" lock')
    if (this.isHeldForWriting) return refuse('Failed to get shared "write" lock')
    return ok(undefined)
  }

  /** Takes the lock. */
  acquire(mode: ImageLockMode): BlockResult<HeldLock> {
    return this.check(mode).map(() => {
      const lock: HeldLock = { mode, release: () => this.#holders.delete(lock) }
      this.#holders.add(lock)
      return lock
    })
  }

  /** Takes a lock in place of one that is held; on error that one stays. */
  exchange(held: HeldLock, mode: ImageLockMode): BlockResult<HeldLock> {
    this.#holders.delete(held)
    return this.acquire(mode).orTee(() => this.#holders.add(held))
  }

  #checkShared(): BlockResult<void> {
    const others = [...this.#holders].every(({ mode }) => mode === 'shared')
    return others ? ok(undefined) : refuse('Failed to get "write" lock')
  }
}
