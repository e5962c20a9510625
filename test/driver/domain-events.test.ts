import { describe, expect, it } from 'vitest'
import { DomainEventID } from '../../src/constants/index.ts'
import { domainEventIds, domainEventNames } from '../../src/driver/index.ts'

/** Where libvirt's constant runs two words together. */
const exceptions: Readonly<Record<string, string>> = {
  PMWAKEUP: 'pmWakeup',
  PMSUSPEND: 'pmSuspend',
  PMSUSPEND_DISK: 'pmSuspendDisk',
}

function camelCase(constant: string): string {
  return constant.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
}

describe('domainEventIds', () => {
  it('has each of the 27 events under the camelCase of its constant', () => {
    const expected = Object.entries(DomainEventID).map(([constant, id]) => [
      exceptions[constant] ?? camelCase(constant),
      id,
    ])
    expect(expected).toHaveLength(27)
    expect(domainEventIds).toStrictEqual(Object.fromEntries(expected))
  })
})

describe('domainEventNames', () => {
  it('gives the name of each number', () => {
    expect(domainEventNames).toHaveLength(27)
    expect(domainEventNames.map((name) => domainEventIds[name])).toStrictEqual([
      ...domainEventNames.keys(),
    ])
  })
})
