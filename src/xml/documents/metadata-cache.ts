import { VirError } from '../../errors/index.ts'
import { outElement } from '../codec.ts'
import type { ElementCodec } from '../codec.ts'
import { childElement, textContent } from '../element.ts'
import { parseScaled } from '../scaled.ts'
import { tooLarge } from '../values.ts'

/** A `<metadata_cache>`: the bytes in its `<max_size>`. */
export const metadataCache: ElementCodec<number> = {
  read(source) {
    const size = childElement(source, 'max_size')
    const text = size === undefined ? '' : textContent(size)
    if (size === undefined || text === '') return 0
    const path = './metadata_cache/max_size'
    const bytes = parseScaled(text, size.attributes.get('unit'), path, { scale: 1n })
    if (bytes instanceof VirError) return bytes
    return bytes > BigInt(Number.MAX_SAFE_INTEGER) ? tooLarge(text) : Number(bytes)
  },
  write(name, bytes) {
    const out = outElement(name)
    if (bytes > 0) {
      const size = outElement('max_size')
      size.attributes.set('unit', 'bytes')
      size.children.push(String(bytes))
      out.children.push(size)
    }
    return out
  },
}
