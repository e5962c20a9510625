import { okAsync } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { ErrorDomain, ErrorNumber, type VirResult } from '../../src/errors/index.ts'
import {
  checkDomainName,
  isElement,
  parseCapabilities,
  parseDisk,
  parseDomain,
  parseDomainBackup,
  parseDomainCheckpoint,
  parseNode,
  parseXml,
  readDomain,
  readDomainBackup,
  readNode,
  withDomainDefaults,
} from '../../src/xml/index.ts'

/** What plain JavaScript may pass where a string or a definition belongs. */
const strangers: readonly unknown[] = [
  undefined,
  null,
  Number.NaN,
  5,
  5n,
  true,
  {},
  [],
  new String('<domain/>'),
  () => '<domain/>',
  Symbol('domain'),
  Object.create(null),
]

/** Calls as plain JavaScript does, where nothing checks the argument's type. */
function call<T>(fn: (argument: never) => T, argument: unknown): T {
  return Reflect.apply(fn, undefined, [argument])
}

const parsers = {
  parseXml: (text: string) => parseXml(text, { label: 'test', domain: ErrorDomain.DOMAIN }),
  parseDomain: (text: string) => parseDomain(text),
  parseDisk: (text: string) => parseDisk(text),
  parseDomainBackup: (text: string) => parseDomainBackup(text),
  parseDomainCheckpoint: (text: string) => parseDomainCheckpoint(text),
  parseCapabilities: (text: string) => parseCapabilities(text),
} satisfies Record<string, (text: string) => VirResult<unknown>>

describe.each(Object.entries(parsers))('%s', (_, parse) => {
  it.each(strangers)('refuses what is no string (case %#)', (stranger) => {
    const what = stranger === undefined || stranger === null ? 'not be NULL' : 'be a string'
    expect(call<VirResult<unknown>>(parse, stranger)._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.INVALID_ARG,
      message: `xml in virXMLParse must ${what}`,
      str1: 'virXMLParse',
      str2: 'xml',
    })
  })
})

describe('node documents', () => {
  const empty = () => okAsync('<node/>')

  it.each(strangers)('are not read from what is no path (case %#)', async (stranger) => {
    const read = await call((path: string) => readNode(path, empty), stranger)
    expect(read._unsafeUnwrapErr().message).toMatch(/^path in readNode must /)
    const parsed = await call((path: string) => parseNode('<node/>', path, empty), stranger)
    expect(parsed._unsafeUnwrapErr().message).toMatch(/^path in parseNode must /)
  })

  it('are not read from what is no string, nor by what is no function', async () => {
    const parsed = await call((text: string) => parseNode(text, '/n.xml', empty), 5)
    expect(parsed._unsafeUnwrapErr().message).toBe('xml in virXMLParse must be a string')
    const read = await call((readFile: typeof empty) => readNode('/n.xml', readFile), 'x')
    expect(read._unsafeUnwrapErr().message).toBe('readFile in readNode must be a function')
  })
})

it.each(strangers)('the name of a domain is a string (case %#)', (stranger) => {
  expect(call(checkDomainName, stranger)._unsafeUnwrapErr().code).toBe(ErrorNumber.INVALID_ARG)
})

it.each(strangers)('nothing but an element is one (case %#)', (stranger) => {
  expect(call(isElement, stranger)).toBe(false)
})

it.each(strangers)('an element is what was read (case %#)', (stranger) => {
  for (const [name, read] of Object.entries({ readDomain, readDomainBackup })) {
    const error = call<VirResult<unknown>>(read, stranger)._unsafeUnwrapErr()
    expect(error).toMatchObject({ code: ErrorNumber.INVALID_ARG, str1: name, str2: 'element' })
  }
})

it.each(strangers)('a definition is what is completed (case %#)', (stranger) => {
  expect(call<VirResult<unknown>>(withDomainDefaults, stranger)._unsafeUnwrapErr()).toMatchObject({
    code: ErrorNumber.INVALID_ARG,
    str2: 'def',
  })
})

it.each([undefined, null, 5, 'x'])('a document is read with options, not %j', (stranger) => {
  const read = (options: never) => parseXml('<a/>', options)
  expect(call<VirResult<unknown>>(read, stranger)._unsafeUnwrapErr()).toMatchObject({
    code: ErrorNumber.INVALID_ARG,
    str1: 'virXMLParse',
    str2: 'options',
  })
})
