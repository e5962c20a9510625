/** Makes a new UUID: lower-case, dashed, version 4. */
export type UuidSource = () => string

/** UUIDs from the platform's random numbers. */
export function randomUuids(): UuidSource {
  return () => globalThis.crypto.randomUUID()
}

/** UUIDs that are the same in each run with the same seed; for hypervisors whose clock is moved by hand. */
export function seededUuids(seed: number): UuidSource {
  let state = seed >>> 0
  const nextByte = (): number => {
    // mulberry32, by Tommy Ettinger (public domain): enough to be different, which is all that is asked.
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) & 0xff
  }
  return () => formatUuid(Array.from({ length: 16 }, nextByte))
}

function formatUuid(bytes: readonly number[]): string {
  const digits = bytes
    .map((byte, index) => {
      if (index === 6) return (byte & 0x0f) | 0x40
      if (index === 8) return (byte & 0x3f) | 0x80
      return byte
    })
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
