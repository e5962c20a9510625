/**
 * A bitmap as bytes, in a format of this project. All numbers are little-endian.
 *
 * | at | bytes | what |
 * | --- | --- | --- |
 * | 0 | 8 | `vdbitmap` |
 * | 8 | 4 | version: 1 |
 * | 12 | 4 | granularity in bytes |
 * | 16 | 8 | size of the disk in bytes |
 * | 24 | 8 | number of dirty granules |
 * | 32 | … | records, in ascending order, that do not overlap |
 * | end - 4 | 4 | CRC-32 of all before it |
 *
 * A record starts with the number of a leaf (of 8192 granules) and a length, 4 bytes each. Length 0: the leaf's 1024
 * bytes of bits follow, lowest bit first. Otherwise so many leaves are wholly dirty, and nothing follows. What no record
 * tells of is clean.
 *
 * @module
 */
import { err, ok } from 'neverthrow'
import { ErrorDomain, invalidArgument, type VirResult } from '../errors/index.ts'
import {
  countOf,
  EMPTY,
  fill,
  FULL,
  insertLeaf,
  Leaf,
  LEAF_BITS,
  leafRuns,
  levelFor,
  type Slot,
} from './bit-tree.ts'
import { crc32 } from './crc32.ts'
import { checkGranularity, checkSize } from './granularity.ts'
import { findSet, popCount } from './words.ts'

const MAGIC = 'vdbitmap'
const VERSION = 1
const HEADER = 32
const RECORD = 8
const LEAF_BYTES = LEAF_BITS / 8
const CHECKSUM = 4

/** What a bitmap consists of. */
export interface BitmapParts {
  readonly size: number
  readonly granularity: number
  readonly root: Slot
  readonly level: number
}

/** Writes a bitmap. */
export function encodeBitmap(parts: BitmapParts): Uint8Array<ArrayBuffer> {
  const runs = [...leafRuns(parts.root, parts.level)]
  const bodies = runs.filter(({ slot }) => slot !== FULL).length
  const length = HEADER + runs.length * RECORD + bodies * LEAF_BYTES + CHECKSUM
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  bytes.set(new TextEncoder().encode(MAGIC))
  view.setUint32(8, VERSION, true)
  view.setUint32(12, parts.granularity, true)
  view.setBigUint64(16, BigInt(parts.size), true)
  view.setBigUint64(24, BigInt(countOf(parts.root, parts.level)), true)
  let at = HEADER
  for (const { index, leaves, slot } of runs) {
    view.setUint32(at, index, true)
    view.setUint32(at + 4, slot === FULL ? leaves : 0, true)
    at += RECORD
    if (slot === FULL) continue
    slot.words.forEach((word, number) => view.setUint32(at + number * 4, word, true))
    at += LEAF_BYTES
  }
  view.setUint32(at, crc32(bytes.subarray(0, at)), true)
  return bytes
}

function malformed(why: string): VirResult<never> {
  const text = `malformed dirty bitmap: ${why}`
  return err(invalidArgument(ErrorDomain.NONE, 'DirtyBitmap.deserialize', 'bytes', text))
}

/** Reads a bitmap, and believes nothing that it has not checked. */
export function decodeBitmap(bytes: Uint8Array): VirResult<BitmapParts> {
  if (!(bytes instanceof Uint8Array)) return malformed('no bytes')
  if (bytes.length < HEADER + CHECKSUM) return malformed('too short')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const magic = new TextDecoder('latin1').decode(bytes.subarray(0, MAGIC.length))
  if (magic !== MAGIC) return malformed('no such format')
  const version = view.getUint32(8, true)
  if (version !== VERSION) return malformed(`version ${version} is not known`)
  const end = bytes.length - CHECKSUM
  if (view.getUint32(end, true) !== crc32(bytes.subarray(0, end))) return malformed('bad checksum')
  const granularity = view.getUint32(12, true)
  const size = Number(view.getBigUint64(16, true))
  return checkSize(size, 'DirtyBitmap.deserialize')
    .andThen(() => checkGranularity(granularity))
    .andThen(() => {
      const bits = Math.ceil(size / granularity)
      return decodeRecords(view, end, bits)
    })
    .andThen((root) => {
      const level = levelFor(Math.ceil(size / granularity))
      const count = Number(view.getBigUint64(24, true))
      if (countOf(root, level) !== count) return malformed('wrong number of dirty granules')
      return ok({ size, granularity, root, level })
    })
}

function decodeRecords(view: DataView, end: number, bits: number): VirResult<Slot> {
  const level = levelFor(bits)
  let root: Slot = EMPTY
  let next = 0
  let at = HEADER
  while (at < end) {
    if (at + RECORD > end) return malformed('a record is cut off')
    const index = view.getUint32(at, true)
    const leaves = view.getUint32(at + 4, true)
    at += RECORD
    if (index < next) return malformed('records are not in order')
    next = index + Math.max(leaves, 1)
    if (leaves > 0) {
      if (next * LEAF_BITS > bits) return malformed('dirty beyond the end of the disk')
      root = fill(root, level, index * LEAF_BITS, next * LEAF_BITS, true)
    } else {
      if (at + LEAF_BYTES > end) return malformed('a record is cut off')
      const leaf = decodeLeaf(view, at)
      at += LEAF_BYTES
      if (leaf.count === 0 || leaf.count === LEAF_BITS) return malformed('a needless record')
      if (findSet(leaf.words, Math.min(Math.max(bits - index * LEAF_BITS, 0), LEAF_BITS)) >= 0) {
        return malformed('dirty beyond the end of the disk')
      }
      root = insertLeaf(root, level, index, leaf)
    }
  }
  return ok(root)
}

function decodeLeaf(view: DataView, at: number): Leaf {
  const words = Uint32Array.from({ length: LEAF_BITS / 32 }, (_, index) =>
    view.getUint32(at + index * 4, true),
  )
  return new Leaf(
    words,
    words.reduce((count, word) => count + popCount(word), 0),
  )
}
