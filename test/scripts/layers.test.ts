import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { builtinsReachedFrom, importsOf, violationsOf } from '../../scripts/layers.ts'

describe('violationsOf', () => {
  it.each([
    ['upwards', 'xml/x.ts', `import { open } from '../open.ts'`, 'open'],
    ['for types alone', 'bitmap/x.ts', `import type { Image } from '../block/index.ts'`, 'block'],
    ['by a re-export', 'block/x.ts', `export * from '../nbd/index.ts'`, 'nbd'],
    ['later', 'driver/x.ts', `await import('../drivers/test/index.ts')`, 'drivers/test'],
    ['in a type', 'qmp/x.ts', `type A = import('../nbd/index.ts').B`, 'nbd'],
    ['between drivers', 'drivers/test/x.ts', `import '../qemu/index.ts'`, 'drivers/qemu'],
    ['beside it', 'moments/x.ts', `import { a } from '../backup/plan.ts'`, 'backup'],
  ])('refuses a part that imports another one %s', (_, path, text, target) => {
    const part = path.replace('/x.ts', '')
    expect(violationsOf({ path, text })).toStrictEqual([
      `${path}: '${part}' may not import '${target}'`,
    ])
  })

  it.each(['node:fs', 'fs', 'node:fs/promises'])('refuses %s where a browser has to do', (name) => {
    expect(violationsOf({ path: 'block/x.ts', text: `import * as a from '${name}'` })).toHaveLength(
      1,
    )
  })

  it('refuses globals of Node where a browser has to do', () => {
    const text = `export const a = Buffer.from('a'); if (process.env.A) setImmediate(() => a)`
    expect(violationsOf({ path: 'xml/x.ts', text })).toStrictEqual([
      `xml/x.ts: 'xml' may not use Buffer`,
      `xml/x.ts: 'xml' may not use process`,
      `xml/x.ts: 'xml' may not use setImmediate`,
    ])
  })

  it('accepts a global of Node that is asked for first', () => {
    const text = `export const env = typeof process === 'undefined' ? {} : process.env`
    expect(violationsOf({ path: 'connection/x.ts', text })).toStrictEqual([])
  })

  it('takes members and comments that are called like a global for what they are', () => {
    const text = `/* process */ export const a = { process: 1 }; export const b = a.process`
    expect(violationsOf({ path: 'xml/x.ts', text })).toStrictEqual([])
  })

  it('refuses a part that has no rule', () => {
    expect(violationsOf({ path: 'helpers/x.ts', text: '' })).toHaveLength(1)
  })

  it.each([
    ['nbd/x.ts', `import { connect } from 'node:net'`],
    ['block/jobs/x.ts', `import { a } from '../image.ts'; import { b } from '../../bitmap/b.ts'`],
    ['testing/x.ts', `import { a } from '../drivers/test/index.ts'`],
  ])('accepts what %s does', (path, text) => {
    expect(violationsOf({ path, text })).toStrictEqual([])
  })
})

describe('importsOf', () => {
  it('tells types and later imports from what is loaded at once', () => {
    const text = `import type { A } from './a.ts'; import { b } from './b.ts'; void import('./c.ts')`
    expect(importsOf({ path: 'x.ts', text })).toStrictEqual([
      { specifier: './a.ts', isTypeOnly: true, isDynamic: false },
      { specifier: './b.ts', isTypeOnly: false, isDynamic: false },
      { specifier: './c.ts', isTypeOnly: false, isDynamic: true },
    ])
  })
})

describe('builtinsReachedFrom', () => {
  it('names the way to each module of Node', () => {
    const files: Readonly<Record<string, string>> = {
      'a.ts': `import './b/c.ts'; import type { D } from './d.ts'; void import('./d.ts')`,
      'b/c.ts': `import '../a.ts'; export * from 'node:fs'`,
      'd.ts': `import 'node:net'`,
    }
    expect(builtinsReachedFrom('a.ts', (path) => files[path] ?? '')).toStrictEqual([
      'a.ts -> b/c.ts -> node:fs',
    ])
  })

  it.each([
    'index.ts',
    'xml/index.ts',
    'bitmap/index.ts',
    'block/index.ts',
    'drivers/test/index.ts',
  ])('finds none behind %s, so that it loads in a browser', (entry) => {
    const root = join(import.meta.dirname, '..', '..', 'src')
    const read = (path: string): string => readFileSync(join(root, path), 'utf8')
    expect(builtinsReachedFrom(entry, read)).toStrictEqual([])
  })
})
