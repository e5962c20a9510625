import { err, ok } from 'neverthrow'
import type { VirResult } from '../../errors/index.ts'
import type { DomainDef } from './domain-def.ts'
import { internalError } from './domain-error.ts'
import type { DomainInterfaceDef } from './interface-def.ts'

/** How many names are tried for an interface. */
const mostNames = 1024

/**
 * Gives names to the host's ends of interfaces that have none: the prefix and the first free number; libvirt's
 * `testDomainGenerateIfnames`.
 *
 * @param prefix - `testnet` in the test driver
 * @errors `INTERNAL_ERROR` when 1024 names are taken
 */
export function withInterfaceTargets(def: DomainDef, prefix: string): VirResult<DomainDef> {
  const { interfaces } = def.devices
  if (interfaces.every(({ target }) => target !== undefined)) return ok(def)
  const taken = new Set(interfaces.map(({ target }) => target))
  const named: DomainInterfaceDef[] = []
  let number = 0
  for (const nic of interfaces) {
    while (nic.target === undefined && taken.has(`${prefix}${number}`)) number++
    if (number >= mostNames) return err(internalError(`Exceeded max iface limit ${mostNames}`))
    const target = nic.target ?? `${prefix}${number}`
    taken.add(target)
    named.push({ ...nic, target })
  }
  return ok({ ...def, devices: { ...def.devices, interfaces: named } })
}
