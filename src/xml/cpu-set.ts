/** Sets of host processors in libvirt's notation: `0-3,^2,7`. @module */
import { ErrorDomain, ErrorNumber, virError } from '../errors/index.ts'
import type { VirError } from '../errors/index.ts'

/** How many host processors libvirt's sets can hold; its `VIR_DOMAIN_CPUMASK_LEN`. */
export const cpuSetSize = 16384

/** Reads a set of processors into its normal notation: ascending, ranges joined; libvirt's `virBitmapParse` and `virBitmapFormat`. */
export function normalizeCpuSet(text: string): string | VirError {
  const cpus = new Uint8Array(cpuSetSize)
  const parts = text.replace(/^\s+/, '').split(/,\s*/)
  // A comma at the end is accepted.
  if (parts.length > 1 && parts.at(-1) === '') parts.pop()
  for (const part of parts) if (!apply(part, cpus)) return malformed(text)
  return formatCpus(cpus)
}

function apply(part: string, cpus: Uint8Array): boolean {
  const match = /^(\^?)(\d+)\s*(?:-\s*\+?(\d+)\s*)?$/.exec(part)
  if (match === null) return false
  const [, not, first = '', last] = match
  const [from, to] = [Number(first), Number(last ?? first)]
  if (to < from || to >= cpuSetSize || (not === '^' && last !== undefined)) return false
  cpus.fill(not === '^' ? 0 : 1, from, to + 1)
  return true
}

function formatCpus(cpus: Uint8Array): string {
  const ranges: string[] = []
  for (let start = cpus.indexOf(1); start !== -1;) {
    const gap = cpus.indexOf(0, start)
    const end = (gap === -1 ? cpus.length : gap) - 1
    ranges.push(start === end ? String(start) : `${start}-${end}`)
    start = cpus.indexOf(1, end + 1)
  }
  return ranges.join(',')
}

function malformed(text: string): VirError {
  const detail = `Failed to parse bitmap '${text}'`
  return virError(ErrorNumber.INVALID_ARG, ErrorDomain.NONE, detail)
}
