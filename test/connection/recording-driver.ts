import { Err, Ok, okAsync, type Result } from 'neverthrow'
import { type Connection, createConnection, type Domain } from '../../src/connection/index.ts'
import type { DomainCheckpoint, DomainSnapshot } from '../../src/connection/index.ts'
import type { DomainRef, HypervisorDriver } from '../../src/driver/index.ts'
import { unwrap, type VirError } from '../../src/errors/index.ts'

/** One call that reached the driver. */
export interface RecordedCall {
  readonly member: string
  readonly args: readonly unknown[]
}

export const vm: DomainRef = { name: 'vm', uuid: '6695eb01-f6a4-8304-79aa-97f2502e193f', id: 7 }

/** What a member gives: something that passes for a domain, a checkpoint, a snapshot and a callback's id. */
const anyRef = { ...vm, domain: vm }

/** A driver that has every member, remembers how it was called and is always content. */
export class RecordingDriver {
  readonly calls: RecordedCall[] = []
  readonly driver: HypervisorDriver

  /** @param lacking - The member that the driver does not have */
  constructor(lacking?: string) {
    const { calls } = this
    const target: HypervisorDriver = { name: 'Recording', connectClose: () => okAsync(undefined) }
    this.driver = new Proxy(target, {
      get(own, member) {
        if (typeof member !== 'string' || member === lacking) return undefined
        if (member in own) return Reflect.get(own, member)
        return (...args: readonly unknown[]) => {
          calls.push({ member, args })
          if (member.startsWith('domainLookup')) return okAsync(vm)
          return okAsync(member.includes('ListAll') ? [anyRef] : anyRef)
        }
      },
    })
  }
}

/** The objects of one connection over a driver. */
export interface Objects {
  readonly connection: Connection
  readonly domain: Domain
  readonly checkpoint: DomainCheckpoint
  readonly snapshot: DomainSnapshot
}

/** Opens a connection over a driver and gets one of each object from another that has all members. */
export async function objectsOf(driver: HypervisorDriver, readOnly = false): Promise<Objects> {
  const connection = createConnection(driver, 'fake:///', { readOnly })
  const domain = unwrap(await connection.domainLookupByName('vm'))
  return {
    connection,
    domain,
    checkpoint: unwrap(await domain.checkpointLookupByName('vm')),
    snapshot: unwrap(await domain.snapshotLookupByName('vm')),
  }
}

/** Calls a method by its name, with whatever arguments. */
export function callSync(object: unknown, method: string, args: readonly unknown[]): unknown {
  const found: unknown = object instanceof Object ? Reflect.get(object, method) : undefined
  if (typeof found !== 'function') throw new Error(`there is no method ${method}`)
  return Reflect.apply(found, object, args)
}

/** Calls a method that gives a result, with whatever arguments. */
export async function call(
  object: object,
  method: string,
  args: readonly unknown[],
): Promise<Result<unknown, VirError>> {
  const answer: unknown = await callSync(object, method, args)
  if (answer instanceof Ok || answer instanceof Err) return answer
  throw new Error(`${method} gave no result`)
}

/** The error of a result that must have one. */
export function errorOf<T>(result: Result<T, VirError>): VirError {
  if (result.isOk()) throw new Error('the call went well')
  return result.error
}
