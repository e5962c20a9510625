import { err, ok } from 'neverthrow'
import type { BlockDevice, BlockResult } from '../../block/index.ts'
import { DomainState } from '../../constants/index.ts'
import type { VirResult } from '../../errors/index.ts'
import { guestWrite } from './guest-error.ts'
import { invalidValue, noMatchingDomain, notRunning } from './state-errors.ts'
import type { TestDisk } from './test-disk.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/**
 * The guest at work in a domain: what its operating system does with its disks.
 *
 * It is bound to the name, so it outlives restarts of the domain. Offsets and lengths are bytes. A request that fails
 * gives SYSTEM_ERROR with the errno in `int1`; a domain that does not run, or is paused, gives OPERATION_INVALID.
 *
 * A write that finds no room stops the domain, unless the disk's `error_policy` says otherwise, as QEMU does: it is
 * paused with reason IOERROR, and the write is done again when it is resumed.
 */
export class Guest {
  readonly #world: World
  readonly #name: string

  /** @internal */
  constructor(world: World, name: string) {
    this.#world = world
    this.#name = name
  }

  /** Reads from a disk. @param disk - Target name: `vda` */
  read(disk: string, offset: number, length: number): VirResult<Uint8Array> {
    return this.#find(disk).andThen(({ device }) => device.read(offset, length))
  }

  /** Writes to a disk; the bytes are copied. @param disk - Target name: `vda` */
  write(disk: string, offset: number, bytes: Uint8Array): VirResult<void> {
    return this.#change(disk, (device) => device.write(offset, bytes))
  }

  /** Makes bytes of a disk read as zero. @param disk - Target name: `vda` */
  writeZeroes(disk: string, offset: number, length: number): VirResult<void> {
    return this.#change(disk, (device) => device.writeZeroes(offset, length))
  }

  /**
   * Gives bytes of a disk back. Does nothing on a disk whose driver does not say `discard='unmap'`, as in QEMU.
   *
   * @param disk - Target name: `vda`
   */
  discard(disk: string, offset: number, length: number): VirResult<void> {
    return this.#change(disk, (device) => device.discard(offset, length))
  }

  /** Flushes a disk's cache. @param disk - Target name: `vda` */
  flush(disk: string): VirResult<void> {
    return this.#find(disk).andThen(({ device }) => device.flush())
  }

  /** Bytes of a disk, as the guest sees it. @param disk - Target name: `vda` */
  size(disk: string): VirResult<number> {
    return this.#find(disk).map(({ device }) => device.size)
  }

  #change(disk: string, write: (device: BlockDevice) => BlockResult<void>): VirResult<void> {
    return this.#find(disk).andThen((found) =>
      guestWrite(this.#world, found.domain, found.disk, () => write(found.device)),
    )
  }

  #find(disk: string): VirResult<FoundDisk> {
    const { semantics, domains } = this.#world
    const domain = domains.byName(this.#name)
    if (domain === undefined) return err(noMatchingDomain(semantics, `name '${this.#name}'`))
    // A paused guest does nothing, so neither can a test in its name.
    if (domain.running === undefined || domain.state !== DomainState.RUNNING) {
      return err(notRunning())
    }
    const found = domain.running.disks.get(disk)
    return found === undefined
      ? err(invalidValue(semantics, `disk '${disk}' not found in domain`))
      : ok({ domain, disk: found, device: found.device })
  }
}

interface FoundDisk {
  readonly domain: TestDomain
  readonly disk: TestDisk
  readonly device: BlockDevice
}
