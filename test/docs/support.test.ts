import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { supportPage } from '../../scripts/support.ts'

it('docs/support.md says what the drivers have (npm run docs:support writes it)', async () => {
  const committed = readFileSync(join(import.meta.dirname, '../../docs/support.md'), 'utf8')
  expect(committed).toBe(await supportPage())
})
