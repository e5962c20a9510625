/**
 * What the host is, as far as Node and the kernel tell.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { cpus, freemem, hostname, totalmem } from 'node:os'
import type { NodeInfo } from '../../driver/index.ts'

/** What the host is. */
export interface HostFacts {
  readonly hostname: string
  /** As libvirt calls it: `x86_64`. */
  readonly arch: string
  /** As dashed text, where the firmware has one that we may read. */
  readonly uuid: string | undefined
}

const archNames: Readonly<Record<string, string>> = {
  x64: 'x86_64',
  ia32: 'i686',
  arm64: 'aarch64',
  arm: 'armv7l',
  ppc64: 'ppc64le',
}

/** Finds out what does not change while the host is up. */
export function readHostFacts(): HostFacts {
  return {
    hostname: hostname(),
    arch: archNames[process.arch] ?? process.arch,
    uuid: readText('/sys/class/dmi/id/product_uuid')?.toLowerCase(),
  }
}

/** Describes the host in brief; asked anew, because processors come and go. */
export function nodeInfo({ arch }: HostFacts): NodeInfo {
  const processors = cpus()
  const { sockets, cores, threads } = topology(processors.length)
  return {
    model: arch,
    memory: Math.floor(totalmem() / 1024),
    cpus: processors.length,
    mhz: processors[0]?.speed ?? 0,
    nodes: 1,
    sockets,
    cores,
    threads,
  }
}

/** A processor of the host. */
export interface HostProcessor {
  readonly id: number
  readonly socket: number
  readonly core: number
  /** The processors of the same core, as the kernel writes sets: `0,4`. */
  readonly siblings: string
}

/** Lists the processors that are online. */
export function hostProcessors(): HostProcessor[] {
  return cpus().map((_, id) => {
    const folder = `/sys/devices/system/cpu/cpu${id}/topology`
    return {
      id,
      socket: Math.max(0, Number(readText(`${folder}/physical_package_id`) ?? 0)),
      core: Number(readText(`${folder}/core_id`) ?? id),
      siblings: readText(`${folder}/thread_siblings_list`) ?? String(id),
    }
  })
}

/** What one node has, as libvirt counts: all sockets are of one size. */
function topology(count: number): Pick<NodeInfo, 'sockets' | 'cores' | 'threads'> {
  const processors = hostProcessors()
  const sockets = new Set(processors.map(({ socket }) => socket)).size
  const cores = new Set(processors.map(({ socket, core }) => `${socket}/${core}`)).size
  const threads = Math.max(1, Math.floor(count / Math.max(1, cores)))
  return { sockets, cores: Math.max(1, Math.floor(cores / Math.max(1, sockets))), threads }
}

/** Bytes of the host's memory that are free. */
export function freeMemory(): number {
  return freemem()
}

/** KiB of the host's memory by what it is used for, from `/proc/meminfo`. */
export function memoryStatistics(): Readonly<
  Record<'total' | 'free' | 'buffers' | 'cached', number>
> {
  const text = readText('/proc/meminfo') ?? ''
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0)
  return {
    total: field('MemTotal'),
    free: field('MemFree'),
    buffers: field('Buffers'),
    cached: field('Cached'),
  }
}

/** Names the time since the host was started. */
export function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id') ?? ''
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}
