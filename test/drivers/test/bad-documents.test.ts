import { beforeEach, describe, expect, it } from 'vitest'
import type { Domain, VirResultAsync } from '../../../src/index.ts'
import { ErrorDomain, ErrorNumber } from '../../../src/index.ts'
import { type Lab, makeLab, MiB, startDomain } from './fixture.ts'
import { type Refusal, refusal, times } from './refusal.ts'

let lab: Lab
let domain: Domain

beforeEach(async () => {
  lab = await makeLab()
  domain = await startDomain(lab)
})

const refused = (call: () => VirResultAsync<unknown>): Promise<Refusal> => refusal(lab, call)

/** A call that takes a document, with how libvirt names it, its root and its errors' domain. */
interface Reader {
  readonly title: string
  readonly name: string
  readonly root: string
  readonly from: ErrorDomain
  readonly call: (xml: string) => VirResultAsync<unknown>
}

const readers: readonly Reader[] = [
  {
    title: 'domainDefineXML',
    name: 'domain_definition',
    root: 'domain',
    from: ErrorDomain.DOMAIN,
    call: (xml) => lab.connection.domainDefineXML(xml),
  },
  {
    title: 'domainCreateXML',
    name: 'domain_definition',
    root: 'domain',
    from: ErrorDomain.DOMAIN,
    call: (xml) => lab.connection.domainCreateXML(xml),
  },
  {
    title: 'backupBegin',
    name: 'domain_backup',
    root: 'domainbackup',
    from: ErrorDomain.DOMAIN,
    call: (xml) => domain.backupBegin(xml),
  },
  {
    title: 'checkpointCreateXML',
    name: 'domain_checkpoint',
    root: 'domaincheckpoint',
    from: ErrorDomain.DOMAIN_CHECKPOINT,
    call: (xml) => domain.checkpointCreateXML(xml),
  },
  {
    title: 'the checkpoint of backupBegin',
    name: 'domain_checkpoint',
    root: 'domaincheckpoint',
    from: ErrorDomain.DOMAIN_CHECKPOINT,
    call: (xml) => domain.backupBegin('<domainbackup/>', xml),
  },
]

const tooDeep = 'Excessive depth in document: 256 use XML_PARSE_HUGE option'
const tooLong = 'Document is longer than 4194304 characters'
const notUtf8 = 'Input is not proper UTF-8, indicate encoding !'
const laughs = times(9, (level) => `<!ENTITY e${level + 1} "${times(10, `&e${level};`)}">`)

/** Documents that are none, for a root, with what the reader says. */
const documents: readonly (readonly [string, (root: string) => string, string])[] = [
  ['nothing', () => '', 'Document is empty'],
  ['a NUL', () => '\0', "Start tag expected, '<' not found"],
  ['a NUL as content', (root) => `<${root}>\0</${root}>`, 'PCDATA invalid Char value 0'],
  ['half a surrogate pair', (root) => `<${root}>\ud800</${root}>`, notUtf8],
  ['half a surrogate pair in an attribute', (root) => `<${root} a='\udfff'/>`, notUtf8],
  ['half a surrogate pair in a name', (root) => `<${root}\ud800/>`, notUtf8],
  ['an open tag', (root) => `<${root}`, ''],
  ['words', () => 'a domain, please', "Start tag expected, '<' not found"],
  ['JSON', () => '{"domain":{}}', "Start tag expected, '<' not found"],
  ['100,000 levels', () => times(100_000, '<a>'), tooDeep],
  [
    '100,000 levels within its root',
    (root) => `<${root}>${times(100_000, '<a>')}${times(100_000, '</a>')}</${root}>`,
    tooDeep,
  ],
  ['a million attributes', (root) => `<${root} ${times(1_000_000, (i) => `a${i}='' `)}/>`, tooLong],
  ['the same attribute twice', (root) => `<${root} a='1' a='2'/>`, 'Attribute a redefined'],
  ['an unknown entity', (root) => `<${root}>&e;</${root}>`, "Entity 'e' not defined"],
  [
    'a billion laughs',
    (root) => `<!DOCTYPE ${root} [<!ENTITY e0 "ha">${laughs}]><${root}>&e9;</${root}>`,
    'Document type declarations are not supported',
  ],
  ['64 MiB of text', (root) => `<${root}>${times(64 * MiB, 'x')}</${root}>`, tooLong],
  ['64 MiB of an attribute', (root) => `<${root} a='${times(64 * MiB, 'x')}'/>`, tooLong],
  ['64 MiB of a name', () => `<${times(64 * MiB, 'x')}/>`, tooLong],
  ['64 MiB of white space', () => times(64 * MiB, ' '), tooLong],
]

describe.each(readers)('$title', ({ name, root, from, call }) => {
  it.each(documents)('refuses %s', async (_, document, message) => {
    const error = await refused(() => call(document(root)))
    expect(error).toStrictEqual({
      code: ErrorNumber.XML_DETAIL,
      from,
      message: expect.stringContaining(`(${name}):1: ${message}`),
    })
  })

  it('refuses the document of something else', async () => {
    expect(await refused(() => call('<network/>'))).toMatchObject({
      code: ErrorNumber.XML_ERROR,
      message: expect.stringContaining(root),
    })
  })
})

describe('what the schema refuses', () => {
  const invalid = (schema: string) => ({
    code: ErrorNumber.XML_INVALID_SCHEMA,
    from: ErrorDomain.XML,
    message: `XML document failed to validate against schema: Unable to validate doc against /usr/share/libvirt/schemas/${schema}.rng`,
  })

  it.each([
    '<domainbackup><foo/></domainbackup>',
    `<domainbackup mode='bogus'/>`,
    '<domainbackup><disks/></domainbackup>',
    `<domainbackup><disks><disk name='/a'/></disks></domainbackup>`,
    `<domainbackup><disks><disk name='vda' type='file'><target file='a'/></disk></disks></domainbackup>`,
    '<domainbackup>text</domainbackup>',
  ])('backupBegin refuses %s', async (xml) => {
    expect(await refused(() => domain.backupBegin(xml))).toStrictEqual(invalid('domainbackup'))
  })

  it.each([
    '<domaincheckpoint><foo/></domaincheckpoint>',
    '<domaincheckpoint><name>a/b</name></domaincheckpoint>',
    '<domaincheckpoint><name/></domaincheckpoint>',
    '<domaincheckpoint><disks/></domaincheckpoint>',
    `<domaincheckpoint><disks><disk name='vda' checkpoint='maybe'/></disks></domaincheckpoint>`,
  ])('checkpointCreateXML refuses %s', async (xml) => {
    expect(await refused(() => domain.checkpointCreateXML(xml))).toStrictEqual(
      invalid('domaincheckpoint'),
    )
  })
})
