/** A `<disk>` as a document of its own: what is attached, detached, or named as a copy's target. @module */
import { err, ok } from 'neverthrow'
import { ErrorDomain, VirError } from '../../errors/index.ts'
import type { VirResult } from '../../errors/index.ts'
import { createFromTree } from '../builder.ts'
import { layOut } from '../codec.ts'
import { parseXml } from '../element.ts'
import { writeXml } from '../writer.ts'
import { diskCodec } from './disk.ts'
import { checkDisk } from './disk-checks.ts'
import { completeDisk } from './disk-defaults.ts'
import type { DomainDiskDef } from './disk-def.ts'
import type { FormatDomainOptions } from './domain.ts'

/** How a `<disk>` document is read. */
export interface ParseDiskOptions {
  /** Leaves out what only a running domain has. */
  readonly inactive?: boolean
}

/**
 * Reads a `<disk>` document, completes it as `parseDomain` does and checks it; libvirt's `virDomainDiskDefParse`.
 *
 * @errors as of `parseDomain`
 */
export function parseDisk(text: string, options: ParseDiskOptions = {}): VirResult<DomainDiskDef> {
  return parseXml(text, {
    label: 'disk_definition',
    domain: ErrorDomain.DOMAIN,
    root: 'disk',
  }).andThen((root) => {
    const disk = diskCodec.read(root, { inactive: options.inactive === true })
    if (disk instanceof VirError) return err(disk)
    return completeDisk(disk).andThen((complete) => {
      const error = checkDisk(complete)
      return error === undefined ? ok(complete) : err(error)
    })
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
  return writeXml(createFromTree(layOut(out, 0)))
}
