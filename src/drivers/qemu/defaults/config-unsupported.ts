import { ErrorDomain, ErrorNumber, type VirError, virError } from '../../../errors/index.ts'

/** The error for a definition that this driver cannot honour. */
export function configUnsupported(detail: string): VirError {
  return virError(ErrorNumber.CONFIG_UNSUPPORTED, ErrorDomain.QEMU, detail)
}
