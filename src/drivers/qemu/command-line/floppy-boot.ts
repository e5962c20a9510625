import type { DomainDef } from '../../../xml/index.ts'
import { bootOrder } from './boot-order.ts'

/** Gives the places of the floppies in the boot order, as properties of their controller: they have none themselves. */
export function floppyBoot(def: DomainDef): Readonly<Record<string, number>> {
  const order = bootOrder(def)
  const places: Record<string, number> = {}
  for (const { target, address, alias } of def.devices.disks) {
    const place = target.bus === 'fdc' ? order.get(alias ?? '') : undefined
    if (place === undefined || address?.type !== 'drive') continue
    places[address.unit === 0 ? 'bootindexA' : 'bootindexB'] = place
  }
  return places
}
