import fc from 'fast-check'
import type {
  DiskBackingStore,
  DiskDriver,
  DomainDiskDef,
} from '../../../src/xml/documents/disk-def.ts'
import type { DomainDef } from '../../../src/xml/documents/domain-def.ts'
import type {
  StorageEncryption,
  StorageHost,
  StorageSource,
} from '../../../src/xml/documents/storage-source-def.ts'
import { hostileText } from '../arbitraries.ts'

const some = hostileText.filter((text) => text !== '')
const line = some.filter((text) => !text.includes('\n'))
const count = fc.integer({ min: 1, max: 0xffff })
const size = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
const format = fc.constantFrom('raw', 'qcow2', 'vmdk')
const uuid = fc.uuid()
const plain = { noNullPrototype: true } as const

const encryption: fc.Arbitrary<StorageEncryption> = fc.record(
  {
    format: fc.constantFrom('luks', 'qcow', 'default'),
    engine: fc.constantFrom('qemu', 'librbd'),
    secrets: fc.array(fc.record({ type: fc.constant('passphrase'), uuid }, plain), {
      maxLength: 2,
    }),
  },
  { ...plain, requiredKeys: ['format', 'secrets'] },
)

const host: fc.Arbitrary<StorageHost> = fc.oneof(
  fc.record({ name: some, port: count }, plain),
  fc.record({ transport: fc.constant('unix'), socket: some }, plain),
)

const local: fc.Arbitrary<StorageSource> = fc.record(
  {
    type: fc.constantFrom('file', 'block', 'dir'),
    path: some,
    format,
    index: count,
    encryption,
    startupPolicy: fc.constantFrom('mandatory', 'optional'),
    slices: fc.constant([{ type: 'storage', offset: 0, size: 512 }]),
    seclabels: fc.constant([{ model: 'selinux', relabel: false }]),
  },
  { ...plain, requiredKeys: ['type', 'path'] },
)

const remote: fc.Arbitrary<StorageSource> = fc.record(
  {
    type: fc.constant('network'),
    format,
    index: count,
    network: fc.record(
      {
        protocol: fc.constantFrom('nbd', 'http', 'ssh'),
        name: some,
        tls: fc.boolean(),
        hosts: fc.array(host, { maxLength: 3 }),
      },
      { ...plain, requiredKeys: ['protocol', 'name', 'hosts'] },
    ),
    encryption,
  },
  { ...plain, requiredKeys: ['type', 'network'] },
)

const volume: fc.Arbitrary<StorageSource> = fc.record(
  {
    type: fc.constant('volume'),
    volume: fc.record(
      { pool: some, volume: some, mode: fc.constantFrom('host', 'direct') },
      { ...plain, requiredKeys: ['pool', 'volume'] },
    ),
  },
  plain,
)

/** Where a disk's bytes may be. */
export const storageSource: fc.Arbitrary<StorageSource> = fc.oneof(local, remote, volume)

const { chain } = fc.letrec<{ chain: DiskBackingStore | 'none' }>((tie) => ({
  chain: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constant('none'),
    fc.record(
      {
        source: storageSource
          .filter(({ startupPolicy }) => startupPolicy === undefined)
          .map((source) => ({ ...source, format: source.format ?? 'raw' })),
        backingStore: tie('chain'),
      },
      { ...plain, requiredKeys: ['source'] },
    ),
  ),
}))

const driver: fc.Arbitrary<DiskDriver> = fc.record(
  {
    name: some,
    cache: fc.constantFrom('none', 'writeback', 'unsafe'),
    io: fc.constantFrom('native', 'io_uring'),
    discard: fc.constantFrom('unmap', 'ignore'),
    copyOnRead: fc.boolean(),
    iothread: count,
    queues: count,
  },
  { ...plain, requiredKeys: ['name'] },
)

/** A disk of a virtio bus, as reading leaves it. */
export function disk(dev: string): fc.Arbitrary<DomainDiskDef> {
  return fc
    .record(
      {
        device: fc.constant('disk'),
        target: fc.constant({ dev, bus: 'virtio' as const }),
        source: storageSource,
        driver,
        backingStore: chain,
        readonly: fc.boolean(),
        shareable: fc.boolean(),
        transient: fc.boolean(),
        serial: some,
        bootOrder: fc.constant(dev.charCodeAt(2)),
        alias: some,
        iotune: fc.record({ totalBytesSec: size, groupName: some }, plain),
        blockIo: fc.record({ logicalBlockSize: count }, plain),
      },
      {
        ...plain,
        requiredKeys: [
          'device',
          'target',
          'source',
          'driver',
          'readonly',
          'shareable',
          'transient',
        ],
      },
    )
    .map(complete)
}

function complete(given: DomainDiskDef): DomainDiskDef {
  const type = given.source?.format
  return {
    ...given,
    driver: { ...given.driver, ...(type !== undefined && { type }) },
    ...(given.readonly && { snapshot: 'no' }),
  }
}

/** A complete domain with disks and hostile texts; with `id` it runs. */
export const domain: fc.Arbitrary<DomainDef> = fc
  .record(
    {
      type: fc.constantFrom('qemu', 'kvm', 'test'),
      id: fc.integer({ min: 0, max: 0x7fff_ffff }),
      name: line.filter((text) => !text.includes('/')),
      uuid,
      title: line,
      description: some,
      memoryKiB: fc.integer({ min: 1024, max: 2 ** 40 }),
      currentMemoryKiB: fc.integer({ min: 1, max: 1024 }),
      vcpus: fc.record({ placement: fc.constant('static'), maximum: count }, plain),
      iothreads: count,
      clock: fc.record({ offset: fc.constantFrom('utc', 'localtime') }, plain),
      onPoweroff: fc.constantFrom('destroy', 'preserve'),
      onReboot: fc.constantFrom('restart', 'destroy'),
      onCrash: fc.constantFrom('destroy', 'coredump-restart'),
      os: fc.record({ type: fc.constant('hvm'), boot: fc.constant([]) }, plain),
      disks: fc.tuple(disk('vda'), disk('vdb'), disk('vdc')),
    },
    {
      ...plain,
      requiredKeys: [
        'type',
        'name',
        'uuid',
        'memoryKiB',
        'currentMemoryKiB',
        'vcpus',
        'clock',
        'onPoweroff',
        'onReboot',
        'onCrash',
        'os',
        'disks',
      ],
    },
  )
  .map(({ disks, ...def }) => ({
    ...def,
    os: disks.some(({ bootOrder }) => bootOrder !== undefined)
      ? def.os
      : { ...def.os, boot: ['hd' as const] },
    devices: {
      disks,
      controllers: [],
      interfaces: [],
      serials: [],
      parallels: [],
      consoles: [],
      channels: [],
      graphics: [],
      others: [],
    },
  }))
