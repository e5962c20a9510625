import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSnippets } from '../docs/snippets.ts'
import { compile, type Consumer, installPackage, runNode } from './consumer.ts'

const compiler = createRequire(import.meta.url).resolve('typescript/lib/tsc.js')
/** `tsc.js` of the oldest TypeScript that is supported, 5.7; not everybody has one at hand. */
const oldest = process.env['TYPESCRIPT_OLDEST']
const { exports }: { exports: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'),
)
const subpaths = Object.keys(exports).filter((subpath) => subpath !== './package.json')
const specifiers = subpaths.map((subpath) => `virtdriver${subpath.slice(1)}`)

const folder = mkdtempSync(join(tmpdir(), 'virtdriver-package-'))
let consumer: Consumer

beforeAll(async () => {
  consumer = await installPackage(folder)
}, 180_000)

afterAll(() => {
  rmSync(folder, { recursive: true })
})

function list(name: string): string[] {
  return readdirSync(join(consumer.installed, name), { recursive: true, encoding: 'utf8' })
}

describe('the tarball', () => {
  it('holds the build, the sources and the papers, and nothing else', () => {
    expect(readdirSync(consumer.installed).toSorted()).toStrictEqual(
      ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json', 'src'].toSorted(),
    )
  })

  it('has the source of each file that a source map names', () => {
    const maps = list('dist').filter((name) => name.endsWith('.map'))
    const missing = maps.filter((name) => {
      const map = join(consumer.installed, 'dist', name)
      const { sources }: { sources: string[] } = JSON.parse(readFileSync(map, 'utf8'))
      return !sources.every((source) => existsSync(join(dirname(map), source)))
    })
    expect({ maps: maps.length > 0, missing }).toStrictEqual({ maps: true, missing: [] })
  })
})

describe('a program that has it installed', () => {
  it.each(specifiers)('imports %s', async (specifier) => {
    const code = `const names = Object.keys(await import('${specifier}')); console.log(names.length > 0)`
    const outcome = await runNode(consumer, '--input-type=module', '--eval', code)
    expect(outcome).toStrictEqual({ status: 0, output: 'true\n' })
  })

  it.each(specifiers)('requires %s', async (specifier) => {
    const code = `console.log(Object.keys(require('${specifier}')).length > 0)`
    const outcome = await runNode(consumer, '--no-warnings', '--eval', code)
    expect(outcome).toStrictEqual({ status: 0, output: 'true\n' })
  })

  it('reads its package.json', async () => {
    const code = `console.log(require('virtdriver/package.json').name)`
    expect((await runNode(consumer, '--eval', code)).output).toBe('virtdriver\n')
  })

  it.each(['virtdriver/dist/open.js', 'virtdriver/src/open.ts', 'virtdriver/drivers/test'])(
    'is refused %s',
    async (specifier) => {
      const code = `import('${specifier}').catch((error) => console.log(error.code))`
      const { output } = await runNode(consumer, '--eval', code)
      expect(output).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED\n')
    },
  )

  it('opens test:///default with nothing loaded but what is installed', async () => {
    const code = `
      import { open, unwrap } from 'virtdriver'
      const connection = unwrap(await open('test:///default'))
      const [domain] = unwrap(await connection.listAllDomains())
      console.log(domain.getName())
      unwrap(await connection.close())`
    const outcome = await runNode(consumer, '--input-type=module', '--eval', code)
    expect(outcome).toStrictEqual({ status: 0, output: 'test\n' })
  })
})

describe('the types, with the declarations of libraries checked', () => {
  /** Everything that is exported, and the examples of the documents. */
  function writePrograms(): string[] {
    const programs = readSnippets().map(({ code }, index) => ({
      name: `snippet-${index}.mts`,
      code,
    }))
    const stars = specifiers.map((specifier, index) => `export * as s${index} from '${specifier}'`)
    programs.push({ name: 'module.mts', code: stars.join('\n') })
    const requires = specifiers.map(
      (specifier, index) => `export import r${index} = require('${specifier}')`,
    )
    programs.push({ name: 'bundled.ts', code: stars.join('\n') })
    for (const { name, code } of programs) writeFileSync(join(folder, name), code)
    writeFileSync(join(folder, 'common.cts'), requires.join('\n'))
    return programs.map(({ name }) => name)
  }

  it('compile in a module, in the examples and for a bundler', async () => {
    const files = writePrograms()
    const bundled = { module: 'esnext', moduleResolution: 'bundler', noEmit: true }
    expect(await compile(consumer, compiler, bundled, files)).toStrictEqual({
      status: 0,
      output: '',
    })
  }, 120_000)

  it('compile for Node, by import and by require', async () => {
    const files = ['common.cts', ...writePrograms().filter((name) => name !== 'bundled.ts')]
    const node = { module: 'nodenext', noEmit: true, exactOptionalPropertyTypes: true }
    expect(await compile(consumer, compiler, node, files)).toStrictEqual({ status: 0, output: '' })
  }, 120_000)

  it.skipIf(oldest === undefined)(
    `compile with TypeScript 5.7${oldest === undefined ? ' (skipped: TYPESCRIPT_OLDEST does not name its tsc.js)' : ''}`,
    async () => {
      const files = writePrograms().filter((name) => name !== 'bundled.ts')
      const node = { module: 'node16', noEmit: true }
      expect(await compile(consumer, oldest ?? '', node, files)).toStrictEqual({
        status: 0,
        output: '',
      })
    },
    120_000,
  )
})
