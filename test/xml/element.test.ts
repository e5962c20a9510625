import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ErrorDomain, ErrorNumber } from '../../src/errors/index.ts'
import {
  childElement,
  childElements,
  isElement,
  parseXml,
  textContent,
} from '../../src/xml/element.ts'
import type { ParseXmlOptions, XmlElement } from '../../src/xml/element.ts'
import { hostileText } from './arbitraries.ts'

const options: ParseXmlOptions = { label: 'test', domain: ErrorDomain.DOMAIN }

function read(text: string, more: Partial<ParseXmlOptions> = {}): XmlElement {
  return parseXml(text, { ...options, ...more })._unsafeUnwrap()
}

function message(text: string, more: Partial<ParseXmlOptions> = {}): string {
  const error = parseXml(text, { ...options, ...more })._unsafeUnwrapErr()
  expect(error).toMatchObject({ code: ErrorNumber.XML_DETAIL, domain: ErrorDomain.DOMAIN })
  return error.message
}

describe('parseXml', () => {
  it('gives names, attributes in order, texts and elements', () => {
    const root = read(`<a z='1' b="2">x<b/>y<c>z</c></a>`)
    expect(root.name).toBe('a')
    expect([...root.attributes]).toStrictEqual([
      ['z', '1'],
      ['b', '2'],
    ])
    expect(root.children.map((node) => (isElement(node) ? node.name : node))).toStrictEqual([
      'x',
      'b',
      'y',
      'c',
    ])
    expect(textContent(root)).toBe('xyz')
  })

  it('gives the line and the column of each element', () => {
    const root = read(`<a>\n  <b\n    x='1'/><c/>\r\n\t<d/>\n</a>`)
    expect(childElements(root).map(({ name, line, column }) => [name, line, column])).toStrictEqual(
      [
        ['b', 2, 3],
        ['c', 3, 12],
        ['d', 4, 2],
      ],
    )
  })

  it('counts columns right when a > stands in a value', () => {
    const root = read(`<a x='<>'/>`.replace('<>', '>'))
    expect(root.attributes.get('x')).toBe('>')
    expect(childElement(read(`<a x='>'><b/></a>`), 'b')?.column).toBe(10)
  })

  it('leaves out white space between elements and keeps it where it is all there is', () => {
    expect(read('<a>\n <b> </b>\n</a>').children).toHaveLength(1)
    expect(textContent(read('<a>\n <b> </b>\n</a>'))).toBe(' ')
    expect(read('<a>x <b/> <c/></a>').children).toHaveLength(4)
  })

  it('drops comments and instructions, and makes CDATA text', () => {
    expect(read('<a>x<!-- c -->y<?p q?><![CDATA[<&>]]>z</a>').children).toStrictEqual(['xy<&>z'])
  })

  it('keeps them below the elements that are named', () => {
    const [metadata] = childElements(
      read(
        '<d><!-- no --><metadata><!-- c --><?p q r?><x><![CDATA[t]]></x><?e?></metadata><!-- no --></d>',
        {
          verbatim: ['metadata'],
        },
      ),
    )
    expect(metadata?.children.filter((node) => !isElement(node))).toStrictEqual([
      { markup: 'comment', text: ' c ' },
      { markup: 'instruction', text: 'p q r' },
      { markup: 'instruction', text: 'e' },
    ])
    expect(metadata && childElement(metadata, 'x')?.children).toStrictEqual([
      { markup: 'cdata', text: 't' },
    ])
  })

  it('resolves namespaces, and keeps declarations apart from attributes', () => {
    const root = read(
      `<d xmlns:q='urn:q'><q:x xmlns='urn:n' q:k='1'><y/><z xmlns=''/></q:x><w/></d>`,
    )
    const [x, w] = childElements(root)
    expect([...root.namespaces]).toStrictEqual([['q', 'urn:q']])
    expect([x?.namespace, w?.namespace, x && [...x.attributes.keys()]]).toStrictEqual([
      'urn:q',
      undefined,
      ['q:k'],
    ])
    expect(x && childElements(x).map(({ namespace }) => namespace)).toStrictEqual([
      'urn:n',
      undefined,
    ])
  })

  it('accepts a prefix that nothing declares, as libxml2 does', () => {
    expect(read('<p:a/>')).toMatchObject({ name: 'p:a' })
    expect(read('<p:a/>').namespace).toBeUndefined()
  })

  it('decodes references once', () => {
    expect(textContent(read('<a>&amp;lt;&amp;#60;&#65;&#x1F600;</a>'))).toBe('&lt;&#60;A\u{1f600}')
  })

  it('makes attributes with the names of object members attributes', () => {
    const root = read(`<__proto__ __proto__='1' constructor='2' toString='3'/>`)
    expect([...root.attributes.values()]).toStrictEqual(['1', '2', '3'])
  })

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'knows no entity %s',
    (entity) => {
      expect(message(`<a>&${entity};</a>`)).toContain(`Entity '${entity}' not defined`)
    },
  )

  it('refuses another root with the name that libvirt shows', () => {
    const error = parseXml('<foo/>', { ...options, root: 'domainbackup' })._unsafeUnwrapErr()
    expect(error).toMatchObject({
      code: ErrorNumber.XML_ERROR,
      domain: ErrorDomain.XML,
      message: "XML error: expecting root element of 'domainbackup', not 'foo'",
    })
  })

  it('takes a root with a declared prefix and refuses one without', () => {
    expect(parseXml(`<p:a xmlns:p='u'/>`, { ...options, root: 'a' }).isOk()).toBe(true)
    expect(parseXml(`<p:a/>`, { ...options, root: 'a' }).isErr()).toBe(true)
  })

  it('refuses document types, so that no entity is ever expanded', () => {
    const bomb = `<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>`
    expect(message(bomb)).toContain('Document type declarations are not supported')
    expect(message(`<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>`)).toContain('not supported')
  })

  it.each([
    ['a NUL', '<a>\0</a>', 'PCDATA invalid Char value 0'],
    ['a control character', "<a x='\u0007'/>", 'invalid character in attribute value'],
    ['U+FFFE', '<a>\ufffe</a>', 'Char 0xFFFE out of allowed range'],
    [
      'a lone surrogate',
      '<a>\ud83d</a>',
      'Input is not proper UTF-8, indicate encoding !\nBytes: 0xED 0xA0 0xBD 0x3C',
    ],
    ['a reversed pair', '<a>\udc00\ud800</a>', 'Bytes: 0xED 0xB0 0x80'],
    [
      'a reference to a control character',
      '<a>&#x1;</a>',
      'xmlParseCharRef: invalid xmlChar value 1',
    ],
  ])('refuses %s', (_, text, expected) => {
    expect(message(text)).toContain(expected)
  })

  it('shows the file instead of the document when it reads one', () => {
    expect(message('<a>', { label: '/n.xml', ofFile: true })).toMatch(/^\/n\.xml:1: /)
  })
})

function nested(depth: number): string {
  return '<a>'.repeat(depth) + '</a>'.repeat(depth)
}

describe('the limits of parseXml', () => {
  it('takes 256 levels and refuses 257, as libxml2 does', () => {
    expect(parseXml(nested(256), options).isOk()).toBe(true)
    expect(message(nested(257))).toContain(
      'Excessive depth in document: 256 use XML_PARSE_HUGE option',
    )
  })

  it.each([
    ['size', 10, '<a>45678</a>', 'longer than 10'],
    ['elements', 2, '<a><b/><c/></a>', 'more than 2 elements'],
    ['attributes', 2, "<a x='1' y='2' z='3'/>", 'more than 2 attributes'],
    ['attributes', 1, "<a xmlns:x='1' xmlns:y='2'/>", 'more than 1 attributes'],
    ['text', 3, '<a>1234</a>', 'huge text node'],
    ['text', 3, '<a>12<!-- -->34</a>', 'huge text node'],
    ['text', 3, "<a x='1234'/>", 'AttValue length too long'],
  ])('can be set: %s', (name, value, text, expected) => {
    expect(message(text, { limits: { [name]: value } })).toContain(expected)
    expect(parseXml(text, { ...options, limits: { [name]: 100 } }).isOk()).toBe(true)
  })

  it.each<[string, () => string]>([
    ['100,000 levels', () => '<a>'.repeat(100_000)],
    ['100,000 open tags without an end', () => '<a '.repeat(100_000)],
    [
      'a million attributes',
      () => `<a ${Array.from({ length: 1e6 }, (_, i) => `a${i}='1'`).join(' ')}/>`,
    ],
    [
      'a million declarations',
      () => `<a ${Array.from({ length: 1e6 }, (_, i) => `xmlns:a${i}='u'`).join(' ')}/>`,
    ],
    ['64 MiB of text', () => `<a>${'x'.repeat(64 * 1024 * 1024)}</a>`],
    ['4 MB of text without an end', () => `<a>${'x'.repeat(4_000_000)}`],
    ['a million elements', () => `<a>${'<b/>'.repeat(1_000_000)}</a>`],
    ['a million lines before an error', () => `${'\n'.repeat(1_000_000)}<a>`],
    ['a million comments', () => `<a>${'<!---->'.repeat(500_000)}`],
    ['a million brackets', () => `<a>${']]'.repeat(1_000_000)}>`],
    ['a name of 4 MB', () => `<${'a'.repeat(4_000_000)}`],
    ['an attribute of 4 MB without an end', () => `<a b='${'x'.repeat(4_000_000)}`],
    ['an entity of 4 MB', () => `<a>&${'x'.repeat(4_000_000)}`],
    ['a digit reference of 4 MB', () => `<a>&#${'1'.repeat(4_000_000)};</a>`],
    ['a document type of 4 MB', () => `<!DOCTYPE a [${'<!ENTITY x "y">'.repeat(250_000)}]><a/>`],
  ])('answer %s with an error', (_, make) => {
    expect(parseXml(make(), options).isErr()).toBe(true)
  })
})

describe('parseXml on anything', () => {
  const soup = fc
    .array(
      fc.oneof(
        hostileText,
        fc.constantFrom(
          '<a>',
          '</a>',
          '<b ',
          "x='",
          '/>',
          '<!DOCTYPE',
          '<?xml',
          '?>',
          '<![CDATA[',
          '\0',
          '\ud800',
        ),
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join(''))

  it('never throws, and gives a position with each error', () => {
    fc.assert(
      fc.property(soup, (text) => {
        parseXml(text, options).match(
          (root) => expect(root.name).not.toBe(''),
          (error) => expect(error.message).toMatch(/^\(test\):[1-9][0-9]*: /),
        )
      }),
      { numRuns: 2_000 },
    )
  })
})
