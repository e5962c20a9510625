import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../shared/fixtures/libvirt/', import.meta.url))

/** libvirt's own test documents, which are not part of the project; a suite that needs them skips when they are missing. */
export const sharedFixtures = {
  missing: !existsSync(root),
  path: root,
  /** What the title of a suite says. */
  note: existsSync(root) ? '' : ' (skipped: ../shared/fixtures is missing)',
}

/** Lists a folder of libvirt's documents; empty when they are missing. */
export function listShared(folder: string): string[] {
  return sharedFixtures.missing ? [] : readdirSync(`${root}${folder}`).toSorted()
}

/** Reads one of libvirt's documents. */
export function readShared(path: string): string {
  return readFileSync(`${root}${path}`, 'utf8')
}

/** Reads rows that were recorded for this project: a text, and what was said of it. */
export function readRecorded<T>(
  name: string,
  isVerdict: (value: unknown) => value is T,
): [string, T][] {
  const file = readFileSync(new URL(`../fixtures/xml/${name}`, import.meta.url), 'utf8')
  const rows: unknown = JSON.parse(file)
  if (!Array.isArray(rows)) throw new Error(`${name} holds no rows`)
  return rows.map((row: unknown): [string, T] => {
    if (!Array.isArray(row)) throw new Error(`${name} holds more than rows`)
    const [text, verdict]: unknown[] = row
    if (typeof text === 'string' && isVerdict(verdict)) return [text, verdict]
    throw new Error(`${name} holds another row`)
  })
}
