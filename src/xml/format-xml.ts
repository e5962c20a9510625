import type { VirResult } from '../errors/index.ts'
import { createFromTree } from './builder.ts'
import type { XmlElement } from './element.ts'
import { writeXml } from './writer.ts'
import { written } from './written.ts'

/**
 * Writes an element that was read, in libvirt's layout: two spaces a level, single quotes.
 *
 * @errors `INVALID_ARG` when a text holds what XML cannot, such as a control character
 */
export function formatXml(element: XmlElement): VirResult<string> {
  return written('formatXml', () => writeXml(createFromTree(element)))
}
