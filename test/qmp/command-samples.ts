/* oxlint-disable unicorn/no-useless-spread -- the spreads let one line hold several members */
import * as qmp from '../../src/qmp/index.ts'

/** Arguments by the command's name. */
const table = new Map<string, readonly object[]>()

/** Arguments with which each command can be sent: typed by the tables, to be checked against QEMU's schema. */
export const samples: ReadonlyMap<string, readonly object[]> = table

function sample<Arguments extends object, Reply>(
  { name }: qmp.QmpCommand<Arguments, Reply>,
  ...args: readonly NoInfer<Arguments>[]
): void {
  table.set(name, args)
}

const job = { 'job-id': 'j', device: 'd', speed: 1, 'auto-finalize': true, 'auto-dismiss': false }
const onErrors = { 'on-source-error': 'report', 'on-target-error': 'enospc' } as const
const bitmap = { node: 'n', name: 'b' }
const inet = {
  ...{ host: 'h', port: '1', numeric: true, to: 2, ipv4: true, ipv6: false, 'keep-alive': true },
}
const unix = { path: '/s', abstract: false, tight: true }
const backup: qmp.BlockdevBackup = {
  ...{ ...job, ...onErrors, target: 't', sync: 'bitmap', bitmap: 'b', 'bitmap-mode': 'always' },
  ...{ compress: true, 'filter-node-name': 'f' },
  'x-perf': { 'use-copy-range': true, 'max-workers': 1, 'max-chunk': 2n ** 60n },
}
const driveBackup: qmp.DriveBackup = { ...backup, format: 'raw', mode: 'existing' }
const snapshotSync: qmp.BlockdevSnapshotSync = {
  ...{ device: 'd', 'node-name': 'n', 'snapshot-file': '/f', 'snapshot-node-name': 's' },
  ...{ format: 'qcow2', mode: 'absolute-paths' },
}
const merge = { node: 'n', target: 't', bitmaps: ['a', bitmap] }
const add = { ...bitmap, granularity: 65536, persistent: true, disabled: false }
const mirror: qmp.MirrorCommon = {
  ...{ ...job, ...onErrors, target: 't', sync: 'top', replaces: 'r', granularity: 512 },
  ...{ 'buf-size': 1, 'copy-mode': 'write-blocking' },
}

// control, introspect, misc, run-state, machine
sample(qmp.qmpCapabilities, {}, { enable: ['oob'] })
sample(qmp.queryVersion, {})
sample(qmp.queryCommands, {})
sample(qmp.quit, {})
sample(qmp.queryQmpSchema, {})
sample(qmp.queryName, {})
sample(qmp.queryIothreads, {})
sample(qmp.stop, {})
sample(qmp.cont, {})
sample(qmp.humanMonitorCommand, { 'command-line': 'info status', 'cpu-index': 0 })
sample(qmp.queryCommandLineOptions, {}, { option: 'drive' })
sample(qmp.queryStatus, {})
sample(
  qmp.setAction,
  { reboot: 'reset', shutdown: 'poweroff', panic: 'exit-failure', watchdog: 'inject-nmi' },
  {},
)
sample(qmp.systemReset, {})
sample(qmp.systemPowerdown, {})
sample(qmp.systemWakeup, {})
sample(qmp.injectNmi, {})
sample(qmp.queryKvm, {})
sample(qmp.queryTarget, {})
sample(qmp.queryUuid, {})
sample(qmp.queryMachines, {})
sample(qmp.queryCpusFast, {})
sample(qmp.queryMemorySizeSummary, {})
sample(qmp.queryBalloon, {})
sample(qmp.balloon, { value: 2n ** 40n })

// qom, qdev, char, ui, yank
const memory = { size: 1, dump: true, merge: true, prealloc: true, share: true }
const tls = { 'verify-peer': true, dir: '/d', endpoint: 'server', priority: 'NORMAL' } as const
const iothread = {
  ...{ 'aio-max-batch': 1, 'poll-max-ns': 1, 'poll-grow': 1, 'poll-shrink': 1 },
  ...{ 'thread-pool-min': 1, 'thread-pool-max': 2 },
}
const limits = {
  ...{ 'iops-total': 1, 'iops-read': 1, 'iops-write': 1, 'bps-total': 1, 'bps-read': 1 },
  ...{ 'bps-write': 1, 'iops-size': 1 },
}
const secret = { format: 'base64', keyid: 'm', iv: 'i', data: 'd', file: '/f' } as const
sample(
  qmp.objectAdd,
  { 'qom-type': 'secret', id: 'o', ...secret },
  { 'qom-type': 'tls-creds-x509', id: 'o', ...tls, 'sanity-check': true, passwordid: 's' },
  { 'qom-type': 'tls-creds-psk', id: 'o', ...tls, username: 'u' },
  { 'qom-type': 'tls-creds-anon', id: 'o', ...tls },
  { 'qom-type': 'authz-simple', id: 'o', identity: 'CN=x' },
  { 'qom-type': 'iothread', id: 'o', ...iothread },
  { 'qom-type': 'memory-backend-ram', id: 'o', ...memory },
  { 'qom-type': 'memory-backend-file', id: 'o', ...memory, 'mem-path': '/m' },
  { 'qom-type': 'memory-backend-memfd', id: 'o', ...memory, hugetlb: true, seal: false },
  { 'qom-type': 'rng-random', id: 'o', filename: '/dev/urandom' },
  { 'qom-type': 'rng-builtin', id: 'o' },
  { 'qom-type': 'throttle-group', id: 'o', limits },
)
sample(qmp.objectDel, { id: 'o' })
sample(qmp.qomList, { path: '/machine' })
sample(qmp.qomGet, { path: '/machine', property: 'type' })
sample(qmp.qomSet, { path: '/machine', property: 'x', value: [null] })
sample(qmp.qomListTypes, {}, { implements: 'device', abstract: true })
sample(qmp.deviceAdd, { driver: 'virtio-blk-pci', bus: 'pci.1', id: 'virtio-disk0' })
sample(qmp.deviceDel, { id: 'virtio-disk0' })
sample(qmp.deviceListProperties, { typename: 'virtio-blk-pci' })
const log = { logfile: '/l', logappend: true }
const chardevSocket = {
  ...{ ...log, server: true, wait: false, nodelay: true, telnet: false, websocket: false },
  ...{ reconnect: 1, 'tls-creds': 't' },
}
sample(qmp.queryChardev, {})
sample(
  qmp.chardevAdd,
  { id: 'c', backend: { type: 'file', data: { ...log, out: '/o', in: '/i', append: true } } },
  ...(['pipe', 'serial'] as const).map((type) => ({
    id: 'c',
    backend: { type, data: { ...log, device: '/d' } },
  })),
  ...(['pty', 'null'] as const).map((type) => ({ id: 'c', backend: { type, data: log } })),
  { id: 'c', backend: { type: 'ringbuf', data: { ...log, size: 4096 } } },
  {
    id: 'c',
    backend: { type: 'socket', data: { ...chardevSocket, addr: { type: 'unix', data: unix } } },
  },
)
sample(qmp.chardevRemove, { id: 'c' })
sample(qmp.queryVnc, {})
sample(qmp.setPassword, { protocol: 'vnc', password: 'p', connected: 'keep', display: 'd' })
sample(qmp.expirePassword, { protocol: 'vnc', time: '+60', display: 'd' })
sample(qmp.queryYank, {})
sample(qmp.yank, {
  instances: [
    { type: 'block-node', 'node-name': 'n' },
    { type: 'chardev', id: 'c' },
    { type: 'migration' },
  ],
})

// migration
const aliases = [{ name: 'b', alias: 'c', transform: { persistent: true } }]
sample(qmp.queryMigrateCapabilities, {})
sample(qmp.migrateSetCapabilities, {
  capabilities: [
    { capability: 'auto-converge', state: true },
    { capability: 'background-snapshot', state: true },
    { capability: 'compress', state: true },
    { capability: 'dirty-bitmaps', state: true },
    { capability: 'events', state: true },
    { capability: 'late-block-activate', state: false },
    { capability: 'multifd', state: false },
    { capability: 'pause-before-switchover', state: false },
    { capability: 'postcopy-ram', state: false },
    { capability: 'rdma-pin-all', state: false },
    { capability: 'release-ram', state: false },
    { capability: 'return-path', state: false },
    { capability: 'validate-uuid', state: false },
    { capability: 'xbzrle', state: false },
    { capability: 'zero-blocks', state: false },
    { capability: 'zero-copy-send', state: false },
  ],
})
sample(
  qmp.migrateSetParameters,
  {
    ...{ 'max-bandwidth': 9223372036853727232n, 'downtime-limit': 300, 'multifd-channels': 2 },
    ...{ 'tls-creds': 't', 'tls-hostname': null, 'tls-authz': 'a' },
    'block-bitmap-mapping': [{ 'node-name': 'n', alias: 'a', bitmaps: aliases }],
  },
  {},
)
sample(qmp.queryMigrateParameters, {})
sample(qmp.queryMigrate, {})
sample(qmp.migrate, { uri: 'exec:cat > /f', detach: true, resume: false })
sample(qmp.migrateIncoming, { uri: 'exec:cat /f' })
sample(qmp.migrateCancel, {})
sample(qmp.migrateContinue, { state: 'pre-switchover' })
sample(qmp.snapshotSave, { 'job-id': 'j', tag: 't', vmstate: 'n', devices: ['n'] })
sample(qmp.snapshotLoad, { 'job-id': 'j', tag: 't', vmstate: 'n', devices: ['n'] })
sample(qmp.snapshotDelete, { 'job-id': 'j', tag: 't', devices: ['n'] })

// job
sample(qmp.queryJobs, {})
sample(qmp.jobPause, { id: 'j' })
sample(qmp.jobResume, { id: 'j' })
sample(qmp.jobCancel, { id: 'j' })
sample(qmp.jobComplete, { id: 'j' })
sample(qmp.jobDismiss, { id: 'j' })
sample(qmp.jobFinalize, { id: 'j' })

// block-core: bitmaps, jobs, snapshots
sample(qmp.blockDirtyBitmapAdd, add, bitmap)
sample(qmp.blockDirtyBitmapRemove, bitmap)
sample(qmp.blockDirtyBitmapClear, bitmap)
sample(qmp.blockDirtyBitmapEnable, bitmap)
sample(qmp.blockDirtyBitmapDisable, bitmap)
sample(qmp.blockDirtyBitmapMerge, merge)
sample(qmp.xDebugBlockDirtyBitmapSha256, bitmap)
sample(qmp.blockdevBackup, backup, { device: 'd', target: 't', sync: 'full' })
sample(qmp.driveBackup, driveBackup)
sample(qmp.blockdevMirror, { ...mirror, 'filter-node-name': 'f' })
sample(qmp.driveMirror, {
  ...mirror,
  format: 'raw',
  'node-name': 'n',
  mode: 'existing',
  unmap: true,
})
sample(qmp.blockStream, {
  ...{ ...job, base: '/b', 'base-node': 'b', bottom: 'c', 'backing-file': '/b' },
  ...{ 'on-error': 'stop', 'filter-node-name': 'f' },
})
sample(qmp.blockCommit, {
  ...{ ...job, base: '/b', 'base-node': 'b', top: '/t', 'top-node': 't', 'backing-file': '/b' },
  ...{ 'on-error': 'ignore', 'filter-node-name': 'f' },
})
sample(qmp.queryBlockJobs, {})
sample(qmp.blockJobSetSpeed, { device: 'j', speed: 0 })
sample(qmp.blockJobCancel, { device: 'j' }, { device: 'j', force: true })
sample(qmp.blockJobPause, { device: 'j' })
sample(qmp.blockJobResume, { device: 'j' })
sample(qmp.blockJobComplete, { device: 'j' })
sample(qmp.blockJobDismiss, { id: 'j' })
sample(qmp.blockJobFinalize, { id: 'j' })
sample(qmp.blockdevSnapshot, { node: 'n', overlay: 'o' })
sample(qmp.blockdevSnapshotSync, snapshotSync)
sample(qmp.blockdevSnapshotInternalSync, { device: 'd', name: 's' })
sample(qmp.blockdevSnapshotDeleteInternalSync, { device: 'd', id: '1', name: 's' })
sample(
  qmp.transaction,
  {
    actions: [
      { type: 'abort', data: {} },
      { type: 'block-dirty-bitmap-add', data: add },
      { type: 'block-dirty-bitmap-remove', data: bitmap },
      { type: 'block-dirty-bitmap-clear', data: bitmap },
      { type: 'block-dirty-bitmap-enable', data: bitmap },
      { type: 'block-dirty-bitmap-disable', data: bitmap },
      { type: 'block-dirty-bitmap-merge', data: merge },
      { type: 'blockdev-backup', data: backup },
      { type: 'blockdev-snapshot', data: { node: 'n', overlay: 'o' } },
      { type: 'blockdev-snapshot-internal-sync', data: { device: 'd', name: 's' } },
      { type: 'blockdev-snapshot-sync', data: snapshotSync },
      { type: 'drive-backup', data: driveBackup },
    ],
    properties: { 'completion-mode': 'individual' },
  },
  { actions: [], properties: { 'completion-mode': 'grouped' } },
)

// block-core: nodes
const base: qmp.BlockdevOptionsBase = {
  ...{ 'node-name': 'n', discard: 'unmap', 'read-only': false, 'auto-read-only': true },
  ...{ 'force-share': false, 'detect-zeroes': 'unmap' },
  cache: { direct: true, 'no-flush': false },
}
const file: qmp.BlockdevOptions = { driver: 'file', filename: '/f' }
const protocol: qmp.BlockdevOptionsFile = {
  ...{ filename: '/f', aio: 'io_uring', locking: 'auto', 'pr-manager': 'p', 'aio-max-batch': 1 },
  ...{ 'drop-cache': true },
}
const qcow2: qmp.BlockdevOptionsQcow2 = {
  ...{ file, backing: null, 'lazy-refcounts': true, 'pass-discard-request': true },
  ...{ 'pass-discard-snapshot': true, 'pass-discard-other': true, 'overlap-check': 'cached' },
  ...{ 'cache-size': 1, 'l2-cache-size': 1, 'l2-cache-entry-size': 1, 'refcount-cache-size': 1 },
  ...{ 'cache-clean-interval': 1, 'data-file': 'd' },
  encrypt: { format: 'luks', 'key-secret': 's' },
}
const curl = { url: 'u', readahead: 1, timeout: 1, username: 'u', 'password-secret': 's' }
const nbd: qmp.BlockdevOptionsNbd = {
  ...{ server: { type: 'inet', ...inet }, export: 'e', 'tls-creds': 't', 'tls-hostname': 'h' },
  ...{ 'x-dirty-bitmap': 'b', 'reconnect-delay': 1, 'open-timeout': 1 },
}
const iscsi: qmp.BlockdevOptionsIscsi = {
  ...{ transport: 'tcp', portal: 'p', target: 't', lun: 1, user: 'u', 'password-secret': 's' },
  ...{ 'initiator-name': 'i' },
}
const rbd: qmp.BlockdevOptionsRbd = {
  ...{ pool: 'p', image: 'i', namespace: 'n', conf: '/c', snapshot: 's', user: 'u' },
  ...{ 'key-secret': 'k', server: [{ host: 'h', port: '1' }] },
}
const inject: qmp.BlkdebugInjectErrorOptions = {
  ...{ event: 'write_aio', iotype: 'write', state: 1, errno: 28, sector: 0, once: true },
  ...{ immediately: true },
}
const nodes: readonly qmp.BlockdevOptions[] = [
  ...(['file', 'host_device', 'host_cdrom'] as const).map((driver) => ({
    ...base,
    driver,
    ...protocol,
  })),
  { driver: 'raw', file: 'f', offset: 0, size: 2 ** 40 },
  { driver: 'qcow2', ...qcow2 },
  { driver: 'qcow2', file: 'f', backing: 'b', encrypt: { format: 'aes', 'key-secret': 's' } },
  { driver: 'luks', file, 'key-secret': 's' },
  ...(['qcow', 'qed', 'vmdk'] as const).map((driver) => ({ driver, file, backing: file })),
  ...(['bochs', 'cloop', 'dmg', 'parallels', 'vdi', 'vhdx', 'vpc'] as const).map((driver) => ({
    driver,
    file,
  })),
  { driver: 'nbd', ...nbd },
  { driver: 'nbd', server: { type: 'unix', ...unix } },
  { driver: 'nbd', server: { type: 'vsock', cid: '2', port: '1' } },
  { driver: 'nbd', server: { type: 'fd', str: 'f' } },
  ...(['null-co', 'null-aio'] as const).map((driver) => ({
    ...{ driver, size: 1, 'latency-ns': 1, 'read-zeroes': true },
  })),
  ...(['http', 'https', 'ftp', 'ftps'] as const).map((driver) => ({ driver, ...curl })),
  { driver: 'iscsi', ...iscsi },
  { driver: 'rbd', ...rbd },
  { driver: 'ssh', server: inet, path: '/p', user: 'u' },
  { driver: 'nvme', device: '0000:00:00.0', namespace: 1 },
  {
    ...{ driver: 'copy-before-write', file, target: 't', bitmap, 'cbw-timeout': 1 },
    'on-cbw-error': 'break-snapshot',
  },
  { driver: 'copy-on-read', file, bottom: 'b' },
  ...(['snapshot-access', 'compress'] as const).map((driver) => ({ driver, file })),
  { driver: 'throttle', file, 'throttle-group': 'g' },
  {
    ...{ driver: 'blkdebug', image: file, config: '/c', align: 512, 'inject-error': [inject] },
    'set-state': [{ event: 'read_aio', state: 1, new_state: 2 }],
  },
]
sample(qmp.blockdevAdd, ...nodes)
sample(qmp.blockdevReopen, { options: nodes })
sample(qmp.blockdevDel, { 'node-name': 'n' })
const luks: qmp.QCryptoBlockCreateOptionsLUKS = {
  ...{ 'key-secret': 's', 'cipher-alg': 'aes-256', 'cipher-mode': 'xts', 'ivgen-alg': 'plain64' },
  ...{ 'ivgen-hash-alg': 'sha256', 'hash-alg': 'sha256', 'iter-time': 10 },
}
const image = { file: 'f', size: 2 ** 40 }
const images: readonly qmp.BlockdevCreateOptions[] = [
  {
    ...{ driver: 'file', filename: '/f', size: 1, preallocation: 'full', nocow: true },
    'extent-size-hint': 1,
  },
  {
    ...{ driver: 'qcow2', ...image, 'data-file': 'd', 'data-file-raw': true, 'extended-l2': true },
    ...{ version: 'v3', 'backing-file': '/b', 'backing-fmt': 'qcow2', 'cluster-size': 65536 },
    ...{ preallocation: 'metadata', 'lazy-refcounts': true, 'refcount-bits': 16 },
    ...{ 'compression-type': 'zstd', encrypt: { format: 'luks', ...luks } },
  },
  { driver: 'luks', ...image, ...luks, preallocation: 'off' },
  {
    ...{ driver: 'qed', ...image, 'backing-file': '/b', 'backing-fmt': 'raw' },
    ...{ 'cluster-size': 65536, 'table-size': 4 },
  },
  {
    ...{ driver: 'qcow', ...image, 'backing-file': '/b' },
    encrypt: { format: 'qcow', 'key-secret': 's' },
  },
  {
    ...{ driver: 'vmdk', ...image, 'backing-file': '/b', subformat: 'streamOptimized' },
    'adapter-type': 'lsilogic',
  },
  { driver: 'vdi', ...image, preallocation: 'metadata' },
  { driver: 'vpc', ...image, subformat: 'fixed', 'force-size': true },
]
sample(qmp.blockdevCreate, ...images.map((options) => ({ 'job-id': 'j', options })))
sample(qmp.blockResize, { device: 'd', 'node-name': 'n', size: 1 })
sample(qmp.blockSetWriteThreshold, { 'node-name': 'n', 'write-threshold': 2n ** 62n })
sample(qmp.changeBackingFile, { device: 'd', 'image-node-name': 'n', 'backing-file': '/b' })
sample(qmp.queryNamedBlockNodes, {}, { flat: true })
sample(qmp.queryBlock, {})
sample(qmp.queryBlockstats, {}, { 'query-nodes': true })

// block, block-export
const drive = { id: 'i', device: 'd' }
sample(qmp.blockdevOpenTray, { ...drive, force: true })
sample(qmp.blockdevCloseTray, drive)
sample(qmp.blockdevRemoveMedium, { id: 'i' })
sample(qmp.blockdevInsertMedium, { id: 'i', 'node-name': 'n' })
sample(qmp.eject, { ...drive, force: false })
sample(qmp.blockSetIoThrottle, {
  ...{ ...drive, bps: 0, bps_rd: 0, bps_wr: 0, iops: 0, iops_rd: 0, iops_wr: 0, bps_max: 1 },
  ...{ bps_rd_max: 1, bps_wr_max: 1, iops_max: 1, iops_rd_max: 1, iops_wr_max: 1 },
  ...{ bps_max_length: 1, bps_rd_max_length: 1, bps_wr_max_length: 1, iops_max_length: 1 },
  ...{ iops_rd_max_length: 1, iops_wr_max_length: 1, iops_size: 1, group: 'g' },
})
sample(qmp.blockLatencyHistogramSet, {
  ...{ id: 'i', boundaries: [1], 'boundaries-read': [1], 'boundaries-write': [1] },
  'boundaries-flush': [1],
})
sample(
  qmp.nbdServerStart,
  {
    ...{ addr: { type: 'inet', data: inet }, 'tls-creds': 't', 'tls-authz': 'a' },
    'max-connections': 0,
  },
  { addr: { type: 'unix', data: unix } },
  { addr: { type: 'vsock', data: { cid: '2', port: '1' } } },
  { addr: { type: 'fd', data: { str: 'f' } } },
)
sample(qmp.nbdServerStop, {})
sample(qmp.nbdServerAdd, { device: 'd', name: 'n', description: 'd', writable: true, bitmap: 'b' })
sample(qmp.nbdServerRemove, { name: 'n', mode: 'hard' })
const exported = {
  ...{ id: 'e', 'node-name': 'n', iothread: 'i', 'fixed-iothread': true, writable: false },
  ...{ writethrough: true },
}
sample(
  qmp.blockExportAdd,
  {
    ...{ type: 'nbd', ...exported, name: 'n', description: 'd', bitmaps: ['b', bitmap] },
    'allocation-depth': true,
  },
  {
    ...{ type: 'vhost-user-blk', ...exported, addr: { type: 'unix', ...unix } },
    ...{ 'logical-block-size': 512, 'num-queues': 1 },
  },
  { type: 'fuse', ...exported, mountpoint: '/m', growable: true, 'allow-other': 'auto' },
)
sample(qmp.blockExportDel, { id: 'e', mode: 'safe' })
sample(qmp.queryBlockExports, {})
