/** Writes `docs/support.md`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { supportPage } from './support.ts'

writeFileSync(join(import.meta.dirname, '..', 'docs', 'support.md'), await supportPage())
