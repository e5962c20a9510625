/** Machines of our QEMU driver, with what the bench measures of them. @module */
import type { Connection, Domain } from '../src/index.ts'
import { DomainCreateFlags, DomainUndefineFlagsValues, open, unwrap } from '../src/index.ts'
import type { BackupDocuments, CheckpointDocuments } from './libvirt-peer.ts'

export class OurMachines implements AsyncDisposable {
  readonly #connection: Connection

  private constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Opens the driver and starts machines whose processors stand still: firmware that boots takes time from both sides. */
  static async start(uri: string, xml: readonly string[]): Promise<OurMachines> {
    const machines = new OurMachines(unwrap(await open(uri)))
    for (const each of xml) {
      const domain = unwrap(await machines.#connection.domainDefineXML(each))
      unwrap(await domain.createWithFlags(DomainCreateFlags.START_PAUSED))
    }
    return machines
  }

  /** Begins a backup and ends it; the seconds until it has begun, and until it is complete or cancelled. */
  async backup(
    { domain: name, name: checkpointName, backup, checkpoint }: BackupDocuments,
    cancel: boolean,
  ): Promise<readonly number[]> {
    const domain = await this.#domain(name)
    const completed = new Promise<number>((resolve) => {
      this.#connection.once('jobCompleted', () => resolve(performance.now()))
    })
    const start = performance.now()
    const id = unwrap(await domain.backupBegin(backup, checkpoint))
    const begun = performance.now()
    if (!cancel) await completed
    unwrap(await domain.backupEnd(id))
    const end = await completed
    unwrap(await unwrap(await domain.checkpointLookupByName(checkpointName)).delete())
    return [begun - start, end - start].map(toSeconds)
  }

  /** Creates a checkpoint and deletes it; the seconds that each took. */
  async checkpoint(documents: CheckpointDocuments): Promise<readonly number[]> {
    const domain = await this.#domain(documents.domain)
    const start = performance.now()
    const checkpoint = unwrap(await domain.checkpointCreateXML(documents.checkpoint))
    const created = performance.now()
    unwrap(await checkpoint.delete())
    return [created - start, performance.now() - created].map(toSeconds)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const domain of unwrap(await this.#connection.listAllDomains())) {
      if (unwrap(await domain.isActive())) unwrap(await domain.destroy())
      unwrap(await domain.undefineFlags(DomainUndefineFlagsValues.CHECKPOINTS_METADATA))
    }
    unwrap(await this.#connection.close())
  }

  async #domain(name: string): Promise<Domain> {
    return unwrap(await this.#connection.domainLookupByName(name))
  }
}

function toSeconds(milliseconds: number): number {
  return milliseconds / 1000
}
