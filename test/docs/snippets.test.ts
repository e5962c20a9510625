import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { format } from 'node:util'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { readSnippets } from './snippets.ts'

const folder = mkdtempSync(join(tmpdir(), 'virtdriver-snippets-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** What the comments behind `console.log` calls say that is printed. */
function printedBy(code: string): string[] {
  return [...code.matchAll(/^ *console\.log\(.*\) \/\/ (.*)$/gm)].map((match) => match[1] ?? '')
}

describe('the examples of README and docs run as they are printed', () => {
  const snippets = readSnippets()

  it('there are some', () => {
    expect(snippets.length).toBeGreaterThan(3)
  })

  it.each(snippets.map((snippet, index) => ({ ...snippet, index })))(
    '$title',
    async ({ code, index }) => {
      const file = join(folder, `snippet-${index}.ts`)
      writeFileSync(file, code)
      const log = vi.spyOn(console, 'log').mockReturnValue()
      await import(file)
      const printed = log.mock.calls.map((parts) => format(...parts))
      log.mockRestore()
      expect(printed).toStrictEqual(printedBy(code))
    },
  )
})
