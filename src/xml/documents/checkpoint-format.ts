import { addElement, createXml, toTree } from '../builder.ts'
import type { XmlTarget } from '../builder.ts'
import { writeXml } from '../writer.ts'
import type { DomainCheckpointDef, DomainCheckpointDiskDef } from './checkpoint-def.ts'
import { writeDomain } from './domain.ts'

/** How a `<domaincheckpoint>` document is written. */
export interface FormatDomainCheckpointOptions {
  /** With the secrets of the embedded domain. */
  readonly secure?: boolean
  /** Without the embedded domain. */
  readonly noDomain?: boolean
  /** With the sizes that the disks have. */
  readonly size?: boolean
  /** For the driver itself: with `active`. */
  readonly internal?: boolean
}

/**
 * Writes a `<domaincheckpoint>` document; libvirt's `virDomainCheckpointDefFormat`.
 *
 * @throws a `VirError` `INVALID_ARG` when a text holds what XML cannot, such as a control character
 */
export function formatDomainCheckpoint(
  def: DomainCheckpointDef,
  options: FormatDomainCheckpointOptions = {},
): string {
  const root = createXml('domaincheckpoint')
  const { name, description, parent, creationTime, disks, domain, active } = def
  if (name !== undefined) addElement(root, 'name', undefined, name)
  if (description !== undefined) addElement(root, 'description', undefined, description)
  if (parent !== undefined) addElement(addElement(root, 'parent'), 'name', undefined, parent)
  if (creationTime !== undefined && creationTime !== 0) {
    addElement(root, 'creationTime', undefined, creationTime)
  }
  if (disks !== undefined && disks.length > 0) {
    const list = addElement(root, 'disks')
    for (const disk of disks) writeDisk(list, disk, options.size === true)
  }
  if (domain !== undefined && options.noDomain !== true) {
    writeDomain(root, domain, { inactive: true, secure: options.secure === true })
  }
  if (options.internal === true && active !== undefined) {
    addElement(root, 'active', undefined, active ? 1 : 0)
  }
  return writeXml(toTree(root))
}

function writeDisk(list: XmlTarget, disk: DomainCheckpointDiskDef, withSize: boolean): void {
  const { name, checkpoint, bitmap, size } = disk
  addElement(list, 'disk', { name, checkpoint, bitmap, size: withSize ? size : undefined })
}
