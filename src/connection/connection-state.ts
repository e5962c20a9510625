import type { HypervisorDriver } from '../driver/index.ts'

/** What all objects of one connection share. */
export class ConnectionState {
  readonly driver: HypervisorDriver
  readonly readOnly: boolean
  /** The URI that was opened, after aliases and defaults. */
  readonly uri: string
  #closed = false

  constructor(driver: HypervisorDriver, uri: string, readOnly: boolean) {
    this.driver = driver
    this.uri = uri
    this.readOnly = readOnly
  }

  /** Whether the caller closed the connection: every object of it is invalid then. */
  get closed(): boolean {
    return this.#closed
  }

  close(): void {
    this.#closed = true
  }
}
