import { err, ok } from 'neverthrow'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  type VirResult,
  virError,
} from '../../../errors/index.ts'
import type { PciAddress } from '../../../xml/index.ts'

/** Slots of a bus. */
const slotsOfRoot = 32

/** Which places on the PCI buses of a machine are taken. */
export class PciSlots {
  readonly #taken = new Set<string>()
  readonly #slots = new Set<string>()

  /** Takes a place; `false` when something else is there. */
  take({ bus, slot, function: unit }: Place): boolean {
    const key = `${bus}:${slot}.${unit}`
    if (this.#taken.has(key)) return false
    this.#taken.add(key)
    this.#slots.add(`${bus}:${slot}`)
    return true
  }

  /** Whether anything is in a slot. */
  isSlotTaken(bus: number, slot: number): boolean {
    return this.#slots.has(`${bus}:${slot}`)
  }

  /**
   * Takes the first slot of a root bus that is free.
   *
   * @errors INTERNAL_ERROR when all are taken
   */
  takeFreeSlot(bus: number, first: number): VirResult<PciAddress> {
    for (let slot = first; slot < slotsOfRoot; slot++) {
      if (this.isSlotTaken(bus, slot)) continue
      const address = pciAddress(bus, slot, 0)
      this.take(address)
      return ok(address)
    }
    return err(noSlot())
  }
}

/** The error for a device that finds no place. */
export function noSlot(): VirError {
  return virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.NONE, 'No more available PCI slots')
}

/** A place of the PCI buses. */
export type Place = Pick<PciAddress, 'bus' | 'slot' | 'function'>

/** Makes an address. */
export function pciAddress(
  bus: number,
  slot: number,
  unit: number,
  multifunction = false,
): PciAddress {
  return {
    type: 'pci',
    domain: 0,
    bus,
    slot,
    function: unit,
    ...(multifunction && { multifunction: true }),
  }
}
