import type { DomainControllerDef } from '../../../xml/index.ts'
import type { MachineKind } from './machine-kind.ts'

/** Adds the controllers that a machine has without being asked, before those that its devices need. */
export function withImpliedControllers(
  given: readonly DomainControllerDef[],
  kind: MachineKind,
): readonly DomainControllerDef[] {
  const has = (type: string): boolean =>
    given.some((controller) => controller.type === type && controller.index === 0)
  const usbModel = kind === 'q35' ? 'qemu-xhci' : 'piix3-uhci'
  const added: DomainControllerDef[] = [
    ...(given.some(({ type }) => type === 'usb')
      ? []
      : [{ type: 'usb', index: 0, model: usbModel }]),
    ...(kind === 'q35' && !has('sata') ? [{ type: 'sata', index: 0 }] : []),
    ...(has('pci')
      ? []
      : [{ type: 'pci', index: 0, model: kind === 'q35' ? 'pcie-root' : 'pci-root' }]),
  ]
  // Those that devices need were added last, and nobody said anything about them.
  const firstImplied = given.findLastIndex((controller) => !isImplied(controller)) + 1
  return [...given.slice(0, firstImplied), ...added, ...given.slice(firstImplied)].map(
    (controller) => withModel(controller, usbModel),
  )
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

function withModel(controller: DomainControllerDef, usbModel: string): DomainControllerDef {
  if (controller.model !== undefined) return controller
  if (controller.type === 'usb') return { ...controller, model: usbModel }
  return controller.type === 'scsi' ? { ...controller, model: 'lsilogic' } : controller
}
