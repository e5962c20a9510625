import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import {
  type Connection,
  type Domain,
  open,
  unwrap,
  type VirError,
  type VirResultAsync,
} from '../../../src/index.ts'
import { requireProgram } from '../require.ts'

/** The programs that all tests here need. */
export const qemu = requireProgram('qemu', 'QEMU', 'qemu-system-x86_64')
export const qemuImg = requireProgram('qemu', 'QEMU_IMG', 'qemu-img')

/** For the title of what is skipped. */
export const note: string = qemu.note + qemuImg.note
export const isMissing: boolean = qemu.isMissing || qemuImg.isMissing

/** A root of its own for one test, with nothing left of it afterwards. */
export interface Lab {
  readonly root: string
  readonly uri: string
  /** Makes an image in the lab, and gives its path. */
  image(name: string, size: string, format?: string, backing?: string): string
  /** Opens a connection that is closed when the test is over. */
  connect(): Promise<Connection>
  /** The pids of all QEMUs of this root. */
  processes(): number[]
}

/** Makes a lab. When the test is over no QEMU of its root may be alive; those that are, are killed and the test fails. */
export function makeLab(): Lab {
  const root = mkdtempSync(join(tmpdir(), 'vd-'))
  const connections: Connection[] = []
  const lab: Lab = {
    root,
    uri: `qemu:///embed?root=${root}`,
    image: (name, size, format = 'qcow2', backing) => {
      const path = join(root, name)
      const base = backing === undefined ? [] : ['-b', backing, '-F', 'qcow2']
      const sized = backing === undefined ? [size] : []
      execFileSync(qemuImg.path, ['create', '-q', '-f', format, ...base, path, ...sized])
      return path
    },
    connect: async () => {
      const connection = unwrap(await open(lab.uri))
      connections.push(connection)
      return connection
    },
    processes: () => processesOf(root),
  }
  onTestFinished(async () => {
    for (const connection of connections) await connection.close()
    const left = lab.processes()
    for (const pid of left) process.kill(pid, 'SIGKILL')
    while (lab.processes().length > 0) await new Promise((resolve) => setTimeout(resolve, 10))
    rmSync(root, { recursive: true })
    expect(left).toStrictEqual([])
  })
  return lab
}

/** Ends all domains of a connection, as a test does when it is done. */
export async function destroyAll(connection: Connection): Promise<void> {
  for (const domain of unwrap(await connection.listAllDomains())) {
    if (unwrap(await domain.isActive())) unwrap(await domain.destroy())
  }
}

/** The pids of all QEMUs of a root. */
export function processesOf(root: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        const state = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0]
        return command.includes('qemu-system') && command.includes(root) && state !== 'Z'
      } catch {
        return false
      }
    })
}

/** What a domain is made of. */
export interface DomainXmlOptions {
  readonly name?: string
  readonly machine?: string
  readonly type?: string
  readonly uuid?: string
  /** Elements of `<devices>`. */
  readonly devices?: string
  /** Elements of `<domain>`. */
  readonly more?: string
}

/** A small guest without anything to boot. */
export function domainXml(options: DomainXmlOptions = {}): string {
  const { name = 'vm', machine = 'pc', type = 'qemu', devices = '', more = '', uuid } = options
  return `<domain type='${type}'><name>${name}</name>${uuid === undefined ? '' : `<uuid>${uuid}</uuid>`}
    <memory unit='MiB'>32</memory><os><type arch='x86_64' machine='${machine}'>hvm</type></os>${more}
    <devices><emulator>${qemu.path}</emulator>${devices}</devices></domain>`
}

/** A disk of a file. */
export function diskXml(dev: string, path: string, format = 'qcow2', bus = 'virtio'): string {
  return `<disk type='file' device='disk'><driver name='qemu' type='${format}'/><source file='${path}'/><target dev='${dev}' bus='${bus}'/></disk>`
}

/** Defines a domain and starts it. */
export async function startDomain(
  connection: Connection,
  options: DomainXmlOptions = {},
): Promise<Domain> {
  const domain = unwrap(await connection.domainDefineXML(domainXml(options)))
  unwrap(await domain.create())
  return domain
}

/** What a caller sees of a failure. */
export async function errorOf(
  result: VirResultAsync<unknown>,
): Promise<Pick<VirError, 'code' | 'domain' | 'message'>> {
  const { code, domain, message } = (await result)._unsafeUnwrapErr()
  return { code, domain, message }
}

/** Lifecycle events as `[event, detail]`, in the order they came. */
export function recordLifecycle(connection: Connection): (readonly [number, number])[] {
  const events: (readonly [number, number])[] = []
  connection.on('lifecycle', ({ event, detail }) => {
    events.push([event, detail])
  })
  return events
}

/** Waits until something is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10))
}

/** The pid of the QEMU of a domain. */
export function pidOf(lab: Lab, name = 'vm'): number {
  return Number(readFileSync(join(lab.root, `run/qemu/${name}.pid`), 'utf8'))
}

/** The files of a run that must be gone once the domain has stopped. */
export function runFiles({ root }: Lab, name = 'vm'): string[] {
  const files = [`run/qemu/${name}.xml`, `run/qemu/${name}.pid`].filter((file) =>
    existsSync(join(root, file)),
  )
  const folders = readdirSync(join(root, 'lib/qemu')).filter((file) => file.startsWith('domain-'))
  return [
    ...files,
    ...folders,
    ...readdirSync(join(root, 'run/qemu')).filter((file) => file.endsWith('.new')),
  ]
}
