/** Merging bitmaps and walking their extents, beside bare loops over typed arrays. @module */
import { DirtyBitmap } from '../src/bitmap/index.ts'
import { unwrap } from '../src/errors/index.ts'
import { type Rates, rateRow, repeat, takeTurns } from './measure.ts'
import { type BenchRow, duration } from './table.ts'

const TiB = 1024 ** 4
const granularity = 65_536
const seconds = 0.2

/** Which of the granules of a disk are dirty: runs of this length, one every so many granules. */
interface Pattern {
  readonly name: string
  readonly run: number
  readonly every: number
}

const patterns: readonly Pattern[] = [
  { name: 'every fourth granule dirty', run: 1, every: 4 },
  { name: '3 % dirty, in runs of 32', run: 32, every: 1024 },
  { name: '1,000 dirty spots', run: 1, every: 0 },
]

/** Measures disks of 1 TiB and 16 TiB at 64 KiB. */
export async function run(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = []
  for (const size of [TiB, 16 * TiB]) {
    for (const pattern of patterns) {
      // 67 million extents take seconds, and say what a sixteenth of them says.
      if (size > TiB && pattern.every === 4) continue
      const what = `${size / TiB} TiB, ${pattern.name}`
      const row = (name: string, rates: Rates): BenchRow =>
        rateRow(`${name}, ${what}`, 'bare loop', rates, (perSecond) => duration(1 / perSecond))
      const bench = new BitmapBench(size, pattern)
      rows.push(row('merge', await takeTurns(bench.merge, bench.mergeBare)))
      rows.push(row('extents', await takeTurns(bench.walk, bench.walkBare, 5)))
    }
  }
  return rows
}

/** The same bits as a bitmap of ours and as words. */
class BitmapBench {
  readonly #source: DirtyBitmap
  readonly #target: DirtyBitmap
  readonly #sourceWords: Uint32Array
  readonly #targetWords: Uint32Array
  readonly #extents: number

  constructor(size: number, pattern: Pattern) {
    const bits = size / granularity
    this.#source = unwrap(DirtyBitmap.create({ size, granularity }))
    this.#target = unwrap(DirtyBitmap.create({ size, granularity }))
    this.#sourceWords = new Uint32Array(bits / 32)
    this.#targetWords = new Uint32Array(bits / 32)
    const every = pattern.every === 0 ? Math.floor(bits / 1000) : pattern.every
    let extents = 0
    for (let start = 0; start + pattern.run <= bits; start += every) {
      this.#source.set(start * granularity, pattern.run * granularity)
      for (let bit = start; bit < start + pattern.run; bit++) setBit(this.#sourceWords, bit)
      // What is merged into has bits of its own, next to the others.
      const beside = Math.min(bits - 1, start + pattern.run)
      this.#target.set(beside * granularity, granularity)
      setBit(this.#targetWords, beside)
      extents++
    }
    this.#extents = extents
  }

  readonly merge = (): number => repeat(() => unwrap(this.#target.merge(this.#source)), seconds)

  readonly mergeBare = (): number =>
    repeat(() => {
      const [from, to] = [this.#sourceWords, this.#targetWords]
      for (let index = 0; index < to.length; index++) {
        to[index] = (to[index] ?? 0) | (from[index] ?? 0)
      }
    }, seconds)

  readonly walk = (): number =>
    repeat(() => {
      let count = 0
      for (const { length } of this.#source.extents()) if (length > 0) count++
      this.#check(count)
    }, seconds)

  readonly walkBare = (): number =>
    repeat(() => {
      let count = 0
      let end = 0
      walkWords(this.#sourceWords, (start, length) => {
        if (start > end || count === 0) count++
        end = start + length
      })
      this.#check(count)
    }, seconds)

  #check(count: number): void {
    if (count !== this.#extents) throw new Error(`${count} extents, not ${this.#extents}`)
  }
}

function setBit(words: Uint32Array, bit: number): void {
  const word = bit >>> 5
  words[word] = (words[word] ?? 0) | (1 << (bit & 31))
}

/** The plainest walk over runs of set bits: word by word, empty and full words in one step. */
function walkWords(words: Uint32Array, visit: (start: number, length: number) => void): void {
  for (let index = 0; index < words.length; index++) {
    let word = words[index] ?? 0
    if (word === 0) continue
    if (word === 0xffff_ffff) {
      visit(index * 32, 32)
      continue
    }
    let bit = index * 32
    while (word !== 0) {
      const zeroes = 31 - Math.clz32(word & -word)
      bit += zeroes
      word >>>= zeroes
      const ones = word === 0xffff_ffff ? 32 : 31 - Math.clz32(~word & (word + 1))
      visit(bit, ones)
      bit += ones
      word = ones === 32 ? 0 : word >>> ones
    }
  }
}
