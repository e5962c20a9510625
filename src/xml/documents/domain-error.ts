/** The errors that libvirt's reading of domains gives: all in the error domain DOMAIN. @module */
import { ErrorDomain, ErrorNumber, virError } from '../../errors/index.ts'
import type { VirError } from '../../errors/index.ts'

/** Raises XML_ERROR. */
export function xmlError(detail: string): VirError {
  return virError(ErrorNumber.XML_ERROR, ErrorDomain.DOMAIN, detail)
}

/** Raises CONFIG_UNSUPPORTED. */
export function unsupported(detail: string): VirError {
  return virError(ErrorNumber.CONFIG_UNSUPPORTED, ErrorDomain.DOMAIN, detail)
}

/** Raises INTERNAL_ERROR, which libvirt gives for some malformed values. */
export function internalError(detail: string): VirError {
  return virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.DOMAIN, detail)
}
