/**
 * Measures this library side by side with its peers, and prints a table for each theme.
 *
 * `npm run bench` runs all themes, `npm run bench -- xml bitmap` those that are named.
 *
 * @module
 */
import { type BenchTheme, printTable } from './table.ts'

const themes: Readonly<Record<string, () => Promise<{ readonly run: BenchTheme }>>> = {
  checkpoint: () => import('./checkpoint.ts'),
  domain: () => import('./domain.ts'),
  xml: () => import('./xml.ts'),
  backup: () => import('./backup.ts'),
  bitmap: () => import('./bitmap.ts'),
  model: () => import('./model.ts'),
  nbd: () => import('./nbd.ts'),
  qmp: () => import('./qmp.ts'),
  qemu: () => import('./qemu.ts'),
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(themes, name))
if (unknown.length > 0) {
  console.error(`No such theme: ${unknown.join(', ')}. There are ${Object.keys(themes).join(', ')}`)
  process.exitCode = 1
} else {
  for (const [name, load] of Object.entries(themes)) {
    if (asked.length > 0 && !asked.includes(name)) continue
    const { run } = await load()
    printTable(name, await run())
  }
}
