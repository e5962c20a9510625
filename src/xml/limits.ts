/** How much of a document is read before it is refused; counts are of elements, attributes or UTF-16 code units. */
export interface XmlLimits {
  /** Elements inside each other; libxml2 2.9 refuses the 257th. */
  readonly depth: number
  /** Code units of the whole document; libvirt sends no string above 4 MiB. */
  readonly size: number
  /** Elements of the whole document. */
  readonly elements: number
  /** Attributes of one element, namespace declarations included. */
  readonly attributes: number
  /** Code units of one text or one attribute's value; libxml2 2.9 refuses more than 10 million bytes. */
  readonly text: number
}

/** The limits that hold when none are given: well above any real definition, low enough to answer at once. */
export const defaultXmlLimits: XmlLimits = {
  depth: 256,
  size: 4 * 1024 * 1024,
  elements: 400_000,
  attributes: 4_096,
  text: 10_000_000,
}
