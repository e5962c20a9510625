/** `<source>`: where the bytes of an image are. @module */
import type { VirError } from '../../errors/index.ts'
import { element } from '../codec.ts'
import type { Draft, ElementCodec, Field } from '../codec.ts'
import { fieldsOf } from '../fields.ts'
import { absFilePath } from '../schema.ts'
import {
  attributeError,
  absolutePath,
  oneOf,
  text,
  unsigned,
  unsignedLong,
  withError,
  yesNo,
} from '../values.ts'
import type { Value } from '../values.ts'
import { plainPciAddress } from './device-address.ts'
import { unsupported, xmlError } from './domain-error.ts'
import { checkLabelModels, deviceLabel } from './security-label.ts'
import { networkFields } from './storage-network.ts'
import { storageAuth, storageEncryption, storageError } from './storage-secret.ts'
import type {
  StorageCookie,
  StorageIdentity,
  StorageInitiator,
  StorageNvme,
  StoragePrivateData,
  StorageReservations,
  StorageSlice,
  StorageSource,
  StorageSsl,
  StorageType,
  StorageVolume,
  StorageReconnect,
} from './storage-source-def.ts'

/** The kinds of storage, in libvirt's order. */
export const storageTypes: readonly StorageType[] = [
  'file',
  'block',
  'dir',
  'network',
  'volume',
  'nvme',
  'vhostuser',
]

/** The image formats that libvirt knows, in its order. */
export const storageFormats: readonly string[] = [
  'raw',
  'dir',
  'bochs',
  'cloop',
  'dmg',
  'iso',
  'vpc',
  'vdi',
  'fat',
  'vhd',
  'ploop',
  'cow',
  'qcow',
  'qcow2',
  'qed',
  'vmdk',
]

const source = fieldsOf<StorageSource>()

function ofType(type: StorageType, fields: readonly Field<StorageSource>[]): Field<StorageSource> {
  return source.when((value) => value.type === type, fields)
}

function ofProtocol(
  protocols: readonly string[],
  fields: readonly Field<StorageSource>[],
): Field<StorageSource> {
  return source.when(({ network }) => protocols.includes(network?.protocol ?? ''), fields)
}

/** A path of a device, or its name. */
const devicePath: Value<string> = {
  read: (raw) => (raw === '' ? undefined : raw),
  write: (value) => value,
  accepts: (raw) => absFilePath(raw) || /^[a-zA-Z0-9_.\-\\:/]+$/.test(raw),
}

/** A path; the empty one means that there is none. */
const path: Value<string> = {
  ...absolutePath,
  read: (raw) => (raw === '' ? undefined : raw),
  accepts: (raw) => raw === '' || absFilePath(raw) || /^\[[^\]]+\] .+$/.test(raw),
}

function fixedType(type: string, refuse: (given: string | undefined) => VirError): Field<object> {
  return {
    attributes: ['type'],
    children: [],
    read(from) {
      const given = from.attributes.get('type')
      return given === type ? undefined : refuse(given)
    },
    write: (out) => out.attributes.set('type', type),
  }
}

const volume = fieldsOf<StorageVolume>()
const together = (): VirError =>
  xmlError("'pool' and 'volume' must be specified together for 'pool' type source")
const volumeFields = [
  volume.attribute('pool', 'pool', text, { required: together }),
  volume.attribute('volume', 'volume', text, { required: together }),
  volume.attribute(
    'mode',
    'mode',
    oneOf(['host', 'direct'], {
      error: (raw) => unsupported(`unknown source mode '${raw}' for volume type disk`),
    }),
  ),
]

const nvme = fieldsOf<StorageNvme>()
const nvmeType = fixedType('pci', (given) =>
  xmlError(
    given === undefined
      ? "missing 'type' attribute to disk source"
      : `unsupported source type '${given}'`,
  ),
)
const nvmeManaged = nvme.attribute('managed', 'managed', yesNo)
const nvmeNamespace = nvme.attribute(
  'namespace',
  'namespace',
  unsignedLong({ error: (raw) => xmlError(`malformed namespace '${raw}'`) }),
  { required: () => xmlError("missing 'namespace' attribute to disk source") },
)
const nvmeFields = [
  nvmeType,
  nvmeManaged,
  nvmeNamespace,
  nvme.child('address', 'address', plainPciAddress, {
    required: () => xmlError('NVMe disk source is missing address'),
  }),
]

const vhostUserType = fixedType('unix', (given) =>
  xmlError(
    given === undefined
      ? "missing 'type' attribute for vhostuser disk source"
      : "invalid 'type' attribute for vhostuser disk source",
  ),
)

const reconnect = fieldsOf<StorageReconnect>()
const reconnectCodec: ElementCodec<StorageReconnect> = element(
  [
    reconnect.attribute('enabled', 'enabled', yesNo),
    reconnect.attribute('timeout', 'timeout', unsigned()),
  ],
  {
    check: ({ enabled, timeout }) =>
      enabled === true && timeout === undefined
        ? attributeError("Missing required attribute 'timeout' in element 'reconnect'")
        : undefined,
  },
)

const slice = fieldsOf<StorageSlice>()
const sliceNumber = (name: string): Value<number> =>
  unsignedLong({
    error: (raw) => xmlError(`malformed value '${raw}' of '${name}' attribute of slice`),
  })
const incompleteSlice = (): VirError => xmlError('missing offset or size attribute of slice')
const sliceCodec: ElementCodec<StorageSlice> = element([
  slice.attribute('type', 'type', oneOf(['storage'])),
  slice.attribute('offset', 'offset', sliceNumber('offset'), { required: incompleteSlice }),
  slice.attribute('size', 'size', sliceNumber('size'), { required: incompleteSlice }),
])

const reservations = fieldsOf<StorageReservations>()
const reservationsCodec: ElementCodec<StorageReservations> = element(
  [
    reservations.keepAttributes('enabled'),
    reservations.attribute('managed', 'managed', yesNo, { required: true }),
    reservations.child('source', 'source', reservationsSource()),
  ],
  {
    check: ({ managed, source: helper }) =>
      managed === false && helper === undefined
        ? missingForReservations('connection type')
        : undefined,
  },
)

function missingForReservations(what: string): VirError {
  return storageError(`missing ${what} for <reservations/>`)
}

function reservationsSource(): ElementCodec<{ readonly path: string }> {
  const inner = fieldsOf<{ readonly path: string }>()
  return element<{ readonly path: string }>([
    fixedType('unix', (given) =>
      given === undefined
        ? missingForReservations('connection type')
        : storageError(`unsupported connection type for <reservations/>: ${given}`),
    ),
    inner.attribute('path', 'path', text, {
      required: () => missingForReservations('path'),
    }),
    {
      attributes: ['mode'],
      children: [],
      read(from) {
        const mode = from.attributes.get('mode')
        if (mode === 'client') return undefined
        return mode === undefined
          ? missingForReservations('connection mode')
          : storageError(`unsupported connection mode for <reservations/>: ${mode}`)
      },
      write: (out) => out.attributes.set('mode', 'client'),
    },
  ])
}

const cookie = fieldsOf<StorageCookie>()
const cookieCodec: ElementCodec<StorageCookie> = element(
  [
    cookie.attribute('name', 'name', text, { required: () => xmlError('missing cookie name') }),
    cookie.content('value', text, {
      required: ({ name = '' }) => xmlError(`missing value for cookie '${name}'`),
    }),
  ],
  { check: checkCookie },
)

// oxlint-disable-next-line no-control-regex -- these are what is looked for
const notInCookies = /[\0-\x1f ",;\\]/

function checkCookie({ name = '', value = '' }: Draft<StorageCookie>): VirError | undefined {
  if (name === '') return storageError('cookie name must not be empty')
  if (notInCookies.test(name) || /[()<>@:/[\]?={}]/.test(name)) {
    return storageError(`cookie name '${name}' contains invalid characters`)
  }
  const quoted = value.startsWith('"')
  const bare = quoted ? value.slice(1, -1) : value
  return (quoted && !value.endsWith('"')) || notInCookies.test(bare)
    ? storageError(`value of cookie '${name}' contains invalid characters`)
    : undefined
}

const identity = fieldsOf<StorageIdentity>()
const identityCodec: ElementCodec<StorageIdentity> = element([
  identity.attribute('user', 'user', text),
  identity.attribute('group', 'group', text),
])

const initiator = fieldsOf<StorageInitiator>()
const initiatorCodec: ElementCodec<StorageInitiator> = element([
  initiator.childAttribute('iqn', ['iqn', 'name'], text),
])

const ssl = fieldsOf<StorageSsl>()
const sslCodec: ElementCodec<StorageSsl> = element([ssl.attribute('verify', 'verify', yesNo)])

const privateData = fieldsOf<StoragePrivateData>()
const nodeName = fieldsOf<{ readonly type: string; readonly name: string }>()
const privateDataCodec: ElementCodec<StoragePrivateData> = element([
  privateData.wrapped(
    'nodeNames',
    ['nodenames', 'nodename'],
    element([
      nodeName.attribute('type', 'type', text, { required: true }),
      nodeName.attribute('name', 'name', text, { required: true }),
    ]),
  ),
])

const seconds = withError(unsignedLong({ zeroIsAbsent: true }), () =>
  xmlError('invalid readahead size or timeout'),
)

const isNetwork = ({ type }: Draft<StorageSource>): boolean => type === 'network'

const anyLabels = source.list('seclabels', 'seclabel', deviceLabel)

// A label that says nothing is only written of a running domain.
const labels: Field<StorageSource> = {
  ...anyLabels,
  write(out, value, context) {
    if (isNetwork(value) || value.seclabels === undefined) return
    const seclabels = value.seclabels.filter(
      ({ label, relabel }) => !context.inactive || label !== undefined || relabel === false,
    )
    anyLabels.write(out, { ...value, seclabels }, context)
  },
}

const web = ['http', 'https']

/**
 * A source; the caller says of which type, since that stands outside of the element.
 *
 * @see libvirt 9.0.0, virDomainStorageSourceParse and virDomainDiskSourceFormat
 */
export const storageSource: ElementCodec<StorageSource> = element(
  [
    ofType('file', [
      source.attribute('path', 'file', path),
      source.attribute('fdGroup', 'fdgroup', text),
    ]),
    ofType('block', [source.attribute('path', 'dev', devicePath)]),
    ofType('dir', [source.attribute('path', 'dir', path)]),
    ofType('network', [source.group('network', networkFields)]),
    source.keepAttributes('tlsFromConfig'),
    ofType('volume', [
      source.group(
        'volume',
        volumeFields,
        ({ attributes }) => attributes.has('pool') || attributes.has('volume'),
      ),
    ]),
    ofType('nvme', [source.group('nvme', nvmeFields)]),
    ofType('vhostuser', [
      vhostUserType,
      source.attribute('path', 'path', path, {
        required: () => xmlError("missing 'path' attribute for vhostuser disk source"),
      }),
      source.child('reconnect', 'reconnect', reconnectCodec, { omitEmpty: true }),
    ]),
    source.attribute(
      'startupPolicy',
      'startupPolicy',
      oneOf(['mandatory', 'requisite', 'optional']),
      {
        when: (value) => !isNetwork(value),
      },
    ),
    source.attribute('index', 'index', unsigned({ zeroIsAbsent: true }), {
      live: 'name',
    }),
    ofProtocol(['nfs'], [source.child('identity', 'identity', identityCodec, { omitEmpty: true })]),
    source.when(isNetwork, [
      source.childAttribute('snapshot', ['snapshot', 'name'], text),
      source.childAttribute('configFile', ['config', 'file'], text),
      source.child('initiator', 'initiator', initiatorCodec, { omitEmpty: true }),
    ]),
    ofProtocol(['https', 'ftps'], [source.child('ssl', 'ssl', sslCodec, { omitEmpty: true })]),
    ofProtocol(web, [
      source.wrapped('cookies', ['cookies', 'cookie'], cookieCodec, { secret: true }),
    ]),
    ofProtocol(
      [...web, 'ftp', 'ftps'],
      [
        source.childAttribute('readahead', ['readahead', 'size'], seconds),
        source.childAttribute('timeout', ['timeout', 'seconds'], seconds),
      ],
    ),
    source.wrapped('slices', ['slices', 'slice'], sliceCodec),
    labels,
    source.child('auth', 'auth', storageAuth, { when: ({ type }) => type !== 'volume' }),
    source.child('encryption', 'encryption', storageEncryption),
    source.child('reservations', 'reservations', reservationsCodec),
    source.child('privateData', 'privateData', privateDataCodec),
  ],
  { check: (draft) => checkLabelModels(draft.seclabels ?? [], false) },
)
