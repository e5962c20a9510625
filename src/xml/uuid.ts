/**
 * Reads a UUID and gives it lower-case and dashed; libvirt's `virUUIDParse`.
 *
 * Dashes may stand between any two bytes, and blanks around the whole.
 */
export function parseUuid(text: string): string | undefined {
  if (!/^[ \t\n\v\f\r]*(?:-*[0-9a-fA-F]{2}){16}[ \t\n\v\f\r]*$/.test(text)) return undefined
  const digits = text.replaceAll(/[^0-9a-fA-F]/g, '').toLowerCase()
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join('-')
}
