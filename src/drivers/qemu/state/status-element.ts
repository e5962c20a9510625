import type { XmlElement, XmlNode } from '../../../xml/index.ts'

/** Makes an element that was not read from a text. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string>> = {},
  children: readonly XmlNode[] = [],
): XmlElement {
  return {
    name,
    attributes: new Map(Object.entries(attributes)),
    namespaces: new Map(),
    children,
    line: 0,
    column: 0,
  }
}
