/**
 * One domain with backups, beside a model that knows nothing of backups: plain arrays of bytes.
 *
 * @module
 */
import { expect } from 'vitest'
import type { Domain } from '../../../src/index.ts'
import {
  DomainBackupEndFlags,
  DomainJobType,
  Errno,
  ErrorNumber,
  unwrap,
} from '../../../src/index.ts'
import { TestHypervisor } from '../../../src/testing/index.ts'

export const CLUSTER = 4096
/** Not a multiple of a backup job's cluster, so that the last one is cut off. */
export const SIZE = 96 * CLUSTER - 512
export const DISKS = ['vda', 'vdb', 'vdc'] as const
export type Disk = (typeof DISKS)[number]

/** How one disk takes part in a backup; `back` counts back over the backups that it can be based on. */
export type Part =
  | { readonly kind: 'no' }
  | { readonly kind: 'full' }
  | { readonly kind: 'since'; readonly back: number }

/** What a backup holds of one disk. */
interface Copy {
  readonly path: string
  /** The backup below it; absent for a full one. */
  readonly base: Copy | undefined
  /** The disk as it was when the backup began. */
  readonly expected: Uint8Array
}

interface Backup {
  readonly id: number
  readonly checkpoint: string
  readonly copies: ReadonlyMap<Disk, Copy>
  /** Whether its targets have a fault. */
  readonly failing: boolean
}

const UUID = '8d1a2b44-54e2-4b3c-9f70-0123456789ab'

function domainXml(disks: readonly Disk[]): string {
  const devices = disks.map(
    (disk) => `
      <disk type='file' device='disk'>
        <driver name='qemu' type='qcow2'/>
        <source file='/vm/${disk}.qcow2'/>
        <target dev='${disk}' bus='virtio'/>
      </disk>`,
  )
  return `
    <domain type='test'>
      <name>vm</name><uuid>${UUID}</uuid><memory>1024</memory>
      <os><type>hvm</type></os>
      <devices>${devices.join('')}</devices>
    </domain>`
}

/** A domain whose disks are compared with what its backups restore. */
export class BackupModel {
  readonly hypervisor: TestHypervisor
  readonly domain: Domain
  readonly #content = new Map<Disk, Uint8Array>()
  readonly #completed: Backup[] = []
  #checkpoints: string[] = []
  #present: readonly Disk[] = ['vda', 'vdb']
  #running: Backup | undefined
  #begun = 0

  private constructor(hypervisor: TestHypervisor, domain: Domain) {
    this.hypervisor = hypervisor
    this.domain = domain
    for (const disk of DISKS) this.#content.set(disk, new Uint8Array(SIZE))
  }

  static async start(): Promise<BackupModel> {
    const hypervisor = TestHypervisor.create({ clock: 'manual' })
    for (const disk of DISKS) {
      const options = { format: 'qcow2', virtualSize: SIZE, clusterSize: CLUSTER } as const
      unwrap(hypervisor.images.create(`/vm/${disk}.qcow2`, options))
    }
    const connection = unwrap(await hypervisor.connect())
    const domain = unwrap(await connection.domainDefineXML(domainXml(['vda', 'vdb'])))
    unwrap(await domain.create())
    return new BackupModel(hypervisor, domain)
  }

  /** How many backups were completed. */
  get completed(): number {
    return this.#completed.length
  }

  write(disk: Disk, offset: number, length: number, byte: number): void {
    if (!this.#present.includes(disk)) return
    const bytes = new Uint8Array(Math.min(length, SIZE - offset)).fill(byte)
    // A write that the guest is refused has changed nothing.
    const written = this.hypervisor.guest('vm').write(disk, offset, bytes)
    if (written.isOk()) this.#bytes(disk).set(bytes, offset)
  }

  zero(disk: Disk, offset: number, length: number): void {
    if (!this.#present.includes(disk)) return
    const end = Math.min(offset + length, SIZE)
    const zeroed = this.hypervisor.guest('vm').writeZeroes(disk, offset, end - offset)
    if (zeroed.isOk()) this.#bytes(disk).fill(0, offset, end)
  }

  async slices(count: number): Promise<void> {
    for (let slice = 0; slice < count; slice += 1) this.hypervisor.step()
    await this.#settle()
  }

  /** Begins a backup, whose targets fail at the nth write where that is given. */
  async begin(parts: readonly Part[], failingWrite?: number): Promise<void> {
    if (this.#running !== undefined) {
      const refused = await this.domain.backupBegin('<domainbackup/>')
      expect(refused._unsafeUnwrapErr().code).toBe(ErrorNumber.OPERATION_TIMEOUT)
      return
    }
    this.#begun += 1
    const checkpoint = `c${this.#begun}`
    const planned = this.#plan(parts)
    if (failingWrite !== undefined) {
      for (const { path } of planned.copies.values()) {
        this.hypervisor.images.addFault({
          path,
          operation: 'write',
          nth: failingWrite,
          errno: Errno.EIO,
        })
      }
    }
    const id = unwrap(
      await this.domain.backupBegin(
        `<domainbackup><disks>${planned.xml}</disks></domainbackup>`,
        `<domaincheckpoint><name>${checkpoint}</name></domaincheckpoint>`,
      ),
    )
    this.#checkpoints.push(checkpoint)
    this.#running = { id, checkpoint, copies: planned.copies, failing: failingWrite !== undefined }
    await this.#settle()
  }

  async abort(how: 'end' | 'job' | 'blockJob'): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    const disk = await this.#diskWithJob(running)
    const aborted = {
      end: () => this.domain.backupEnd(running.id, DomainBackupEndFlags.ABORT),
      job: () => this.domain.abortJob().map(() => false),
      blockJob: () => this.domain.blockJobAbort(disk).map(() => false),
    }[how]()
    this.hypervisor.runUntilIdle()
    const answer = await aborted
    const ended = how === 'end' || answer.isErr() ? answer : await this.domain.backupEnd(running.id)
    // One of its disks may have failed before, and then the backup has failed, however it is ended.
    if (ended.isErr()) expect(ended.error.code).toBe(ErrorNumber.OPERATION_FAILED)
    else expect(ended.value).toBe(false)
    expect(running.failing || ended.isOk()).toBe(true)
    this.#running = undefined
  }

  async deleteCheckpoint(back: number): Promise<void> {
    const name = this.#checkpoints.at(-1 - back)
    if (name === undefined) return
    const checkpoint = unwrap(await this.domain.checkpointLookupByName(name))
    unwrap(await checkpoint.delete())
    this.#checkpoints = this.#checkpoints.filter((other) => other !== name)
  }

  /** Stops the domain, whatever it does, and starts it again, with the disks that are given. */
  async restart(disks: readonly Disk[] = this.#present): Promise<void> {
    unwrap(await this.domain.destroy())
    this.#running = undefined
    unwrap(await this.domain.getConnect().domainDefineXML(domainXml(disks)))
    this.#present = disks
    unwrap(await this.domain.create())
  }

  /** Lets everything come to its end, and compares every backup with the disk as it was at its begin. */
  async verify(): Promise<void> {
    this.hypervisor.runUntilIdle()
    await this.#settle()
    const { images } = this.hypervisor
    const copies = this.#completed.flatMap((backup) => [...backup.copies.values()])
    const expectedPaths = [
      ...DISKS.map((disk) => `/vm/${disk}.qcow2`),
      ...copies.map(({ path }) => path),
    ]
    expect(images.list()).toStrictEqual(expectedPaths.toSorted())
    for (const { path, base } of copies) {
      if (base !== undefined) {
        unwrap(unwrap(images.open(path)).rebase({ path: base.path, format: 'qcow2' }))
      }
    }
    for (const { path, expected } of copies) {
      expectSameBytes(unwrap(unwrap(images.open(path)).read(0, SIZE)), expected, path)
    }
    for (const disk of this.#present) {
      const read = unwrap(this.hypervisor.guest('vm').read(disk, 0, SIZE))
      expectSameBytes(read, this.#bytes(disk), disk)
    }
  }

  #bytes(disk: Disk): Uint8Array {
    return this.#content.get(disk) ?? new Uint8Array(0)
  }

  /** A disk whose part of the backup has not ended. */
  async #diskWithJob(running: Backup): Promise<Disk> {
    for (const disk of running.copies.keys()) {
      if (unwrap(await this.domain.getBlockJobInfo(disk)) !== undefined) return disk
    }
    throw new Error('a backup runs, but no disk has a job')
  }

  /** Takes the end of a backup, if it has come. */
  async #settle(): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    if (unwrap(await this.domain.getJobStats()).type !== DomainJobType.NONE) return
    const ended = await this.domain.backupEnd(running.id)
    if (ended.isOk() && ended.value) this.#completed.push(running)
    else expect(ended._unsafeUnwrapErr().code).toBe(ErrorNumber.OPERATION_FAILED)
    this.#running = undefined
  }

  #plan(parts: readonly Part[]): { readonly xml: string; readonly copies: Map<Disk, Copy> } {
    const copies = new Map<Disk, Copy>()
    const asked = this.#present.map((disk, index) => ({
      disk,
      part: parts[index] ?? { kind: 'full' },
    }))
    const none = asked.every(({ part }) => part.kind === 'no')
    const elements = asked.map(({ disk, part }): string => {
      if (part.kind === 'no' && !none) return `<disk name='${disk}' backup='no'/>`
      const since = part.kind === 'since' ? this.#baseOf(disk, part.back) : undefined
      const path = `/backup/${this.#begun}-${disk}.qcow2`
      copies.set(disk, { path, base: since?.copy, expected: this.#bytes(disk).slice() })
      const mode =
        since === undefined
          ? `backupmode='full'`
          : `backupmode='incremental' incremental='${since.checkpoint}'`
      return `<disk name='${disk}' type='file' ${mode}><target file='${path}'/></disk>`
    })
    return { xml: elements.join(''), copies }
  }

  /** A completed backup of the disk whose checkpoint is still there. */
  #baseOf(
    disk: Disk,
    back: number,
  ): { readonly checkpoint: string; readonly copy: Copy } | undefined {
    const bases = this.#completed.flatMap(({ checkpoint, copies }) => {
      const copy = copies.get(disk)
      return copy !== undefined && this.#checkpoints.includes(checkpoint)
        ? [{ checkpoint, copy }]
        : []
    })
    return bases[Math.max(0, bases.length - 1 - back)]
  }
}

/** Names the first byte that differs: a diff of whole disks tells nothing. */
function expectSameBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  if (Buffer.compare(actual, expected) === 0) return
  const different = actual.findIndex((byte, index) => byte !== expected[index])
  expect(different, `first byte of ${what} that differs`).toBe(-1)
  expect(actual).toHaveLength(expected.length)
}
