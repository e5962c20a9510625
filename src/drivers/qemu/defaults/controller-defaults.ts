import type { DomainControllerDef } from '../../../xml/index.ts'
import type { MachineKind } from './machine-kind.ts'

/** Adds the controllers that a machine has without being asked, before those that its devices need. */
export function withImpliedControllers(
  given: readonly DomainControllerDef[],
  kind: MachineKind,
): readonly DomainControllerDef[] {
  // Those that devices need were added last, and nobody said anything about them.
  const firstImplied = given.findLastIndex((controller) => !isImplied(controller)) + 1
  const said = given.slice(0, firstImplied)
  const isQ35 = kind === 'q35'
  const usb = { type: 'usb', index: 0, model: usbModels[kind] }
  const root = { type: 'pci', index: 0, model: isQ35 ? 'pcie-root' : 'pci-root' }
  const added: DomainControllerDef[] = [
    ...(said.some(({ type }) => type === 'usb') ? [] : [usb]),
    ...(isQ35 && !hasFirst(said, 'sata') ? [{ type: 'sata', index: 0 }] : []),
    ...(hasFirst(said, 'pci') ? [] : [root]),
  ]
  const implied = given.slice(firstImplied).filter(({ type, index }) => !isIn(added, type, index))
  return [...said, ...added, ...implied].map((controller) => withModel(controller, kind))
}

function hasFirst(controllers: readonly DomainControllerDef[], type: string): boolean {
  return isIn(controllers, type, 0)
}

function isIn(
  controllers: readonly DomainControllerDef[],
  type: string,
  index: number | undefined,
): boolean {
  return controllers.some((other) => other.type === type && other.index === index)
}

function isImplied({ type, model, address, alias, rest }: DomainControllerDef): boolean {
  return (
    type !== 'usb' &&
    type !== 'pci' &&
    model === undefined &&
    address === undefined &&
    alias === undefined &&
    rest === undefined
  )
}

const usbModels: Readonly<Record<MachineKind, string>> = {
  i440fx: 'piix3-uhci',
  q35: 'qemu-xhci',
}

function withModel(controller: DomainControllerDef, kind: MachineKind): DomainControllerDef {
  if (controller.model !== undefined) return controller
  if (controller.type === 'usb') return { ...controller, model: usbModels[kind] }
  return controller.type === 'scsi' ? { ...controller, model: 'lsilogic' } : controller
}
