import { err, ok } from 'neverthrow'
import type { BlockDevice } from '../../block/index.ts'
import { DomainState } from '../../constants/index.ts'
import type { VirResult } from '../../errors/index.ts'
import { invalidValue, noMatchingDomain, notRunning } from './state-errors.ts'
import type { World } from './world.ts'

/**
 * The guest at work in a domain: what its operating system does with its disks.
 *
 * It is bound to the name, so it outlives restarts of the domain. Offsets and lengths are bytes. A request that fails
 * gives SYSTEM_ERROR with the errno in `int1`, as the guest would see it; a domain that does not run, or is paused,
 * gives OPERATION_INVALID.
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
    return this.#device(disk).andThen((device) => device.read(offset, length))
  }

  /** Writes to a disk; the bytes are copied. @param disk - Target name: `vda` */
  write(disk: string, offset: number, bytes: Uint8Array): VirResult<void> {
    return this.#device(disk).andThen((device) => device.write(offset, bytes))
  }

  /** Makes bytes of a disk read as zero. @param disk - Target name: `vda` */
  writeZeroes(disk: string, offset: number, length: number): VirResult<void> {
    return this.#device(disk).andThen((device) => device.writeZeroes(offset, length))
  }

  /**
   * Gives bytes of a disk back. Does nothing on a disk whose driver does not say `discard='unmap'`, as in QEMU.
   *
   * @param disk - Target name: `vda`
   */
  discard(disk: string, offset: number, length: number): VirResult<void> {
    return this.#device(disk).andThen((device) => device.discard(offset, length))
  }

  /** Flushes a disk's cache. @param disk - Target name: `vda` */
  flush(disk: string): VirResult<void> {
    return this.#device(disk).andThen((device) => device.flush())
  }

  /** Bytes of a disk, as the guest sees it. @param disk - Target name: `vda` */
  size(disk: string): VirResult<number> {
    return this.#device(disk).map((device) => device.size)
  }

  #device(disk: string): VirResult<BlockDevice> {
    const { semantics, domains } = this.#world
    const domain = domains.byName(this.#name)
    if (domain === undefined) return err(noMatchingDomain(semantics, `name '${this.#name}'`))
    // A paused guest does nothing, so neither can a test in its name.
    if (domain.running === undefined || domain.state !== DomainState.RUNNING) {
      return err(notRunning())
    }
    const device = domain.running.disks.get(disk)?.device
    return device === undefined
      ? err(invalidValue(semantics, `disk '${disk}' not found in domain`))
      : ok(device)
  }
}
