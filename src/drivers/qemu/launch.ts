/**
 * From a definition to a QEMU whose guest could run.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'
import { errAsync, ok, ResultAsync, safeTry } from 'neverthrow'
import type { VirError, VirResultAsync } from '../../errors/index.ts'
import type { ObjectOptions, QmpClient } from '../../qmp/index.ts'
import type { DomainDef } from '../../xml/index.ts'
import { agentLinkOf } from './agent-link.ts'
import { buildCommand } from './command-line/build-command.ts'
import { withSockets } from './command-line/character-arguments.ts'
import type { CommandContext } from './command-line/machine-context.ts'
import { withAliases } from './defaults/aliases.ts'
import { withGraphicsPorts } from './graphics-ports.ts'
import type { QemuHost } from './host-state.ts'
import { negotiate } from './negotiate.ts'
import { connectMonitor, startError, type StartingQemu } from './process/connect-monitor.ts'
import { OutputLog } from './process/output-log.ts'
import { QemuProcess } from './process/qemu-process.ts'
import type { QemuDomain } from './qemu-domain.ts'
import { emulatorOf } from './read-domain-xml.ts'
import { RunningQemu } from './running-qemu.ts'
import { type RunPaths, runPaths } from './state/root-layout.ts'
import {
  keepToOwner,
  makeFolder,
  removeFile,
  removeFolder,
  replaceFile,
  systemFailure,
} from './state/state-files.ts'
import { removeStatus } from './state/status-file.ts'
import type { QemuDisk } from './storage/disk-layer.ts'
import { type PreparedDisks, prepareDisks } from './storage/open-disks.ts'
import { encryptionSecretId, findSecret, secretObject } from './storage/secrets.ts'

/** A QEMU that is up, and the definition with what became of it. */
export interface LaunchedQemu {
  readonly running: RunningQemu
  readonly def: DomainDef
}

/** What is known before QEMU is started. */
interface Plan {
  readonly def: DomainDef
  readonly paths: RunPaths
  readonly masterKey: Uint8Array
  readonly prepared: PreparedDisks
  readonly program: string
  readonly args: readonly string[]
}

/**
 * Starts QEMU for a domain, and waits until it can be talked to; its guest does not run yet.
 *
 * After an error nothing is left of it.
 *
 * @param prepare - Gets the monitor before the first event can come
 */
export function launch(
  host: QemuHost,
  domain: QemuDomain,
  id: number,
  prepare: (monitor: QmpClient) => void,
): VirResultAsync<LaunchedQemu> {
  const paths = runPaths(host.layout, id, domain.name)
  return plan(host, domain, id, paths)
    .andThen((planned) => spawnAndConnect(domain, planned, prepare))
    .orElse((error) => removeRunFiles(domain, paths).andThen(() => errAsync(error)))
}

/** Removes what a run leaves behind. */
export function removeRunFiles(domain: QemuDomain, paths: RunPaths): VirResultAsync<void> {
  return removeStatus(domain)
    .andThen(() => removeFile(domain.paths.pidFile))
    .andThen(() => removeFolder(paths.folder))
    .andThen(() => removeFolder(paths.channels))
}

function plan(
  host: QemuHost,
  domain: QemuDomain,
  id: number,
  paths: RunPaths,
): VirResultAsync<Plan> {
  return safeTry(async function* () {
    const binary = yield* emulatorOf(host, domain.definition)
    const named = withSockets(withAliases(inMegabytes({ ...domain.definition, id })), paths)
    const withPorts = yield* withGraphicsPorts(host, named)
    const prepared = yield* prepareDisks(withPorts)
    const def = withDisks(withPorts, prepared.disks)
    const masterKey = Uint8Array.from(randomBytes(32))
    const secrets = yield* diskSecrets(host, prepared.disks.values(), masterKey)
    yield* makeFolder(paths.folder)
    yield* makeFolder(paths.channels)
    yield* replaceFile(paths.masterKey, masterKey)
    const sandbox = yield* host.settings.count('seccomp_sandbox')
    const context: CommandContext = {
      def,
      binary,
      paths,
      pidFile: domain.paths.pidFile,
      disks: prepared.disks,
      secrets,
      sandbox: sandbox !== 0 && binary.options.includes('sandbox'),
    }
    const args = buildCommand(context)
    return ok({ def, paths, masterKey, prepared, program: binary.path, args })
  })
}

/** QEMU deals memory out by the megabyte. */
function inMegabytes(def: DomainDef): DomainDef {
  const memoryKiB = Math.ceil(def.memoryKiB / 1024) * 1024
  const isWhole = def.currentMemoryKiB === def.memoryKiB
  return { ...def, memoryKiB, currentMemoryKiB: isWhole ? memoryKiB : def.currentMemoryKiB }
}

/** The live definition shows the images that are open. */
export function withDisks(def: DomainDef, disks: ReadonlyMap<string, QemuDisk>): DomainDef {
  const live = def.devices.disks.map((disk) => disks.get(disk.target.dev)?.def ?? disk)
  return { ...def, devices: { ...def.devices, disks: live } }
}

/** The secrets of all images of disks, encrypted for QEMU. */
export function diskSecrets(
  host: QemuHost,
  disks: Iterable<QemuDisk>,
  masterKey: Uint8Array | undefined,
): VirResultAsync<ObjectOptions[]> {
  const wanted = Array.from(disks).flatMap(({ layers }) =>
    layers.flatMap(({ source, formatNode }) => {
      const [secret] = source.encryption?.secrets ?? []
      return secret === undefined ? [] : [{ secret, id: encryptionSecretId(formatNode) }]
    }),
  )
  return ResultAsync.combine(
    wanted.map(({ secret, id }) =>
      findSecret(host, secret).map((value) => secretObject(id, value, masterKey)),
    ),
  )
}

function spawnAndConnect(
  domain: QemuDomain,
  planned: Plan,
  prepare: (monitor: QmpClient) => void,
): VirResultAsync<LaunchedQemu> {
  const { program, args } = planned
  return removeFile(domain.paths.pidFile)
    .andThen(() => OutputLog.open(domain.paths.log, [program, ...args]))
    .andThen((log) => {
      const close = (): void => void log.close()
      return connectThrough(log, planned, prepare).andTee(close).orTee(close)
    })
}

function connectThrough(
  log: OutputLog,
  planned: Plan,
  prepare: (monitor: QmpClient) => void,
): VirResultAsync<LaunchedQemu> {
  const { program, args, paths } = planned
  return ResultAsync.fromPromise(
    QemuProcess.spawn(program, args, log.file),
    systemFailure(`Cannot find '${program}' in path`),
  ).andThen((process) => {
    const starting = { process, log, monitorPath: paths.monitor }
    return connectMonitor(starting, prepare)
      .andThrough(() => keepToOwner(paths.monitor))
      .andThen((monitor) =>
        negotiate(monitor, planned.def)
          .map((def) => ({ def, running: assemble(planned, process, monitor, def) }))
          .orElse((error) => explained(starting, error)),
      )
      .orElse((error) => ended(process).andThen(() => errAsync(error)))
  })
}

/** A QEMU that has gone said why before it went. */
function explained(starting: StartingQemu, error: VirError): VirResultAsync<never> {
  return ResultAsync.fromSafePromise<VirError, VirError>(startError(starting, error)).andThen(
    (better) => errAsync(better),
  )
}

function ended(process: QemuProcess): VirResultAsync<boolean> {
  process.signal('SIGKILL')
  return ResultAsync.fromSafePromise(process.waitForEnd(5000))
}

function assemble(
  { paths, masterKey, prepared }: Plan,
  process: QemuProcess,
  monitor: QmpClient,
  def: DomainDef,
): RunningQemu {
  return new RunningQemu({
    process,
    monitor,
    paths,
    masterKey,
    agent: agentLinkOf(def),
    disks: prepared.disks,
    lastNode: prepared.lastNode,
    startedAtMs: Date.now(),
  })
}
