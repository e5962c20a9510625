import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  blockdevAdd,
  blockdevCreate,
  blockDirtyBitmapAdd,
  humanMonitorCommand,
  isJson,
  type JobStatusChangeEvent,
  type JsonObject,
  jobDismiss,
  migrateSetParameters,
  objectAdd,
  objectDel,
  queryCommands,
  queryJobs,
  queryMigrateParameters,
  queryNamedBlockNodes,
  queryStatus,
  queryYank,
  type QmpClientOptions,
  QmpClient,
  type QmpCommand,
  quit,
  transaction,
} from '../../../src/qmp/index.ts'
import { allCommands } from '../../qmp/command-table.ts'
import { requireProgram } from '../require.ts'
import { type RunningProcess, whenUp, withProcess } from './process.ts'

const qemu = requireProgram('qemu', 'QEMU', 'qemu-system-x86_64')

const NONE = ['-machine', 'none', '-nodefaults', '-display', 'none', '-S']

/** Runs QEMU with a monitor and a client for it. */
async function withMonitor(
  args: readonly string[],
  use: (client: QmpClient, running: RunningProcess) => Promise<void>,
  options: QmpClientOptions = {},
): Promise<void> {
  await withProcess(
    qemu.path,
    (folder) => [...args, '-qmp', `unix:${folder}/qmp.sock,server=on,wait=off`],
    'qmp.sock',
    async (running) => {
      const address = { path: join(running.folder, 'qmp.sock') }
      const client = await whenUp(() => QmpClient.connect(address, options))
      await use(client, running)
      await client.close()
    },
  )
}

function prettyMonitor(folder: string): string[] {
  return [
    '-chardev',
    `socket,id=m,path=${folder}/qmp.sock,server=on,wait=off`,
    '-mon',
    'chardev=m,mode=control,pretty=on',
  ]
}

describe.skipIf(qemu.isMissing)(`QmpClient on a real QEMU${qemu.note}`, { timeout: 30_000 }, () => {
  it('greets, carries commands out, and is told of the end', async () => {
    await withMonitor(NONE, async (client) => {
      expect(client.greeting.version.major).toBeGreaterThan(0)
      const status = (await client.execute(queryStatus, {}))._unsafeUnwrap()
      expect(status).toMatchObject({ running: false, status: 'prelaunch' })
      const reasons: string[] = []
      client.on('SHUTDOWN', ({ data }) => reasons.push(data.reason))
      const closed = new Promise((resolve) => {
        client.on('closed', resolve)
      })
      await client.execute(quit, {})
      expect(await closed).toMatchObject({ by: 'peer' })
      expect(reasons).toStrictEqual(['host-qmp-quit'])
      expect((await client.execute(queryStatus, {}))._unsafeUnwrapErr().sent).toBe(false)
    })
  })

  it('gets answers that pass the guard of every query', async () => {
    const machine = ['-machine', 'q35,accel=tcg', '-nodefaults', '-display', 'none', '-S']
    const disk = [
      '-blockdev',
      '{"driver":"null-co","node-name":"n","size":1048576}',
      '-object',
      'iothread,id=io',
      '-device',
      'virtio-blk-pci,drive=n,iothread=io,id=d',
      '-object',
      'throttle-group,id=t',
      '-device',
      'ide-cd,id=cd',
    ]
    await withMonitor([...machine, ...disk], async (client) => {
      const known = (await client.execute(queryCommands, {}))._unsafeUnwrap()
      const names = new Set(known.map(({ name }) => name))
      const queries = allCommands().filter(
        ({ name }) => name.startsWith('query-') && names.has(name),
      )
      expect(queries.length).toBeGreaterThan(20)
      for (const { name, accepts } of queries) {
        const query: QmpCommand<JsonObject, unknown> = { name, accepts }
        const outcome = await client.execute(query, {})
        expect([name, outcome.isErr() ? outcome.error.kind : 'ok']).not.toContain('unexpected')
      }
    })
  })

  it('tells the likely reason when another client holds the monitor', async () => {
    await withMonitor(NONE, async (client, { folder }) => {
      const address = { path: join(folder, 'qmp.sock') }
      const second = await QmpClient.connect(address, { handshakeTimeoutMs: 100 })
      expect(second._unsafeUnwrapErr()).toMatchObject({
        kind: 'timeout',
        message: expect.stringContaining('another client may hold this monitor'),
      })
      await client.close()
      expect((await QmpClient.connect(address)).isOk()).toBe(true)
    })
  })

  it('reads a monitor that is set to print prettily', async () => {
    await withProcess(
      qemu.path,
      (folder) => [...NONE, ...prettyMonitor(folder)],
      'qmp.sock',
      async (running) => {
        const address = { path: join(running.folder, 'qmp.sock') }
        const client = await whenUp(() => QmpClient.connect(address))
        expect((await client.execute(queryStatus, {})).isOk()).toBe(true)
        await client.close()
      },
    )
  })

  it('sends out of band what QEMU allows so, however much waits in band', async () => {
    await withMonitor(
      NONE,
      async (client) => {
        expect(client.hasOutOfBand).toBe(true)
        const inBand = Array.from({ length: 50 }, () => client.execute(queryStatus, {}))
        const yank = await client.execute(queryYank, {}, { outOfBand: true })
        expect(yank._unsafeUnwrap()).toContainEqual(expect.objectContaining({ type: 'chardev' }))
        const refused = await client.execute(queryStatus, {}, { outOfBand: true })
        expect(refused._unsafeUnwrapErr().kind).toBe('refused')
        expect((await Promise.all(inBand)).every((result) => result.isOk())).toBe(true)
      },
      { outOfBand: true },
    )
  })

  it('settles a command that QEMU could not parse, and no other', async () => {
    await withMonitor(NONE, async (client) => {
      const texts = ['\uFFFE', 'info name', '\uD800', 'info name \u0000', '\uFFFF']
      const outcomes = await Promise.all(
        texts.map((text) => client.execute(humanMonitorCommand, { 'command-line': text })),
      )
      expect(outcomes.map((result) => result.isOk())).toStrictEqual([
        false,
        true,
        false,
        true,
        false,
      ])
    })
  })

  it('passes integers of 64 bits in both directions', async () => {
    await withMonitor(NONE, async (client) => {
      const speed = 9223372036853727232n
      await client.execute(migrateSetParameters, { 'max-bandwidth': speed })
      const parameters = (await client.execute(queryMigrateParameters, {}))._unsafeUnwrap()
      expect(parameters['max-bandwidth']).toBe(speed)
      const size = 2n ** 62n + 512n
      await client.execute(blockdevAdd, { driver: 'null-co', 'node-name': 'big', size })
      const nodes = (await client.execute(queryNamedBlockNodes, { flat: true }))._unsafeUnwrap()
      expect(nodes.map(({ image }) => image['virtual-size'])).toStrictEqual([size])
    })
  })

  it('reports the life of a job in order', async () => {
    await withMonitor(NONE, async (client, { folder }) => {
      const concluded = new Promise<string[]>((resolve) => {
        const statuses: string[] = []
        client.on('JOB_STATUS_CHANGE', ({ data }: { data: JobStatusChangeEvent }) => {
          statuses.push(data.status)
          if (data.status === 'concluded') resolve(statuses)
        })
      })
      const filename = join(folder, 'disk.raw')
      const options = { driver: 'file', filename, size: 1_048_576 } as const
      expect((await client.execute(blockdevCreate, { 'job-id': 'j', options })).isOk()).toBe(true)
      expect(await concluded).toStrictEqual('created running waiting pending concluded'.split(' '))
      const jobs = (await client.execute(queryJobs, {}))._unsafeUnwrap()
      expect(jobs).toMatchObject([{ id: 'j', type: 'create', status: 'concluded' }])
      expect((await client.execute(jobDismiss, { id: 'j' })).isOk()).toBe(true)
    })
  })

  it('carries a transaction out whole or not at all', async () => {
    await withMonitor(NONE, async (client) => {
      const node = { driver: 'null-co', 'node-name': 'n', size: 1_048_576 } as const
      await client.execute(blockdevAdd, node)
      await client.execute(blockDirtyBitmapAdd, { node: 'n', name: 'a' })
      const add = { type: 'block-dirty-bitmap-add', data: { node: 'n', name: 'b' } } as const
      const merge = {
        type: 'block-dirty-bitmap-merge',
        data: { node: 'n', target: 'b', bitmaps: ['a', { node: 'n', name: 'a' }] },
      } as const
      const names = async (): Promise<unknown> => {
        const nodes = (await client.execute(queryNamedBlockNodes, {}))._unsafeUnwrap()
        return nodes.flatMap((each) => each['dirty-bitmaps'] ?? []).map(({ name }) => name)
      }
      const aborted = await client.execute(transaction, {
        actions: [add, merge, { type: 'abort', data: {} }],
      })
      expect(aborted._unsafeUnwrapErr().desc).toBe('Transaction aborted using Abort action')
      expect(await names()).toStrictEqual(['a'])
      expect((await client.execute(transaction, { actions: [add, merge] })).isOk()).toBe(true)
      expect(await names()).toStrictEqual(['b', 'a'])
      expect((await client.execute(transaction, { actions: [] })).isOk()).toBe(true)
    })
  })

  it('makes and deletes objects', async () => {
    await withMonitor(NONE, async (client) => {
      const secret = { 'qom-type': 'secret', id: 's', data: 'hunter2' } as const
      expect((await client.execute(objectAdd, secret)).isOk()).toBe(true)
      const again = await client.execute(objectAdd, secret)
      expect(again._unsafeUnwrapErr().desc).toContain("duplicate property 's'")
      expect((await client.execute(objectDel, { id: 's' })).isOk()).toBe(true)
    })
  })

  it('gives whole answers to messages as they are', async () => {
    await withMonitor(NONE, async (client) => {
      const good = (await client.exchange({ execute: 'query-name', id: [1] }))._unsafeUnwrap()
      expect(good).toStrictEqual({ return: {}, id: [1] })
      const bad = (await client.exchange({ exekute: 'query-name' }))._unsafeUnwrap()
      expect(bad).toMatchObject({ error: { class: 'GenericError' } })
      const unknown = (await client.exchange({ execute: 'no-such' }))._unsafeUnwrap()
      expect(unknown).toMatchObject({ error: { class: 'CommandNotFound' } })
    })
  })

  it('leaves the outcome unknown when QEMU is killed before it answers', async () => {
    await withMonitor(NONE, async (client, { child }) => {
      child.kill('SIGSTOP')
      const pending = [queryStatus, quit].map(({ name }) =>
        client.execute<JsonObject, unknown>({ name, accepts: isJson }, {}),
      )
      child.kill('SIGKILL')
      const outcomes = await Promise.all(pending)
      expect(outcomes.map((result) => result._unsafeUnwrapErr().kind)).toStrictEqual([
        'interrupted',
        'interrupted',
      ])
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    })
  })
})
