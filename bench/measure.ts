/**
 * Measuring two sides side by side: they take turns in one run, so that a busy machine disturbs both, and the round whose
 * ratio is the median counts.
 *
 * @module
 */
import { type BenchRow, duration } from './table.ts'

/** Works for a while, and gives how often a second it did its piece of work. */
export type Side = () => number | Promise<number>

/** What was measured: pieces of work a second. */
export interface Rates {
  readonly ours: number
  readonly peer: number
}

const standardRounds = 7

/** Measures both sides in turn. The first round warms up and does not count. */
export async function takeTurns(ours: Side, peer: Side, rounds = standardRounds): Promise<Rates> {
  const measured: Rates[] = []
  for (let round = 0; round <= rounds; round++) {
    const rates = { ours: await ours(), peer: await peer() }
    if (round > 0) measured.push(rates)
  }
  return median(measured, ({ ours: mine, peer: theirs }) => mine / theirs)
}

/** Does its piece of work once, and gives the seconds that each part of it took. */
export type TimedSide = () => Promise<readonly number[]>

/** What was measured: seconds for a piece of work. */
export interface Times {
  readonly ours: number
  readonly peer: number
}

/** As {@link takeTurns}, with work that is too long to be repeated within a round: the medians of all rounds for each part. */
export async function takeTimedTurns(
  ours: TimedSide,
  peer: TimedSide,
  rounds: number,
): Promise<readonly Times[]> {
  const measured: { readonly ours: readonly number[]; readonly peer: readonly number[] }[] = []
  for (let round = 0; round <= rounds; round++) {
    const times = { ours: await ours(), peer: await peer() }
    if (round > 0) measured.push(times)
  }
  const middle = (side: keyof Times, part: number): number =>
    median(
      measured.map((times) => times[side][part] ?? NaN),
      (seconds) => seconds,
    )
  const parts = measured[0]?.ours ?? []
  return parts.map((_, part) => ({ ours: middle('ours', part), peer: middle('peer', part) }))
}

/** A comparison of times: the ratio is ours to the peer's, and below 1 ours is better. */
export function timeRow(name: string, peerName: string, { ours, peer }: Times): BenchRow {
  return {
    name,
    ours: duration(ours),
    peer: `${peerName} ${duration(peer)}`,
    ratio: ours / peer,
    ratioOf: 'times',
  }
}

/** A comparison of rates; `write` puts one to text. */
export function rateRow(
  name: string,
  peerName: string,
  { ours, peer }: Rates,
  write: (perSecond: number) => string,
): BenchRow {
  return { name, ours: write(ours), peer: `${peerName} ${write(peer)}`, ratio: ours / peer }
}

/** The element in the middle when sorted by a key. */
export function median<T>(values: readonly T[], key: (value: T) => number): T {
  const middle = values.toSorted((one, other) => key(one) - key(other))[values.length >> 1]
  if (middle === undefined) throw new Error('nothing was measured')
  return middle
}

/** How often a second a function runs, when it runs for `seconds`. @param batch - Runs between two looks at the clock */
export function repeat(work: () => unknown, seconds = 0.1, batch = 1): number {
  const start = performance.now()
  const end = start + seconds * 1000
  let runs = 0
  let now = start
  while (now < end) {
    for (let each = 0; each < batch; each++) work()
    runs += batch
    now = performance.now()
  }
  return (runs * 1000) / (now - start)
}

/** How often a second an awaited function runs, one call after the other. @param batch - As in {@link repeat} */
export async function repeatAwaited<T>(
  work: () => PromiseLike<T>,
  seconds = 0.2,
  batch = 1,
): Promise<number> {
  const start = performance.now()
  const end = start + seconds * 1000
  let runs = 0
  let now = start
  while (now < end) {
    for (let each = 0; each < batch; each++) await work()
    runs += batch
    now = performance.now()
  }
  return (runs * 1000) / (now - start)
}
