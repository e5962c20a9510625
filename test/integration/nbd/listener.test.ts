import { existsSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { memoryExport, NbdClient, NbdServer, type NbdExport } from '../../../src/nbd/index.ts'
import { withFolder } from './programs.ts'

const disk = (): NbdExport => memoryExport('vda', 65_536)._unsafeUnwrap()

describe('listening on a Unix socket', () => {
  it('makes one that only its owner can use, whatever the mask', () =>
    withFolder(async (folder) => {
      const path = join(folder, 's')
      const mask = process.umask(0)
      const server = (await NbdServer.listen({ path }, { exports: [disk()] }))._unsafeUnwrap()
      expect(process.umask(mask)).toBe(0)
      expect(statSync(path).mode & 0o777).toBe(0o600)
      expect(server.addresses).toStrictEqual([{ path }])
      await server.close()
      expect(existsSync(path)).toBe(false)
    }))

  it('replaces a socket that was left behind, but no other file', () =>
    withFolder(async (folder) => {
      const path = join(folder, 's')
      const first = (await NbdServer.listen({ path }, { exports: [disk()] }))._unsafeUnwrap()
      const second = (await NbdServer.listen({ path }, { exports: [disk()] }))._unsafeUnwrap()
      const client = (await NbdClient.connect(second.uri('vda') ?? ''))._unsafeUnwrap()
      expect([first.connections, second.connections]).toStrictEqual([0, 1])
      await client.close()
      await second.close()
      await first.close()

      writeFileSync(path, 'precious')
      const third = await NbdServer.listen({ path })
      expect(third._unsafeUnwrapErr().kind).toBe('unreachable')
      expect(statSync(path).size).toBe(8)
    }))

  it('fails where there is no folder', async () => {
    const server = await NbdServer.listen({ path: '/nonexistent/folder/s' })
    expect(server._unsafeUnwrapErr()).toMatchObject({
      kind: 'unreachable',
      message: 'Cannot listen on /nonexistent/folder/s',
    })
  })

  it('fails for a path that is too long', async () => {
    const server = await NbdServer.listen({ path: `/tmp/${'x'.repeat(200)}` })
    expect(server._unsafeUnwrapErr().kind).toBe('unreachable')
  })
})

describe('listening on TCP', () => {
  it('takes a free port and tells which', async () => {
    const options = { exports: [disk()] }
    const server = (await NbdServer.listen({ host: '127.0.0.1', port: 0 }, options))._unsafeUnwrap()
    const uri = server.uri('vda') ?? ''
    expect(uri).toMatch(/^nbd:\/\/127\.0\.0\.1:\d+\/vda$/)
    const client = (await NbdClient.connect(uri))._unsafeUnwrap()
    expect((await client.read(0, 10)).isOk()).toBe(true)
    const taken = await NbdServer.listen({ host: '127.0.0.1', port: Number(new URL(uri).port) })
    expect(taken._unsafeUnwrapErr().kind).toBe('unreachable')
    await server.close()
    expect((await client.read(0, 10))._unsafeUnwrapErr().kind).toBe('interrupted')
    expect((await NbdClient.connect(uri))._unsafeUnwrapErr().kind).toBe('unreachable')
  })
})

describe('connections to a server', () => {
  it('are limited, and make room when they end', () =>
    withFolder(async (folder) => {
      const path = join(folder, 's')
      const options = { exports: [disk()], maxConnections: 1 }
      const server = (await NbdServer.listen({ path }, options))._unsafeUnwrap()
      const uri = server.uri('vda') ?? ''
      const first = (await NbdClient.connect(uri))._unsafeUnwrap()
      expect((await NbdClient.connect(uri))._unsafeUnwrapErr().kind).toBe('interrupted')
      await first.close()
      while (server.connections > 0) await sleep(5)
      expect((await NbdClient.connect(uri)).isOk()).toBe(true)
      await server.close()
    }))

  it('end when a client says nothing', () =>
    withFolder(async (folder) => {
      const path = join(folder, 's')
      const options = { exports: [disk()], handshakeTimeoutMs: 30 }
      const server = (await NbdServer.listen({ path }, options))._unsafeUnwrap()
      const socket = connect(path)
      const closed = new Promise((resolve) => socket.resume().once('close', resolve))
      await closed
      expect(server.connections).toBe(0)
      await server.close()
    }))

  it('end with the export that they use', () =>
    withFolder(async (folder) => {
      const path = join(folder, 's')
      const other = memoryExport('vdb', 512)._unsafeUnwrap()
      const server = (
        await NbdServer.listen({ path }, { exports: [disk(), other] })
      )._unsafeUnwrap()
      const vda = (await NbdClient.connect(server.uri('vda') ?? ''))._unsafeUnwrap()
      const vdb = (await NbdClient.connect(server.uri('vdb') ?? ''))._unsafeUnwrap()
      expect(server.removeExport('vda')).toBe(true)
      expect(server.removeExport('vda')).toBe(false)
      expect((await vda.read(0, 1))._unsafeUnwrapErr().kind).toBe('interrupted')
      expect((await vdb.read(0, 1)).isOk()).toBe(true)
      await server.close()
    }))
})
