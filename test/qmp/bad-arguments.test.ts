import { describe, expect, it } from 'vitest'
import { GuestAgentClient, QmpClient, connectSocket } from '../../src/qmp/index.ts'
import type { QmpResultAsync } from '../../src/qmp/index.ts'

/** What plain JavaScript may pass where an address or a transport belongs. */
const strangers: readonly unknown[] = [
  undefined,
  null,
  5,
  true,
  'x',
  {},
  [],
  { path: 5 },
  { host: 'a' },
]

const entries = {
  connectSocket: (address: never) => connectSocket(address),
  'QmpClient.connect': (address: never) => QmpClient.connect(address),
  'QmpClient.open': (transport: never) => QmpClient.open(transport),
  'GuestAgentClient.connect': (address: never) => GuestAgentClient.connect(address),
} satisfies Record<string, (argument: never) => QmpResultAsync<unknown>>

describe.each(Object.entries(entries))('%s', (_, connect) => {
  it.each(strangers)('refuses what it cannot reach anything with (case %#)', async (stranger) => {
    const answer: QmpResultAsync<unknown> = Reflect.apply(connect, undefined, [stranger])
    expect((await answer)._unsafeUnwrapErr().kind).toBe('unsupported')
  })
})
