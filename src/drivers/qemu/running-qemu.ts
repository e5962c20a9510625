import type { DomainPausedReason, DomainRunningReason } from '../../constants/index.ts'
import type { VirResultAsync } from '../../errors/index.ts'
import type { QmpClient } from '../../qmp/index.ts'
import type { XmlElement } from '../../xml/index.ts'
import type { AgentLink } from './agent-link.ts'
import type { QemuBackupRun } from './backup-run.ts'
import type { QemuProcess } from './process/qemu-process.ts'
import type { RunPaths } from './state/root-layout.ts'
import type { QemuDisk } from './storage/disk-layer.ts'

/** What a domain that runs is made of. */
export interface RunningQemuParts {
  readonly process: QemuProcess
  readonly monitor: QmpClient
  readonly paths: RunPaths
  readonly agent: AgentLink | undefined
  /** By target name, in the order of the definition. */
  readonly disks: ReadonlyMap<string, QemuDisk>
  /** The last number in node names that was given away. */
  readonly lastNode: number
  /** AES key of the secrets that are given to QEMU, when it has one. */
  readonly masterKey: Uint8Array | undefined
  /** Milliseconds since 1970. */
  readonly startedAtMs: number
  /** Whether something else has started QEMU: it is not found again after a restart of ours. */
  readonly isForeign?: boolean
}

/** Something that ends with the run of a domain. */
export interface RunPart {
  /** The elements that it puts into the status document, so that it goes on after a restart of ours. */
  status?(): readonly XmlElement[]
  /** Called once when QEMU is gone, before others learn that the domain stopped. */
  stopped?(): void
}

/** What exists only while a domain runs: QEMU with its monitor, and what is known of its disks. */
export class RunningQemu {
  readonly process: QemuProcess
  readonly monitor: QmpClient
  readonly paths: RunPaths
  readonly agent: AgentLink | undefined
  readonly masterKey: Uint8Array | undefined
  readonly startedAtMs: number
  readonly isForeign: boolean
  /** By target name, in the order of the definition. */
  readonly disks: Map<string, QemuDisk>
  /** Set when the driver itself ends QEMU, so that its end is no surprise. */
  beingDestroyed = false
  /** Whether QEMU said that it shuts down; an end without that is a crash. */
  saidShutdown = false
  /** Why the guest runs once QEMU says so. */
  runningReason: DomainRunningReason | undefined
  /** Why the guest stands still once QEMU says so. */
  pausedReason: DomainPausedReason | undefined
  /** Whether the guest is started anew when it shuts down: it was asked to reboot, and knows no other way. */
  restartsGuest = false
  /** Whether it ends with the connection that started it. */
  endsWithConnection = false
  /** Nodes whose threshold was asked for with an index, and is reported with one. */
  readonly indexedThresholds: Set<string> = new Set()
  /** What is called when a device that was asked to go is gone, by the alias. */
  readonly removals: Map<string, () => void> = new Map()
  /** The backup that runs, or the last one, whose targets may still be being released. */
  backup: QemuBackupRun | undefined
  readonly #parts = new Set<RunPart>()
  #isMonitorClosed = false
  readonly #whenClosed: (() => void)[] = []
  #lastNode: number
  #busy = 0

  constructor(parts: RunningQemuParts) {
    this.process = parts.process
    this.monitor = parts.monitor
    this.paths = parts.paths
    this.agent = parts.agent
    this.masterKey = parts.masterKey
    this.startedAtMs = parts.startedAtMs
    this.isForeign = parts.isForeign === true
    this.disks = new Map(parts.disks)
    this.#lastNode = parts.lastNode
  }

  /** Whether a job has the domain for itself. */
  get isBusy(): boolean {
    return this.#busy > 0
  }

  /** Does something that takes a while, keeping other jobs from beginning meanwhile. */
  whileBusy<T>(operation: () => VirResultAsync<T>): VirResultAsync<T> {
    const done = this.occupy()
    return operation().andTee(done).orTee(done)
  }

  /** Keeps other jobs from beginning until the function that it gives is called. */
  occupy(): () => void {
    this.#busy += 1
    let isDone = false
    return () => {
      if (!isDone) this.#busy -= 1
      isDone = true
    }
  }

  /** The last number in node names that was given away. */
  get lastNode(): number {
    return this.#lastNode
  }

  /** The next of the numbers in `libvirt-N-format`; they are never used again while the domain runs. */
  nextNodeNumber(): number {
    this.#lastNode += 1
    return this.#lastNode
  }

  /** Notes that a number is taken, by a node that was opened before a restart of ours. */
  noteNodeNumber(number: number): void {
    this.#lastNode = Math.max(this.#lastNode, number)
  }

  /** Adds something that ends with this run. */
  add(part: RunPart): void {
    this.#parts.add(part)
  }

  /** Takes something away that is over before the run is. */
  remove(part: RunPart): void {
    this.#parts.delete(part)
  }

  /** What its parts put into the status document. */
  statusElements(): XmlElement[] {
    return Array.from(this.#parts, (part) => part.status?.() ?? []).flat()
  }

  /** Ends the parts; QEMU is gone. */
  endParts(): void {
    for (const part of Array.from(this.#parts)) part.stopped?.()
    this.#parts.clear()
  }

  /** Notes that nothing will come from the monitor any more. */
  monitorClosed(): void {
    this.#isMonitorClosed = true
    for (const resolve of this.#whenClosed.splice(0)) resolve()
  }

  /** Waits until all that QEMU has said before its end was heard. */
  drained(): Promise<void> {
    if (this.#isMonitorClosed) return Promise.resolve()
    return new Promise((resolve) => {
      this.#whenClosed.push(resolve)
    })
  }

  /** Hangs up; QEMU goes on, and is found again by the next one who opens the root. */
  async disconnect(): Promise<void> {
    this.agent?.close()
    await this.monitor.close()
  }
}
