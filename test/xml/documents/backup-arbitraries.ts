import fc from 'fast-check'
import type {
  BackupEncryption,
  BackupServer,
  BackupStore,
  DomainBackupDef,
  DomainBackupDiskDef,
} from '../../../src/xml/documents/backup.ts'
import type { SecurityLabel } from '../../../src/xml/documents/storage-source-def.ts'
import { hostileText } from '../arbitraries.ts'

const record = { noNullPrototype: true }
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/)
const target = fc.stringMatching(/^(vd|sd|hd|xvd)[a-z0-9]{1,3}$/)
const path = hostileText
  .filter((text) => text.length > 0 && !/[\r\n]/.test(text))
  .map((text) => `/${text}`)
const nonEmpty = hostileText.filter((text) => text !== '')

const seclabel: fc.Arbitrary<SecurityLabel> = fc.oneof(
  fc.record({ model: word, relabel: fc.constant(false) }, { ...record, requiredKeys: ['relabel'] }),
  fc.record({ relabel: fc.constant(true), label: nonEmpty }, record),
  fc.record(
    { model: word, labelSkip: fc.constant(true) },
    { ...record, requiredKeys: ['labelSkip'] },
  ),
)

const secret = fc.oneof(
  fc.record({ type: fc.constant('passphrase' as const), uuid: fc.uuid() }, record),
  fc.record({ type: fc.constant('passphrase' as const), usage: hostileText }, record),
)

const plainEncryption = {
  format: fc.constant('luks' as const),
  engine: fc.constant('qemu' as const),
  secrets: secret.map((one) => [one]),
}
const encryption: fc.Arbitrary<BackupEncryption> = fc.oneof(
  fc.record(plainEncryption, { ...record, requiredKeys: ['format', 'secrets'] }),
  fc.record(
    {
      ...plainEncryption,
      cipher: fc.record({ name: word, size: fc.nat(), mode: word, hash: word }, record),
      ivgen: fc.record({ name: word, hash: word }, { ...record, requiredKeys: ['name'] }),
    },
    record,
  ),
)

function store(internal: boolean): fc.Arbitrary<BackupStore> {
  const plain = fc.record(
    { path, encryption, seclabels: fc.array(seclabel, { minLength: 1, maxLength: 3 }) },
    { ...record, requiredKeys: ['path'] },
  )
  if (!internal) return plain
  const nodeName = fc.record({ type: fc.constantFrom('storage', 'format'), name: word }, record)
  const privateData = fc.record({ nodeNames: fc.array(nodeName, { maxLength: 2 }) }, record)
  return fc.tuple(plain, privateData).map(([base, data]) => ({ ...base, privateData: data }))
}

const server: fc.Arbitrary<BackupServer> = fc.oneof(
  fc.record(
    {
      transport: fc.constant('tcp' as const),
      tls: fc.boolean(),
      name: fc.constantFrom('localhost', 'h-1.x', '127.0.0.1', '::1', 'fe80::1:2'),
      port: fc.integer({ min: 1, max: 65_535 }),
    },
    { ...record, requiredKeys: ['transport', 'name'] },
  ),
  fc.record(
    { transport: fc.constant('unix' as const), tls: fc.boolean(), socket: path },
    { ...record, requiredKeys: ['transport', 'socket'] },
  ),
)

function disk(mode: 'push' | 'pull', internal: boolean): fc.Arbitrary<DomainBackupDiskDef> {
  const type = fc.constantFrom('file' as const, 'block' as const)
  const format = mode === 'pull' ? fc.constant('qcow2') : fc.constantFrom('raw', 'qcow2', 'vmdk')
  const modes = fc.oneof(
    fc.record({ backupMode: fc.constant('full' as const) }, record),
    fc.record(
      { backupMode: fc.constant('incremental' as const), incremental: hostileText },
      { ...record, requiredKeys: [] },
    ),
  )
  const exports = fc.record(
    { exportName: hostileText, exportBitmap: hostileText },
    { ...record, requiredKeys: [] },
  )
  const status = fc.record(
    {
      state: fc.constantFrom('' as const, 'running' as const, 'complete' as const),
      index: fc.integer({ min: 1, max: 99 }),
    },
    { ...record, requiredKeys: ['state'] },
  )
  const taking = fc
    .tuple(
      fc.record({ name: target, backup: fc.constant(true), type }, record),
      modes,
      mode === 'pull' ? exports : fc.constant({}),
      internal ? status : fc.constant({}),
      fc.record({ format, store: store(internal) }, record),
    )
    .map((parts): DomainBackupDiskDef => Object.assign({}, ...parts))
  return fc.oneof(taking, fc.record({ name: target, backup: fc.constant(false) }, record))
}

/** Backups as they are read: with `internal`, as status documents have them. */
export function domainBackupDef(options: { internal: boolean }): fc.Arbitrary<DomainBackupDef> {
  const { internal } = options
  const disks = (mode: 'push' | 'pull') =>
    fc.array(disk(mode, internal), { minLength: 1, maxLength: 3 })
  return fc.oneof(
    fc.record(
      { mode: fc.constant('push' as const), incremental: nonEmpty, disks: disks('push') },
      { ...record, requiredKeys: ['mode'] },
    ),
    fc.record(
      { mode: fc.constant('pull' as const), incremental: nonEmpty, server, disks: disks('pull') },
      { ...record, requiredKeys: ['mode', 'server'] },
    ),
  )
}
