import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, constants, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { err, ok, ResultAsync, safeTry } from 'neverthrow'
import {
  ErrorDomain,
  ErrorNumber,
  errnoOf,
  systemError,
  type VirResultAsync,
  virError,
} from '../../../errors/index.ts'
import {
  isArrayOf,
  isRecord,
  isString,
  isNumber,
  isBoolean,
  optional,
  parseJson,
  QmpClient,
  queryCommandLineOptions,
  queryKvm,
  queryMachines,
  queryTarget,
  qomListTypes,
  type Guard,
} from '../../../qmp/index.ts'
import { monitored } from '../qmp-error.ts'
import { makeFolder, readTextFile, replaceFile } from '../state/state-files.ts'
import { childTransport } from './child-transport.ts'

/** A machine type that a program of QEMU emulates. */
export interface QemuMachine {
  readonly name: string
  readonly alias?: string
  readonly isDefault?: boolean
  readonly maxCpus: number
  readonly deprecated: boolean
}

/** What a program of QEMU can do. */
export interface QemuBinary {
  readonly path: string
  readonly arch: string
  /** major * 1,000,000 + minor * 1,000 + micro. */
  readonly version: number
  /** Whether it can use KVM on this host, as far as QEMU knows. */
  readonly kvm: boolean
  readonly machines: readonly QemuMachine[]
  /** Names of devices and backends. */
  readonly types: readonly string[]
  /** Options of the command line that take suboptions: `sandbox`, `spice` … */
  readonly options: readonly string[]
}

const isMachine: Guard<QemuMachine> = isRecord<QemuMachine>({
  name: isString,
  alias: optional(isString),
  isDefault: optional(isBoolean),
  maxCpus: isNumber,
  deprecated: isBoolean,
})

const isBinary: Guard<QemuBinary> = isRecord<QemuBinary>({
  path: isString,
  arch: isString,
  version: isNumber,
  kvm: isBoolean,
  machines: isArrayOf(isMachine),
  types: isArrayOf(isString),
  options: isArrayOf(isString),
})

/** The programs of QEMU that were asked what they can do; each is asked once, also over restarts. */
export class QemuBinaries {
  readonly #folder: string
  readonly #known = new Map<string, VirResultAsync<QemuBinary>>()

  /** @param folder - Where answers are kept */
  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * Says what a program can do.
   *
   * @errors SYSTEM_ERROR when it is not there, INTERNAL_ERROR when it is not QEMU
   */
  describe(path: string): VirResultAsync<QemuBinary> {
    return identityOf(path).andThen((identity) => {
      const known = this.#known.get(identity)
      if (known !== undefined) return known
      const asked = this.#read(path, identity)
      this.#known.set(identity, asked)
      // What failed may succeed the next time.
      void asked.orTee(() => this.#known.delete(identity))
      return asked
    })
  }

  #read(path: string, identity: string): VirResultAsync<QemuBinary> {
    const file = join(this.#folder, `${identity}.json`)
    return readTextFile(file).andThen((text) => {
      const stored = text === undefined ? undefined : parseJson(text).unwrapOr(undefined)
      if (stored !== undefined && isBinary(stored)) return ok(stored)
      return ask(path).andThrough((binary) =>
        makeFolder(this.#folder).andThen(() => replaceFile(file, JSON.stringify(binary))),
      )
    })
  }
}

/** A name for a program that changes when the program does. */
function identityOf(path: string): VirResultAsync<string> {
  const identify = async (): Promise<string> => {
    await access(path, constants.X_OK)
    const { dev, ino, size, mtimeMs } = await stat(path)
    const kvm = await isUsable('/dev/kvm')
    return createHash('sha256')
      .update(JSON.stringify([1, path, dev, ino, size, mtimeMs, kvm]))
      .digest('hex')
      .slice(0, 32)
  }
  return ResultAsync.fromPromise(identify(), (cause) =>
    systemError(ErrorDomain.QEMU, errnoOf(cause), `Cannot check QEMU binary ${path}`, { cause }),
  )
}

/** Tells whether a file can be read and written by us. */
export async function isUsable(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

const probeArguments = ['-S', '-no-user-config', '-nodefaults', '-nographic', '-qmp', 'stdio']

function ask(path: string): VirResultAsync<QemuBinary> {
  const child = spawn(path, [...probeArguments, '-machine', 'none,accel=kvm:tcg'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: '/',
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const transport = childTransport(child)
  const answered = safeTry(async function* () {
    const client = yield* monitored(QmpClient.open(transport))
    const { arch } = yield* monitored(client.execute(queryTarget, {}))
    const { present, enabled } = yield* monitored(client.execute(queryKvm, {}))
    const machines = yield* monitored(client.execute(queryMachines, {}))
    const types = yield* monitored(client.execute(qomListTypes, { abstract: false }))
    const options = yield* monitored(client.execute(queryCommandLineOptions, {}))
    const { major, minor, micro } = client.greeting.version
    const binary: QemuBinary = {
      path,
      arch,
      version: major * 1_000_000 + minor * 1000 + micro,
      kvm: present && enabled,
      machines: machines.map((machine) => ({
        name: machine.name,
        ...(machine.alias !== undefined && { alias: machine.alias }),
        ...(machine['is-default'] === true && { isDefault: true }),
        maxCpus: Number(machine['cpu-max']),
        deprecated: machine.deprecated,
      })),
      types: types.map(({ name }) => name),
      options: options.map(({ option }) => option),
    }
    return ok(binary)
  })
  return answered
    .andTee(() => transport.close())
    .orElse((cause) => {
      transport.close()
      const detail = `Failed to probe QEMU binary with QMP: ${errors.trim()}`
      return err(virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.QEMU, detail, { cause }))
    })
}
