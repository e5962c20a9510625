import { ConnectDomainQemuMonitorEventRegisterFlags as Flags } from '../../constants/index.ts'
import type { DomainQemuMonitorEvent, DomainRef } from '../../driver/index.ts'
import { formatJson, type QmpEvent } from '../../qmp/index.ts'

interface Registration {
  readonly uuid: string | undefined
  readonly matches: (event: string) => boolean
  readonly callback: (event: DomainQemuMonitorEvent) => void
}

/** Who listens to what QEMU's monitors report. */
export class MonitorEventBus {
  readonly #registrations = new Map<number, Registration>()
  #nextId = 0

  /** Adds a callback, and gives the id that takes it away. @param event - Absent: all events */
  register(
    domain: DomainRef | undefined,
    event: string | undefined,
    callback: (event: DomainQemuMonitorEvent) => void,
    flags: number,
  ): number {
    const id = this.#nextId
    this.#nextId += 1
    this.#registrations.set(id, { uuid: domain?.uuid, matches: matcher(event, flags), callback })
    return id
  }

  /** Takes a callback away; `false` when there is none with this id. */
  deregister(id: number): boolean {
    return this.#registrations.delete(id)
  }

  /** Calls everybody who listens to this event of this domain. */
  emit(domain: DomainRef, { name, data, timestamp }: QmpEvent): void {
    if (this.#registrations.size === 0) return
    const details = formatJson(data).unwrapOr('{}')
    const event: DomainQemuMonitorEvent = {
      domain,
      event: name,
      seconds: Number(timestamp.seconds),
      micros: Number(timestamp.microseconds),
      ...(details !== '{}' && { details }),
    }
    for (const { uuid, matches, callback } of Array.from(this.#registrations.values())) {
      if ((uuid === undefined || uuid === domain.uuid) && matches(name)) callback(event)
    }
  }
}

function matcher(event: string | undefined, flags: number): (name: string) => boolean {
  if (event === undefined) return () => true
  const ignoresCase = (flags & Flags.NOCASE) !== 0
  if ((flags & Flags.REGEX) !== 0) {
    const pattern = new RegExp(event, ignoresCase ? 'i' : '')
    return (name) => pattern.test(name)
  }
  return ignoresCase
    ? (name) => name.toLowerCase() === event.toLowerCase()
    : (name) => name === event
}
