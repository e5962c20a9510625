/**
 * The order of calls: those on one domain take effect in the order in which they are made, also when nobody awaits them.
 *
 * @module
 */
import { ResultAsync } from 'neverthrow'
import type { VirResultAsync } from '../../errors/index.ts'

/** The members that take more than one step; all others have done what they do when they return. */
const lasting: ReadonlySet<string> = new Set([
  'domainBackupBegin',
  'domainCheckpointCreateXML',
  'domainCheckpointGetXMLDesc',
  'domainCheckpointDelete',
  'domainCheckpointDiagnose',
  'domainCheckpointReconcile',
  'domainAttachDevice',
  'domainAttachDeviceFlags',
  'domainDetachDevice',
  'domainDetachDeviceFlags',
  'domainDetachDeviceAlias',
  'domainUpdateDeviceFlags',
])

/** The members that wait for no peer: what others wait for outside may never come, and the domain is to end or stand still now. */
const urgent: ReadonlySet<string> = new Set([
  'domainDestroy',
  'domainDestroyFlags',
  'domainShutdown',
  'domainShutdownFlags',
  'domainReboot',
  'domainReset',
  'domainSuspend',
  'domainResume',
])

/** Those who are at one domain. */
interface Line {
  /** Settles when the last of them is done. */
  last: Promise<unknown>
  /** Whether the first of them waits for something outside the hypervisor. */
  isOutside: boolean
  /** The urgent calls that wait until it does, or all are done. */
  readonly urgent: Set<() => void>
}

/** Who is at it, by the uuid of the domain. */
export class Turns {
  readonly #lines = new Map<string, Line>()

  /** Gives members that wait for the calls before them on the same domain, where there are any; without, nothing waits. */
  inOrder<Members extends object>(members: Members): Members {
    const ordered: object = Object.fromEntries(
      Object.entries(members).map(([name, member]) => [name, this.#ordered(name, member)]),
    )
    if (!hasMembers(ordered, members)) throw new Error('the members got lost')
    return ordered
  }

  #ordered(name: string, member: unknown): unknown {
    if (typeof member !== 'function') return member
    const lasts = lasting.has(name)
    return (...args: readonly unknown[]): VirResultAsync<unknown> =>
      // Mostly nobody waits, and the call is made as if nothing were between.
      !lasts && this.#lines.size === 0
        ? Reflect.apply(member, undefined, args)
        : this.#inTurn(name, lasts, args[0], () => Reflect.apply(member, undefined, args))
  }

  #inTurn(
    name: string,
    lasts: boolean,
    subject: unknown,
    call: () => VirResultAsync<unknown>,
  ): VirResultAsync<unknown> {
    const domain = domainOf(subject)
    if (domain === undefined) return call()
    const line = this.#lines.get(domain)
    if (line !== undefined && urgent.has(name)) return outsideOrLast(line, call)
    const result = line === undefined ? call() : new ResultAsync(line.last.then(call))
    return lasts ? this.#keep(domain, result) : result
  }

  /** Waits for something outside the hypervisor, in the turn of a call on a domain: urgent calls do not wait for it. */
  outside<T>(domain: string, wait: () => VirResultAsync<T>): VirResultAsync<T> {
    const line = this.#lines.get(domain)
    if (line === undefined) return wait()
    const back = (): void => {
      line.isOutside = false
    }
    line.isOutside = true
    const result = wait().andTee(back).orTee(back)
    for (const go of line.urgent) go()
    return result
  }

  /** Has the calls after this one wait for it. */
  #keep<T>(domain: string, result: VirResultAsync<T>): VirResultAsync<T> {
    const leave = (): void => {
      if (this.#lines.get(domain)?.last === turn) this.#lines.delete(domain)
    }
    const turn = Promise.resolve(result).then(leave, leave)
    const line = this.#lines.get(domain)
    if (line === undefined) {
      this.#lines.set(domain, { last: turn, isOutside: false, urgent: new Set() })
    } else line.last = turn
    return result
  }
}

/** Makes a call as soon as nobody in the line does anything to the domain. */
function outsideOrLast(line: Line, call: () => VirResultAsync<unknown>): VirResultAsync<unknown> {
  if (line.isOutside) return call()
  return new ResultAsync(
    new Promise((resolve) => {
      const go = (): void => {
        // Whichever comes first makes the call, and only that.
        if (line.urgent.delete(go)) resolve(call())
      }
      line.urgent.add(go)
      void line.last.then(go)
    }),
  )
}

/** The uuid of the domain that a member is called on, itself or by a checkpoint. */
function domainOf(subject: unknown): string | undefined {
  if (typeof subject !== 'object' || subject === null) return undefined
  if ('domain' in subject) return domainOf(subject.domain)
  return 'uuid' in subject && typeof subject.uuid === 'string' ? subject.uuid : undefined
}

function hasMembers<Members extends object>(ordered: object, members: Members): ordered is Members {
  return Object.keys(members).every((name) => name in ordered)
}
