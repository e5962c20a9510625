import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { replaceFile } from '../../../../src/drivers/qemu/state/state-files.ts'
import { unwrap } from '../../../../src/index.ts'

describe('replacing a file', () => {
  let folder: string
  const path = (name: string): string => join(folder, name)

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'virtdriver-files-'))
  })

  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  it('ends with what was written last, of writes at the same time', async () => {
    const texts = Array.from({ length: 20 }, (_, n) => `${n} `.repeat(10_000 - 400 * n))
    const written = await Promise.all(texts.map((text) => replaceFile(path('a.xml'), text)))
    for (const each of written) unwrap(each)
    expect(readFileSync(path('a.xml'), 'utf8')).toBe(texts.at(-1))
    expect(readdirSync(folder)).toStrictEqual(['a.xml'])
  })

  it('does not mind what an interrupted write left behind', async () => {
    writeFileSync(path('a.xml.new'), 'half of a longer document')
    unwrap(await replaceFile(path('a.xml'), 'whole'))
    expect(readFileSync(path('a.xml'), 'utf8')).toBe('whole')
    expect(readdirSync(folder)).toStrictEqual(['a.xml'])
  })

  it('goes on after a write that failed', async () => {
    const failed = replaceFile(path('b/a.xml'), 'no such folder')
    const again = replaceFile(path('b/a.xml'), 'no such folder')
    expect((await failed).isErr()).toBe(true)
    expect((await again).isErr()).toBe(true)
    unwrap(await replaceFile(path('a.xml'), 'whole'))
    expect(readFileSync(path('a.xml'), 'utf8')).toBe('whole')
  })
})
