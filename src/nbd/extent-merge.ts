import type { NbdDescriptor } from './codec/block-status.ts'
import type { NbdExtent } from './reader.ts'

/** What is known of one context: its name, and its descriptors from a common offset on. */
export interface ContextDescriptors {
  readonly name: string
  readonly descriptors: Iterable<NbdDescriptor>
}

/**
 * Lays the descriptors of several contexts over each other: an extent ends where one of them ends.
 *
 * It stops at `end` or where the first context has no more to say.
 */
export function* mergeContexts(
  offset: number,
  end: number,
  contexts: readonly ContextDescriptors[],
): Generator<NbdExtent> {
  const cursors = contexts.map(({ name, descriptors }) => new DescriptorCursor(name, descriptors))
  const flagSets = new FlagSets(contexts.map(({ name }) => name))
  try {
    let at = offset
    while (at < end) {
      let length = end - at
      for (const cursor of cursors) {
        if (!cursor.fill()) return
        length = Math.min(length, cursor.left)
      }
      yield { offset: at, length, flags: flagSets.of(cursors) }
      for (const cursor of cursors) cursor.left -= length
      at += length
    }
  } finally {
    for (const cursor of cursors) cursor.close()
  }
}

/** Makes one extent of neighbours that have the same flags, however many replies they came in. */
export class ExtentJoiner {
  #open: { readonly offset: number; length: number; readonly flags: NbdExtent['flags'] } | undefined

  /** Takes the next extent; gives the one before it when that is complete. */
  add(extent: NbdExtent): NbdExtent | undefined {
    const open = this.#open
    if (open !== undefined && sameFlags(open.flags, extent.flags)) {
      open.length += extent.length
      return undefined
    }
    this.#open = { ...extent }
    return open
  }

  /** Takes extents; gives those that are complete. */
  *addAll(extents: Iterable<NbdExtent>): Generator<NbdExtent> {
    for (const extent of extents) {
      const complete = this.add(extent)
      if (complete !== undefined) yield complete
    }
  }

  /** Gives the last extent. */
  finish(): NbdExtent | undefined {
    const open = this.#open
    this.#open = undefined
    return open
  }
}

/** Fills what lies between dirty extents with clean ones: a dirty bitmap as a list of descriptors. */
export function* dirtyDescriptors(
  dirty: Iterable<{ readonly offset: number; readonly length: number }>,
  offset: number,
  length: number,
): Generator<NbdDescriptor> {
  const end = offset + length
  let at = offset
  for (const extent of dirty) {
    const from = Math.max(at, extent.offset)
    const until = Math.min(end, extent.offset + extent.length)
    if (from >= end) break
    if (until <= from) continue
    if (from > at) yield { length: from - at, flags: 0 }
    yield { length: until - from, flags: 1 }
    at = until
  }
  if (at < end) yield { length: end - at, flags: 0 }
}

/** One context's place in its descriptors. */
class DescriptorCursor {
  readonly name: string
  readonly #descriptors: Iterator<NbdDescriptor>
  /** Bytes left of the present descriptor. */
  left = 0
  flags = 0

  constructor(name: string, descriptors: Iterable<NbdDescriptor>) {
    this.name = name
    this.#descriptors = descriptors[Symbol.iterator]()
  }

  /** Goes to the next descriptor when the present one is used up; gives whether there is one. */
  fill(): boolean {
    while (this.left <= 0) {
      const next = this.#descriptors.next()
      if (next.done === true) return false
      this.left = next.value.length
      this.flags = next.value.flags
    }
    return true
  }

  close(): void {
    this.#descriptors.return?.()
  }
}

/** Keeps one frozen record for each combination of flags, since there are few of them and many extents. */
class FlagSets {
  readonly #names: readonly string[]
  readonly #known = new Map<number | string, NbdExtent['flags']>()

  constructor(names: readonly string[]) {
    this.#names = names
  }

  of(cursors: readonly DescriptorCursor[]): NbdExtent['flags'] {
    const [first] = cursors
    const key =
      cursors.length === 1 && first !== undefined
        ? first.flags
        : cursors.map(({ flags }) => flags).join()
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const entries = this.#names.map((name, index) => [name, cursors[index]?.flags ?? 0] as const)
    const flags = Object.freeze(Object.fromEntries(entries))
    // A peer that makes up flags must not fill the memory.
    if (this.#known.size < 256) this.#known.set(key, flags)
    return flags
  }
}

function sameFlags(a: NbdExtent['flags'], b: NbdExtent['flags']): boolean {
  if (a === b) return true
  return Object.keys(a).every((name) => a[name] === b[name])
}
