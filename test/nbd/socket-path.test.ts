import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { unwrap } from '../../src/index.ts'
import { memoryExport, NbdClient, NbdServer } from '../../src/nbd/index.ts'

it('neither listens on a path that is too long for a socket, nor connects to it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'virtdriver-'))
  const fits = join(folder, 'x'.repeat(107 - folder.length - 1))
  const exports = [unwrap(memoryExport('a', 512))]
  const server = unwrap(await NbdServer.listen({ path: fits }, { exports }))
  expect(existsSync(fits)).toBe(true)
  const connected = await NbdClient.connect(`nbd+unix:///a?socket=${fits}y`)
  expect(connected._unsafeUnwrapErr().kind).toBe('unreachable')
  const second = await NbdServer.listen({ path: `${fits}y` })
  expect(second._unsafeUnwrapErr().kind).toBe('unreachable')
  unwrap(await server.close())
  expect(await readdir(folder)).toStrictEqual([])
  await rm(folder, { recursive: true })
})
