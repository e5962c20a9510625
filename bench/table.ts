/** What every theme of the bench gives, and how it is printed. @module */

/** One comparison. */
export interface BenchRow {
  readonly name: string
  readonly ours: string
  /** Who is compared with and what it reaches, or why it is not there. */
  readonly peer: string
  /** Above 1: ours is better, but for times. Absent when there is no peer. */
  readonly ratio: number | undefined
  /** Of times, below 1 is better, and the table says so. */
  readonly ratioOf?: 'times'
}

/** One theme: measures everything, and gives a row for each comparison. */
export type BenchTheme = () => Promise<readonly BenchRow[]>

/** A comparison that cannot be made; printed, so that nobody takes silence for success. */
export function skipped(name: string, missing: string): BenchRow {
  return { name, ours: '-', peer: `SKIPPED: ${missing} is not installed`, ratio: undefined }
}

/** Prints a theme as a table in Markdown, with the columns aligned for the terminal. */
export function printTable(theme: string, rows: readonly BenchRow[]): void {
  const cells = [
    ['name', 'ours', 'peer', 'ratio'],
    ...rows.map((row) => [row.name, row.ours, row.peer, ratioText(row)]),
  ]
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`
  const [head = [], ...body] = cells
  const rule = widths.map((width) => '-'.repeat(width))
  console.log(`\n## ${theme}\n\n${[head, rule, ...body].map(line).join('\n')}`)
}

function ratioText({ ratio, ratioOf }: BenchRow): string {
  if (ratio === undefined) return '-'
  return ratioOf === 'times' ? `${ratio.toFixed(2)} of the time` : ratio.toFixed(2)
}

/** Writes a rate with three significant digits: `13,400/s`. */
export function rate(perSecond: number, unit = ''): string {
  const digits = perSecond >= 100 ? 0 : perSecond >= 10 ? 1 : 2
  const number = Number(perSecond.toPrecision(3)).toLocaleString('en-US', {
    maximumFractionDigits: digits,
  })
  return `${number}${unit === '' ? '' : ` ${unit}`}/s`
}

/** Writes a duration in the unit that fits: `1.25 ms`. */
export function duration(seconds: number): string {
  if (seconds >= 1) return `${seconds.toFixed(2)} s`
  if (seconds >= 1e-3) return `${(seconds * 1e3).toFixed(2)} ms`
  return `${(seconds * 1e6).toFixed(1)} µs`
}
