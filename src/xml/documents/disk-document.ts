/** A `<disk>` as a document of its own: what is attached or detached. @module */
import { err, ok } from 'neverthrow'
import { ErrorDomain, VirError } from '../../errors/index.ts'
import type { VirResult } from '../../errors/index.ts'
import { localName, parseXml } from '../element.ts'
import type { XmlElement } from '../element.ts'
import { writeXml } from '../writer.ts'
import { diskCodec } from './disk.ts'
import { checkDisk } from './disk-checks.ts'
import { completeDisk } from './disk-defaults.ts'
import type { DomainDiskDef } from './disk-def.ts'
import type { FormatDomainOptions } from './domain.ts'
import { unsupported } from './domain-error.ts'

/** How a `<disk>` document is read. */
export interface ParseDiskOptions {
  /** Leaves out what only a running domain has. */
  readonly inactive?: boolean
}

/**
 * Reads a `<disk>` document, completes it as `parseDomain` does and checks it; libvirt's `virDomainDeviceDefParse`.
 *
 * @errors `CONFIG_UNSUPPORTED` for another element, and those of `parseDomain`
 */
export function parseDisk(text: string, options: ParseDiskOptions = {}): VirResult<DomainDiskDef> {
  return parseXml(text, { label: 'device_definition', domain: ErrorDomain.DOMAIN }).andThen(
    (root) =>
      root.name === 'disk' && root.namespace === undefined
        ? readDisk(root, options)
        : err(unsupported(`unknown device type '${localName(root)}'`)),
  )
}

function readDisk(root: XmlElement, options: ParseDiskOptions): VirResult<DomainDiskDef> {
  const disk = diskCodec.read(root, { inactive: options.inactive === true })
  if (disk instanceof VirError) return err(disk)
  return completeDisk(disk).andThen((complete) => {
    const error = checkDisk(complete)
    return error === undefined ? ok(complete) : err(error)
  })
}

/** Writes a `<disk>` document; libvirt's `virDomainDiskDefFormat`. */
export function formatDisk(disk: DomainDiskDef, options: FormatDomainOptions = {}): string {
  const inactive = options.inactive === true
  const out = diskCodec.write('disk', disk, {
    inactive,
    nameless: inactive,
    secure: options.secure === true,
  })
  return writeXml(out)
}
