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

/** Who is at it, by the uuid of the domain. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

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
    return (...args: readonly unknown[]): VirResultAsync<unknown> => {
      const call = (): VirResultAsync<unknown> => Reflect.apply(member, undefined, args)
      if (!lasts && this.#last.size === 0) return call()
      const domain = domainOf(args[0])
      if (domain === undefined) return call()
      const before = this.#last.get(domain)
      const result = before === undefined ? call() : new ResultAsync(before.then(call))
      return lasts ? this.#keep(domain, result) : result
    }
  }

  /** Has the calls after this one wait for it. */
  #keep<T>(domain: string, result: VirResultAsync<T>): VirResultAsync<T> {
    const leave = (): void => {
      if (this.#last.get(domain) === turn) this.#last.delete(domain)
    }
    const turn = Promise.resolve(result).then(leave, leave)
    this.#last.set(domain, turn)
    return result
  }
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
