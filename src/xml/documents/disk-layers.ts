/** The layers of a disk below its top image, and the copy that a block job makes: `<backingStore>`, `<mirror>`. @module */
import { VirError } from '../../errors/index.ts'
import { element, outElement } from '../codec.ts'
import type { Draft, ElementCodec, Field, OutElement, ReadContext, WriteContext } from '../codec.ts'
import { childElement } from '../element.ts'
import type { XmlElement } from '../element.ts'
import { fieldsOf } from '../fields.ts'
import { maxUnsigned, parseUnsignedUpTo } from '../integer.ts'
import type { KnownNames } from '../rest.ts'
import { oneOf } from '../values.ts'
import type { DiskBackingStore, DiskMirror } from './disk-def.ts'
import { unsupported, xmlError } from './domain-error.ts'
import { metadataCache } from './metadata-cache.ts'
import { storageFormats, storageSource, storageTypes } from './storage-source.ts'
import type { StorageSource, StorageType } from './storage-source-def.ts'

type Chain = Draft<DiskBackingStore>

/** The source of a layer, which is spread over the layer's attributes, its `<format>` and its `<source>`. */
interface LayerParts {
  readonly type: string | undefined
  readonly format: string | undefined
  readonly index: string | undefined
}

const types = oneOf(storageTypes, {
  error: (raw) => xmlError(`unknown storage source type '${raw}'`),
})
const formats = oneOf(storageFormats, {
  error: (raw) => xmlError(`unknown storage source format '${raw}'`),
})

/** libvirt's `virDomainStorageSourceParseBase`. */
function startSource(parts: LayerParts, context: ReadContext): Draft<StorageSource> | VirError {
  const type = types.read(parts.type ?? 'file', { element: 'source' })
  if (type instanceof VirError) return type
  const draft: Draft<StorageSource> = { type: type ?? 'file' }
  if (parts.format !== undefined) {
    const format = formats.read(parts.format, { element: 'format' })
    if (format instanceof VirError) return format
    if (format !== undefined) draft.format = format
  }
  if (parts.index === undefined || context.inactive) return draft
  const index = parseUnsignedUpTo(parts.index, maxUnsigned)
  if (index === undefined) return xmlError(`invalid storage source index '${parts.index}'`)
  if (index > 0) draft.index = index
  return draft
}

function readCache(
  layer: XmlElement,
  draft: Draft<StorageSource>,
  context: ReadContext,
): VirError | undefined {
  const format = childElement(layer, 'format')
  const cache = format === undefined ? undefined : childElement(format, 'metadata_cache')
  const bytes = cache === undefined ? 0 : metadataCache.read(cache, context)
  if (bytes instanceof VirError) return bytes
  if (bytes > 0) draft.metadataCacheMaxSize = bytes
  return undefined
}

function writeFormat(out: OutElement, source: StorageSource, context: WriteContext): void {
  const format = outElement('format')
  if (source.format !== undefined) format.attributes.set('type', source.format)
  if (source.metadataCacheMaxSize !== undefined) {
    const cache = metadataCache.write('metadata_cache', source.metadataCacheMaxSize, context)
    format.children.push(cache)
  }
  if (format.attributes.size > 0 || format.children.length > 0) out.children.push(format)
}

const formatNames: ReadonlyMap<string, KnownNames> = new Map([
  [
    'format',
    {
      attributes: new Map([['type', 'member' as const]]),
      children: new Map([['metadata_cache', 'member' as const]]),
      inner: new Map(),
    },
  ],
])

const backingLayer: Field<DiskBackingStore> = {
  attributes: ['type', 'index'],
  children: ['format', 'source'],
  inner: formatNames,
  read(layer, draft, context) {
    const format = childElement(layer, 'format')?.attributes.get('type')
    if (format === undefined || format === '') return xmlError('missing disk backing store format')
    const from = childElement(layer, 'source')
    if (from === undefined) return xmlError('missing disk backing store source')
    const [type, index] = [layer.attributes.get('type'), layer.attributes.get('index')]
    const start = startSource({ type, format, index }, context)
    if (start instanceof VirError) return start
    return readCache(layer, start, context) ?? readSource(from, start, draft, context)
  },
  write(out, { source }, context) {
    out.attributes.set('type', source.type)
    if (source.index !== undefined && !context.nameless) {
      out.attributes.set('index', String(source.index))
    }
    writeFormat(out, source, context)
    out.children.push(storageSource.write('source', withoutIndex(source), context))
  },
}

function readSource(
  from: XmlElement,
  start: Draft<StorageSource>,
  draft: { source?: StorageSource },
  context: ReadContext,
): VirError | undefined {
  const source = storageSource.read(from, context, start)
  if (source instanceof VirError) return source
  // The layer's own index stands outside of the source element, which may have another one that does not count.
  draft.source =
    start.index === undefined ? withoutIndex(source) : { ...source, index: start.index }
  return undefined
}

function withoutIndex(source: StorageSource): StorageSource {
  const copy: Draft<StorageSource> & Pick<StorageSource, 'type'> = { ...source }
  delete copy.index
  return copy
}

/** The `<backingStore>` of a disk, of a mirror or of a layer above. */
export const backingStoreField: Field<Pick<DiskBackingStore, 'backingStore'>> = {
  attributes: [],
  children: ['backingStore'],
  read(layer, draft: Pick<Chain, 'backingStore'>, context) {
    const below = childElement(layer, 'backingStore')
    if (below === undefined) return undefined
    if (!below.attributes.has('type')) {
      draft.backingStore = 'none'
      return undefined
    }
    const store = backingStoreCodec.read(below, context)
    if (store instanceof VirError) return store
    draft.backingStore = store
    return undefined
  },
  write(out, { backingStore }, context) {
    if (backingStore === 'none') out.children.push(outElement('backingStore'))
    else if (backingStore !== undefined) {
      out.children.push(backingStoreCodec.write('backingStore', backingStore, context))
    }
  },
}

const backingStoreCodec: ElementCodec<DiskBackingStore> = element([backingLayer, backingStoreField])

const mirror = fieldsOf<DiskMirror>()
const job = mirror.attribute(
  'job',
  'job',
  oneOf(['copy', 'active-commit'], {
    error: (raw) => unsupported(`unknown mirror job type '${raw}'`),
  }),
  { fallback: 'copy' },
)
const ready = mirror.attribute(
  'ready',
  'ready',
  oneOf(['yes', 'abort', 'pivot'], {
    absent: 'none',
    error: (raw) => xmlError(`unknown mirror ready state ${raw}`),
  }),
)

// Old readers know a copy to a file by attributes of the mirror itself.
const mirrorAttributes: Field<DiskMirror> = {
  attributes: ['type', 'file', 'format'],
  children: [],
  read: () => undefined,
  write(out, { source, job: kind }) {
    out.attributes.set('type', source.type)
    if (source.type !== 'file' || kind !== 'copy') return
    if (source.path !== undefined) out.attributes.set('file', source.path)
    if (source.format !== undefined) out.attributes.set('format', source.format)
  },
}

const mirrorLayer: Field<DiskMirror> = {
  attributes: [],
  children: ['format', 'source'],
  inner: formatNames,
  read(layer, draft, context) {
    const type = layer.attributes.get('type')
    return type === undefined
      ? readOldMirror(layer, draft, context)
      : readMirror(layer, type, draft, context)
  },
  write(out, { source }, context) {
    writeFormat(out, source, context)
    const written = storageSource.write('source', source, context)
    if (written.attributes.size > 0 || written.children.length > 0) out.children.push(written)
  },
}

function readMirror(
  layer: XmlElement,
  type: string,
  draft: Draft<DiskMirror>,
  context: ReadContext,
): VirError | undefined {
  const format = childElement(layer, 'format')?.attributes.get('type')
  const from = childElement(layer, 'source')
  const index = from?.attributes.get('index')
  const start = startSource({ type, format, index }, context)
  if (start instanceof VirError) return start
  if (from === undefined) return xmlError('mirror requires source element')
  return readSource(from, start, draft, context) ?? readMirrorCache(layer, draft, context)
}

function readMirrorCache(
  layer: XmlElement,
  draft: Draft<DiskMirror>,
  context: ReadContext,
): VirError | undefined {
  if (draft.source === undefined) return undefined
  const source: Draft<StorageSource> & { readonly type: StorageType } = { ...draft.source }
  const error = readCache(layer, source, context)
  draft.source = source
  return error
}

function readOldMirror(
  layer: XmlElement,
  draft: Draft<DiskMirror>,
  context: ReadContext,
): VirError | undefined {
  if (draft.job !== 'copy') return xmlError('mirror without type only supported by copy job')
  const format = layer.attributes.get('format')
  const start = startSource({ type: undefined, format, index: undefined }, context)
  if (start instanceof VirError) return start
  const path = layer.attributes.get('file')
  if (path === undefined) return xmlError('mirror requires file name')
  draft.source = { ...start, type: 'file', path }
  return undefined
}

/** A `<mirror>`, which only a running domain has. */
export const diskMirror: ElementCodec<DiskMirror> = element<DiskMirror>(
  [mirrorAttributes, job, ready, mirrorLayer, backingStoreField],
  { reading: [job, mirrorLayer, backingStoreField, ready] },
)
