/** `<disk>`: one disk of a domain. @module */
import { ErrorDomain, ErrorNumber, VirError, virError } from '../../errors/index.ts'
import { element } from '../codec.ts'
import type { Draft, ElementCodec, Field } from '../codec.ts'
import { childElement } from '../element.ts'
import { fieldsOf } from '../fields.ts'
import { diskTargetDev } from '../schema.ts'
import { schemaError } from '../schema-error.ts'
import { onOff, oneOf, text, unsigned, yesNo } from '../values.ts'
import type { Value } from '../values.ts'
import { bootableFields } from './device.ts'
import type { DiskDriver, DiskTarget, DomainDiskDef } from './disk-def.ts'
import { diskBlockIo, diskDriver, diskGeometry, diskIoTune } from './disk-driver.ts'
import { diskSourceName } from './disk-find.ts'
import { backingStoreField, diskMirror } from './disk-layers.ts'
import { unsupported } from './domain-error.ts'
import { storageAuth, storageEncryption } from './storage-secret.ts'
import { storageSource, storageTypes } from './storage-source.ts'
import type { StorageSource, StorageType } from './storage-source-def.ts'

const disk = fieldsOf<DomainDiskDef>()
const types: Value<StorageType> = oneOf(storageTypes)

const type: Field<DomainDiskDef> = {
  attributes: ['type'],
  children: [],
  read: () => undefined,
  write: (out, { source }) => out.attributes.set('type', source?.type ?? 'file'),
}

const source: Field<DomainDiskDef> = {
  attributes: [],
  children: ['source'],
  read(from, draft, context) {
    const kind = types.read(from.attributes.get('type') ?? 'file', {
      element: from.name,
      attribute: 'type',
    })
    if (kind instanceof VirError) return kind
    const child = childElement(from, 'source')
    if (child === undefined) return undefined
    const read = storageSource.read(child, context, { type: kind ?? 'file' })
    if (read instanceof VirError) return read
    draft.source = read
    return undefined
  },
  write(out, { source: from, besideSource }, context) {
    if (from === undefined) return
    const { auth, encryption, ...rest } = from
    const written = storageSource.write(
      'source',
      {
        ...rest,
        ...(auth !== undefined && !besideSource?.auth && { auth }),
        ...(encryption !== undefined && !besideSource?.encryption && { encryption }),
      },
      context,
    )
    if (written.attributes.size > 0 || written.children.length > 0) out.children.push(written)
  },
}

/** A part of the source that stands beside it, where old definitions have it. */
function beside<K extends 'auth' | 'encryption'>(
  name: K,
  codec: ElementCodec<NonNullable<StorageSource[K]>>,
): Field<DomainDiskDef> {
  return {
    attributes: [],
    children: [name],
    read(from, draft, context) {
      const child = childElement(from, name)
      if (child === undefined) return undefined
      if (draft.source?.[name] !== undefined) {
        return unsupported(`an <${name}> definition already found for disk source`)
      }
      const part = codec.read(child, context)
      if (part instanceof VirError) return part
      draft.source = { ...(draft.source ?? { type: 'file' }), [name]: part }
      draft.besideSource = { ...draft.besideSource, [name]: true }
      return undefined
    },
    write(out, { source: from, besideSource }, context) {
      const part = from?.[name]
      if (part !== undefined && besideSource?.[name])
        out.children.push(codec.write(name, part, context))
    },
  }
}

const target = fieldsOf<DiskTarget>()
const buses = ['ide', 'fdc', 'scsi', 'virtio', 'xen', 'usb', 'uml', 'sata', 'sd'] as const
const targetDev = target.attribute('dev', 'dev', { ...text, accepts: diskTargetDev })
const diskTarget: ElementCodec<DiskTarget> = element([
  targetDev,
  target.attribute('bus', 'bus', oneOf(buses)),
  target.attribute('tray', 'tray', oneOf(['closed', 'open']), {
    when: ({ tray }) => tray === 'open',
  }),
  target.attribute('removable', 'removable', onOff),
  target.attribute('rotationRate', 'rotation_rate', unsigned({ zeroIsAbsent: true })),
])

const device = disk.attribute('device', 'device', oneOf(['disk', 'cdrom', 'floppy', 'lun']), {
  fallback: 'disk',
})
const model = disk.attribute(
  'model',
  'model',
  oneOf(['virtio', 'virtio-transitional', 'virtio-non-transitional'], { absent: 'default' }),
)
const rawio = disk.attribute('rawio', 'rawio', yesNo)
const sgio = disk.attribute('sgio', 'sgio', oneOf(['filtered', 'unfiltered']))
const snapshot = disk.attribute(
  'snapshot',
  'snapshot',
  oneOf(['no', 'internal', 'external', 'manual']),
  // A disk that cannot be written to has no snapshots anyway.
  { when: (value) => value.snapshot !== 'no' || !value.readonly },
)

const anyDriver = disk.child('driver', 'driver', diskDriver, { omitEmpty: true })
const driver: Field<DomainDiskDef> = {
  ...anyDriver,
  write(out, value, context) {
    anyDriver.write(out, { ...value, driver: effectiveDriver(value) }, context)
  },
}

/** The driver with what the source says of the format, for the source may have been replaced. */
function effectiveDriver({ driver: given = {}, source: from }: DomainDiskDef): DiskDriver {
  const format = from?.format ?? given.type
  const cache = from?.metadataCacheMaxSize ?? given.metadataCacheMaxSize
  return {
    ...given,
    ...(format !== undefined && { type: format }),
    ...(cache !== undefined && cache > 0 && { metadataCacheMaxSize: cache }),
  }
}

const auth = beside('auth', storageAuth)
const encryption = beside('encryption', storageEncryption)
const geometry = disk.child('geometry', 'geometry', diskGeometry, {
  when: (value) => isWhole(value.geometry),
})
const blockIo = disk.child('blockIo', 'blockio', diskBlockIo, { omitEmpty: true })
const mirror = disk.child('mirror', 'mirror', diskMirror, { live: true })
const targetField = disk.child('target', 'target', diskTarget)
const ioTune = disk.child('iotune', 'iotune', diskIoTune, { omitEmpty: true })
const flags = [disk.flag('readonly', 'readonly'), disk.flag('shareable', 'shareable')]

const transient: Field<DomainDiskDef> = {
  ...disk.childAttribute('transientShareBacking', ['transient', 'shareBacking'], yesNo),
  read(from, draft, context) {
    draft.transient = childElement(from, 'transient') !== undefined
    return shareBacking.read(from, draft, context)
  },
  write(out, value, context) {
    if (!value.transient) return
    if (value.transientShareBacking) shareBacking.write(out, value, context)
    else bareTransient.write(out, value, context)
  },
}
const shareBacking = disk.childAttribute(
  'transientShareBacking',
  ['transient', 'shareBacking'],
  yesNo,
)
const bareTransient = disk.flag('transient', 'transient')

const names = [
  disk.text('serial', 'serial', {
    ...text,
    accepts: (raw) => /^[A-Za-z0-9_.+\- ]+$/.test(raw),
  }),
  disk.text('wwn', 'wwn', text),
  disk.text('vendor', 'vendor', text),
  disk.text('product', 'product', text),
]

function isWhole(size: DomainDiskDef['geometry']): boolean {
  return size !== undefined && size.cylinders > 0 && size.heads > 0 && size.sectors > 0
}

/**
 * A disk. A disk without a target is refused here, so that a definition always has one.
 *
 * @see libvirt 9.0.0, virDomainDiskDefParseXML and virDomainDiskDefFormat
 */
export const diskCodec: ElementCodec<DomainDiskDef> = element<DomainDiskDef>(
  [
    type,
    device,
    model,
    rawio,
    sgio,
    snapshot,
    driver,
    auth,
    source,
    backingStoreField,
    disk.keep('backenddomain'),
    geometry,
    blockIo,
    mirror,
    targetField,
    ioTune,
    ...flags,
    transient,
    ...names,
    encryption,
    ...bootableFields.all,
    disk.keep('privateData', 'diskSecretsPlacement'),
  ],
  {
    reading: [
      source,
      ...flags,
      auth,
      encryption,
      backingStoreField,
      device,
      model,
      snapshot,
      rawio,
      sgio,
      targetField,
      geometry,
      blockIo,
      driver,
      mirror,
      transient,
      ioTune,
      ...names,
      ...bootableFields.reading,
    ],
    check: (draft, _source, { schema }) => {
      takeFormat(draft)
      const error = checkTarget(draft)
      return error && schema !== undefined ? schemaError(schema, error.message) : error
    },
  },
)

function takeFormat(draft: Draft<DomainDiskDef>): void {
  const { driver: given, source: from } = draft
  if (from === undefined || given === undefined) return
  const { type: format, metadataCacheMaxSize } = given
  draft.source = {
    ...from,
    ...(format !== undefined && { format }),
    ...(metadataCacheMaxSize !== undefined && { metadataCacheMaxSize }),
  }
}

function checkTarget({ target: at, source: from }: Draft<DomainDiskDef>): VirError | undefined {
  const dev: string | undefined = at?.dev
  if (dev !== undefined) return undefined
  const name =
    from?.volume === undefined
      ? from && diskSourceName({ source: from })
      : `pool = '${from.volume.pool}', volume = '${from.volume.volume}'`
  return virError(ErrorNumber.NO_TARGET, ErrorDomain.DOMAIN, name)
}
