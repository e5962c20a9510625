import type { ConnectCloseReason } from '../../constants/index.ts'
import { ErrorNumber, type VirError, virError } from '../../errors/index.ts'
import type { CheckedFunction } from '../checks.ts'

/** Hears that the way to the hypervisor broke. */
export type CloseCallback = (reason: ConnectCloseReason) => void

/** The one callback that a program may register for the break of a connection. */
export class CloseCallbackSlot {
  readonly #kept: boolean
  #callback: CloseCallback | undefined

  /** @param kept - Whether the driver reports breaks. libvirt accepts a callback without that, and forgets it. */
  constructor(kept: boolean) {
    this.#kept = kept
  }

  get callback(): CloseCallback | undefined {
    return this.#callback
  }

  set(fn: CheckedFunction, callback: CloseCallback): VirError | undefined {
    if (!this.#kept) return undefined
    if (this.#callback !== undefined) return refused(fn, 'A close callback is already registered')
    this.#callback = callback
    return undefined
  }

  remove(fn: CheckedFunction, callback: CloseCallback): VirError | undefined {
    if (!this.#kept) return undefined
    if (this.#callback !== callback) return refused(fn, 'A different callback was requested')
    this.#callback = undefined
    return undefined
  }
}

function refused(fn: CheckedFunction, detail: string): VirError {
  return virError(ErrorNumber.OPERATION_INVALID, fn.errorDomain, detail)
}
