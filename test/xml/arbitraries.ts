import fc from 'fast-check'
import { isXmlText } from '../../src/xml/characters.ts'

const breakers: readonly string[] = [
  '&lt;',
  '&amp;#60;',
  '&',
  '<',
  '>',
  '"',
  "'",
  ']]>',
  '<!--',
  '-->',
  '<a/>',
  '&#0;',
  '%s',
  '$&',
  '\t',
  '\n',
  '\r',
  '\r\n',
  ' ',
  '\u0085',
  '\u2028',
  '\u00e9',
  '\u{1f600}',
  '__proto__',
  '{{',
  '/*',
]

/** Texts that break codecs: markup, entities, white space, control characters that XML can hold, astral characters. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 8 }) },
      fc.constantFrom(...breakers),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''))
  .filter(isXmlText)
