/**
 * A virtual machine on a root of its own, with what the tests of backups look at: events, what is sent to QEMU, images.
 */
import { execFileSync } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import {
  type Connection,
  type Domain,
  DomainQemuMonitorCommandFlags,
  open,
  unwrap,
} from '../../../src/index.ts'
import { type JsonObject, QMP_SEND_CHANNEL } from '../../../src/qmp/index.ts'
import { requireProgram, type RequiredProgram } from '../require.ts'

export const qemu: RequiredProgram = requireProgram('qemu', 'QEMU', 'qemu-system-x86_64')
export const qemuImg: RequiredProgram = requireProgram('qemu', 'QEMU_IMG', 'qemu-img')
export const isMissing: boolean = qemu.isMissing || qemuImg.isMissing
export const note: string = qemu.note === '' ? qemuImg.note : qemu.note

export const MiB: number = 1024 ** 2

/** A disk of the machine. */
export interface LabDisk {
  /** `vda`, … */
  readonly dev: string
  readonly format?: 'raw' | 'qcow2'
  /** Bytes; 64 MiB when absent. */
  readonly size?: number
  readonly source?: string
  /** Its place in the order in which the firmware boots; it sees no disk without one. */
  readonly boot?: number
}

/** Formats of which `qemu-img check` knows nothing. */
const uncheckable: ReadonlySet<string> = new Set(['raw', 'qcow'])

const twoDisks: readonly LabDisk[] = [{ dev: 'vda' }, { dev: 'vdb' }]

export class BackupLab {
  readonly folder: string
  readonly disks: LabDisk[]
  readonly type: 'kvm' | 'qemu'
  /** What was heard, in words. */
  readonly events: string[] = []
  /** What was sent to QEMU. */
  sent: JsonObject[] = []
  connection!: Connection
  domain!: Domain
  readonly #listen = (message: unknown): void => {
    if (!isSent(message)) return
    this.sent.push({ execute: message.command, arguments: message.arguments })
    if (message.command === 'transaction') this.#slowDown(JSON.stringify(message.arguments))
  }

  /** Bytes a second at which the next jobs of disks run from their start. */
  readonly #speeds = new Map<string, number>()

  private constructor(disks: readonly LabDisk[], type: 'kvm' | 'qemu') {
    this.type = type
    this.folder = mkdtempSync(join(tmpdir(), 'virtdriver-lab-'))
    this.disks = [...disks]
    subscribe(QMP_SEND_CHANNEL, this.#listen)
  }

  /** Makes disks and a machine, and starts it. */
  static async start(
    options: {
      readonly disks?: readonly LabDisk[]
      /** KVM where it is when absent. */
      readonly type?: 'kvm' | 'qemu'
      readonly devices?: (lab: BackupLab) => string
      readonly prepare?: (lab: BackupLab) => void | Promise<void>
    } = {},
  ): Promise<BackupLab> {
    const { disks = twoDisks, type = existsSync('/dev/kvm') ? 'kvm' : 'qemu' } = options
    const lab = new BackupLab(disks, type)
    for (const disk of lab.disks) lab.#make(disk)
    try {
      await options.prepare?.(lab)
      await lab.connect()
      lab.domain = unwrap(
        await lab.connection.domainDefineXML(lab.xml(options.devices?.(lab) ?? '')),
      )
      unwrap(await lab.domain.create())
    } catch (error) {
      await lab.connection?.close()
      lab.#remove()
      throw error
    }
    lab.forget()
    return lab
  }

  /** Opens the root, also again. */
  async connect(): Promise<void> {
    this.connection = unwrap(await open(`qemu:///embed?root=${this.path('root')}`))
    const { connection, events } = this
    connection.on('jobCompleted', ({ stats }) => {
      const { success, errmsg } = stats
      events.push(`job ${success === true}${errmsg === undefined ? '' : ` ${errmsg}`}`)
    })
    connection.on('blockJob', ({ path, status }) => events.push(`path ${path} ${status}`))
    connection.on('blockJob2', ({ dst, status }) => events.push(`disk ${dst} ${status}`))
    connection.on('lifecycle', ({ event, detail }) => events.push(`life ${event}.${detail}`))
    const found = await connection.domainLookupByName('vm')
    if (found.isOk()) this.domain = found.value
  }

  /** Has the next backup of a disk run slowly from its start, so that it is not over too soon. */
  slow(dev: string, bytesPerSecond: number): void {
    this.#speeds.set(dev, bytesPerSecond)
  }

  /** Waits until the backup of a disk runs slowly. */
  async slowed(dev: string): Promise<void> {
    await this.until(async () => unwrap(await this.domain.getBlockJobInfo(dev))?.bandwidth !== 0)
  }

  /** Sends the speeds right behind a transaction that is about to be sent. */
  #slowDown(transaction: string): void {
    for (const [dev, speed] of this.#speeds) {
      const device = new RegExp(`"job-id":"(backup-${dev}-[^"]*)"`).exec(transaction)?.[1]
      if (device === undefined) continue
      this.#speeds.delete(dev)
      const command = { execute: 'block-job-set-speed', arguments: { device, speed } }
      queueMicrotask(() => void this.domain.qemuMonitorCommand(JSON.stringify(command)))
    }
  }

  /** Forgets what was heard and sent. */
  forget(): void {
    this.events.length = 0
    this.sent = []
  }

  /** A path in the lab's folder. */
  path(name: string): string {
    return join(this.folder, name)
  }

  /** A text in the lab's folder. */
  read(name: string): string {
    return readFileSync(this.path(name), 'utf8')
  }

  /** The image of a disk. */
  disk(dev: string): string {
    return this.disks.find((disk) => disk.dev === dev)?.source ?? this.path(`${dev}.img`)
  }

  xml(devices: string): string {
    const disks = this.disks.map((disk) => this.#diskXml(disk))
    return `
      <domain type='${this.type}'>
        <name>vm</name><memory unit='MiB'>64</memory>
        <os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
        <devices><emulator>${qemu.path}</emulator>${disks.join('')}${devices}<memballoon model='none'/></devices>
      </domain>`
  }

  #make({ dev, format = 'qcow2', size = 64 * MiB, source }: LabDisk): void {
    if (source === undefined) this.img('create', '-q', '-f', format, this.disk(dev), String(size))
  }

  #diskXml({ dev, format = 'qcow2', boot }: LabDisk): string {
    return `
      <disk type='file' device='disk'>
        <driver name='qemu' type='${format}'/><source file='${this.disk(dev)}'/>
        <target dev='${dev}' bus='virtio'/>${boot === undefined ? '' : `<boot order='${boot}'/>`}
      </disk>`
  }

  /** Plugs one more disk into the running machine. */
  async attach(disk: LabDisk): Promise<void> {
    this.disks.push(disk)
    this.#make(disk)
    unwrap(await this.domain.attachDevice(this.#diskXml(disk)))
  }

  /** Lets the guest do something with a disk: `write -P 0x41 1M 64k`. */
  async io(dev: string, command: string): Promise<void> {
    const index = this.disks.findIndex((disk) => disk.dev === dev)
    const device = `/machine/peripheral/virtio-disk${index}/virtio-backend`
    const { HMP } = DomainQemuMonitorCommandFlags
    unwrap(await this.domain.qemuMonitorCommand(`qemu-io -d ${device} "${command}"`, HMP))
  }

  /** Sends a QMP command past the driver. */
  async qmp(execute: string, args: JsonObject = {}): Promise<string> {
    return unwrap(
      await this.domain.qemuMonitorCommand(JSON.stringify({ execute, arguments: args })),
    )
  }

  /** Runs `qemu-img`. */
  img(...args: readonly string[]): string {
    return execFileSync(qemuImg.path, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  }

  /** A document that backs disks up into `NAME.DEV`. */
  pushXml(
    name: string,
    options: { readonly since?: string; readonly format?: string; readonly disks?: string[] } = {},
  ): string {
    const { since, format, disks = this.disks.map(({ dev }) => dev) } = options
    const driver = format === undefined ? '' : `<driver type='${format}'/>`
    const list = disks.map(
      (dev) =>
        `<disk name='${dev}' type='file'>${driver}<target file='${this.path(`${name}.${dev}`)}'/></disk>`,
    )
    const incremental = since === undefined ? '' : `<incremental>${since}</incremental>`
    return `<domainbackup>${incremental}<disks>${list.join('')}</disks></domainbackup>`
  }

  /** Begins a backup and waits for its end. */
  async push(
    xml: string,
    checkpoint?: string,
    flags: number = 0,
  ): Promise<{ readonly id: number; readonly complete: boolean }> {
    const id = unwrap(await this.domain.backupBegin(xml, checkpointXml(checkpoint), flags))
    await this.until(async () => !(await this.isBackingUp()))
    return { id, complete: unwrap(await this.domain.backupEnd(id)) }
  }

  async isBackingUp(): Promise<boolean> {
    return unwrap(await this.domain.getJobStats()).type !== 0
  }

  /** Waits for something. */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 20_000
    // oxlint-disable-next-line no-await-in-loop -- polling
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error('it did not happen within 20 seconds')
      // oxlint-disable-next-line no-await-in-loop -- polling
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  /** Fails when an image is not in order: errors, leaks, marks of an unclean end, or bitmaps that nobody asked for. */
  check(path: string, format: string = 'qcow2'): void {
    if (!uncheckable.has(format)) this.img('check', '-q', '-f', format, path)
    const info = JSON.parse(this.img('info', '--output=json', '-f', format, path))
    const { corrupt = false, bitmaps = [] } = info['format-specific']?.data ?? {}
    expect({ dirty: info['dirty-flag'], corrupt, bitmaps }).toStrictEqual({
      dirty: false,
      corrupt: false,
      bitmaps: [],
    })
  }

  /** Fails unless a restored image is in order and has the content of another, as `qemu-img` and as the bytes say. */
  expectSame(image: string, expected: string, format: string = 'qcow2'): void {
    this.check(image, format)
    this.img('compare', '-f', format, '-F', 'qcow2', image, expected)
    expect(this.bytes(image, format).equals(this.bytes(expected, 'qcow2'))).toBe(true)
  }

  /** Puts an increment on top of what it was made after. */
  rebase(increment: string, base: string): void {
    this.img('rebase', '-u', '-F', 'qcow2', '-b', base, increment)
  }

  /** What the guest sees in an image. */
  bytes(path: string, format: string): Buffer {
    const raw = this.path('bytes.raw')
    this.img('convert', '-f', format, '-O', 'raw', path, raw)
    try {
      return readFileSync(raw)
    } finally {
      rmSync(raw)
    }
  }

  /** A copy of what the guest sees in a disk now. */
  async snapshot(dev: string): Promise<string> {
    const copy = this.path(`expected.${dev}`)
    await this.io(dev, 'flush')
    rmSync(copy, { force: true })
    this.img('convert', '-U', '-f', this.formatOf(dev), '-O', 'qcow2', this.disk(dev), copy)
    return copy
  }

  formatOf(dev: string): string {
    return this.disks.find((disk) => disk.dev === dev)?.format ?? 'qcow2'
  }

  /** Ends the machine, and removes all. */
  async close(): Promise<void> {
    if (unwrap(await this.domain.isActive())) unwrap(await this.domain.destroy())
    unwrap(await this.connection.close())
    this.#remove()
  }

  #remove(): void {
    unsubscribe(QMP_SEND_CHANNEL, this.#listen)
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A checkpoint of a name. */
export function checkpointXml(name: string | undefined): string | undefined {
  return name && `<domaincheckpoint><name>${name}</name></domaincheckpoint>`
}

/** Whether something is what is published of a command. */
export function isSent(
  message: unknown,
): message is { readonly command: string; readonly arguments: JsonObject } {
  return typeof message === 'object' && message !== null && 'command' in message
}
