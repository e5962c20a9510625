import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectSocket, formatJson, QmpClient, stop } from '../../../src/qmp/index.ts'
import { GREETING } from '../../qmp/memory-peer.ts'

let folder = ''
let server: Server
const sockets = new Set<Socket>()

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virtdriver-socket-'))
  server = createServer((socket) => sockets.add(socket))
})

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  await new Promise((resolve) => {
    server.close(resolve)
  })
  rmSync(folder, { recursive: true })
})

const greeting = `${formatJson(GREETING)._unsafeUnwrap()}\r\n`

async function listen(): Promise<{ path: string }> {
  const path = join(folder, 's')
  server.listen(path)
  await once(server, 'listening')
  return { path }
}

describe('a socket', () => {
  it('can be one of TCP', async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    server.on('connection', (socket: Socket) => {
      socket.write(greeting)
      socket.on('data', () => socket.write('{"return": {}, "id": 1}\r\n'))
    })
    const address = server.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    const client = (await QmpClient.connect({ host: '127.0.0.1', port }))._unsafeUnwrap()
    expect(client.isClosed).toBe(false)
    await client.close()
  })

  it('keeps what comes before somebody reads', async () => {
    const address = await listen()
    server.on('connection', (socket: Socket) => socket.end(greeting))
    const transport = (await connectSocket(address))._unsafeUnwrap()
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    const error = (await QmpClient.open(transport))._unsafeUnwrapErr()
    expect(error).toMatchObject({ kind: 'interrupted', command: 'qmp_capabilities' })
  })

  it('that the peer resets leaves the outcome unknown', async () => {
    const address = await listen()
    server.on('connection', (socket: Socket) => {
      socket.write(greeting)
      socket.once('data', () => {
        socket.write('{"return": {}, "id": 1}\r\n')
        socket.once('data', () => socket.destroy())
      })
    })
    const client = (await QmpClient.connect(address))._unsafeUnwrap()
    expect((await client.execute(stop, {}))._unsafeUnwrapErr().kind).toBe('interrupted')
  })

  it('that accepts and says nothing runs into the deadline', async () => {
    const address = await listen()
    const error = (await QmpClient.connect(address, { handshakeTimeoutMs: 20 }))._unsafeUnwrapErr()
    expect(error.kind).toBe('timeout')
  })

  it.each([
    ['that is not there', 'unreachable', (path: string) => ({ path: `${path}/none` })],
    ['with a path that does not fit', 'unsupported', () => ({ path: `/tmp/${'x'.repeat(103)}` })],
    ['with an empty path', 'unsupported', () => ({ path: '' })],
    ['with a zero in its path', 'unsupported', () => ({ path: '/tmp/a\0b' })],
    ['with a port out of range', 'unreachable', () => ({ host: '127.0.0.1', port: 65_536 })],
    ['on a host that is none', 'unreachable', () => ({ host: 'host.invalid', port: 1 })],
  ])('%s is an error and no throw', async (_, kind, addressIn) => {
    const outcome = await QmpClient.connect(addressIn(folder))
    expect(outcome._unsafeUnwrapErr().kind).toBe(kind)
  })

  it('whose connecting is aborted is not connected', async () => {
    const address = await listen()
    const controller = new AbortController()
    const connecting = QmpClient.connect(address, { signal: controller.signal })
    controller.abort()
    expect((await connecting)._unsafeUnwrapErr().kind).toBe('aborted')
  })
})
