/** Where the scenarios of the recorded matrix find real machines. */
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import {
  type Connection,
  type Domain,
  DomainGetJobStatsFlags,
  DomainQemuMonitorCommandFlags,
  DomainUndefineFlagsValues,
  open,
  unwrap,
} from '../../../src/index.ts'
import type { JsonObject } from '../../../src/qmp/index.ts'
import type { MatrixDriver } from '../../drivers/matrix/describe-matrix.ts'
import type { Rig, RigDomainOptions, RigImage } from '../../drivers/matrix/rig.ts'
import { domainXml, processesOf, qemuImg } from './lab.ts'

const { COMPLETED } = DomainGetJobStatsFlags

const isRoot = process.getuid?.() === 0
const hasLoop = isRoot && existsSync('/dev/loop-control')

/** Rows with a small or read-only file system. */
const mounting: ReadonlySet<number> = new Set([356, 359, 364, 365])

/** Rows of a domain with a block device, or of backups onto one. */
const isOnDevices = (n: number): boolean => n >= 104 && n <= 134

function obstacle(n: number): string {
  if (mounting.has(n) && !isRoot) return 'only root can mount a small file system'
  return isOnDevices(n) && !hasLoop ? 'only root can make a block device of a file' : ''
}

/** Real machines: all tests of a file have one root. */
export class QemuRigs implements MatrixDriver {
  readonly obstacle: (n: number) => string = obstacle
  #folder = ''
  /** Keeps what is known of the host from one test to the next. */
  #first: Connection | undefined

  readonly newRig = async (): Promise<Rig> => {
    if (this.#folder === '') this.#folder = mkdtempSync(join(tmpdir(), 'vd-'))
    this.#first ??= await this.#open()
    return new QemuRig(await this.#open(), this.#folder)
  }

  /** Takes the root away; no QEMU of it may be alive. */
  async close(): Promise<void> {
    if (this.#first === undefined) return
    unwrap(await this.#first.close())
    const left = processesOf(this.#folder)
    for (const pid of left) process.kill(pid, 'SIGKILL')
    rmSync(this.#folder, { recursive: true })
    expect(left).toStrictEqual([])
  }

  async #open(): Promise<Connection> {
    return unwrap(await open(`qemu:///embed?root=${join(this.#folder, 'root')}`))
  }
}

class QemuRig implements Rig {
  readonly connection: Connection
  readonly #vm: string
  readonly #mounts: string[] = []
  /** Block devices of here by those of the recording. */
  readonly #devices = new Map<string, string>()

  constructor(connection: Connection, folder: string) {
    this.connection = connection
    this.#vm = join(folder, 'vm')
    for (const name of ['img', 'bk']) mkdirSync(join(this.#vm, name), { recursive: true })
  }

  toHere(text: string): string {
    return text
      .replaceAll(/(?<!\w)\/vm(?=\/)/g, this.#vm)
      .replaceAll(/\/dev\/loop\d+/g, (path) => this.#devices.get(path) ?? path)
  }

  toRecorded(text: string): string {
    return text.replaceAll(this.#vm, '/vm')
  }

  domainXml({ name = 'vm', uuid = '', devices }: RigDomainOptions): string {
    const type = existsSync('/dev/kvm') ? 'kvm' : 'qemu'
    // Without ACPI, nothing can be plugged into a running machine.
    return domainXml({ name, type, uuid, devices, more: '<features><acpi/></features>' })
  }

  async createImage(path: string, { format = 'raw', size }: RigImage): Promise<void> {
    const here = this.#path(path)
    if (format === 'raw') makeSparse(here, size)
    // A copy costs less than a process.
    else copyFileSync(this.#template(size), here)
  }

  async createOverlay(path: string, base: string): Promise<void> {
    const images = ['-b', this.#path(base), '-F', 'qcow2', this.#path(path)]
    execFileSync(qemuImg.path, ['create', '-q', '-f', 'qcow2', ...images])
  }

  async createDevice(path: string, size: number): Promise<void> {
    const file = join(this.#vm, path.replaceAll('/', '-'))
    makeSparse(file, size)
    const device = execFileSync('losetup', ['--find', '--show', file], { encoding: 'utf8' })
    this.#devices.set(path, device.trim())
  }

  async write(dev: string, offset: number, length: number): Promise<void> {
    const index = 'abcdefgh'.indexOf(dev.slice(2))
    const device = `/machine/peripheral/virtio-disk${index}/virtio-backend`
    const command = `qemu-io -d ${device} "write -P 1 ${offset} ${length}"`
    const { HMP } = DomainQemuMonitorCommandFlags
    unwrap(await (await this.#domain()).qemuMonitorCommand(command, HMP))
  }

  async limit(path: string, bytes: number): Promise<void> {
    this.#mount(dirname(path), `size=${bytes}`)
  }

  async directory(path: string, state: 'missing' | 'read-only'): Promise<void> {
    if (state === 'read-only') this.#mount(path, 'ro')
  }

  files(directory: string): readonly string[] {
    return readdirSync(this.#path(directory)).map((name) => join(directory, name))
  }

  /** Nothing runs in the guest. */
  async removeAgent(): Promise<void> {}

  async crash(): Promise<void> {
    const domain = await this.#domain()
    const file = join(dirname(this.#vm), 'root/run/qemu', `${domain.getName()}.pid`)
    process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL')
    await poll(async () => !unwrap(await domain.isActive()))
  }

  async disableBitmap(dev: string, name: string): Promise<void> {
    const node = `libvirt-${'ba'.indexOf(dev.slice(2)) + 1}-format`
    await this.#qmp('block-dirty-bitmap-disable', { node, name })
  }

  until(isSo: () => boolean): Promise<void> {
    return poll(async () => isSo())
  }

  async settle(): Promise<void> {
    const domain = await this.#domain()
    await poll(async () => {
      if (!unwrap(await domain.isActive())) return true
      const { type } = unwrap(await domain.getJobStats())
      return type === 0 && (await this.#qmp('query-jobs')).includes('"return":[]')
    })
  }

  async fingerprint(): Promise<string> {
    const queries = ['named-block-nodes', 'block', 'block-exports', 'jobs', 'status']
    const domains = unwrap(await this.connection.listAllDomains())
    const seen: unknown[] = readdirSync(this.#vm, { recursive: true, encoding: 'utf8' }).map(
      (name) => [name, statSync(join(this.#vm, name)).mtimeMs],
    )
    for (const domain of domains) {
      seen.push(domain.getID(), unwrap(await domain.getXMLDesc()))
      seen.push(unwrap(await domain.isPersistent()))
      for (const query of queries) seen.push(await returned(domain, `query-${query}`))
      const checkpoints = unwrap(await domain.listAllCheckpoints())
      seen.push(checkpoints.map((checkpoint) => checkpoint.getName()))
      seen.push(unwrap(await domain.getJobStats(COMPLETED)))
    }
    return JSON.stringify(seen)
  }

  async close(): Promise<void> {
    const { CHECKPOINTS_METADATA } = DomainUndefineFlagsValues
    for (const domain of unwrap(await this.connection.listAllDomains())) {
      const isPersistent = unwrap(await domain.isPersistent())
      if (unwrap(await domain.isActive())) unwrap(await domain.destroy())
      if (isPersistent) unwrap(await domain.undefineFlags(CHECKPOINTS_METADATA))
    }
    unwrap(await this.connection.close())
    for (const device of this.#devices.values()) execFileSync('losetup', ['--detach', device])
    for (const path of this.#mounts) execFileSync('umount', [path])
    rmSync(this.#vm, { recursive: true })
  }

  /** An empty image of this size. */
  #template(size: number): string {
    const path = join(dirname(this.#vm), `${size}.qcow2`)
    if (!existsSync(path)) {
      execFileSync(qemuImg.path, ['create', '-q', '-f', 'qcow2', path, String(size)])
    }
    return path
  }

  #path(path: string): string {
    return path.replace('/vm', this.#vm)
  }

  #mount(path: string, options: string): void {
    const here = this.#path(path)
    mkdirSync(here)
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', here])
    this.#mounts.push(here)
  }

  /** The only domain. */
  async #domain(): Promise<Domain> {
    const [domain] = unwrap(await this.connection.listAllDomains())
    if (domain === undefined) throw new Error('there is no domain')
    return domain
  }

  async #qmp(execute: string, args: JsonObject = {}): Promise<string> {
    const command = JSON.stringify({ execute, arguments: args })
    return unwrap(await (await this.#domain()).qemuMonitorCommand(command))
  }
}

function makeSparse(path: string, size: number): void {
  writeFileSync(path, '')
  truncateSync(path, size)
}

/** What QEMU says to a query; nothing when there is no QEMU. */
async function returned(domain: Domain, execute: string): Promise<unknown> {
  const reply = await domain.qemuMonitorCommand(JSON.stringify({ execute }))
  return reply.isOk() ? JSON.parse(reply.value).return : undefined
}

async function poll(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('it did not happen within 20 seconds')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
