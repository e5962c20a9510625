/** A reproducible source of chance. */
export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1
  }

  /** A number from 0 up to, but not including, `limit`. */
  below(limit: number): number {
    // xorshift32: short, fast and good enough to cut and change bytes
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x >>> 0
    return this.#state % limit
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[this.below(list.length)]
  }
}

/** Values that break parsers when they stand for a length, a type or a flag. */
const nasty = [0, 1, 2, 7, 0x7f, 0x80, 0xff, 0xffff, 0x8001, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]

/** Changes a conversation in one to four places: bits, fields, pieces left out, repeated or moved. */
export function mutate(bytes: Uint8Array, chance: Chance): Uint8Array {
  let result: Uint8Array = bytes.slice()
  for (let count = 1 + chance.below(4); count > 0 && result.length > 0; count--) {
    result = change(result, chance)
  }
  return result
}

function change(bytes: Uint8Array, chance: Chance): Uint8Array {
  const at = chance.below(bytes.length)
  const until = Math.min(bytes.length, at + 1 + chance.below(64))
  switch (chance.below(7)) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.below(8))
      return bytes
    case 1:
      bytes[at] = chance.below(256)
      return bytes
    case 2: {
      const width = chance.pick([2, 4, 8]) ?? 4
      const field = new Uint8Array(8)
      const view = new DataView(field.buffer)
      view.setUint32(0, chance.pick(nasty) ?? 0)
      view.setUint32(4, chance.pick(nasty) ?? 0)
      bytes.set(field.subarray(8 - width).subarray(0, bytes.length - at), at)
      return bytes
    }
    case 3:
      return bytes.slice(0, at)
    case 4:
      return join(bytes.subarray(0, at), bytes.subarray(until))
    case 5:
      return join(bytes.subarray(0, until), bytes.subarray(at))
    default: {
      const noise = Uint8Array.from({ length: 1 + chance.below(40) }, () => chance.below(256))
      return join(bytes.subarray(0, at), noise, bytes.subarray(at))
    }
  }
}

function join(...parts: Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
