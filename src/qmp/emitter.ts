import { EventEmitter } from 'eventemitter3'
import type { QmpError } from './error.ts'
import type { QmpEventData, QmpEventName } from './events.ts'
import type { JsonObject } from './json.ts'
import type { QmpTimestamp } from './message.ts'

/** An event of QEMU. */
export interface QmpEvent<Name extends string = string, Data = JsonObject> {
  readonly name: Name
  readonly data: Data
  readonly timestamp: QmpTimestamp
}

/** How a connection ended. */
export interface QmpClosed {
  /** `us` after `close()`. */
  readonly by: 'us' | 'peer'
  /** What went wrong; absent when one side simply hung up. */
  readonly error?: QmpError
}

/** What a `QmpClient` reports: each known event of QEMU under its own name, and three things of the client's. */
export type QmpReports = {
  readonly [Name in QmpEventName]: QmpEvent<Name, QmpEventData[Name]>
} & {
  /** Every event, also the ones that are not known here; the data is unchecked. */
  readonly event: QmpEvent
  /** Something that makes no sense by itself, while the connection goes on. */
  readonly stray: QmpError
  /** The last report of a connection; all commands have been settled. */
  readonly closed: QmpClosed
}

/** A listener for one kind of report. */
export type QmpListener<Name extends keyof QmpReports> = (report: QmpReports[Name]) => void

/**
 * Holds listeners and calls them once the current task is done, so that one that throws or that calls back into the client
 * never meets a half-updated state.
 */
export class QmpEmitter {
  readonly #emitter = new EventEmitter()

  on<Name extends keyof QmpReports>(name: Name, listener: QmpListener<Name>): void {
    this.#emitter.on(name, listener)
  }

  off<Name extends keyof QmpReports>(name: Name, listener: QmpListener<Name>): void {
    this.#emitter.off(name, listener)
  }

  report(name: 'event', event: QmpEvent): void
  report(name: 'stray', error: QmpError): void
  report(name: 'closed', closed: QmpClosed): void
  report(name: 'event' | 'stray' | 'closed', report: unknown): void {
    this.#call(name, report)
  }

  /** Reports an event under its own name. */
  reportEvent<Name extends QmpEventName>(event: QmpEvent<Name, QmpEventData[Name]>): void {
    this.#call(event.name, event)
  }

  #call(name: string, report: unknown): void {
    if (this.#emitter.listenerCount(name) === 0) return
    queueMicrotask(() => {
      for (const listener of this.#emitter.listeners(name)) callSafely(listener, report)
    })
  }
}

/** A listener that throws is reported and stops no other. */
function callSafely(listener: (...args: unknown[]) => void, report: unknown): void {
  try {
    listener(report)
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error))
  }
}
