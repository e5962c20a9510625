/**
 * QMP commands a second against QEMU: the client, beside a bare socket with `JSON.stringify` and `JSON.parse`.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { QmpClient, queryStatus } from '../src/qmp/index.ts'
import { isInstalled } from './is-installed.ts'
import { rateRow, takeTurns } from './measure.ts'
import { type BenchRow, rate, skipped } from './table.ts'

/** Asks QEMU something, `count` times with `window` commands on their way. */
type Loop = (count: number, window: number) => Promise<void>

const COMMANDS = 3000

/**
 * Measures one command at a time, and 32 on their way.
 *
 * Both clients take turns on two monitors of one QEMU; the median of the rounds counts.
 */
export async function run(): Promise<readonly BenchRow[]> {
  const program = process.env['QEMU'] ?? 'qemu-system-x86_64'
  if (!(await isInstalled(program))) return [skipped('commands', program)]
  const folder = mkdtempSync(join(tmpdir(), 'virtdriver-bench-'))
  const monitor = (name: string): string[] => ['-qmp', `unix:${folder}/${name},server=on,wait=off`]
  const none = ['-machine', 'none', '-nodefaults', '-display', 'none', '-S']
  const qemu = spawn(program, [...none, ...monitor('ours'), ...monitor('bare')])
  const exited = once(qemu, 'exit')
  try {
    const client = await openClient(join(folder, 'ours'))
    const socket = await openBare(join(folder, 'bare'))
    const ours = clientLoop(client)
    const bare = bareLoop(socket)
    const results = [
      await compare('one command at a time', ours, bare, 1),
      await compare('32 commands on their way', ours, bare, 32),
    ]
    await client.close()
    socket.destroy()
    return results
  } finally {
    qemu.kill()
    await exited
    rmSync(folder, { recursive: true })
  }
}

async function compare(name: string, ours: Loop, bare: Loop, window: number): Promise<BenchRow> {
  const rates = await takeTurns(
    () => commandsPerSecond(ours, window),
    () => commandsPerSecond(bare, window),
  )
  return rateRow(name, 'bare socket', rates, rate)
}

async function commandsPerSecond(loop: Loop, window: number): Promise<number> {
  const start = performance.now()
  await loop(COMMANDS, window)
  return (COMMANDS * 1000) / (performance.now() - start)
}

async function openClient(path: string): Promise<QmpClient> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const client = await QmpClient.connect({ path })
    if (client.isOk()) return client.value
    await sleep(10)
  }
  throw new Error('QEMU does not listen')
}

function clientLoop(client: QmpClient): Loop {
  return async (count, window) => {
    let started = 0
    const worker = async (): Promise<void> => {
      while (started < count) {
        started += 1
        const status = await client.execute(queryStatus, {})
        if (status.isErr()) throw status.error
      }
    }
    await Promise.all(Array.from({ length: window }, worker))
  }
}

async function openBare(path: string): Promise<Socket> {
  const socket = createConnection({ path })
  socket.write('{"execute":"qmp_capabilities"}\n')
  let text = ''
  while (!text.includes('return')) {
    const [chunk]: unknown[] = await once(socket, 'data')
    text += String(chunk)
  }
  return socket
}

function bareLoop(socket: Socket): Loop {
  return (count, window) =>
    new Promise((resolve) => {
      let sent = 0
      let answered = 0
      let rest = ''
      const send = (): void => {
        sent += 1
        socket.write(`${JSON.stringify({ execute: 'query-status', id: sent })}\n`)
      }
      const onData = (chunk: Buffer): void => {
        const lines = (rest + chunk.toString()).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) {
          JSON.parse(line)
          answered += 1
          if (sent < count) send()
        }
        if (answered < count) return
        socket.off('data', onData)
        resolve()
      }
      socket.on('data', onData)
      for (let each = 0; each < window; each += 1) send()
    })
}
