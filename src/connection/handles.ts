/**
 * What the objects of the public API hold: the connection, and which domain, checkpoint or snapshot they stand for.
 *
 * Users get these objects as interfaces, which show none of it.
 *
 * @module
 */
import { okAsync } from 'neverthrow'
import type { DomainCheckpointRef, DomainRef, DomainSnapshotRef } from '../driver/index.ts'
import { ErrorDomain, type VirResultAsync } from '../errors/index.ts'
import { Call, safely } from './call.ts'
import type { ObjectKind } from './checks.ts'
import type { ConnectionState } from './connection-state.ts'
import type { Connection } from './connection.ts'
import type { Domain } from './domain.ts'
import { uuidBytes } from './uuid.ts'

/** A domain as the library sees it: what users see, and what it holds. */
export type DomainObject = Domain & DomainHandle

/** What a `Domain` holds. */
export class DomainHandle {
  readonly state: ConnectionState
  readonly #connection: Connection
  #ref: DomainRef

  constructor(state: ConnectionState, connection: Connection, ref: DomainRef) {
    this.state = state
    this.#connection = connection
    this.#ref = ref
  }

  /** Which domain it is, as drivers are told. */
  get ref(): DomainRef {
    return this.#ref
  }

  get name(): string {
    return this.#ref.name
  }

  get uuid(): string {
    return this.#ref.uuid
  }

  get id(): number {
    return this.#ref.id
  }

  getName(): string {
    return this.#ref.name
  }

  getUUID(): Uint8Array {
    return uuidBytes(this.#ref.uuid)
  }

  getUUIDString(): string {
    return this.#ref.uuid
  }

  getID(): number {
    return this.#ref.id
  }

  getConnect(): Connection {
    return this.#connection
  }

  /** Begins a call of a public function on this domain. */
  call(name: string, flags = 0, errorDomain: ErrorDomain = ErrorDomain.DOMAIN): Call {
    return beginCall(this.state, 'domain', name, flags, errorDomain)
  }

  /** Begins a call that makes other checks before it looks at its domain. */
  callUnchecked(name: string, flags: number, errorDomain: ErrorDomain = ErrorDomain.DOMAIN): Call {
    return new Call(this.state, { name, errorDomain }, flags)
  }

  /** Remembers what a call has changed. */
  update(change: Partial<DomainRef>): void {
    this.#ref = { ...this.#ref, ...change }
  }

  /** Asks for the id that the domain got when it was started; without an answer the old one stays. */
  refreshId(): VirResultAsync<void> {
    const answer = safely(() => this.state.driver.domainLookupByUUID?.(this.uuid))
    if (answer === undefined) return okAsync(undefined)
    return answer
      .map(({ id }) => {
        this.update({ id })
      })
      .orElse(() => okAsync(undefined))
  }
}

/** What a `DomainCheckpoint` or a `DomainSnapshot` holds. */
export abstract class MomentHandle {
  readonly #domain: DomainObject
  readonly #name: string

  constructor(domain: DomainObject, name: string) {
    this.#domain = domain
    this.#name = name
  }

  /** Which moment of which domain it is, as drivers are told. */
  get ref(): DomainCheckpointRef & DomainSnapshotRef {
    return { domain: this.#domain.ref, name: this.#name }
  }

  get name(): string {
    return this.#name
  }

  get domain(): DomainObject {
    return this.#domain
  }

  getName(): string {
    return this.#name
  }

  getDomain(): Domain {
    return this.#domain
  }

  getConnect(): Connection {
    return this.#domain.getConnect()
  }

  /** Begins a call of a public function on this checkpoint or snapshot. */
  abstract call(name: string, flags?: number): Call
}

/** What a `DomainCheckpoint` holds. */
export class CheckpointHandle extends MomentHandle {
  override call(name: string, flags = 0): Call {
    return beginCall(this.domain.state, 'checkpoint', name, flags, ErrorDomain.DOMAIN_CHECKPOINT)
  }
}

/** What a `DomainSnapshot` holds. */
export class SnapshotHandle extends MomentHandle {
  override call(name: string, flags = 0): Call {
    return beginCall(this.domain.state, 'snapshot', name, flags, ErrorDomain.DOMAIN_SNAPSHOT)
  }
}

/** Begins a call with the check that every function but one begins with. */
export function beginCall(
  state: ConnectionState,
  kind: ObjectKind,
  name: string,
  flags: number,
  errorDomain: ErrorDomain,
): Call {
  return new Call(state, { name, errorDomain }, flags).object(kind)
}
