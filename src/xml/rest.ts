import type { XmlNode } from './element.ts'

/**
 * What an element holds that its definition has no member for, with the place of each part.
 *
 * It travels with the definition: a changed copy (`{ ...def, readonly: true }`) still has it. Places are relative to
 * what the definition knows, so they stay right when neighbours come and go.
 */
export interface XmlRest {
  readonly attributes?: readonly XmlRestAttribute[]
  readonly children?: readonly XmlRestChild[]
}

/** An attribute that a definition has no member for. */
export interface XmlRestAttribute {
  readonly name: string
  readonly value: string
  /** The known attribute that it follows; absent: it comes first. */
  readonly after?: string
}

/** A child element that a definition has no member for. */
export interface XmlRestChild {
  readonly node: XmlNode
  /** The known child that it follows, or its own name when that has a place in libvirt's order; absent: it comes first. */
  readonly after?: string
  /** How many known children of the name `after` stand before it. */
  readonly count: number
}

/** A definition that keeps what it has no member for. */
export interface WithXmlRest {
  readonly rest?: XmlRest
}
