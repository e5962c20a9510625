import { readFileSync } from 'node:fs'
import type { Outcome } from './scenario.ts'

/** One operation that was performed on libvirt 9.0.0, with what came of it. */
export interface Row {
  readonly n: number
  readonly op: string
  readonly pre: string
  readonly ok: boolean
  readonly ret: unknown
  readonly error: {
    readonly code: number
    readonly domain: number
    readonly message: string
  } | null
  /** JSON of what was seen beside the result. */
  readonly note: string
}

const matrix = new URL('../../fixtures/matrix.json', import.meta.url)

/** All operations that were recorded. */
export const rows: readonly Row[] = JSON.parse(readFileSync(matrix, 'utf8'))

/** Rows whose values depend on how fast the recording machine copied. */
const raced: ReadonlySet<number> = new Set([170, 172, 173, 359, 365, 379])

const racedKeys: ReadonlySet<string> = new Set([
  'disk_processed',
  'disk_remaining',
  'disk_temp_used',
])

/** Rows of which it is chance which disk ends first. */
const eitherFirst: ReadonlySet<number> = new Set([173])

/** Rows that libvirt lists in the order of a hash table. */
const unordered: ReadonlySet<number> = new Set([235, 238, 239])

/** Brings what is of one machine and one moment to what is of all. */
export function generalized(n: number, value: unknown): unknown {
  const disks = new Set<unknown>()
  const text = JSON.stringify(value, (key, part: unknown) => {
    if (key === 'time_elapsed') return '<ms>'
    if (key === 'dst' && eitherFirst.has(n)) return `<disk ${disks.add(part).size}>`
    const isRaced = raced.has(n) && racedKeys.has(key)
    return isRaced ? '<bytes>' : part
  })
  const general: unknown = JSON.parse(
    text.replaceAll(/\b1[67]\d{8}\b/g, '<time>').replaceAll(/index='\d+'/g, 'index'),
  )
  return unordered.has(n) && Array.isArray(general) ? general.map(String).toSorted() : general
}

/** A recorded row: where something was noted beside the result, that says more. */
export function recorded({ ok, ret, error, note }: Row): unknown {
  if (!ok && error !== null) {
    const { code, domain, message } = error
    return { code, domain, message }
  }
  return note === '' || note === '[]' ? ret : JSON.parse(note)
}

/** What a caller sees of an outcome. */
export function seen(outcome: Outcome): unknown {
  if (outcome.isOk()) return outcome.value
  const { code, domain, message } = outcome.error
  return { code, domain, message }
}
