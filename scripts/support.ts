/**
 * The table of what each driver has, out of the interface and of the drivers themselves.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { format } from 'prettier'
import ts from 'typescript'
import { type DriverFactory, parseUri } from '../src/driver/index.ts'
import { createQemuDriver } from '../src/drivers/qemu/index.ts'
import { createTestDriver } from '../src/drivers/test/index.ts'
import { unwrap } from '../src/errors/index.ts'

/** A member of the interface. */
interface Member {
  readonly name: string
  /** C function and release, as the `@libvirt` tag has them; absent for what libvirt does not have. */
  readonly libvirt: string | undefined
}

/** The members of one file. */
interface Theme {
  readonly title: string
  readonly members: readonly Member[]
}

/** One column: which members a driver has. */
interface Column {
  readonly title: string
  readonly has: (member: string) => boolean
}

const folder = join(import.meta.dirname, '..', 'src', 'driver')

/** Gives the text of `docs/support.md`. */
export async function supportPage(): Promise<string> {
  const columns = [
    await askDriver('test', createTestDriver(), 'test:///default'),
    await qemuColumn(),
  ]
  const sections = readThemes().map((theme) => section(theme, columns))
  const text = [...introduction(columns), ...sections].join('\n\n')
  return format(text, { parser: 'markdown', printWidth: 100 })
}

function introduction(columns: readonly Column[]): string[] {
  const members = readThemes().flatMap((theme) => theme.members)
  const counts = columns.map(({ title, has }) => {
    const count = members.filter(({ name }) => has(name)).length
    return `The ${title} driver has ${count} of the ${members.length} members.`
  })
  return [
    '# What each driver has',
    '<!-- Written by `npm run docs:support`; a test compares it with the drivers. -->',
    `Each member of \`HypervisorDriver\`, by theme, with the public C function that it answers.
${counts.join(' ')} The public call of an absent member gives
\`NO_SUPPORT\`; \`connection.supports('domainBackupBegin')\` asks beforehand. Where a member that is
there refuses something, the error is libvirt's; what is refused on purpose is in
[differences](differences.md).`,
  ]
}

function section({ title, members }: Theme, columns: readonly Column[]): string {
  const rows = members.map(({ name, libvirt }) => [
    `\`${name}\``,
    libvirt ?? '—',
    ...columns.map(({ has }) => (has(name) ? '✓' : '')),
  ])
  const head = ['member', 'C function', ...columns.map((column) => column.title)]
  const lines = [head, head.map((_, at) => (at < 2 ? '---' : ':-:')), ...rows]
  return `## ${title}\n\n${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}`
}

/** Asks the connections of a driver, and what opens them. */
async function askDriver(title: string, factory: DriverFactory, uri: string): Promise<Column> {
  const driver = unwrap(await factory.connectOpen(unwrap(parseUri(uri)), undefined, 0))
  if (driver === undefined) throw new Error(`the ${title} driver declined ${uri}`)
  unwrap(await driver.connectClose())
  const members = new Set([...membersOf(factory), ...membersOf(driver)])
  return { title, has: (member) => members.has(member) }
}

/** A root of the QEMU driver for as long as it is asked. */
async function qemuColumn(): Promise<Column> {
  const root = mkdtempSync(join(tmpdir(), 'virtdriver-support-'))
  try {
    return await askDriver('QEMU', createQemuDriver(), `qemu:///embed?root=${root}`)
  } finally {
    rmSync(root, { recursive: true })
  }
}

function membersOf(driver: object): string[] {
  return Object.entries(driver).flatMap(([name, value]) => (value === undefined ? [] : [name]))
}

/** Reads the themes in the order in which the interface is put together; what opens connections comes first. */
function readThemes(): Theme[] {
  const { statements } = parse('hypervisor-driver.ts')
  const files = new Map(
    statements.filter(ts.isImportDeclaration).flatMap(({ importClause, moduleSpecifier }) => {
      const bindings = importClause?.namedBindings
      if (bindings === undefined || !ts.isNamedImports(bindings)) return []
      if (!ts.isStringLiteral(moduleSpecifier)) return []
      const file = basename(moduleSpecifier.text)
      return bindings.elements.map(({ name }): [string, string] => [name.text, file])
    }),
  )
  const parts = statements
    .filter(ts.isInterfaceDeclaration)
    .flatMap(({ heritageClauses }) => heritageClauses?.flatMap(({ types }) => [...types]) ?? [])
    .map(({ expression }) => files.get(expression.getText()) ?? '')
  return ['registry.ts', ...parts].map((file) => ({
    title: titleOf(file),
    members: readMembers(file),
  }))
}

function titleOf(file: string): string {
  const words = file === 'registry.ts' ? 'opening' : basename(file, '.ts').replaceAll('-', ' ')
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`.replace(/^Cpu/, 'CPU')
}

function readMembers(file: string): Member[] {
  return parse(file)
    .statements.filter(ts.isInterfaceDeclaration)
    .filter(({ name }) => /Driver(?:Members|Factory)?$/.test(name.text))
    .flatMap(({ members }) => [...members])
    .filter(ts.isMethodSignature)
    .map((member) => ({ name: member.name.getText(), libvirt: libvirtTag(member) }))
}

function libvirtTag(member: ts.Node): string | undefined {
  const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'libvirt')
  return tag === undefined ? undefined : ts.getTextOfJSDocComment(tag.comment)
}

function parse(file: string): ts.SourceFile {
  const text = readFileSync(join(folder, file), 'utf8')
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
}
