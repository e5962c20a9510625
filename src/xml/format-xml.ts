import type { XmlElement } from './element.ts'
import { writeXml } from './writer.ts'

/**
 * Writes an element that was read, in libvirt's layout: two spaces a level, single quotes.
 *
 * @throws a `VirError` `INVALID_ARG` when a text holds what XML cannot, such as a control character
 */
export function formatXml(element: XmlElement): string {
  return writeXml(element)
}
