/** Amounts with a unit: memory and cache sizes. @module */
import { ErrorDomain, ErrorNumber, virError } from '../errors/index.ts'
import type { VirError } from '../errors/index.ts'
import { maxUnsignedLongLong, parseUnsigned } from './integer.ts'

const powers = 'kmgtpe'

/**
 * Gives how many bytes a unit is; libvirt's `virScaleInteger`.
 *
 * `b`, `byte` and `bytes` are one; a letter alone or with `iB` counts by 1024, with `B` by 1000; case does not matter.
 *
 * @param scale - Bytes of the unit that holds when none is given
 */
export function unitSize(unit: string | undefined, scale: bigint): bigint | undefined {
  if (unit === undefined || unit === '') return scale
  const lower = unit.toLowerCase()
  if (lower === 'b' || lower === 'byte' || lower === 'bytes') return 1n
  const power = BigInt(powers.indexOf(lower.charAt(0)) + 1)
  const suffix = lower.slice(1)
  if (power === 0n) return undefined
  if (suffix === '' || suffix === 'ib') return 1024n ** power
  return suffix === 'b' ? 1000n ** power : undefined
}

/**
 * Reads an amount in bytes; libvirt's `virParseScaledValue`.
 *
 * @param path - Its place, as the message names it: `./memory[1]`
 * @param options - `scale`: bytes of the default unit; `maximum`: bytes
 */
export function parseScaled(
  text: string,
  unit: string | undefined,
  path: string,
  options: { readonly scale: bigint; readonly maximum?: bigint },
): bigint | VirError {
  const amount = parseUnsigned(text)
  if (amount === undefined || amount > maxUnsignedLongLong) {
    const detail = `Invalid value '${text}' for element or attribute '${path}'`
    return virError(ErrorNumber.XML_ERROR, ErrorDomain.XML, detail)
  }
  const size = unitSize(unit, options.scale)
  if (size === undefined) {
    return virError(ErrorNumber.INVALID_ARG, ErrorDomain.NONE, `unknown suffix '${unit ?? ''}'`)
  }
  const maximum = options.maximum ?? maxUnsignedLongLong
  if (amount > 0n && amount > maximum / size) {
    const detail = `value too large: ${amount}${unit ?? ''}`
    return virError(ErrorNumber.OVERFLOW, ErrorDomain.NONE, detail)
  }
  return amount * size
}
