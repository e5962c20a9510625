/** What the scenarios of the recorded matrix share: how a row is written, and the domain that most rows were recorded on. @module */
import { err, ok, type Result } from 'neverthrow'
import type {
  Connection,
  Domain,
  DomainCheckpoint,
  VirError,
  VirResultAsync,
} from '../../../../src/index.ts'
import {
  ConnectDomainEventBlockJobStatus,
  DomainCheckpointCreateFlags,
  DomainCheckpointXMLFlags,
  DomainEventType,
  DomainGetJobStatsFlags,
  type DomainJobStats,
  unwrap,
} from '../../../../src/index.ts'
import { TestHypervisor, type TestHypervisorOptions } from '../../../../src/testing/index.ts'
import { diskXml, domainXml, MiB } from '../fixture.ts'

/** What an operation came to, in the shape in which the recording has it. */
export type Outcome = Result<unknown, VirError>

/** What an operation will come to. */
export type Pending = VirResultAsync<unknown> | Promise<Outcome>

/** Establishes the precondition of a row, and performs its operation. */
export type Scenario = () => Promise<Outcome>

/** Scenarios by the number of their row. */
export type Scenarios = Readonly<Record<number, Scenario>>

/** The UUID of the domain on which the matrix was recorded. */
export const recordedUuid = 'f788228a-200b-4924-b3de-b726727df4ed'

/** Where the images of the recorded domain were. */
export const imagePath = (dev: string): string => `/vm/img/${dev}.qcow2`

/** A qcow2 disk of the recorded domain. */
export const recordedDisk = (dev: string, more = ''): string =>
  diskXml(dev, { path: imagePath(dev), more })

/** How a bench is made. */
export interface BenchOptions extends TestHypervisorOptions {
  /** Devices of the domain; vda and vdb when absent. */
  readonly devices?: string
  /** Whether the domain is left as it was defined. */
  readonly inactive?: boolean
  /** Bytes of the images of the recorded disks, by target. */
  readonly sizes?: Readonly<Record<string, number>>
}

/** A hypervisor whose clock is moved by hand, with the recorded domain. */
export class Bench {
  readonly hypervisor: TestHypervisor
  readonly connection: Connection
  readonly domain: Domain
  /** Block-job (by target only, as recorded), job and lifecycle events, in the order they came. */
  readonly events: object[] = []

  static readonly #all: Bench[] = []

  private constructor(hypervisor: TestHypervisor, connection: Connection, domain: Domain) {
    this.hypervisor = hypervisor
    this.connection = connection
    this.domain = domain
  }

  static async create(options: BenchOptions = {}): Promise<Bench> {
    const {
      devices = recordedDisk('vda') + recordedDisk('vdb'),
      inactive,
      sizes,
      ...rest
    } = options
    const hypervisor = TestHypervisor.create({ clock: 'manual', ...rest })
    for (const [dev, virtualSize] of Object.entries({ vda: 64 * MiB, vdb: 64 * MiB, ...sizes })) {
      unwrap(hypervisor.images.create(imagePath(dev), { format: 'qcow2', virtualSize }))
    }
    const connection = unwrap(await hypervisor.connect())
    const xml = domainXml({ name: 'r2-main', uuid: recordedUuid, devices })
    const domain = unwrap(await connection.domainDefineXML(xml))
    if (inactive !== true) unwrap(await domain.create())
    const bench = new Bench(hypervisor, connection, domain)
    Bench.#all.push(bench)
    return bench
  }

  /** Stops all domains, which closes their sockets. */
  static async closeAll(): Promise<void> {
    for (const { connection } of Bench.#all.splice(0)) {
      for (const domain of unwrap(await connection.listAllDomains())) await domain.destroy()
    }
  }

  /** Begins a backup; the recorded call gives 0 where this one gives an id. */
  begin(backup?: string, checkpoint?: string, flags = 0): VirResultAsync<0> {
    return this.domain.backupBegin(backup, checkpoint, flags).map(() => 0 as const)
  }

  /** Begins a backup that must begin, and lets it end. */
  async backUp(backup: string): Promise<void> {
    unwrap(await this.begin(backup))
    this.hypervisor.runUntilIdle()
  }

  /** Creates a checkpoint, and gives its name. */
  checkpoint(xml: string, flags = 0): VirResultAsync<string> {
    return this.domain.checkpointCreateXML(xml, flags).map((checkpoint) => checkpoint.getName())
  }

  /** Creates checkpoints that must be created, each the child of the one before. */
  async checkpoints(...names: readonly string[]): Promise<void> {
    for (const name of names) unwrap(await this.checkpoint(checkpointXml(name)))
  }

  /** Redefines a checkpoint; without a `<domain>` unless `more` has one. */
  redefine(name: string, parent?: string, more = '', flags = 0): VirResultAsync<string> {
    return this.checkpoint(
      redefineXml(name, parent, more),
      DomainCheckpointCreateFlags.REDEFINE | flags,
    )
  }

  async find(name: string): Promise<DomainCheckpoint> {
    return unwrap(await this.domain.checkpointLookupByName(name))
  }

  /** The document of a checkpoint, without the domain. */
  async describe(name: string, flags = 0): Promise<Outcome> {
    return (await this.find(name)).getXMLDesc(DomainCheckpointXMLFlags.NO_DOMAIN | flags)
  }

  /** Deletes a checkpoint. */
  async drop(name: string, flags = 0): Promise<Outcome> {
    return zero((await this.find(name)).delete(flags))
  }

  /** The names of the checkpoints, in the order in which they are listed. */
  async list(flags = 0): Promise<Result<string[], VirError>> {
    return (await this.domain.listAllCheckpoints(flags)).map(namesOf)
  }

  /** The names of all checkpoints, sorted: libvirt lists them in the order of a hash table. */
  async names(): Promise<Outcome> {
    return (await this.list()).map((names) => names.toSorted())
  }

  /** Stops the domain and starts it again, which stores bitmaps in their images. */
  async restart(): Promise<void> {
    unwrap(await this.domain.destroy())
    unwrap(await this.domain.create())
  }

  /** Kills the domain and starts it again: bitmaps made since the last start are lost, the others are inconsistent. */
  async crash(): Promise<void> {
    unwrap(this.hypervisor.crash(this.domain.getName()))
    unwrap(await this.domain.create())
  }

  /** Statistics of the last job, without the id, which libvirt's have not. */
  async completed(): Promise<Omit<DomainJobStats, 'id'>> {
    const { id: _id, ...stats } = unwrap(
      await this.domain.getJobStats(DomainGetJobStatsFlags.COMPLETED),
    )
    return stats
  }

  /** Begins to record events. */
  record(): void {
    const { connection, events } = this
    connection.on('blockJob2', ({ dst, type, status }) => {
      events.push({
        kind: 'BLOCK_JOB_2',
        dst,
        type: type === 5 && 'BACKUP',
        status: statusName(status),
      })
    })
    connection.on('jobCompleted', ({ stats: { id: _id, ...params } }) => {
      events.push({ kind: 'JOB_COMPLETED', params })
    })
    connection.on('lifecycle', ({ event, detail }) => {
      events.push({ kind: 'LIFECYCLE', event: nameIn(DomainEventType, event), detail })
    })
  }

  /** Which of the files that a backup wrote are there. */
  files(): readonly string[] {
    return this.hypervisor.images.list().filter((path) => path.startsWith('/vm/bk/'))
  }

  /** What the recording notes beside a result: the events that came, and the files that are left. */
  async afterwards(): Promise<{ events: readonly object[]; files: readonly string[] }> {
    // Listeners are called in a microtask; any call lets that pass.
    unwrap(await this.connection.listAllDomains())
    return { events: this.events, files: this.files() }
  }
}

function statusName(status: number): string {
  return nameIn(ConnectDomainEventBlockJobStatus, status)
}

function nameIn(table: Readonly<Record<string, number>>, number: number): string {
  return Object.entries(table).find(([, each]) => each === number)?.[0] ?? String(number)
}

/** The names of checkpoints. */
export function namesOf(checkpoints: readonly DomainCheckpoint[]): string[] {
  return checkpoints.map((checkpoint) => checkpoint.getName())
}

/** What succeeded without a value was recorded as 0. */
export async function zero(result: Pending): Promise<Outcome> {
  return (await result).map(() => 0)
}

/** The value itself, where a scenario has no call that gives it as recorded. */
export function value(of: unknown): Outcome {
  return ok(of)
}

/** What a recorded call that must have failed came to; a success is an error of the scenario. */
export function failure(result: Outcome): Outcome {
  if (result.isErr()) return err(result.error)
  throw new Error('the operation before the recorded one was to fail')
}

/** A checkpoint document. */
export function checkpointXml(name: string, disks = ''): string {
  return `<domaincheckpoint><name>${name}</name>${disks && `<disks>${disks}</disks>`}</domaincheckpoint>`
}

/** A document that redefines a checkpoint. */
export function redefineXml(name: string, parent?: string, more = ''): string {
  const parentXml = parent === undefined ? '' : `<parent><name>${parent}</name></parent>`
  return `<domaincheckpoint><name>${name}</name>${parentXml}<creationTime>1700000000</creationTime>${more}</domaincheckpoint>`
}

/** A backup document. */
export function backupXml(disks: string, incremental = ''): string {
  const since = incremental && `<incremental>${incremental}</incremental>`
  return `<domainbackup>${since}<disks>${disks}</disks></domainbackup>`
}

/** A disk of a push backup. */
export function target(
  name: string,
  file: string,
  options: { attributes?: string; driver?: string } = {},
): string {
  const driver = options.driver === undefined ? '' : `<driver type='${options.driver}'/>`
  return `<disk name='${name}' type='file' ${options.attributes ?? ''}>${driver}<target file='${file}'/></disk>`
}

/** A push backup of vda and vdb. */
export const pushBoth: string = backupXml(target('vda', '/vm/bk/a') + target('vdb', '/vm/bk/b'))
