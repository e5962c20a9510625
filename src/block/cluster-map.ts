import { Page } from './page.ts'
import { RunSet } from './run-set.ts'

const groupSize = 256
type Group = (Page | undefined)[]

/** What a cluster of one image is: stored bytes, known to be zero, or not there at all. */
export type ClusterState = 'data' | 'zero' | 'hole'

/** Clusters one after the other that are in the same state. */
export interface ClusterRun {
  readonly state: ClusterState
  /** The cluster after the last one. */
  readonly end: number
}

/**
 * Sparse storage by cluster index.
 *
 * Costs memory for clusters with data only; runs of zero clusters cost one entry each. Finding the next cluster with
 * data takes time by the number of groups of 256 clusters that hold any.
 */
export class ClusterMap {
  readonly clusterSize: number
  readonly #groups = new Map<number, Group>()
  /** May also name clusters that have a page: the page wins. */
  readonly #zero = new RunSet()
  /** The keys of the groups in order; made when it is asked for, and kept right from then on. */
  #order: number[] | undefined
  #pages = 0

  constructor(clusterSize: number) {
    this.clusterSize = clusterSize
  }

  /** How many clusters hold data. */
  get dataClusters(): number {
    return this.#pages
  }

  /** Bytes that are held in memory for the clusters with data. */
  get windowBytes(): number {
    let bytes = 0
    for (let index = this.nextPage(0); index !== Infinity; index = this.nextPage(index + 1)) {
      bytes += this.page(index)?.bytes.length ?? 0
    }
    return bytes
  }

  /** The page of a cluster with data. */
  page(index: number): Page | undefined {
    return this.#groups.get(Math.floor(index / groupSize))?.[index % groupSize]
  }

  /** What a cluster is. */
  state(index: number): ClusterState {
    if (this.page(index) !== undefined) return 'data'
    return this.#zero.endOfRunAt(index) === undefined ? 'hole' : 'zero'
  }

  /** What the cluster at `index` is, and how far that holds; `limit` ends the search. */
  run(index: number, limit: number): ClusterRun {
    if (this.page(index) !== undefined) {
      let end = index + 1
      while (end < limit && this.page(end) !== undefined) end++
      return { state: 'data', end }
    }
    const nextPage = Math.min(limit, this.nextPage(index))
    const zeroEnd = this.#zero.endOfRunAt(index)
    if (zeroEnd !== undefined) return { state: 'zero', end: Math.min(nextPage, zeroEnd) }
    return { state: 'hole', end: Math.min(nextPage, this.#zero.nextFrom(index)) }
  }

  /** The first cluster with data at or after `index`; Infinity when there is none. */
  nextPage(index: number): number {
    const group = Math.floor(index / groupSize)
    const inFirst = nextSlot(this.#groups.get(group), index % groupSize)
    if (inFirst !== undefined) return group * groupSize + inFirst
    const sorted = this.#groupOrder()
    for (let i = firstAbove(sorted, group); i < sorted.length; i++) {
      const key = sorted[i] ?? 0
      const slot = nextSlot(this.#groups.get(key), 0)
      if (slot !== undefined) return key * groupSize + slot
    }
    return Infinity
  }

  /** Puts a page in a cluster. */
  put(index: number, page: Page): void {
    const key = Math.floor(index / groupSize)
    let group = this.#groups.get(key)
    if (group === undefined) {
      group = []
      this.#groups.set(key, group)
      this.#order?.splice(firstAbove(this.#order, key), 0, key)
    }
    const slot = index % groupSize
    if (group[slot] === undefined) this.#pages++
    // Slots before the first one are filled, so that the array stays dense and cheap to scan.
    while (group.length < slot) group.push(undefined)
    group[slot] = page
  }

  /** Writes bytes within one cluster; what the cluster does not hold yet is zero. */
  write(index: number, at: number, source: Uint8Array): void {
    const page = this.page(index)
    if (page === undefined) {
      this.put(index, Page.of(this.clusterSize, at, source))
      return
    }
    const written = page.write(this.clusterSize, at, source)
    if (written !== page) this.put(index, written)
  }

  /** Marks the clusters `[start, end)` as zero and drops their data. */
  setZero(start: number, end: number): void {
    this.#dropPages(start, end)
    this.#zero.add(start, end)
  }

  /** Makes holes of the clusters `[start, end)`. */
  setHole(start: number, end: number): void {
    this.#dropPages(start, end)
    this.#zero.remove(start, end)
  }

  #dropPages(start: number, end: number): void {
    const order = this.#groupOrder()
    const first = firstAbove(order, Math.floor(start / groupSize) - 1)
    const kept: number[] = []
    let next = first
    for (; next < order.length; next++) {
      const key = order[next] ?? 0
      if (key * groupSize >= end) break
      if (this.#dropFromGroup(key, start, end)) kept.push(key)
    }
    // Only the first and the last group can have pages outside of the range.
    if (kept.length < next - first) order.splice(first, next - first, ...kept)
  }

  /** Drops the pages of one group; tells whether any are left. */
  #dropFromGroup(key: number, start: number, end: number): boolean {
    const group = this.#groups.get(key) ?? []
    const to = Math.min(group.length, end - key * groupSize)
    for (let slot = Math.max(0, start - key * groupSize); slot < to; slot++) {
      if (group[slot] === undefined) continue
      group[slot] = undefined
      this.#pages--
    }
    if (nextSlot(group, 0) !== undefined) return true
    this.#groups.delete(key)
    return false
  }

  #groupOrder(): number[] {
    this.#order ??= [...this.#groups.keys()].toSorted((a, b) => a - b)
    return this.#order
  }
}

function nextSlot(group: Group | undefined, from: number): number | undefined {
  if (group === undefined) return undefined
  for (let slot = from; slot < group.length; slot++) {
    if (group[slot] !== undefined) return slot
  }
  return undefined
}

function firstAbove(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? Infinity) > value) high = middle
    else low = middle + 1
  }
  return low
}
