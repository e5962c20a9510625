import { ok, type Result } from 'neverthrow'
import type { DescriptorList } from '../codec/block-status.ts'
import { NbdCommand } from '../codec/constants.ts'
import type { NbdError } from '../nbd-error.ts'
import { Coverage } from './coverage.ts'

/** What a request asks for. */
export interface RequestSpec {
  /** {@link NbdCommand} */
  readonly command: number
  /** {@link NbdCommandFlags} */
  readonly flags?: number
  readonly offset: number
  readonly length: number
  /** The data of a write. */
  readonly payload?: Uint8Array
  /** Where the data of a read goes; as long as `length`. */
  readonly target?: Uint8Array
}

/** A request from the moment it is made until its caller has an answer, exactly once. */
export class PendingRequest {
  readonly command: number
  readonly flags: number
  readonly offset: number
  readonly length: number
  readonly payload: Uint8Array | undefined
  /** Absent once nobody waits for the data any more. */
  target: Uint8Array | undefined
  /** What the server found wrong so far; its reply may still go on. */
  error: NbdError | undefined
  /** Block status by the number of the context. */
  readonly statuses: Map<number, DescriptorList> = new Map()
  readonly coverage: Coverage
  #settle: ((result: Result<PendingRequest, NbdError>) => void) | undefined

  constructor(spec: RequestSpec, settle: (result: Result<PendingRequest, NbdError>) => void) {
    this.command = spec.command
    this.flags = spec.flags ?? 0
    this.offset = spec.offset
    this.length = spec.length
    this.payload = spec.payload
    this.target = spec.target
    this.coverage = new Coverage(spec.command === NbdCommand.READ ? spec.length : 0)
    this.#settle = settle
  }

  /** Whether the caller has its answer. */
  get settled(): boolean {
    return this.#settle === undefined
  }

  /** Gives the caller its answer; every call but the first does nothing. */
  settle(result: Result<PendingRequest, NbdError>): void {
    const settle = this.#settle
    this.#settle = undefined
    settle?.(result)
  }

  succeed(): void {
    this.settle(ok(this))
  }
}
