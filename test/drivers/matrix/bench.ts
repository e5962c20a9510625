import type { Result } from 'neverthrow'
import {
  type Connection,
  ConnectDomainEventBlockJobStatus,
  type Domain,
  type DomainCheckpoint,
  DomainCheckpointCreateFlags,
  DomainCheckpointXMLFlags,
  DomainEventType,
  DomainGetJobStatsFlags,
  type DomainJobStats,
  unwrap,
  type VirError,
  type VirResultAsync,
} from '../../../src/index.ts'
import { MiB } from '../test/fixture.ts'
import type { Rig } from './rig.ts'
import {
  checkpointXml,
  imagePath,
  namesOf,
  type Outcome,
  recordedDisk,
  recordedUuid,
  redefineXml,
  zero,
} from './scenario.ts'

/** How a bench is made. */
export interface BenchOptions {
  /** Devices of the domain; vda and vdb when absent. */
  readonly devices?: string
  /** Whether the domain is left as it was defined. */
  readonly inactive?: boolean
  /** Bytes of the images of the recorded disks, by target. */
  readonly sizes?: Readonly<Record<string, number>>
  /** Makes what else the devices need. */
  readonly prepare?: (rig: Rig) => Promise<void>
}

const recordedName = 'r2-main'

/** The recorded domain on a rig, with the calls that scenarios make. */
export class Bench {
  readonly rig: Rig
  /** The recorded domain, as it was defined last. */
  domain: Domain
  /** Block-job (by target only, as recorded), job and lifecycle events, in the order they came. */
  readonly events: object[] = []

  private constructor(rig: Rig, domain: Domain) {
    this.rig = rig
    this.domain = domain
  }

  static async create(rig: Rig, options: BenchOptions = {}): Promise<Bench> {
    const { devices = recordedDisk('vda') + recordedDisk('vdb'), inactive, sizes } = options
    for (const [dev, size] of Object.entries({ vda: 64 * MiB, vdb: 64 * MiB, ...sizes })) {
      await rig.createImage(imagePath(dev), { format: 'qcow2', size })
    }
    await options.prepare?.(rig)
    const bench = new Bench(rig, await define(rig, devices))
    if (inactive !== true) unwrap(await bench.domain.create())
    return bench
  }

  get connection(): Connection {
    return this.rig.connection
  }

  /** Defines the domain anew. */
  async define(devices: string): Promise<void> {
    this.domain = await define(this.rig, devices)
  }

  /** Begins a backup; the recorded call gives 0 where this one gives an id. */
  begin(backup?: string, checkpoint?: string, flags = 0): VirResultAsync<0> {
    const here = backup && this.rig.toHere(backup)
    return this.domain.backupBegin(here, checkpoint, flags).map(() => 0 as const)
  }

  /** Begins a backup that must begin, and lets it end. */
  async backUp(backup: string): Promise<void> {
    unwrap(await this.begin(backup))
    await this.rig.settle()
  }

  /** Creates a checkpoint, and gives its name. */
  checkpoint(xml: string, flags = 0): VirResultAsync<string> {
    const here = this.rig.toHere(xml)
    return this.domain.checkpointCreateXML(here, flags).map((checkpoint) => checkpoint.getName())
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
    await this.rig.crash()
    unwrap(await this.domain.create())
  }

  /** Statistics of the last job, without the id, which libvirt's have not. */
  async completed(): Promise<Omit<DomainJobStats, 'id'>> {
    const { id: _id, ...stats } = unwrap(
      await this.domain.getJobStats(DomainGetJobStatsFlags.COMPLETED),
    )
    return stats
  }

  /** The same, without the type, as some rows were recorded. */
  async statistics(): Promise<object> {
    const { type: _type, ...stats } = await this.completed()
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
        status: nameIn(ConnectDomainEventBlockJobStatus, status),
      })
    })
    connection.on('jobCompleted', ({ stats: { id: _id, ...params } }) => {
      events.push({ kind: 'JOB_COMPLETED', params })
    })
    connection.on('lifecycle', ({ event, detail }) => {
      events.push({ kind: 'LIFECYCLE', event: nameIn(DomainEventType, event), detail })
    })
  }

  /** What the recording notes beside a result: the three events that came, and the files that a backup left. */
  async afterwards(): Promise<{ events: readonly object[]; files: readonly string[] }> {
    await this.rig.until(() => this.events.length >= 3)
    await this.rig.settle()
    return { events: this.events, files: this.rig.files('/vm/bk') }
  }
}

async function define(rig: Rig, devices: string): Promise<Domain> {
  const xml = rig.domainXml({ name: recordedName, uuid: recordedUuid, devices })
  return unwrap(await rig.connection.domainDefineXML(rig.toHere(xml)))
}

function nameIn(table: Readonly<Record<string, number>>, number: number): string {
  return Object.entries(table).find(([, each]) => each === number)?.[0] ?? String(number)
}
