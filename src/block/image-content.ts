import { ok } from 'neverthrow'
import type { BlockResult } from './block-error.ts'
import type { ClusterState } from './cluster-map.ts'
import { ClusterMap } from './cluster-map.ts'
import type { FormatTraits, ImageFormat } from './image-format.ts'
import { formatTraits } from './image-format.ts'

/** Gives the bytes that a hole shows, for a write that covers only a part of a cluster. */
export type FillHole = (offset: number, target: Uint8Array) => BlockResult<void>

/** Bytes of one image in the same state. */
export interface ContentRun {
  readonly state: ClusterState
  /** The byte after the last one. */
  readonly end: number
}

/**
 * What one image stores, without its backing image: states and bytes of its clusters.
 *
 * Ranges are trusted here: they lie within the size. Bytes of the last cluster past the size are always zero.
 */
export class ImageContent {
  readonly format: ImageFormat
  readonly traits: FormatTraits
  readonly clusters: ClusterMap
  #size: number

  constructor(format: ImageFormat, size: number, clusterSize?: number) {
    this.format = format
    this.traits = formatTraits(format, clusterSize)
    this.clusters = new ClusterMap(this.traits.unit)
    this.#size = size
  }

  /** Bytes that the guest sees. */
  get size(): number {
    return this.#size
  }

  /** Bytes stored as one. */
  get unit(): number {
    return this.traits.unit
  }

  /** The state at `offset` and how far it holds, up to `end`. Formats without backing have zeroes for holes. */
  run(offset: number, end: number): ContentRun {
    const first = Math.floor(offset / this.unit)
    const run = this.clusters.run(first, Math.ceil(end / this.unit))
    const state = run.state === 'hole' && !this.traits.hasClusters ? 'zero' : run.state
    return { state, end: Math.min(end, run.end * this.unit) }
  }

  /** Copies bytes of clusters with data. */
  readData(offset: number, target: Uint8Array): void {
    for (let done = 0; done < target.length;) {
      const { index, at, length } = this.#piece(offset + done, target.length - done)
      const part = target.subarray(done, done + length)
      const page = this.clusters.page(index)
      if (page === undefined) part.fill(0)
      else page.readInto(at, part)
      done += length
    }
  }

  /** How many clusters of a range hold no data yet. */
  countWithoutData(offset: number, length: number): number {
    const end = Math.ceil((offset + length) / this.unit)
    let count = 0
    for (let index = Math.floor(offset / this.unit); index < end; index++) {
      if (this.clusters.page(index) === undefined) count++
    }
    return count
  }

  /** Stores bytes; a hole that is covered in part is filled first. Stops at the first fill that fails. */
  write(offset: number, source: Uint8Array, fill?: FillHole): BlockResult<void> {
    for (let done = 0; done < source.length;) {
      const { index, at, length, whole } = this.#piece(offset + done, source.length - done)
      if (!whole && fill !== undefined && this.clusters.state(index) === 'hole') {
        const filled = this.#fill(index, fill)
        if (filled.isErr()) return filled
      }
      this.clusters.write(index, at, source.subarray(done, done + length))
      done += length
    }
    return ok(undefined)
  }

  /** Makes a range read as zero: whole clusters lose their data, parts of clusters are overwritten. */
  writeZeroes(offset: number, length: number, fill?: FillHole): BlockResult<void> {
    const end = offset + length
    const { firstWhole, endWhole } = this.#wholeClusters(offset, end)
    if (firstWhole >= endWhole) return this.#zeroParts(offset, end, fill)
    const head = this.#zeroParts(offset, Math.min(end, firstWhole * this.unit), fill)
    if (head.isErr()) return head
    const tail = this.#zeroParts(Math.min(end, endWhole * this.unit), end, fill)
    if (tail.isErr()) return tail
    this.#dropClusters(firstWhole, endWhole)
    return ok(undefined)
  }

  /** Gives a range back: what it holds afterwards depends on the format, and is zero where it changes at all. */
  discard(offset: number, length: number, hasBacking: boolean): void {
    const end = offset + length
    const { firstWhole, endWhole } = this.#wholeClusters(offset, end)
    if (this.traits.discard === 'bytes') {
      this.#zeroStored(offset, Math.min(end, firstWhole * this.unit))
      if (firstWhole < endWhole) this.clusters.setHole(firstWhole, endWhole)
      this.#zeroStored(Math.max(offset, endWhole * this.unit), end)
    } else if (this.traits.discard === 'clusters') {
      // QEMU 7.2 keeps a hole without backing as it is; everything else becomes a zero cluster.
      for (let index = firstWhole; index < endWhole;) {
        const run = this.clusters.run(index, endWhole)
        if (run.state === 'data' || hasBacking) this.clusters.setZero(index, run.end)
        index = run.end
      }
    }
  }

  /** Changes the size. What is cut off is gone; what is added reads as a hole. */
  resize(size: number): void {
    if (size < this.#size) {
      this.#zeroStored(size, Math.min(this.#size, Math.ceil(size / this.unit) * this.unit))
      this.clusters.setHole(Math.ceil(size / this.unit), Math.ceil(this.#size / this.unit))
    }
    this.#size = size
  }

  #fill(index: number, fill: FillHole): BlockResult<void> {
    const start = index * this.unit
    const bytes = new Uint8Array(Math.min(this.unit, this.#size - start))
    const filled = fill(start, bytes)
    if (filled.isOk()) this.clusters.write(index, 0, bytes)
    return filled
  }

  #zeroParts(offset: number, end: number, fill: FillHole | undefined): BlockResult<void> {
    for (let at = offset; at < end;) {
      const piece = this.#piece(at, end - at)
      const state = this.clusters.state(piece.index)
      if (state === 'data' || (state === 'hole' && fill !== undefined)) {
        const written = this.write(at, new Uint8Array(piece.length), fill)
        if (written.isErr()) return written
      } else if (state === 'hole') {
        this.#dropClusters(piece.index, piece.index + 1)
      }
      at += piece.length
    }
    return ok(undefined)
  }

  #zeroStored(offset: number, end: number): void {
    for (let at = offset; at < end;) {
      const { index, length, at: within } = this.#piece(at, end - at)
      if (this.clusters.page(index) !== undefined) {
        this.clusters.write(index, within, new Uint8Array(length))
      }
      at += length
    }
  }

  #dropClusters(first: number, end: number): void {
    if (this.traits.hasClusters) this.clusters.setZero(first, end)
    else this.clusters.setHole(first, end)
  }

  /** The last cluster counts as whole when the range reaches the end of the image. */
  #wholeClusters(offset: number, end: number): { firstWhole: number; endWhole: number } {
    const endWhole = end === this.#size ? Math.ceil(end / this.unit) : Math.floor(end / this.unit)
    return { firstWhole: Math.ceil(offset / this.unit), endWhole }
  }

  #piece(offset: number, length: number): ContentPiece {
    const index = Math.floor(offset / this.unit)
    const at = offset - index * this.unit
    const inCluster = Math.min(length, this.unit - at)
    const clusterLength = Math.min(this.unit, this.#size - index * this.unit)
    return { index, at, length: inCluster, whole: inCluster === clusterLength }
  }
}

interface ContentPiece {
  readonly index: number
  readonly at: number
  readonly length: number
  readonly whole: boolean
}
