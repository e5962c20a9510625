import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

/** How a program ended. */
export interface Outcome {
  readonly status: number
  readonly output: string
}

/** What of `package.json` is looked at here. */
interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** A program of somebody else, in a folder of its own, with the package installed as the tarball has it. */
export interface Consumer {
  readonly folder: string
  /** Where the package is installed. */
  readonly installed: string
}

/**
 * Packs the sources and installs the tarball, with copies of its dependencies; reaches no network.
 *
 * The sources are packed in a copy, so that `prepare` builds from nothing and the checkout stays as it is.
 */
export async function installPackage(folder: string): Promise<Consumer> {
  const tarball = await pack(join(folder, 'sources'))
  const modules = join(folder, 'node_modules')
  const installed = join(modules, 'virtdriver')
  await mkdir(installed, { recursive: true })
  await succeed('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'], folder)
  const { dependencies = {}, peerDependencies = {} } = await readManifest(installed)
  const wanted = [...Object.keys(dependencies), ...Object.keys(peerDependencies), '@types/node']
  await copyModules(modules, wanted)
  await writeFile(join(folder, 'package.json'), '{ "name": "consumer", "private": true }')
  return { folder, installed }
}

async function pack(sources: string): Promise<string> {
  await mkdir(sources)
  const names = [
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'src',
  ]
  await Promise.all(
    names.map((name) => cp(join(root, name), join(sources, name), { recursive: true })),
  )
  await symlink(join(root, 'node_modules'), join(sources, 'node_modules'))
  const output = await succeed('npm', ['pack', '--json', '--offline'], sources)
  const name = /"filename": "([^"]+)"/.exec(output)?.[1]
  if (name === undefined) throw new Error(`npm pack printed ${output}`)
  return join(sources, name)
}

/** Copies packages and what they depend on. */
async function copyModules(target: string, names: readonly string[]): Promise<void> {
  const seen = new Set(names)
  for (const name of seen) {
    const source = join(root, 'node_modules', name)
    await mkdir(dirname(join(target, name)), { recursive: true })
    await cp(source, join(target, name), { recursive: true })
    const { dependencies = {} } = await readManifest(source)
    for (const dependency of Object.keys(dependencies)) seen.add(dependency)
  }
}

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
}

/** Runs a program file of the consumer in Node. */
export function runNode({ folder }: Consumer, ...args: readonly string[]): Promise<Outcome> {
  return run(process.execPath, args, folder)
}

/** Writes a configuration beside the files and compiles them with the given compiler. */
export async function compile(
  { folder }: Consumer,
  compiler: string,
  options: object,
  files: readonly string[],
): Promise<Outcome> {
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable'],
    types: ['node'],
    strict: true,
    skipLibCheck: false,
    ...options,
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  return run(process.execPath, [compiler, '-p', '.'], folder)
}

function run(program: string, args: readonly string[], cwd: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { cwd }, (error, stdout, stderr) => {
      const status = error === null ? 0 : (child.exitCode ?? -1)
      resolve({ status, output: error === null ? stdout : `${stdout}${stderr}` })
    })
  })
}

async function succeed(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { status, output } = await run(program, args, cwd)
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${output}`)
  return output
}
