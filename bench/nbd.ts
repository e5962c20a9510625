/**
 * The NBD client and server measured side by side with libnbd's nbdcopy, nbdkit and QEMU, in one run.
 *
 * Rows of which a program is missing say so. Each figure is the best of several rounds in which both sides take
 * turns, so that a busy machine disturbs both.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { ok } from 'neverthrow'
import { unwrap } from '../src/errors/index.ts'
import {
  dirtyDescriptors,
  formatNbdUri,
  memoryExport,
  NbdClient,
  NbdServer,
} from '../src/nbd/index.ts'
import type { NbdExport } from '../src/nbd/index.ts'
import { isInstalled } from './is-installed.ts'
import { type BenchRow, skipped } from './table.ts'

const MiB = 0x10_0000
const GiB = 1024 * MiB
const TiB = 1024 * GiB
/** Enough of them that our side, which compiles itself while it runs, has done so. */
const ROUNDS = 7

/** Measures everything, and gives a row for each comparison. */
export async function run(): Promise<readonly BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'virtdriver-bench-'))
  try {
    const benches = [readingFromNbdkit, servingMemory, blockStatusOfClient, blockStatusOfServer]
    const rows: BenchRow[] = []
    for (const bench of benches) rows.push(...(await bench(folder)))
    return rows
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Our client reads 1 GiB of random data from nbdkit, as nbdcopy does over one connection. */
async function readingFromNbdkit(folder: string): Promise<BenchRow[]> {
  const name = 'client: read 1 GiB from nbdkit file, against nbdcopy to null:'
  const missing = await firstMissing('nbdkit', 'nbdcopy')
  if (missing !== undefined) return [skipped(name, missing)]
  const path = join(folder, 'random.img')
  await writeRandomFile(path, GiB)
  const socket = join(folder, 'nbdkit-file.sock')
  const server = await started(socket, 'nbdkit', ['-f', '-r', '-U', socket, 'file', path])
  try {
    const uri = `nbd+unix:///?socket=${socket}`
    const memory = new MemoryWatch()
    const times = await turns(
      () => readAll(uri),
      () => command('nbdcopy', ['--connections=1', uri, 'null:']),
    )
    return [throughput(name, GiB, times), memory.row('client: memory while reading')]
  } finally {
    await stopped(server)
  }
}

/** Reads a whole export into buffers that are used again. */
async function readAll(uri: string): Promise<void> {
  const client = unwrap(await NbdClient.connect(uri))
  const piece = 0x4_0000
  let next = 0
  const reader = async (): Promise<void> => {
    const buffer = new Uint8Array(piece)
    while (next < client.size) {
      const offset = next
      next += piece
      unwrap(await client.readInto(offset, buffer))
    }
  }
  await Promise.all(Array.from({ length: 16 }, reader))
  unwrap(await client.close())
}

/** nbdcopy reads 512 MiB of data out of our memory, and out of nbdkit's. */
async function servingMemory(folder: string): Promise<BenchRow[]> {
  const name = 'server: nbdcopy reads 512 MiB of memory, against nbdkit memory'
  const missing = await firstMissing('nbdkit', 'nbdcopy')
  if (missing !== undefined) return [skipped(name, missing)]
  const size = 512 * MiB
  const source = unwrap(memoryExport('memory', size))
  const noise = randomFillSync(new Uint8Array(MiB))
  for (let at = 0; at < size; at += MiB) source.fill(at, noise)
  const ours = join(folder, 'ours.sock')
  const peer = join(folder, 'nbdkit-memory.sock')
  const server = unwrap(await NbdServer.listen({ path: ours }, { exports: [source] }))
  const nbdkit = await started(peer, 'nbdkit', ['-f', '-U', peer, 'memory', `${size}`])
  try {
    await fillAll(formatNbdUri({ path: peer, exportName: '' }), noise)
    const memory = new MemoryWatch()
    const times = await turns(
      () => command('nbdcopy', [formatNbdUri({ path: ours, exportName: 'memory' }), 'null:']),
      () => command('nbdcopy', [formatNbdUri({ path: peer, exportName: '' }), 'null:']),
    )
    return [throughput(name, size, times), memory.row('server: memory while serving')]
  } finally {
    unwrap(await server.close())
    await stopped(nbdkit)
  }
}

async function fillAll(uri: string, noise: Uint8Array): Promise<void> {
  const client = unwrap(await NbdClient.connect(uri))
  for (let at = 0; at < client.size; at += noise.length) unwrap(await client.write(at, noise))
  unwrap(await client.close())
}

const EXTENTS = 100_000
/** A disk of 16 TiB of which 100,000 places are dirty. */
const sparse = { size: 16 * TiB, stride: Math.floor((16 * TiB) / EXTENTS / 65_536) * 65_536 }

function* dirtyPlaces(): Generator<{ offset: number; length: number }> {
  for (let index = 0; index < EXTENTS; index++) {
    yield { offset: index * sparse.stride, length: 65_536 }
  }
}

/** Our client walks QEMU's bitmap, as nbdinfo does. */
async function blockStatusOfClient(folder: string): Promise<BenchRow[]> {
  const name = 'client: block status from QEMU, 16 TiB with 100,000 dirty, against nbdinfo'
  const missing = await firstMissing('qemu-storage-daemon', 'nbdinfo')
  if (missing !== undefined) return [skipped(name, missing)]
  const daemon = await StorageDaemon.start(folder)
  try {
    const uri = daemon.uri('ro')
    const memory = new MemoryWatch()
    const times = await turns(
      () => walk(uri),
      () => command('nbdinfo', ['--map=qemu:dirty-bitmap:b0', '--totals', uri]),
    )
    return [entries(name, times), memory.row('client: memory while walking')]
  } finally {
    await daemon.stop()
  }
}

async function walk(uri: string): Promise<void> {
  const bitmap = 'qemu:dirty-bitmap:b0'
  const client = unwrap(await NbdClient.connect(uri, { contexts: [bitmap] }))
  let dirty = 0
  for await (const { flags } of client.extents()) if (flags[bitmap] === 1) dirty++
  if (dirty !== EXTENTS) throw new Error(`Saw ${dirty} dirty extents`)
  unwrap(await client.close())
}

/** nbdinfo walks a bitmap of ours, and the same one of QEMU's. */
async function blockStatusOfServer(folder: string): Promise<BenchRow[]> {
  const name = 'server: block status to nbdinfo, 16 TiB with 100,000 dirty, against QEMU'
  const missing = await firstMissing('qemu-storage-daemon', 'nbdinfo')
  if (missing !== undefined) return [skipped(name, missing)]
  const socket = join(folder, 'bitmap.sock')
  const server = unwrap(await NbdServer.listen({ path: socket }, { exports: [bitmapExport()] }))
  const daemon = await StorageDaemon.start(folder)
  try {
    const info = (uri: string): Promise<void> =>
      command('nbdinfo', ['--map=qemu:dirty-bitmap:b0', '--totals', uri])
    const memory = new MemoryWatch()
    const times = await turns(
      () => info(`nbd+unix:///ro?socket=${socket}`),
      () => info(daemon.uri('ro')),
    )
    return [entries(name, times), memory.row('server: memory while telling')]
  } finally {
    unwrap(await server.close())
    await daemon.stop()
  }
}

function bitmapExport(): NbdExport {
  const places = [...dirtyPlaces()]
  return {
    name: 'ro',
    size: sparse.size,
    contexts: ['qemu:dirty-bitmap:b0'],
    read: (_offset, length) => ok(new Uint8Array(length)),
    extents: (context, offset, length) => {
      if (context === 'base:allocation') return ok([{ length, flags: 3 }])
      const first = Math.max(0, Math.floor(offset / sparse.stride) - 1)
      const last = Math.ceil((offset + length) / sparse.stride) + 1
      return ok(dirtyDescriptors(places.slice(first, last), offset, length))
    },
  }
}

/** qemu-storage-daemon with a bitmap on a disk without contents. */
class StorageDaemon {
  readonly #process: ChildProcess
  readonly #socket: string

  constructor(child: ChildProcess, socket: string) {
    this.#process = child
    this.#socket = socket
  }

  static async start(folder: string): Promise<StorageDaemon> {
    const socket = join(folder, 'qsd.sock')
    const child = await started(socket, 'qemu-storage-daemon', [
      `--blockdev=driver=null-co,node-name=n,size=${sparse.size},read-zeroes=on`,
      '--chardev=stdio,id=qmp',
      '--monitor=chardev=qmp',
      `--nbd-server=addr.type=unix,addr.path=${socket},max-connections=10`,
    ])
    const daemon = new StorageDaemon(child, socket)
    const node = { node: 'n', name: 'b0' }
    daemon.#send('qmp_capabilities', {})
    daemon.#send('block-dirty-bitmap-add', { ...node, granularity: 65_536 })
    daemon.#send('block-export-add', {
      type: 'nbd',
      id: 'rw',
      'node-name': 'n',
      name: 'rw',
      writable: true,
    })
    await sleep(500)
    await daemon.#dirty()
    daemon.#send('block-export-del', { id: 'rw' })
    await sleep(500)
    daemon.#send('block-dirty-bitmap-disable', node)
    const bitmaps = ['b0']
    daemon.#send('block-export-add', {
      type: 'nbd',
      id: 'ro',
      'node-name': 'n',
      name: 'ro',
      bitmaps,
    })
    await sleep(500)
    return daemon
  }

  uri(name: string): string {
    return `nbd+unix:///${name}?socket=${this.#socket}`
  }

  stop(): Promise<void> {
    return stopped(this.#process)
  }

  #send(execute: string, args: object): void {
    this.#process.stdin?.write(`${JSON.stringify({ execute, arguments: args })}\n`)
  }

  async #dirty(): Promise<void> {
    const client = unwrap(await NbdClient.connect(this.uri('rw')))
    const data = new Uint8Array(512)
    let batch: PromiseLike<unknown>[] = []
    for (const { offset } of dirtyPlaces()) {
      batch.push(client.write(offset, data).then(unwrap))
      if (batch.length < 64) continue
      await Promise.all(batch)
      batch = []
    }
    await Promise.all(batch)
    unwrap(await client.close())
  }
}

/** Watches how far the memory of this process grows, looking every few milliseconds. */
class MemoryWatch {
  readonly #baseline = process.memoryUsage.rss()
  #peak = this.#baseline
  readonly #timer = setInterval(() => this.#look(), 5)

  row(name: string): BenchRow {
    clearInterval(this.#timer)
    this.#look()
    const grown = (this.#peak - this.#baseline) / MiB
    return {
      name,
      ours: `${grown.toFixed(0)} MiB`,
      peer: 'at most 64 MiB',
      ratio: 64 / Math.max(1, grown),
    }
  }

  #look(): void {
    this.#peak = Math.max(this.#peak, process.memoryUsage.rss())
  }
}

interface Times {
  readonly ours: number
  readonly peer: number
}

/** Lets both sides take turns, and gives the best time of each in seconds. */
async function turns(ours: () => Promise<void>, peer: () => Promise<void>): Promise<Times> {
  let best = { ours: Infinity, peer: Infinity }
  // The first round warms both sides up.
  for (let round = 0; round <= ROUNDS; round++) {
    const mine = await timed(ours)
    const theirs = await timed(peer)
    if (round > 0) best = { ours: Math.min(best.ours, mine), peer: Math.min(best.peer, theirs) }
  }
  return best
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

function throughput(name: string, bytes: number, { ours, peer }: Times): BenchRow {
  const rate = (seconds: number): string => `${(bytes / GiB / seconds).toFixed(2)} GiB/s`
  return { name, ours: rate(ours), peer: rate(peer), ratio: peer / ours }
}

function entries(name: string, { ours, peer }: Times): BenchRow {
  const [mine, theirs] = [ours, peer].map((seconds) => Math.round((2 * EXTENTS) / seconds))
  return { name, ours: `${mine} entries/s`, peer: `${theirs} entries/s`, ratio: peer / ours }
}

async function writeRandomFile(path: string, size: number): Promise<void> {
  const file = await open(path, 'w')
  const block = new Uint8Array(4 * MiB)
  for (let at = 0; at < size; at += block.length) await file.write(randomFillSync(block))
  await file.close()
}

async function firstMissing(...programs: string[]): Promise<string | undefined> {
  for (const program of programs) if (!(await isInstalled(program))) return program
  return undefined
}

function command(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(program, args, (error) => {
      if (error === null) resolve()
      else reject(error)
    })
  })
}

async function started(
  socket: string,
  program: string,
  args: readonly string[],
): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'inherit'] })
  for (let waited = 0; !existsSync(socket); waited += 20) {
    if (waited > 10_000 || child.exitCode !== null) throw new Error(`${program} did not start`)
    await sleep(20)
  }
  return child
}

async function stopped(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill()
  await gone
}
