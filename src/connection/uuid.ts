/** UUIDs as libvirt reads and shows them. @module */

const space = /\s/
const hexDigit = /[0-9a-f]/i

/**
 * Reads a UUID as liberally as libvirt's `virUUIDParse`: white space around it, and any number of `-` and blanks
 * before each pair of digits.
 *
 * @returns The UUID in lower case with dashes; `undefined` for what is none
 */
export function parseUUID(text: string): string | undefined {
  let at = 0
  while (space.test(text.charAt(at))) at += 1
  let digits = ''
  while (digits.length < 32) {
    const character = text.charAt(at)
    if (digits.length % 2 === 0 && (character === '-' || character === ' ')) at += 1
    else if (hexDigit.test(character)) {
      digits += character
      at += 1
    } else return undefined
  }
  while (space.test(text.charAt(at))) at += 1
  return at === text.length ? withDashes(digits.toLowerCase()) : undefined
}

/** Shows the 16 bytes of a UUID in lower case with dashes. */
export function formatUUID(bytes: Uint8Array): string {
  return withDashes(Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''))
}

/** Gives the 16 bytes of a UUID that stands there in lower case with dashes. */
export function uuidBytes(uuid: string): Uint8Array {
  const digits = uuid.replaceAll('-', '')
  return Uint8Array.from({ length: 16 }, (_, index) =>
    Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16),
  )
}

function withDashes(digits: string): string {
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join('-')
}
