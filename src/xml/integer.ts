/** Reading integers as libvirt does, which is C's `strtoul` with checks around it. @module */

/** More digits than a 64-bit number has in any base. */
const mostDigits = 64

/** Stands for what is above all that C holds. */
const beyond: bigint = 1n << 300n

/** Reads an unsigned integer; libvirt's `virStrToLong_ullp`. @param base - 0 tells the base by its prefix: `0x`, `0` */
export function parseUnsigned(text: string, base: 0 | 10 | 16 = 10): bigint | undefined {
  const match = /^[ \t\n\v\f\r]*\+?(0[xX](?=[0-9a-fA-F]))?([0-9a-fA-F]+)$/.exec(text)
  const digits = match?.[2]
  if (match === null || digits === undefined) return undefined
  // So many digits are above all that C holds, and a BigInt of them would take long to make.
  if (digits.length > mostDigits && /^0*[1-9a-fA-F]/.test(digits)) {
    const significant = digits.replace(/^0+/, '')
    if (significant.length > mostDigits)
      return /^[0-9]+$/.test(digits) || base !== 10 ? beyond : undefined
  }
  const hex = base === 16 || (base === 0 && match[1] !== undefined)
  if (match[1] !== undefined && !hex) return undefined
  if (hex) return BigInt(`0x${digits}`)
  if (base === 0 && digits.length > 1 && digits.startsWith('0')) {
    return /^[0-7]+$/.test(digits) ? BigInt(`0o${digits}`) : undefined
  }
  return /^[0-9]+$/.test(digits) ? BigInt(digits) : undefined
}

/** Reads an unsigned integer that is not above `maximum`, which is a safe integer. */
export function parseUnsignedUpTo(
  text: string,
  maximum: number,
  base: 0 | 10 | 16 = 10,
): number | undefined {
  if (base === 10 && text.length < 16 && /^[0-9]+$/.test(text)) {
    const number = Number(text)
    return number <= maximum ? number : undefined
  }
  const value = parseUnsigned(text, base)
  return value !== undefined && value <= BigInt(maximum) ? Number(value) : undefined
}

/** The largest value of C's `unsigned int`. */
export const maxUnsigned = 0xffff_ffff

/** The largest value of C's `int`. */
export const maxSigned = 0x7fff_ffff

/** The largest value of C's `unsigned long long`. */
export const maxUnsignedLongLong: bigint = 0xffff_ffff_ffff_ffffn
