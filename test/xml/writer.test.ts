import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ErrorDomain, ErrorNumber, VirError } from '../../src/errors/index.ts'
import { addElement, addText, addTree, createXml, toTree } from '../../src/xml/builder.ts'
import { childElement, parseXml, textContent } from '../../src/xml/element.ts'
import type { XmlElement } from '../../src/xml/element.ts'
import { writeXml } from '../../src/xml/writer.ts'
import { hostileText } from './arbitraries.ts'
import { listShared, readShared, sharedFixtures } from './shared-fixtures.ts'

function read(text: string): XmlElement {
  const options = { label: 'test', domain: ErrorDomain.DOMAIN, verbatim: ['metadata'] }
  return parseXml(text, options)._unsafeUnwrap()
}

function rewritten(text: string): string {
  return writeXml(read(text))
}

describe('writeXml', () => {
  it('indents by two blanks, quotes with apostrophes, and keeps text in the line of its element', () => {
    const root = createXml('domain', { type: 'qemu', id: 3, skipped: undefined })
    addElement(root, 'name', undefined, 'vm')
    addElement(addElement(root, 'devices'), 'disk', { device: 'disk' })
    expect(writeXml(toTree(root))).toBe(
      [
        `<domain type='qemu' id='3'>`,
        '  <name>vm</name>',
        '  <devices>',
        `    <disk device='disk'/>`,
        '  </devices>',
        '</domain>',
        '',
      ].join('\n'),
    )
  })

  it('tells an element with the empty text from an empty element', () => {
    const root = createXml('a')
    addElement(root, 'b', undefined, '')
    addElement(root, 'c')
    expect(writeXml(toTree(root))).toBe('<a>\n  <b></b>\n  <c/>\n</a>\n')
  })

  it('escapes the five characters in texts and in values', () => {
    const root = createXml('a', { k: `<>&"'` })
    addText(root, `<>&"'`)
    expect(writeXml(toTree(root))).toBe(
      `<a k='&lt;&gt;&amp;&quot;&apos;'>&lt;&gt;&amp;&quot;&apos;</a>\n`,
    )
  })

  it('writes what reading would change as references', () => {
    const root = createXml('a', { k: 'x\ty\nz\r' })
    addText(root, 'x\ty\nz\r')
    expect(writeXml(toTree(root))).toBe(`<a k='x&#9;y&#10;z&#13;'>x\ty\nz&#13;</a>\n`)
  })

  it('does not take text for an entity, markup, JSON or YAML', () => {
    const root = createXml('a')
    for (const text of ['Q&A; R&D', '&lt;', '<b/>', '{"a":1}', '---\na: 1']) {
      addElement(root, 'b', { k: text }, text)
    }
    const texts = read(writeXml(toTree(root))).children.map((child) =>
      typeof child === 'object' && 'name' in child
        ? [child.attributes.get('k'), textContent(child)]
        : child,
    )
    expect(texts[0]).toStrictEqual(['Q&A; R&D', 'Q&A; R&D'])
    expect(texts[4]).toStrictEqual(['---\na: 1', '---\na: 1'])
  })

  it.each(['\0', '\u0001', '\u001f', '\ufffe', '\uffff', '\ud800', 'x\udc00'])(
    'refuses %j rather than drop it',
    (text) => {
      for (const root of [createXml('a', { k: text }), createXml('a'), createXml('metadata')]) {
        if (root.attributes.length === 0) addText(root, text)
        expect(() => writeXml(toTree(root))).toThrow(VirError)
        expect(() => writeXml(toTree(root))).toThrow(
          /^invalid argument: text .* cannot be put in XML$/,
        )
      }
    },
  )

  it('names the code of that refusal', () => {
    const root = createXml('a', { k: '\0' })
    expect(() => writeXml(toTree(root))).toThrow(
      expect.objectContaining({ code: ErrorNumber.INVALID_ARG, domain: ErrorDomain.XML }),
    )
  })

  it.each(['', ' ', '1a', '-a', 'a b', 'a>', 'a/', "a='1'", 'a\n', '\ud800', 'a\u0000'])(
    'refuses the name %j rather than write markup',
    (name) => {
      const empty = read('<a/>')
      for (const parent of ['domain', 'metadata']) {
        for (const element of [
          { ...empty, name },
          { ...empty, attributes: new Map([[name, '1']]) },
          { ...empty, namespaces: new Map([[`x${name} `, 'urn:x']]) },
        ]) {
          expect(() => writeXml({ ...empty, name: parent, children: [element] })).toThrow(
            expect.objectContaining({
              code: ErrorNumber.INVALID_ARG,
              message: expect.stringMatching(/^invalid argument: name .* cannot be put in XML$/),
            }),
          )
        }
      }
    },
  )

  it.each(['a', 'A:b', '_-.9', 'é', '\u{10000}\u00b7'])('writes the name %j', (name) => {
    const text = `<${name} ${name}='1'/>\n`
    expect(writeXml({ ...read('<a/>'), name, attributes: new Map([[name, '1']]) })).toBe(text)
  })

  it('sets the children of spaced elements apart, and opens elements that hold nothing', () => {
    const root = createXml('a')
    addElement(root, 'b')
    const open = addElement(root, 'c')
    expect(writeXml(toTree(root, { spaced: new Set([root]), open: new Set([open]) }))).toBe(
      '<a>\n\n  <b/>\n\n  <c>\n  </c>\n\n</a>\n',
    )
  })

  it('puts a tree into another document with its namespaces in front', () => {
    const root = createXml('a')
    addTree(root, read(`<q:x k='1' xmlns:q='urn:q'><q:y>t</q:y></q:x>`))
    expect(writeXml(toTree(root))).toBe(
      `<a>\n  <q:x xmlns:q='urn:q' k='1'>\n    <q:y>t</q:y>\n  </q:x>\n</a>\n`,
    )
  })

  // Recorded from libvirt 9.0.0: what is below <metadata> is serialised by libxml2.
  it.each([
    [
      'quotes, and references for attributes beyond ASCII',
      `<metadata><a:x xmlns:a='urn:a' k='1"&lt;&gt;&apos;&#10;&#9;&#13;é€'>t&lt;&gt;&amp;"'é€&#13;</a:x></metadata>`,
      `<metadata>
    <a:x xmlns:a="urn:a" k="1&quot;&lt;&gt;'&#10;&#9;&#13;&#xE9;&#x20AC;">t&lt;&gt;&amp;"'é€&#13;</a:x>
  </metadata>`,
    ],
    [
      'white space',
      `<metadata>\n\n<a:x xmlns:a='urn:a'>\n  <b/>\n\n <c> </c><d></d></a:x>\n</metadata>`,
      `<metadata>
    <a:x xmlns:a="urn:a">
      <b/>
      <c> </c>
      <d/>
    </a:x>
  </metadata>`,
    ],
    [
      'comments and instructions',
      `<metadata><a:x xmlns:a='urn:a'><!-- in --><?pi x?><b/></a:x></metadata>`,
      `<metadata>
    <a:x xmlns:a="urn:a">
      <!-- in -->
      <?pi x?>
      <b/>
    </a:x>
  </metadata>`,
    ],
    [
      'texts among elements',
      `<metadata><a:x xmlns:a='urn:a' a:k='1'>m<b>n</b><c><d/></c></a:x></metadata>`,
      `<metadata>
    <a:x xmlns:a="urn:a" a:k="1">m<b>n</b><c><d/></c></a:x>
  </metadata>`,
    ],
    [
      'default namespaces',
      `<metadata><x xmlns='urn:q'><b xmlns=''/></x></metadata>`,
      `<metadata>
    <x xmlns="urn:q">
      <b xmlns=""/>
    </x>
  </metadata>`,
    ],
  ])('writes metadata as libxml2 does: %s', (_, metadata, expected) => {
    expect(rewritten(`<domain>${metadata}</domain>`)).toBe(`<domain>\n  ${expected}\n</domain>\n`)
  })

  it('gives back any text and any value that XML can hold', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (text, value) => {
        for (const name of ['a', 'metadata']) {
          const root = createXml('r')
          addElement(root, name, { k: value }, text)
          const child = childElement(read(writeXml(toTree(root))), name)
          expect(child?.attributes.get('k')).toBe(value)
          expect(child && textContent(child)).toBe(text)
        }
      }),
      { numRuns: 1_000 },
    )
  })
})

describe(`writeXml on libvirt's documents${sharedFixtures.note}`, () => {
  const files = ['domain-out', 'backup-out', 'checkpoint-out', 'snapshot-out'].flatMap((folder) =>
    listShared(folder).map((name) => `${folder}/${name}`),
  )

  it.skipIf(sharedFixtures.missing)('gives each of them back byte for byte', () => {
    const texts = files.map((file) => [file, readShared(file)])
    expect(texts.map(([file, text = '']) => [file, rewritten(text)])).toStrictEqual(texts)
  })
})
