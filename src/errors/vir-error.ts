import { type ErrorDomain, ErrorLevel } from './error-domain.ts'
import type { ErrorNumber } from './error-number.ts'

/** The fields of an error record; what is absent is libvirt's NULL, 0 or ERROR. */
export interface VirErrorFields {
  readonly code: ErrorNumber
  readonly domain: ErrorDomain
  /** The whole text, already composed. */
  readonly message: string
  readonly level?: ErrorLevel
  readonly str1?: string
  readonly str2?: string
  readonly str3?: string
  readonly int1?: number
  readonly int2?: number
  /** The error below this one, for example of a protocol client. */
  readonly cause?: unknown
}

/**
 * The one error of drivers and objects; libvirt's `virError`, with the fields that travel over its wire.
 *
 * Branch on `code`. The functions of `compose.ts` build it the four ways in which libvirt does.
 */
export class VirError extends Error {
  override readonly name = 'VirError'
  readonly code: ErrorNumber
  /** The subsystem that raised the error. */
  readonly domain: ErrorDomain
  readonly level: ErrorLevel
  readonly str1: string | undefined
  readonly str2: string | undefined
  readonly str3: string | undefined
  readonly int1: number
  readonly int2: number

  constructor(fields: VirErrorFields) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause })
    this.code = fields.code
    this.domain = fields.domain
    this.level = fields.level ?? ErrorLevel.ERROR
    this.str1 = fields.str1
    this.str2 = fields.str2
    this.str3 = fields.str3
    this.int1 = fields.int1 ?? 0
    this.int2 = fields.int2 ?? 0
  }
}
