// Tab, line feed and carriage return aside, XML 1.0 has no control characters; nor has it lone surrogates and U+FFFE, U+FFFF.
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const notXml = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u

const nameStart = String.raw`:A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\u{10000}-\u{effff}`

/** XML 1.0's sets of characters, as they stand in the brackets of a regular expression with the flag `u`. */
export const nameCharacters: { readonly first: string; readonly later: string } = {
  first: nameStart,
  later: String.raw`${nameStart}\-.0-9\xb7\u0300-\u036f\u203f\u2040`,
}

const plainName = /^[A-Za-z_:][\w:.-]*$/
const anyName = new RegExp(`^[${nameCharacters.first}][${nameCharacters.later}]*$`, 'u')

/** Tells what XML 1.0 takes for the name of an element or of an attribute. */
export function isXmlName(text: string): boolean {
  return plainName.test(text) || anyName.test(text)
}

/** Tells whether XML 1.0 can hold a text: no control characters but tab and line ends, no lone surrogates. */
export function isXmlText(text: string): boolean {
  return !notXml.test(text)
}

/** Gives the offset of the first character that XML 1.0 cannot hold, or -1. */
export function firstForbiddenCharacter(text: string): number {
  return text.search(notXml)
}

/** Tells white space. */
export function isBlank(text: string): boolean {
  return !/[^ \t\r\n]/.test(text)
}
