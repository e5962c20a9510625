/** Checks that all files of `src/` follow the layers; prints each violation and ends with status 1 when there is one. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { violationsOf } from './layers.ts'

const root = join(import.meta.dirname, '..', 'src')
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.ts'),
)
const violations = files.flatMap((path) =>
  violationsOf({ path, text: readFileSync(join(root, path), 'utf8') }),
)
for (const violation of violations) console.error(violation)
console.log(`${files.length} files, ${violations.length} layer violations`)
process.exitCode = violations.length === 0 ? 0 : 1
