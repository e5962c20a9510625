import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ErrorDomain, VirError } from '../../src/errors/index.ts'
import { element } from '../../src/xml/codec.ts'
import type { ElementCodec } from '../../src/xml/codec.ts'
import { parseXml } from '../../src/xml/element.ts'
import { fieldsOf } from '../../src/xml/fields.ts'
import type { WithXmlRest } from '../../src/xml/rest.ts'
import { oneOf, text, unsigned, yesNo } from '../../src/xml/values.ts'
import { writeXml } from '../../src/xml/writer.ts'

interface Wheel extends WithXmlRest {
  readonly size: number
}

interface Cart extends WithXmlRest {
  readonly kind: 'hand' | 'ox'
  readonly owner?: string
  readonly covered: boolean
  readonly wheels: readonly Wheel[]
  readonly load?: string
  readonly key?: string
}

const wheel = fieldsOf<Wheel>()
const cart = fieldsOf<Cart>()
const codec: ElementCodec<Cart> = element<Cart>([
  cart.attribute('kind', 'kind', oneOf(['hand', 'ox']), { required: true }),
  cart.attribute('owner', 'owner', text, { live: true }),
  cart.text('load', 'load', text),
  cart.keep('old'),
  cart.list(
    'wheels',
    'wheel',
    element([wheel.attribute('size', 'size', unsigned(), { required: true })]),
    { fallback: [] },
  ),
  cart.flag('covered', 'covered'),
  cart.childAttribute('key', ['key', 'value'], text, { secret: true, kept: ['hint'] }),
])

const context = { inactive: false, nameless: false, secure: true }

function read(source: string, schema?: string): Cart | VirError {
  const root = parseXml(source, { label: 'cart', domain: ErrorDomain.XML })._unsafeUnwrap()
  return codec.read(root, { inactive: false, ...(schema !== undefined && { schema }) })
}

function readOk(source: string): Cart {
  const read_ = read(source)
  if (read_ instanceof VirError) throw read_
  return read_
}

function write(value: Cart, options: Partial<typeof context> = {}): string {
  return writeXml(codec.write('cart', value, { ...context, ...options }))
}

describe('element', () => {
  it('reads members and writes them in the order of its fields', () => {
    const value = readOk("<cart kind='ox'><covered/><wheel size='3'/><load>hay</load></cart>")
    expect(value).toStrictEqual({
      kind: 'ox',
      covered: true,
      wheels: [{ size: 3 }],
      load: 'hay',
    })
    expect(write(value)).toBe(`<cart kind='ox'>
  <load>hay</load>
  <wheel size='3'/>
  <covered/>
</cart>
`)
  })

  it('keeps unknown attributes and children where they stood', () => {
    const source = `<cart a='0' kind='hand' b='1' owner='x' c='2'>
  <first/>
  <load>hay</load>
  <old/>
  <older/>
  <wheel size='1'/>
  <between/>
  <wheel size='2'/>
  <behind/>
  <covered/>
  <last/>
</cart>
`
    expect(write(readOk(source))).toBe(source)
  })

  it('keeps them in place when neighbours go and come', () => {
    const value = readOk(
      "<cart kind='hand'><wheel size='1'/><between/><wheel size='2'/><behind/><last/></cart>",
    )
    expect(write({ ...value, wheels: [] })).toBe(
      "<cart kind='hand'>\n  <between/>\n  <behind/>\n  <last/>\n</cart>\n",
    )
    const more = [...value.wheels, { size: 3 }]
    expect(write({ ...value, covered: true, wheels: more })).toBe(`<cart kind='hand'>
  <wheel size='1'/>
  <between/>
  <wheel size='2'/>
  <behind/>
  <last/>
  <wheel size='3'/>
  <covered/>
</cart>
`)
  })

  it('keeps what stands inside of a plain member', () => {
    const source =
      "<cart kind='hand'>\n  <load weight='9'>hay</load>\n  <key value='v' hint='h'/>\n</cart>\n"
    expect(write(readOk(source))).toBe(source)
    expect(write({ ...readOk(source), load: 'wood' })).toContain("<load weight='9'>wood</load>")
  })

  it('gives a member that was added precedence over a kept attribute of its name', () => {
    const value = readOk("<cart kind='hand'><wheel size='1' rest='r'/></cart>")
    const [first] = value.wheels
    const rest = { attributes: [{ name: 'size', value: '9' }] }
    expect(write({ ...value, wheels: [{ size: first?.size ?? 0, rest }] })).toContain(
      "<wheel size='1'/>",
    )
  })

  it('leaves live and secret parts out when told', () => {
    const value = readOk("<cart kind='hand' owner='x'><key value='v'/></cart>")
    expect(write(value, { inactive: true })).not.toContain('owner')
    expect(write(value, { secure: false })).not.toContain('key')
  })

  it.each([
    ['<cart/>', "XML error: Missing required attribute 'kind' in element 'cart'"],
    ["<cart kind='x'/>", "XML error: Invalid value for attribute 'kind' in element 'cart': 'x'."],
    [
      "<cart kind='ox'><wheel size='x'/></cart>",
      "XML error: Invalid value for attribute 'size' in element 'wheel': 'x'. Expected non-negative integer value",
    ],
  ])('refuses %s', (source, message) => {
    expect(read(source)).toMatchObject({ message })
  })

  it.each([
    ['an unknown attribute', "<cart kind='ox' x='1'/>"],
    ['an unknown child', "<cart kind='ox'><x/></cart>"],
    ['an unknown attribute of a plain member', "<cart kind='ox'><load x='1'>a</load></cart>"],
    ['a second single child', "<cart kind='ox'><load>a</load><load>b</load></cart>"],
    ['text', "<cart kind='ox'>x</cart>"],
    ['a bad value', "<cart kind='x'/>"],
  ])('refuses %s only for a schema', (_, source) => {
    expect(read(source, 'cart.rng')).toMatchObject({ code: 92 })
  })

  it('accepts for a schema what it keeps in a fixed place', () => {
    const source = "<cart kind='ox'><old any='thing'/><key value='v' hint='h'/></cart>"
    expect(read(source, 'cart.rng')).toMatchObject({ kind: 'ox' })
  })

  it('writes what it read for any order of known and unknown children', () => {
    const child = fc.constantFrom("<wheel size='1'/>", '<x/>', '<y/>', '<old/>', '<covered/>')
    fc.assert(
      fc.property(fc.array(child, { maxLength: 12 }), (children) => {
        const once = write(readOk(`<cart kind='ox'>${children.join('')}</cart>`))
        expect(write(readOk(once))).toBe(once)
        const count = (name: string): number => once.split(name).length - 1
        expect(count('<x/>')).toBe(children.filter((part) => part === '<x/>').length)
        expect(count('<wheel')).toBe(children.filter((part) => part.startsWith('<wheel')).length)
      }),
    )
  })
})

describe('yesNo', () => {
  it('knows two words', () => {
    const place = { element: 'e', attribute: 'a' }
    expect(yesNo.read('yes', place)).toBe(true)
    expect(yesNo.read('no', place)).toBe(false)
    expect(yesNo.read('on', place)).toBeInstanceOf(VirError)
  })
})
