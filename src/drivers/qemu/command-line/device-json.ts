import { formatJson } from '../../../qmp/index.ts'
import type { DeviceAddress, PciAddress } from '../../../xml/index.ts'

/** Properties of a device, as `-device` and `device_add` take them. */
export type DeviceProperties = Readonly<Record<string, string | number | bigint | boolean>> & {
  readonly driver: string
}

/** The properties that say where a PCI device sits. @param kind - Whether bus 0 is `pci.0` or `pcie.0` */
export function pciPlace(
  address: DeviceAddress | undefined,
  rootBus: string,
): Readonly<Record<string, string | boolean>> {
  if (address?.type !== 'pci') return {}
  return {
    bus: address.bus === 0 ? rootBus : `pci.${address.bus}`,
    ...(address.multifunction === true && { multifunction: true }),
    addr: slotText(address),
  }
}

function slotText({ slot, function: unit }: PciAddress): string {
  const text = `0x${slot.toString(16)}`
  return unit === 0 ? text : `${text}.0x${unit.toString(16)}`
}

/**
 * An option's value in JSON, with all digits of large numbers.
 *
 * @throws a defect: what is put on a command line can be written
 */
export function jsonArgument(value: object): string {
  const text = formatJson(value)
  if (text.isErr()) throw text.error
  return text.value
}

/** A value inside of an option that is a list: its commas are doubled. */
export function optionValue(text: string): string {
  return text.replaceAll(',', ',,')
}
