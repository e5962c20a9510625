/**
 * The layers of `src/`: who may import whom, and which parts run without Node.
 *
 * @module
 */
import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import ts from 'typescript'

const foundation = ['errors', 'constants']
const floor1 = ['xml', 'bitmap', 'block', 'nbd', 'qmp']
const floor2 = ['driver', 'moments', 'checkpoint', 'backup']
const driverImports = [...foundation, ...floor1, ...floor2]

/** The parts that each part may import besides itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  constants: [],
  xml: foundation,
  bitmap: foundation,
  block: [...foundation, 'bitmap'],
  nbd: foundation,
  qmp: foundation,
  driver: [...foundation, ...floor1],
  moments: [...foundation, ...floor1],
  checkpoint: [...foundation, ...floor1, 'moments'],
  backup: [...foundation, ...floor1, 'checkpoint'],
  'drivers/test': driverImports,
  'drivers/qemu': driverImports,
  connection: [...foundation, 'driver'],
  testing: [
    ...driverImports,
    'connection',
    'drivers/test',
    'drivers/qemu',
    'open',
    'index',
    'node-host',
  ],
  open: [...driverImports, 'connection', 'drivers/test', 'drivers/qemu', 'node-host'],
  'node-host': [...foundation, 'nbd', 'drivers/test'],
  index: [...driverImports, 'connection', 'open'],
}

/** The parts that run in a browser: they import nothing of Node, and ask for its globals before they use them. */
const pure: ReadonlySet<string> = new Set([
  ...foundation,
  'xml',
  'bitmap',
  'block',
  'driver',
  'moments',
  'checkpoint',
  'backup',
  'connection',
  'drivers/test',
])

const nodeGlobals: ReadonlySet<string> = new Set([
  'Buffer',
  'process',
  'setImmediate',
  'require',
  '__dirname',
  '__filename',
])

/** A source file, by its path below `src/`. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** What a file imports: statically, so that it is loaded with it, or later by `import()`. */
export interface Import {
  readonly specifier: string
  readonly isTypeOnly: boolean
  readonly isDynamic: boolean
}

/** Gives what a file imports and re-exports. */
export function importsOf({ path, text }: SourceFile): Import[] {
  const found: Import[] = []
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node)
    if (specifier !== undefined) {
      found.push({
        specifier: specifier.text,
        isTypeOnly: isForTypes(node),
        isDynamic: ts.isCallExpression(node),
      })
    }
    ts.forEachChild(node, visit)
  }
  visit(parse(path, text))
  return found
}

/**
 * Checks one file against the layers.
 *
 * @returns One sentence for each violation
 */
export function violationsOf(file: SourceFile): string[] {
  const part = partOf(file.path)
  const allowed = mayImport[part]
  if (allowed === undefined) return [`${file.path}: '${part}' has no rule in scripts/layers.ts`]
  const imports = importsOf(file).flatMap(({ specifier }) => {
    if (isBuiltin(specifier)) {
      return pure.has(part) ? [`${file.path}: '${part}' may not import ${specifier}`] : []
    }
    if (!specifier.startsWith('.')) return []
    const target = partOf(resolve(file.path, specifier))
    return target === part || allowed.includes(target)
      ? []
      : [`${file.path}: '${part}' may not import '${target}'`]
  })
  const globals = pure.has(part)
    ? globalsOf(file).map((name) => `${file.path}: '${part}' may not use ${name}`)
    : []
  return [...imports, ...globals]
}

/**
 * Gives all modules of Node that are loaded when a file is.
 *
 * @param read - Text of a file below `src/`
 * @returns Each with the chain of files that leads to it: `xml/index.ts -> node:fs`
 */
export function builtinsReachedFrom(entry: string, read: (path: string) => string): string[] {
  const seen = new Set<string>([entry])
  const found: string[] = []
  const chains: string[][] = [[entry]]
  for (const chain of chains) {
    const path = chain.at(-1) ?? entry
    const loaded = importsOf({ path, text: read(path) }).filter(
      (one) => !one.isTypeOnly && !one.isDynamic,
    )
    for (const { specifier } of loaded) {
      if (isBuiltin(specifier)) found.push([...chain, specifier].join(' -> '))
      if (!specifier.startsWith('.')) continue
      const target = resolve(path, specifier)
      if (!seen.has(target)) chains.push([...chain, target])
      seen.add(target)
    }
  }
  return found
}

function partOf(path: string): string {
  const [first = '', second = ''] = path.split('/')
  return first === 'drivers' ? `drivers/${second}` : first.replace(/\.ts$/, '')
}

function resolve(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier)
}

function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
}

function specifierOf(node: ts.Node): ts.StringLiteralLike | undefined {
  const specifier =
    ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
        ? node.arguments[0]
        : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
          ? node.argument.literal
          : undefined
  return specifier !== undefined && ts.isStringLiteralLike(specifier) ? specifier : undefined
}

function isForTypes(node: ts.Node): boolean {
  if (ts.isImportTypeNode(node)) return true
  if (ts.isExportDeclaration(node)) return node.isTypeOnly
  return (
    ts.isImportDeclaration(node) && node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
  )
}

/** The globals of Node that a file uses as values without a `typeof` that asks whether they are there. */
function globalsOf({ path, text }: SourceFile): string[] {
  const used = new Set<string>()
  const askedFor = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && nodeGlobals.has(node.text)) {
      if (ts.isTypeOfExpression(node.parent)) askedFor.add(node.text)
      else if (isValue(node)) used.add(node.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(parse(path, text))
  return [...used].filter((name) => !askedFor.has(name))
}

/** Whether an identifier stands for a value of its own, not for a member of something. */
function isValue(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  return ts.isExpression(parent) || ts.isVariableDeclaration(parent)
}
