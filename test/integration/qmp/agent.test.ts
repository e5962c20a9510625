import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  GuestAgentClient,
  guestFsfreezeStatus,
  guestGetTime,
  guestInfo,
  guestPing,
  untypedCommand,
} from '../../../src/qmp/index.ts'
import { requireProgram } from '../require.ts'
import { whenUp, withProcess } from './process.ts'

const qemuGa = requireProgram('qemu-ga', 'QEMU_GA', 'qemu-ga')

function argumentsFor(folder: string): string[] {
  return [
    '--method',
    'unix-listen',
    '--path',
    join(folder, 'qga.sock'),
    '--statedir',
    folder,
    '--pidfile',
    join(folder, 'qga.pid'),
  ]
}

/** Runs the agent on the host, where it must only be asked harmless things. */
async function withAgent(use: (client: GuestAgentClient) => Promise<void>): Promise<void> {
  await withProcess(qemuGa.path, argumentsFor, 'qga.sock', async ({ folder }) => {
    const path = join(folder, 'qga.sock')
    const client = await whenUp(() => GuestAgentClient.connect({ path }))
    await use(client)
    await client.close()
  })
}

describe.skipIf(qemuGa.isMissing)(
  `GuestAgentClient on a real agent${qemuGa.note}`,
  { timeout: 30_000 },
  () => {
    it('asks and is answered', async () => {
      await withAgent(async (client) => {
        expect((await client.execute(guestPing, {})).isOk()).toBe(true)
        const info = (await client.execute(guestInfo, {}))._unsafeUnwrap()
        expect(info.supported_commands.map(({ name }) => name)).toContain(
          'guest-fsfreeze-freeze-list',
        )
        expect((await client.execute(guestFsfreezeStatus, {}))._unsafeUnwrap()).toBe('thawed')
        expect(typeof (await client.execute(guestGetTime, {}))._unsafeUnwrap()).toBe('bigint')
      })
    })

    it('is refused what the agent does not know, and goes on', async () => {
      await withAgent(async (client) => {
        const error = (await client.execute(untypedCommand('guest-none'), {}))._unsafeUnwrapErr()
        expect(error).toMatchObject({ kind: 'refused', errorClass: 'CommandNotFound' })
        expect((await client.execute(guestPing, {})).isOk()).toBe(true)
      })
    })

    it('carries pipelined commands out in turn', async () => {
      await withAgent(async (client) => {
        const pings = await Promise.all(
          Array.from({ length: 20 }, () => client.execute(guestPing, {})),
        )
        expect(pings.every((result) => result.isOk())).toBe(true)
      })
    })
  },
)
