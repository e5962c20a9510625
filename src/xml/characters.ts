// Tab, line feed and carriage return aside, XML 1.0 has no control characters; nor has it lone surrogates and U+FFFE, U+FFFF.
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const notXml = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u

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
