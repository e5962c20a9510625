/** How a call is watched that must fail. @module */
import { expect } from 'vitest'
import type { ErrorDomain, ErrorNumber, VirResultAsync } from '../../../src/index.ts'
import { unwrap } from '../../../src/index.ts'
import type { Lab } from './fixture.ts'

/** An error, without the lines that show where in a document it is. */
export interface Refusal {
  readonly code: ErrorNumber
  readonly from: ErrorDomain
  readonly message: string
}

/** All that a call could have changed. */
async function everything({ connection, hypervisor }: Lab): Promise<object> {
  const domains = unwrap(await connection.listAllDomains())
  const described = domains.map(async (each) => ({
    xml: unwrap(await each.getXMLDesc()),
    state: unwrap(await each.getState()),
    job: unwrap(await each.getJobInfo()),
    checkpoints: unwrap(await each.listAllCheckpoints()).map((one) => one.getName()),
  }))
  return { domains: await Promise.all(described), images: hypervisor.images.list() }
}

/** Makes a call that must fail and change nothing, and gives its error. */
export async function refusal(lab: Lab, call: () => VirResultAsync<unknown>): Promise<Refusal> {
  const before = await everything(lab)
  const result = await call()
  lab.hypervisor.runUntilIdle()
  expect(await everything(lab)).toStrictEqual(before)
  const { code, domain, message } = result._unsafeUnwrapErr()
  return { code, from: domain, message: message.split('\n', 1)[0] ?? '' }
}

/** Repeats a text, or what it is at each position. */
export function times(count: number, text: string | ((index: number) => string)): string {
  return typeof text === 'string'
    ? text.repeat(count)
    : Array.from({ length: count }, (_, index) => text(index)).join('')
}
