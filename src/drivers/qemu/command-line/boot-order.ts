import type { DomainDef } from '../../../xml/index.ts'

/**
 * Gives each device that is booted from its place in the order, by alias.
 *
 * Of the kinds that `<os>` lists, the first device counts.
 */
export function bootOrder({ os, devices }: DomainDef): ReadonlyMap<string, number> {
  const order = new Map<string, number>()
  const note = (alias: string | undefined, place: number | undefined): void => {
    if (alias !== undefined && place !== undefined) order.set(alias, place)
  }
  for (const { alias, bootOrder: place } of [...devices.disks, ...devices.interfaces]) {
    note(alias, place)
  }
  for (const [index, kind] of os.boot.entries()) {
    const found =
      kind === 'network'
        ? devices.interfaces[0]
        : devices.disks.find(({ device }) => device === deviceOf[kind])
    note(found?.alias, index + 1)
  }
  return order
}

const deviceOf = { fd: 'floppy', hd: 'disk', cdrom: 'cdrom' } as const
