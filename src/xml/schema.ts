/**
 * What libvirt's RelaxNG schemas refuse, by hand: patterns and shapes of elements.
 *
 * @see schemas/basictypes.rng, domaincommon.rng of libvirt 9.0.0
 * @module
 */
import { isBlank } from './characters.ts'
import { isElement, textContent } from './element.ts'
import type { XmlElement } from './element.ts'

/** Tells whether an attribute's value, or a text, is of a kind. */
export type Pattern = (value: string) => boolean

/** What an element may be: one of its shapes must fit. */
export type Rule = (element: XmlElement) => boolean

/** How an element may look. */
export interface Shape {
  readonly attributes?: Readonly<Record<string, Pattern>>
  /** The attributes that must be there. */
  readonly required?: readonly string[]
  /** The child elements, in any order. */
  readonly children?: Readonly<Record<string, Child>>
  /** The text that it must hold instead of child elements. */
  readonly text?: Pattern
}

/** A child element and how often it may stand there. */
export interface Child {
  readonly rule: Rule
  /** Absent: 0. */
  readonly min?: number
  /** Absent: 1. */
  readonly max?: number
}

/** Makes a rule of shapes, of which one must fit. */
export function oneOf(...shapes: readonly Shape[]): Rule {
  return (element) => shapes.some((shape) => fits(element, shape))
}

function fits(element: XmlElement, shape: Shape): boolean {
  if (element.namespace !== undefined) return false
  const { attributes = {}, required = [], children = {} } = shape
  for (const [name, value] of element.attributes) {
    if (!Object.hasOwn(attributes, name) || attributes[name]?.(value) !== true) return false
  }
  if (required.some((name) => !element.attributes.has(name))) return false
  return shape.text === undefined ? childrenFit(element, children) : textFits(element, shape.text)
}

function textFits(element: XmlElement, text: Pattern): boolean {
  if (element.children.some(isElement)) return false
  return text(textContent(element))
}

function childrenFit(element: XmlElement, children: Readonly<Record<string, Child>>): boolean {
  const counts = new Map<string, number>()
  for (const node of element.children) {
    if (typeof node === 'string') {
      if (!isBlank(node)) return false
    } else if (isElement(node)) {
      const child = Object.hasOwn(children, node.name) ? children[node.name] : undefined
      const count = (counts.get(node.name) ?? 0) + 1
      if (child === undefined || count > (child.max ?? 1) || !child.rule(node)) return false
      counts.set(node.name, count)
    }
  }
  return Object.entries(children).every(([name, { min = 0 }]) => (counts.get(name) ?? 0) >= min)
}

/** Makes a pattern of words; like the schemas' `<value>`, it does not see white space around them. */
export function words(...allowed: readonly string[]): Pattern {
  return (value) => allowed.includes(value.trim().replace(/[ \t\r\n]+/g, ' '))
}

function pattern(expression: RegExp): Pattern {
  return (value) => expression.test(value)
}

/** Fits everything: the schemas' `<text/>`. */
export const anyText: Pattern = () => true
/** An absolute path of at least two characters. */
export const absFilePath: Pattern = pattern(/^(?:\/|[a-zA-Z]:\\)[^\n\r]+$/)
/** A disk's target: `vda`, `ioemu:hdc`. */
export const diskTargetDev: Pattern = pattern(/^(?:ioemu:)?(?:fd|hd|sd|vd|xvd|ubd)[a-zA-Z0-9_]+$/)
/** A UUID with or without dashes. */
export const uuidPattern: Pattern = pattern(
  /^(?:[a-fA-F0-9]{32}|[a-fA-F0-9]{8}-(?:[a-fA-F0-9]{4}-){3}[a-fA-F0-9]{12})$/,
)
/** A host's name or its address. */
export const hostName: Pattern = (value) => /^[a-zA-Z0-9.-]+$/.test(value) || isIPv6(value)
/** `yes` or `no`. */
export const yesNo: Pattern = words('yes', 'no')
/** An integer of up to 32 bits. */
export const unsignedInt: Pattern = (value) => isUnsigned(value, 0xffff_ffffn)
/** An integer of up to 64 bits. */
export const unsignedLong: Pattern = (value) => isUnsigned(value, 0xffff_ffff_ffff_ffffn)

function isUnsigned(value: string, most: bigint): boolean {
  // So many digits are no number that fits, zeros in front aside; this keeps hostile input cheap.
  const digits = /^0*([0-9]{0,24})$/.exec(value)
  return value !== '' && digits !== null && BigInt(digits[1] ?? '0') <= most
}

const group = '[0-9A-Fa-f]{1,4}'
const byte = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9][0-9]|[0-9])'
const v4 = `(?:${byte}\\.){3}${byte}`
const ipv6 = new RegExp(
  [
    `(?:${group}:){7}${group}`,
    `(?:${group}:){6}:${group}`,
    `(?:${group}:){5}:(?:${group}:)?${group}`,
    `(?:${group}:){4}:(?:${group}:){0,2}${group}`,
    `(?:${group}:){3}:(?:${group}:){0,3}${group}`,
    `(?:${group}:){2}:(?:${group}:){0,4}${group}`,
    `(?:${group}:){6}${v4}`,
    `(?:${group}:){0,5}:${v4}`,
    `::(?:${group}:){0,5}${v4}`,
    `${group}::(?:${group}:){0,5}${group}`,
    `::(?:${group}:){0,6}${group}`,
    `(?:${group}:){1,7}:`,
    '::',
  ]
    .map((form) => `^(?:${form})$`)
    .join('|'),
)

function isIPv6(value: string): boolean {
  return value.length < 64 && ipv6.test(value)
}
