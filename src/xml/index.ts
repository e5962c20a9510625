/** XML documents of libvirt, between text and typed definitions. @module */
export { isXmlText } from './characters.ts'
export {
  childElement,
  childElements,
  isElement,
  localName,
  parseXml,
  textContent,
} from './element.ts'
export type { ParseXmlOptions, XmlElement, XmlMarkup, XmlNode } from './element.ts'
export { defaultXmlLimits } from './limits.ts'
export type { XmlLimits } from './limits.ts'
