import type { Errno } from '../errors/index.ts'

/** A request on an image that can be made to fail. Zero writes and discards count as writes. */
export type FaultOperation = 'open' | 'create' | 'read' | 'write' | 'flush'

/** A fault as plain data: which requests on which path fail, and how. */
export interface ImageFault {
  readonly path: string
  readonly operation: FaultOperation
  /** The first request that fails, counted from 1 since the fault was added; 1 when absent. */
  readonly nth?: number
  /** How many requests fail one after the other; 1 when absent, Infinity for all. */
  readonly times?: number
  readonly errno: Errno
  /** Only requests that touch these bytes count. */
  readonly range?: { readonly offset: number; readonly length: number }
}

/** A fault that waits for its request. */
export interface ArmedFault {
  readonly fault: ImageFault
  /** How many requests have failed by it. */
  readonly hits: number
  /** Takes the fault away. */
  cancel(): void
}

interface FaultState extends ArmedFault {
  seen: number
  hits: number
}

/** The faults that wait for requests on the images of one store. */
export class FaultPlan {
  readonly #byPath = new Map<string, FaultState[]>()

  /** Adds a fault; several on one path count each for itself. */
  add(fault: ImageFault): ArmedFault {
    const state: FaultState = {
      fault,
      seen: 0,
      hits: 0,
      cancel: () => {
        const left = this.#byPath.get(fault.path)?.filter((other) => other !== state) ?? []
        if (left.length > 0) this.#byPath.set(fault.path, left)
        else this.#byPath.delete(fault.path)
      },
    }
    this.#byPath.set(fault.path, [...(this.#byPath.get(fault.path) ?? []), state])
    return state
  }

  /** Takes all faults away. */
  clear(): void {
    this.#byPath.clear()
  }

  /** Counts a request and tells with which errno it fails, if it does. */
  meet(path: string, operation: FaultOperation, offset: number, length: number): Errno | undefined {
    if (this.#byPath.size === 0) return undefined
    let errno: Errno | undefined
    for (const state of this.#byPath.get(path) ?? []) {
      if (state.fault.operation !== operation || !touches(state.fault, offset, length)) continue
      state.seen++
      const first = state.fault.nth ?? 1
      if (state.seen < first || state.seen >= first + (state.fault.times ?? 1)) continue
      state.hits++
      errno ??= state.fault.errno
    }
    return errno
  }
}

function touches({ range }: ImageFault, offset: number, length: number): boolean {
  return (
    range === undefined || (offset < range.offset + range.length && range.offset < offset + length)
  )
}
