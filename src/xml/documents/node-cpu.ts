import { err, ok, safeTry } from 'neverthrow'
import { ErrorDomain, ErrorNumber, virError } from '../../errors/index.ts'
import type { VirResult } from '../../errors/index.ts'
import { childElements, textContent } from '../element.ts'
import type { XmlElement } from '../element.ts'
import { maxUnsigned, parseUnsignedUpTo } from '../integer.ts'
import type { NodeCpu, NodeDef } from './node-def.ts'

/** Reads the numbers of a node; libvirt's `testParseNodeInfo`. Of elements that repeat, the first counts. */
export function readNodeInfo(root: XmlElement): VirResult<Pick<NodeDef, 'cpu' | 'memoryKiB'>> {
  return safeTry(function* () {
    const numbers: { -readonly [K in Exclude<keyof NodeCpu, 'model'>]?: number } = {}
    for (const key of ['nodes', 'sockets', 'cores', 'threads', 'active', 'mhz'] as const) {
      const number = yield* readNumber(firstOf(root, 'cpu', key), `node cpu ${key}`, maxUnsigned)
      if (number !== undefined) numbers[key] = number
    }
    const model = yield* readModel(firstOf(root, 'cpu', 'model'))
    const memory = firstOf(root, 'memory')
    const memoryKiB = yield* readNumber(memory, 'node memory', Number.MAX_SAFE_INTEGER)
    return ok({
      cpu: { ...numbers, ...(model !== undefined && { model }) },
      ...(memoryKiB !== undefined && { memoryKiB }),
    })
  })
}

function readNumber(
  text: string | undefined,
  what: string,
  maximum: number,
): VirResult<number | undefined> {
  if (text === undefined) return ok(undefined)
  const number = parseUnsignedUpTo(text, maximum)
  if (number !== undefined) return ok(number)
  return err(virError(ErrorNumber.XML_ERROR, ErrorDomain.TEST, `invalid ${what} value`))
}

// libvirt's structure has 32 bytes for it, one of which ends it.
const maxModelBytes = 31

function readModel(text: string | undefined): VirResult<string | undefined> {
  if (text === undefined || new TextEncoder().encode(text).length <= maxModelBytes) return ok(text)
  const detail = `Model ${text} too big for destination`
  return err(virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.TEST, detail))
}

/** Gives the text of the first element at a path; an empty one is absent, as for libvirt's XPath functions. */
function firstOf(element: XmlElement, ...path: readonly string[]): string | undefined {
  let elements = [element]
  for (const name of path) elements = elements.flatMap((parent) => childElements(parent, name))
  const [first] = elements
  return first === undefined ? undefined : textContent(first) || undefined
}
