/**
 * Finding a domain again that runs.
 *
 * @module
 */
import { join } from 'node:path'
import { ok, okAsync, ResultAsync, safeTry } from 'neverthrow'
import {
  DomainPausedReason,
  DomainRunningReason,
  DomainShutoffReason,
  DomainState,
} from '../../constants/index.ts'
import type { VirError, VirResultAsync } from '../../errors/index.ts'
import { QmpClient, queryBlock, queryIothreads, queryStatus } from '../../qmp/index.ts'
import type { DomainDef } from '../../xml/index.ts'
import { agentLinkOf } from './agent-link.ts'
import type { QemuHost } from './host-state.ts'
import { removeRunFiles } from './launch.ts'
import { MonitorWatch } from './monitor-watch.ts'
import { withHostEnds } from './negotiate.ts'
import { QemuProcess } from './process/qemu-process.ts'
import type { QemuDomain } from './qemu-domain.ts'
import { monitored } from './qmp-error.ts'
import { RunningQemu } from './running-qemu.ts'
import { runPaths } from './state/root-layout.ts'
import { readFileBytes, readTextFile, removeFile } from './state/state-files.ts'
import { type DomainStatus, parseStatus, saveStatus } from './state/status-file.ts'
import { layersOf } from './storage/known-layers.ts'

/** Takes a domain up again by its status document; one whose QEMU has ended meanwhile is noted as stopped. */
export function reattach(host: QemuHost, name: string): VirResultAsync<void> {
  const path = join(host.layout.run, `${name}.xml`)
  return readTextFile(path).andThen((text) => {
    if (text === undefined) return okAsync(undefined)
    return parseStatus(text).match(
      (status) => takeUp(host, status),
      // What cannot be read tells nothing, and would not tell more the next time.
      () => removeFile(path),
    )
  })
}

function takeUp(host: QemuHost, status: DomainStatus): VirResultAsync<void> {
  const { definition } = status
  const { id = 0 } = definition
  host.noteId(id)
  return host.addDomain(definition, { refuseActive: true }).asyncAndThen(({ domain }) => {
    const process = QemuProcess.adopt(status.pid, status.startTime)
    if (process === undefined) return hasEnded(host, domain, id)
    const kill = (): VirResultAsync<void> => {
      process.signal('SIGKILL')
      return ResultAsync.fromSafePromise<boolean, VirError>(process.waitForEnd(5000)).andThen(() =>
        hasEnded(host, domain, id),
      )
    }
    // A monitor that does not answer cannot be taken up, and must not run on unseen.
    return status.endsWithConnection
      ? kill()
      : connectAgain(host, domain, status, process).orElse(kill)
  })
}

/** Whether the domain is defined shows only later; one that is not is forgotten then. */
function hasEnded(host: QemuHost, domain: QemuDomain, id: number): VirResultAsync<void> {
  domain.setState(DomainState.SHUTOFF, DomainShutoffReason.CRASHED)
  domain.definition = domain.inactiveDefinition
  return removeRunFiles(domain, runPaths(host.layout, id, domain.name))
}

function connectAgain(
  host: QemuHost,
  domain: QemuDomain,
  status: DomainStatus,
  process: QemuProcess,
): VirResultAsync<void> {
  return safeTry(async function* () {
    const { definition, monitorPath } = status
    const { id = 0 } = definition
    const paths = { ...runPaths(host.layout, id, domain.name), monitor: monitorPath }
    const watch = new MonitorWatch(host, domain)
    const monitor = yield* monitored(
      QmpClient.connect({ path: monitorPath }, { prepare: (client) => watch.attach(client) }),
    )
    const { status: runState, running: runs } = yield* monitored(monitor.execute(queryStatus, {}))
    yield* monitored(monitor.execute(queryIothreads, {}))
    yield* monitored(monitor.execute(queryBlock, {}))
    const def: DomainDef = yield* withHostEnds(monitor, definition)
    const running = new RunningQemu({
      process,
      monitor,
      paths,
      masterKey: yield* readFileBytes(paths.masterKey),
      agent: agentLinkOf(def),
      disks: layersOf(def),
      lastNode: status.lastNode,
      startedAtMs: status.startedAtMs,
    })
    domain.running = running
    domain.definition = def
    domain.agentTimeout = status.agentTimeout
    host.domains.activate(domain, id)
    noteRunState(domain, status, runState, runs)
    watch.begin(running)
    yield* saveStatus(domain)
    return ok(undefined)
  })
}

/** QEMU knows whether the guest runs; why it does, the document knows, when both agree. */
function noteRunState(
  domain: QemuDomain,
  { state, reason }: DomainStatus,
  runState: string,
  runs: boolean,
): void {
  const present = runs ? DomainState.RUNNING : stoppedState(runState)
  if (present === state) domain.setState(state, reason)
  else if (runs) domain.setState(present, DomainRunningReason.UNPAUSED)
  else if (runState === 'io-error') domain.setState(present, DomainPausedReason.IOERROR)
  else domain.setState(present, DomainPausedReason.UNKNOWN)
}

function stoppedState(runState: string): DomainState {
  switch (runState) {
    case 'shutdown':
      return DomainState.SHUTDOWN
    case 'suspended':
      return DomainState.PMSUSPENDED
    case 'guest-panicked':
      return DomainState.CRASHED
    default:
      return DomainState.PAUSED
  }
}
