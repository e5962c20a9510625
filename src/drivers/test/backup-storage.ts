/**
 * The images that a backup writes into: made or found, opened as nodes, and taken away again when the backup fails.
 *
 * @module
 */
import { err, errAsync, ok, okAsync, ResultAsync } from 'neverthrow'
import { isNbdUri, type PlannedDisk } from '../../backup/index.ts'
import { commandError, isImageFormat } from '../../block/index.ts'
import {
  Errno,
  ErrorDomain,
  ErrorNumber,
  systemError,
  type VirError,
  type VirResult,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import type { NbdTarget } from './host-port.ts'
import { nbdOpenError } from './nbd-open-error.ts'
import type { RunningDomain } from './running-domain.ts'
import { checkStoreFormat, checkStoreKind } from './store-format.ts'
import { notRunning } from './state-errors.ts'
import type { TestDisk } from './test-disk.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/** The store of one disk of a backup, open. */
export interface OpenStore {
  /** Number of its node, which the description of the backup shows. */
  readonly index: number
  readonly node: string
  readonly path: string
  /** Whether the file goes when the backup does not succeed: one that was there before stays. */
  readonly created: boolean
  /** Of a store that is not an image of the hypervisor. */
  readonly remote?: NbdTarget
}

/** What making the stores depends on. */
export interface StorageContext {
  readonly world: World
  readonly running: RunningDomain
  /** Whether images are there already, with their format and size; libvirt's REUSE_EXTERNAL. */
  readonly reuse: boolean
}

/** What connecting to stores outside depends on. */
export interface RemoteContext {
  readonly world: World
  readonly domain: TestDomain
  readonly running: RunningDomain
}

/** The NBD exports among the stores of a push backup, by URI. */
export type RemoteStores = ReadonlyMap<string, NbdTarget>

/** Formats that can be made; the others can only be read. */
const creatable: ReadonlySet<string> = new Set([
  'raw',
  'qcow',
  'qcow2',
  'qed',
  'vdi',
  'vmdk',
  'vpc',
])

/**
 * Makes and opens the stores of all disks; all of them, or none.
 *
 * @errors Those of libvirt's `qemuBackupDiskPrepareOneStorage`, of the first disk that fails
 */
export function openStores(
  context: StorageContext,
  plan: readonly PlannedDisk[],
  remotes: RemoteStores = new Map(),
): VirResult<ReadonlyMap<string, OpenStore>> {
  const stores = new Map<string, OpenStore>()
  for (const planned of plan) {
    const opened = openStore(context, planned, remotes.get(planned.path))
    if (opened.isErr()) {
      closeStores(context, stores.values(), { remove: true })
      return err(opened.error)
    }
    stores.set(planned.name, opened.value)
  }
  return ok(stores)
}

/** Closes stores, and removes the files that were made for them when they are of no use. */
export function closeStores(
  { world, running }: Pick<StorageContext, 'world' | 'running'>,
  stores: Iterable<OpenStore>,
  { remove }: { readonly remove: boolean },
): void {
  for (const store of stores) {
    running.graph.removeNode(store.node)
    store.remote?.close()
    if (remove && store.created) world.images.remove(store.path)
  }
}

function openStore(
  context: StorageContext,
  planned: PlannedDisk,
  remote: NbdTarget | undefined,
): VirResult<OpenStore> {
  const { running } = context
  const index = running.nextNodeNumber()
  const node = `libvirt-${index}-format`
  const { path } = planned
  const source = running.disks.get(planned.name)
  if (remote !== undefined) {
    return running.graph
      .addTarget(node, remote.target)
      .map(() => ({ index, node, path, created: false, remote }))
  }
  return checkSecrets(context.world, planned)
    .andThen(() =>
      context.reuse ? findStore(context, planned) : makeStore(context, planned, source),
    )
    .andThen((created) =>
      openNode(running, planned, node, source)
        .map(() => ({ index, node, path, created }))
        .mapErr((error) => {
          if (created) context.world.images.remove(path)
          return error
        }),
    )
}

/** An encrypted store needs its secret; the bytes themselves are kept in the clear, as only the guest's view matters here. */
function checkSecrets({ secrets }: World, { def }: PlannedDisk): VirResult<void> {
  for (const { uuid, usage } of def.store?.encryption?.secrets ?? []) {
    const found = uuid === undefined ? secrets.byUsage(usage ?? '') : secrets.byUuid(uuid)
    if (found !== undefined) continue
    const what = uuid === undefined ? `usage '${usage ?? ''}'` : `uuid '${uuid}'`
    return err(
      virError(ErrorNumber.NO_SECRET, ErrorDomain.SECRET, `no secret with matching ${what}`),
    )
  }
  return ok(undefined)
}

/** Looks for an image that has to be there. @returns Whether it goes when the backup fails: never */
function findStore({ world }: StorageContext, planned: PlannedDisk): VirResult<false> {
  const { path } = planned
  return world.images
    .stat(path)
    .mapErr((error) => cannotStat(path, error.errno))
    .andThen((found) => checkStoreFormat(planned).andThen(() => checkStoreKind(planned, found)))
    .map(() => false)
}

function cannotStat(path: string, errno: Errno = Errno.EIO): VirError {
  return systemError(ErrorDomain.SECURITY, errno, `unable to stat: ${path}`)
}

/** Makes an image. @returns Whether it is a file that goes when the backup fails */
function makeStore(
  context: StorageContext,
  planned: PlannedDisk,
  source: TestDisk | undefined,
): VirResult<boolean> {
  return planned.kind === 'block'
    ? formatDevice(context, planned, source)
    : createFile(context, planned, source)
}

function createFile(
  { world }: StorageContext,
  planned: PlannedDisk,
  source: TestDisk | undefined,
): VirResult<true> {
  const { images, semantics } = world
  const { path, name } = planned
  if (images.stat(path).isOk()) {
    const detail = `store '${path}' for backup of '${name}' exists`
    return err(virError(ErrorNumber.INVALID_ARG, semantics.errorDomain, detail))
  }
  const errno = images.creationErrno(path)
  if (errno !== undefined) {
    return err(systemError(semantics.errorDomain, errno, `failed to create image file '${path}'`))
  }
  return checkStoreFormat(planned)
    .andThen(() => formatOptions(world, planned, source))
    .andThen((options) =>
      images
        .create(path, options)
        .map(() => true as const)
        .mapErr((error) => notFormatted(world, error.message)),
    )
}

function formatDevice(
  context: StorageContext,
  planned: PlannedDisk,
  source: TestDisk | undefined,
): VirResult<false> {
  const { world } = context
  return findStore(context, planned).andThen(() => {
    if (planned.format === 'raw') return makeRaw(world, planned.path)
    return formatOptions(world, planned, source).andThen((options) =>
      world.images
        .format(planned.path, options)
        .map(() => false as const)
        .mapErr((error) => notFormatted(world, error.message)),
    )
  })
}

/** A device is raw as it is; one that holds another format loses it. */
function makeRaw({ images }: World, path: string): VirResult<false> {
  const image = images.get(path)
  if (image?.deviceSize === undefined || image.format === 'raw') return ok(false)
  return images
    .format(path, { format: 'raw', virtualSize: image.deviceSize })
    .map(() => false as const)
    .mapErr((error) => commandError('blockdev-add', error))
}

/** The options with which an image is made: the source's size, and its cluster size where both are qcow2. */
function formatOptions(
  world: World,
  { format, hasBacking }: PlannedDisk,
  source: TestDisk | undefined,
): VirResult<Parameters<World['images']['format']>[1]> {
  if (!isImageFormat(format) || !creatable.has(format)) {
    const detail = `can't create storage format '${format}'`
    return err(virError(ErrorNumber.OPERATION_UNSUPPORTED, world.semantics.errorDomain, detail))
  }
  // QEMU reads the backing image of a new vmdk without sharing it, while the guest writes to it.
  if (format === 'vmdk' && hasBacking) {
    return err(notFormatted(world, 'Failed to get shared "write" lock'))
  }
  const image = source?.image
  const clusterSize =
    format === 'qcow2' && image?.format === 'qcow2' ? image.clusterSize : undefined
  return ok({
    format,
    virtualSize: source?.device.size ?? 0,
    ...(clusterSize !== undefined && { clusterSize }),
    ...(hasBacking &&
      image !== undefined && { backing: { path: image.path, format: image.format } }),
  })
}

function openNode(
  { graph }: RunningDomain,
  { path, format, hasBacking }: PlannedDisk,
  name: string,
  source: TestDisk | undefined,
): VirResult<void> {
  const backing = hasBacking ? (source?.node ?? null) : null
  return graph
    .addNode({ name, path, format, backing })
    .map(() => undefined)
    .mapErr((error) => commandError('blockdev-add', error))
}

function notFormatted({ semantics }: World, reason: string): VirError {
  const detail = `failed to format image: '${reason}'`
  return virError(ErrorNumber.OPERATION_FAILED, semantics.errorDomain, detail)
}

/**
 * Connects to the NBD exports that a push backup writes into; to all of them, or none.
 *
 * @errors OPERATION_UNSUPPORTED for a format other than raw, and where there are no sockets; what connecting fails with;
 * OPERATION_INVALID when the domain stops meanwhile
 */
export function connectRemotes(
  { world, domain, running }: RemoteContext,
  plan: readonly PlannedDisk[],
): VirResultAsync<RemoteStores> {
  const wanted = plan.filter(({ path }) => isNbdUri(path))
  if (wanted.length === 0) return okAsync(new Map())
  return world.turns.outside(domain.uuid, () =>
    running.waitOutside((stopped) => new ResultAsync(connectEach(world, wanted, stopped))),
  )
}

async function connectEach(
  world: World,
  wanted: readonly PlannedDisk[],
  stopped: AbortSignal,
): Promise<VirResult<RemoteStores>> {
  const remotes = new Map<string, NbdTarget>()
  for (const { path, format } of wanted) {
    // oxlint-disable-next-line no-await-in-loop -- the first that fails ends it
    const opened = await connectRemote(world, path, format, stopped)
    if (opened.isOk()) remotes.set(path, opened.value)
    if (opened.isOk() && !stopped.aborted) continue
    for (const remote of remotes.values()) remote.close()
    return err(opened.isErr() && !stopped.aborted ? opened.error : notRunning())
  }
  return ok(remotes)
}

function connectRemote(
  world: World,
  uri: string,
  format: string,
  stopped: AbortSignal,
): VirResultAsync<NbdTarget> {
  const refuse = (detail: string): VirResultAsync<NbdTarget> =>
    errAsync(virError(ErrorNumber.OPERATION_UNSUPPORTED, world.semantics.errorDomain, detail))
  if (format !== 'raw') return refuse(`can't create storage format '${format}'`)
  const opened = world.port?.openNbdTarget?.(uri, stopped)
  return (
    opened?.mapErr((error) => commandError('blockdev-add', nbdOpenError(uri, error))) ??
    refuse(`'${uri}' cannot be reached from here`)
  )
}
