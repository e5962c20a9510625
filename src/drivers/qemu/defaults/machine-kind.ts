import type { DomainDef } from '../../../xml/index.ts'

/** The families of machines that this driver can lay out. */
export type MachineKind = 'i440fx' | 'q35'

/** Tells the family of a machine type; nothing for one that this driver does not know. */
export function machineKind(def: DomainDef): MachineKind | undefined {
  const { machine = '' } = def.os
  if (machine === 'pc' || /^pc-(?:i440fx-)?\d/.test(machine)) return 'i440fx'
  return machine === 'q35' || machine.startsWith('pc-q35') ? 'q35' : undefined
}

/** Whether the guest sees ACPI, which the definition must ask for. */
export function hasFeature(def: DomainDef, name: string): boolean {
  const features = def.rest?.children?.find(({ node }) => node.name === 'features')?.node
  return (
    features?.children.some(
      (child) => typeof child === 'object' && 'name' in child && child.name === name,
    ) === true
  )
}
