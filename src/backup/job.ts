/**
 * The record of a backup job: how far each disk is, and how the whole ends.
 *
 * @module
 */
import { ConnectDomainEventBlockJobStatus, DomainJobType } from '../constants/index.ts'
import type { BackupDiskState } from '../xml/index.ts'
import type { AlignedBackupDef } from './align.ts'

/** How far one disk of a backup is. */
export interface BackupDiskProgress {
  /** Target name. */
  readonly name: string
  readonly state: BackupDiskState
  /** Bytes copied so far; in a pull backup, bytes saved in the scratch image. */
  readonly current: number
  /** Bytes to copy in all. */
  readonly total: number
  /** Why the disk failed, or was cancelled. */
  readonly error?: string
}

/** How a disk's block job ended, as the hypervisor reports it. */
export interface BackupDiskEnd {
  readonly current: number
  readonly total: number
  /** Absent when the job was successful. */
  readonly error?: string
}

/** How a backup ended. */
export type BackupOutcome = 'completed' | 'failed' | 'cancelled'

/** What a driver has to do and to say after a disk ended. */
export interface AfterDiskEnd {
  /** How the disk's own block-job events report it. */
  readonly status: ConnectDomainEventBlockJobStatus
  /** Disks whose jobs are to be cancelled, because the backup cannot succeed any more. */
  readonly cancel: readonly string[]
  /** Present when this was the last disk: the job is over. It is reported before the events of this disk. */
  readonly outcome: BackupOutcome | undefined
}

/** Running disks count; those being cancelled are not over yet either. */
const unfinished: ReadonlySet<BackupDiskState> = new Set(['running', 'cancelling'])

/** One backup of one domain, from its begin to the moment in which it is forgotten. */
export class BackupJob {
  /** Counts from 1 in each domain. */
  readonly id: number
  readonly startedAtMs: number
  /** Whether the targets were there before, and stay whatever happens. */
  readonly reusesExternal: boolean
  /** The checkpoint that goes when the backup does not succeed. */
  readonly discards: string | undefined
  readonly #def: AlignedBackupDef
  readonly #disks: Map<string, BackupDiskProgress>
  #outcome: BackupOutcome | undefined
  #error: string | undefined
  #isAbandoned = false

  constructor(options: {
    readonly id: number
    readonly startedAtMs: number
    readonly def: AlignedBackupDef
    readonly reusesExternal: boolean
    readonly discards?: string | undefined
    /** How far its disks are, in a job that goes on after a restart. */
    readonly disks?: readonly BackupDiskProgress[]
    /** How it ended, when it is kept as a record. */
    readonly outcome?: BackupOutcome | undefined
    readonly error?: string | undefined
  }) {
    this.id = options.id
    this.startedAtMs = options.startedAtMs
    this.reusesExternal = options.reusesExternal
    this.discards = options.discards
    this.#def = options.def
    this.#disks = new Map(
      options.def.disks
        .filter(({ backup }) => backup)
        .map(({ name }) => [name, { name, state: 'running', current: 0, total: 0 }]),
    )
    for (const disk of options.disks ?? []) this.#disks.set(disk.name, disk)
    this.#outcome = options.outcome
    this.#error = options.error
  }

  get mode(): 'push' | 'pull' {
    return this.#def.mode
  }

  /** The document that describes the job; the drivers' own notes are not in it. */
  get def(): AlignedBackupDef {
    return this.#def
  }

  /** How the job ended; absent while it runs. */
  get outcome(): BackupOutcome | undefined {
    return this.#outcome
  }

  /** Whether the job is over, or bound to be soon without success: somebody has cancelled it, or a disk has failed. */
  get isEnding(): boolean {
    return this.#outcome !== undefined || [...this.#disks.values()].some(isLost)
  }

  /** Whether the job never began for its caller, though its block jobs ran: nobody is told of its end. */
  get isAbandoned(): boolean {
    return this.#isAbandoned
  }

  get disks(): IterableIterator<BackupDiskProgress> {
    return this.#disks.values()
  }

  /** The error of the disk that failed or was cancelled first. */
  get error(): string | undefined {
    return this.#error
  }

  /** How far a disk is; absent for one that does not take part. */
  disk(name: string): BackupDiskProgress | undefined {
    return this.#disks.get(name)
  }

  /** Notes how far a disk's block job is. */
  progress(name: string, current: number, total: number): void {
    const disk = this.#disks.get(name)
    if (disk !== undefined) this.#disks.set(name, { ...disk, current, total })
  }

  /** Notes that the backup could not begin after all. */
  abandon(): void {
    this.#isAbandoned = true
  }

  /** Marks all running disks as being cancelled, and gives their names. */
  cancel(): readonly string[] {
    const cancelled: string[] = []
    for (const [name, disk] of this.#disks) {
      if (disk.state !== 'running') continue
      this.#disks.set(name, { ...disk, state: 'cancelling' })
      cancelled.push(name)
    }
    return cancelled
  }

  /**
   * Marks one running disk as being cancelled; `false` when it does not run.
   *
   * Once it ended, the other disks are cancelled too: a backup is of all its disks.
   */
  cancelDisk(name: string): boolean {
    const disk = this.#disks.get(name)
    if (disk?.state !== 'running') return false
    this.#disks.set(name, { ...disk, state: 'cancelling' })
    return true
  }

  /** Notes that a disk's block job ended; libvirt's `qemuBackupNotifyBlockjobEnd`. */
  diskEnded(name: string, end: BackupDiskEnd): AfterDiskEnd {
    const state = endState(this.#disks.get(name)?.state, end)
    this.#disks.set(name, { name, state, ...end })
    this.#error ??= end.error
    const cancel = state === 'complete' ? [] : this.cancel()
    return { status: statusOf(state), cancel, outcome: this.conclude() }
  }

  /** How the job ended, when no disk runs any more. */
  conclude(): BackupOutcome | undefined {
    const isOver = [...this.#disks.values()].every((disk) => !unfinished.has(disk.state))
    if (isOver) this.#outcome ??= this.#concluded()
    return this.#outcome
  }

  /** Whether a disk's block job has ended. */
  hasEnded(name: string): boolean {
    const disk = this.#disks.get(name)
    return disk !== undefined && !unfinished.has(disk.state)
  }

  /** Ends the job because the domain stopped. Only what finished before counts in the statistics. */
  domainStopped(): void {
    for (const [name, disk] of this.#disks) {
      if (unfinished.has(disk.state)) {
        this.#disks.set(name, { name, state: 'cancelled', current: 0, total: 0 })
      }
    }
    this.#outcome = 'cancelled'
  }

  #concluded(): BackupOutcome {
    const states = [...this.#disks.values()].map(({ state }) => state)
    if (states.includes('failed')) return 'failed'
    // Ending a pull backup is how it succeeds.
    return states.includes('cancelled') && this.mode === 'push' ? 'cancelled' : 'completed'
  }
}

function isLost({ state }: BackupDiskProgress): boolean {
  return state !== 'running' && state !== 'complete'
}

function endState(before: BackupDiskState | undefined, end: BackupDiskEnd): BackupDiskState {
  if (before === 'cancelling') return 'cancelled'
  return end.error === undefined ? 'complete' : 'failed'
}

function statusOf(state: BackupDiskState): ConnectDomainEventBlockJobStatus {
  if (state === 'complete') return ConnectDomainEventBlockJobStatus.COMPLETED
  return state === 'failed'
    ? ConnectDomainEventBlockJobStatus.FAILED
    : ConnectDomainEventBlockJobStatus.CANCELED
}

/** The job type with which an outcome is reported in completed statistics. */
export function jobTypeOf(outcome: BackupOutcome): DomainJobType {
  switch (outcome) {
    case 'completed':
      return DomainJobType.COMPLETED
    case 'failed':
      return DomainJobType.FAILED
    case 'cancelled':
      return DomainJobType.CANCELLED
  }
}
