/** Bytes without zeroes, different for each seed. */
export function pattern(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = ((i * 7 + seed * 31) % 255) + 1
  return bytes
}

/** Whether two stretches of bytes are the same; much faster than a structural comparison. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

/** Whether all bytes are zero. */
export function isZero(bytes: Uint8Array): boolean {
  return sameBytes(bytes, new Uint8Array(bytes.length))
}
