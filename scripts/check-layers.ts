/**
 * Checks that imports follow the layers: who may import whom, and which parts may touch the machine.
 *
 * Prints each violation and ends with status 1 when there is one.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..', 'src')
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
  testing: [...driverImports, 'connection', 'drivers/test', 'drivers/qemu', 'open', 'index'],
  open: [...driverImports, 'connection', 'drivers/test', 'drivers/qemu', 'node-host'],
  'node-host': [...foundation, 'drivers/test'],
  index: [...driverImports, 'connection', 'open'],
}

/** The parts that run in a browser: they import nothing from `node:`. */
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

function partOf(file: string): string {
  const [first = '', second = ''] = relative(root, file).split('/')
  return first === 'drivers' ? `drivers/${second}` : first.replace(/\.ts$/, '')
}

function violationsOf(file: string): string[] {
  const part = partOf(file)
  const allowed = mayImport[part]
  const name = relative(root, file)
  if (allowed === undefined) return [`${name}: '${part}' has no rule in scripts/check-layers.ts`]
  const source = readFileSync(file, 'utf8')
  const specifiers = [...source.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    (m) => m[1] ?? '',
  )
  return specifiers.flatMap((specifier) => {
    if (specifier.startsWith('node:')) {
      return pure.has(part) ? [`${name}: '${part}' may not import ${specifier}`] : []
    }
    if (!specifier.startsWith('.')) return []
    const target = partOf(resolve(dirname(file), specifier))
    return target === part || allowed.includes(target)
      ? []
      : [`${name}: '${part}' may not import '${target}'`]
  })
}

const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join(root, name))
const violations = files.flatMap(violationsOf)
for (const violation of violations) console.error(violation)
console.log(`${files.length} files, ${violations.length} layer violations`)
process.exitCode = violations.length === 0 ? 0 : 1
