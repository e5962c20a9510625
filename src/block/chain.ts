/**
 * Backing chains: an image over the image that shows through its holes.
 *
 * @module
 */
import { ok } from 'neverthrow'
import type { Errno } from '../errors/index.ts'
import type { BlockResult } from './block-error.ts'
import { failIo } from './block-error.ts'
import type { FillHole, ImageContent } from './image-content.ts'
import { Page } from './page.ts'

/** The most images that a chain may have. */
export const maxChainDepth = 200

/** One image of a chain, as far as reading needs it. */
export interface LayerImage {
  /** @internal */
  readonly content: ImageContent
  /** Counts a read request; gives the errno with which it fails, if it does. @internal */
  meetRead(offset: number, length: number): Errno | undefined
}

/** An image and what lies below it. */
export interface Layer {
  readonly image: LayerImage
  readonly backing: Layer | undefined
}

/** Bytes of a chain that have the same state and come from the same image. */
export interface ChainRun {
  /** `zero` also for what no image of the chain holds. */
  readonly state: 'data' | 'zero'
  /** How far down the image is that decides: 0 for the top one; absent when no image holds the bytes. */
  readonly depth: number | undefined
  /** The byte after the last one. */
  readonly end: number
}

/** Reads `target.length` bytes through the chain. Past the end of a shorter backing image there are zeroes. */
export function readLayers(layer: Layer, offset: number, target: Uint8Array): BlockResult<void> {
  const errno = layer.image.meetRead(offset, target.length)
  if (errno !== undefined) return failIo(errno)
  const { content } = layer.image
  const end = offset + target.length
  for (let at = offset; at < end;) {
    const run = content.run(at, end)
    const part = target.subarray(at - offset, run.end - offset)
    if (run.state === 'data') content.readData(at, part)
    else if (run.state === 'hole' && layer.backing !== undefined) {
      const below = readBelow(layer.backing, at, part)
      if (below.isErr()) return below
    } else part.fill(0)
    at = run.end
  }
  return ok(undefined)
}

/** Tells what the bytes at `offset` are and how far that holds, up to `end`. Makes no read request. */
export function chainRun(layer: Layer, offset: number, end: number): ChainRun {
  let until = end
  let depth = 0
  for (let at: Layer | undefined = layer; at !== undefined; at = at.backing, depth++) {
    const { content } = at.image
    if (offset >= content.size) return { state: 'zero', depth: undefined, end: until }
    const run = content.run(offset, Math.min(until, content.size))
    if (run.state !== 'hole') return { state: run.state, depth, end: run.end }
    // Past the end of this image there are zeroes, whatever the images below it hold there.
    until = run.end
  }
  return { state: 'zero', depth: undefined, end: until }
}

/** What a write that covers a part of a cluster puts around itself; absent when there is nothing below. */
export function fillFrom(backing: Layer | undefined): FillHole | undefined {
  return backing === undefined ? undefined : (offset, target) => readBelow(backing, offset, target)
}

/** Counts a read request on each image that the bytes would come from; gives the first errno. */
export function meetReads(layer: Layer, offset: number, length: number): Errno | undefined {
  const errno = layer.image.meetRead(offset, length)
  const { content } = layer.image
  const end = Math.min(offset + length, content.size)
  if (errno !== undefined || layer.backing === undefined) return errno
  for (let at = offset; at < end;) {
    const run = content.run(at, end)
    const below = run.state === 'hole' ? meetReads(layer.backing, at, run.end - at) : undefined
    if (below !== undefined) return below
    at = run.end
  }
  return undefined
}

/** True when clusters of a chain can be given to an image without copying: both store bytes in the same unit. */
export function canShareClusters(
  from: Layer,
  into: ImageContent,
  offset: number,
  length: number,
): boolean {
  const { unit } = into
  const end = offset + length
  if (offset % unit !== 0 || (end % unit !== 0 && end !== into.size)) return false
  for (let at: Layer | undefined = from; at !== undefined; at = at.backing) {
    if (at.image.content.unit !== unit) return false
  }
  return true
}

/** Copies whole clusters into an image by sharing their pages, without touching a byte. */
export function shareClusters(
  from: Layer,
  into: ImageContent,
  offset: number,
  length: number,
): void {
  const { unit } = into
  const end = offset + length
  for (let index = offset / unit; index * unit < end; index++) shareCluster(from, into, index)
}

function shareCluster(from: Layer, into: ImageContent, index: number): void {
  for (let at: Layer | undefined = from; at !== undefined; at = at.backing) {
    const { clusters, size } = at.image.content
    if (index * into.unit >= size) break
    const page = clusters.page(index)
    if (page !== undefined) {
      page.shared = true
      into.clusters.put(index, page)
      return
    }
    if (clusters.state(index) === 'zero') break
  }
  // What is copied as data is stored as data, also where it is zero.
  into.clusters.put(index, Page.zeroes)
}

function readBelow(backing: Layer, offset: number, target: Uint8Array): BlockResult<void> {
  const inside = Math.max(0, Math.min(target.length, backing.image.content.size - offset))
  target.fill(0, inside)
  return inside === 0 ? ok(undefined) : readLayers(backing, offset, target.subarray(0, inside))
}
