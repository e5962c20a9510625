import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Connection, unwrap } from '../../../../src/index.ts'
import { TestHypervisor } from '../../../../src/testing/index.ts'
import type { Rig, RigDomainOptions, RigImage } from '../../matrix/rig.ts'
import { imagePath } from '../../matrix/scenario.ts'
import { domainXml, MiB } from '../fixture.ts'

const socket = '/vm/nbd.sock'

/** A hypervisor in memory, whose clock is moved by hand. Only sockets are in the machine's file system. */
export class MemoryRig implements Rig {
  readonly connection: Connection
  readonly #hypervisor: TestHypervisor
  readonly #folder: string

  private constructor(hypervisor: TestHypervisor, connection: Connection, folder: string) {
    this.#hypervisor = hypervisor
    this.connection = connection
    this.#folder = folder
  }

  static async create(): Promise<Rig> {
    const hypervisor = TestHypervisor.create({ clock: 'manual' })
    const connection = unwrap(await hypervisor.connect())
    return new MemoryRig(hypervisor, connection, await mkdtemp(join(tmpdir(), 'virtdriver-')))
  }

  toHere(text: string): string {
    return text.replaceAll(socket, join(this.#folder, 'nbd.sock'))
  }

  toRecorded(text: string): string {
    return text.replaceAll(join(this.#folder, 'nbd.sock'), socket)
  }

  domainXml(options: RigDomainOptions): string {
    return domainXml(options)
  }

  async createImage(path: string, { format = 'raw', size }: RigImage): Promise<void> {
    unwrap(this.#hypervisor.images.create(path, { format, virtualSize: size }))
  }

  async createOverlay(path: string, base: string): Promise<void> {
    const backing = { path: base, format: 'qcow2' as const }
    unwrap(this.#hypervisor.images.create(path, { format: 'qcow2', backing }))
  }

  async createDevice(path: string, size: number): Promise<void> {
    unwrap(this.#hypervisor.images.create(path, { kind: 'block', virtualSize: size }))
  }

  async write(dev: string, offset: number, length: number): Promise<void> {
    const guest = this.#hypervisor.guest(await this.#name())
    const piece = new Uint8Array(Math.min(length, MiB)).fill(1)
    for (let at = offset; at < offset + length; at += piece.length) {
      if (guest.write(dev, at, piece).isErr()) return
    }
  }

  async limit(path: string, bytes: number): Promise<void> {
    unwrap(this.#hypervisor.images.limit(path, bytes))
  }

  async directory(path: string, state: 'missing' | 'read-only'): Promise<void> {
    unwrap(this.#hypervisor.images.directory(path, { state }))
  }

  files(directory: string): readonly string[] {
    return this.#hypervisor.images.list().filter((path) => path.startsWith(`${directory}/`))
  }

  async removeAgent(): Promise<void> {
    this.#hypervisor.setAgent(await this.#name(), 'absent')
  }

  async crash(): Promise<void> {
    unwrap(this.#hypervisor.crash(await this.#name()))
  }

  async disableBitmap(dev: string, name: string): Promise<void> {
    const domain = unwrap(await this.connection.domainLookupByName(await this.#name()))
    unwrap(await domain.destroy())
    const bitmaps = this.#hypervisor.images.get(imagePath(dev))?.storedBitmaps
    const bitmap = bitmaps?.get(name)
    if (bitmap !== undefined) bitmaps?.set(name, { ...bitmap, enabled: false })
    unwrap(await domain.create())
  }

  async until(isSo: () => boolean): Promise<void> {
    // Listeners are called in a microtask; any call lets that pass.
    while ((await this.#name()) !== '' && !isSo()) {
      if (!this.#hypervisor.step()) throw new Error('nothing is left to wait for')
    }
  }

  async settle(): Promise<void> {
    this.#hypervisor.runUntilIdle()
  }

  async fingerprint(): Promise<undefined> {}

  async close(): Promise<void> {
    // Stops domains, which closes their sockets.
    for (const domain of unwrap(await this.connection.listAllDomains())) await domain.destroy()
    await rm(this.#folder, { recursive: true })
  }

  /** The name of the only domain. */
  async #name(): Promise<string> {
    return unwrap(await this.connection.listAllDomains())[0]?.getName() ?? ''
  }
}
