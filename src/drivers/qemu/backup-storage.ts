/**
 * The images that a backup writes into: made or found, opened as nodes, and taken away again when the backup fails.
 *
 * @see libvirt 9.0.0, `qemuBackupDiskPrepareOneStorage` in src/qemu/qemu_backup.c
 * @module
 */
import { lstat, open, stat } from 'node:fs/promises'
import { err, ok, okAsync, type Result, ResultAsync, safeTry } from 'neverthrow'
import { type BackupStoreNode, isNbdUri, type PlannedDisk } from '../../backup/index.ts'
import {
  Errno,
  errnoOf,
  ErrorDomain,
  ErrorNumber,
  systemError,
  type VirError,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import {
  blockdevAdd,
  blockdevDel,
  type BlockdevOptions,
  objectAdd,
  objectDel,
  type ObjectOptions,
} from '../../qmp/index.ts'
import { createImage } from './backup-create-image.ts'
import { formatNodeOptions, formatOptions, type NewImage } from './backup-format-options.ts'
import { remoteTarget } from './backup-remote.ts'
import { type NodeSurvey, safeNumber } from './checkpoint-survey.ts'
import type { QemuHost } from './host-state.ts'
import { monitored } from './qmp-error.ts'
import type { RunningQemu } from './running-qemu.ts'
import { removeFile, systemFailure } from './state/state-files.ts'
import { type DiskLayer, nodeNames } from './storage/disk-layer.ts'
import { encryptionSecretId, findSecret, secretObject } from './storage/secrets.ts'

/** The store of one disk of a backup, open. */
export interface QemuStore extends BackupStoreNode {
  /** The node of the file. */
  readonly storage: string
  readonly path: string
  /** Whether the file goes when the backup does not succeed: one that was there before stays. */
  readonly created: boolean
  /** The ids of the objects that it needs: its passphrase, and certificates. */
  readonly objects: readonly string[]
}

/** What making the stores depends on. */
export interface StorageContext {
  readonly host: QemuHost
  readonly running: RunningQemu
  /** Whether images are there already, with their format and size; libvirt's REUSE_EXTERNAL. */
  readonly reuse: boolean
}

/**
 * Makes and opens the stores of all disks; all of them, or none.
 *
 * @errors Those of libvirt, of the first disk that fails
 */
export function openStores(
  context: StorageContext,
  plan: readonly PlannedDisk[],
  survey: NodeSurvey,
): VirResultAsync<ReadonlyMap<string, QemuStore>> {
  return new ResultAsync(openEach(context, plan, survey))
}

async function openEach(
  context: StorageContext,
  plan: readonly PlannedDisk[],
  survey: NodeSurvey,
): Promise<Result<ReadonlyMap<string, QemuStore>, VirError>> {
  const stores = new Map<string, QemuStore>()
  for (const planned of plan) {
    const opening = new StoreOpening(context, planned, survey)
    // oxlint-disable-next-line no-await-in-loop -- libvirt's order; the first that fails ends it
    const opened = await opening.open()
    if (opened.isErr()) {
      // oxlint-disable-next-line no-await-in-loop -- the last thing that happens here
      await closeStores(context.running, [...stores.values(), opening.store], { remove: true })
      return err(opened.error)
    }
    stores.set(planned.name, opening.store)
  }
  return ok(stores)
}

/** Closes stores, and removes the files that were made for them when they are of no use; as far as that works. */
export async function closeStores(
  running: RunningQemu,
  stores: Iterable<QemuStore>,
  { remove }: { readonly remove: boolean },
): Promise<void> {
  const { monitor } = running
  for (const { node, storage, objects, created, path } of stores) {
    // One after the other in QEMU, which takes commands in their order; no answer changes what comes next.
    const closing = [node, storage]
      .filter((name) => name !== '')
      .map((name) => monitor.execute(blockdevDel, { 'node-name': name }))
    for (const id of objects) closing.push(monitor.execute(objectDel, { id }))
    // oxlint-disable-next-line no-await-in-loop -- a file goes when nobody has it open any more
    await Promise.all(closing)
    // oxlint-disable-next-line no-await-in-loop -- likewise
    if (remove && created) await removeFile(path)
  }
}

/** One attempt to make and open a store; what it got to is what has to be closed. */
class StoreOpening {
  readonly #context: StorageContext
  readonly #planned: PlannedDisk
  readonly #source: DiskLayer | undefined
  readonly #survey: NodeSurvey
  readonly #index: number
  readonly #names: { readonly formatNode: string; readonly storageNode: string }
  #created = false
  readonly #objects: string[] = []
  #hasStorage = false
  #hasFormat = false

  constructor(context: StorageContext, planned: PlannedDisk, survey: NodeSurvey) {
    this.#context = context
    this.#planned = planned
    this.#survey = survey
    this.#source = context.running.disks.get(planned.name)?.layers[0]
    this.#index = context.running.nextNodeNumber()
    this.#names = nodeNames(this.#index)
  }

  /** As far as it has come. */
  get store(): QemuStore {
    return {
      index: this.#index,
      node: this.#hasFormat ? this.#names.formatNode : '',
      storage: this.#hasStorage ? this.#names.storageNode : '',
      path: this.#planned.path,
      created: this.#created,
      objects: this.#objects,
    }
  }

  open(): VirResultAsync<void> {
    const { reuse } = this.#context
    // oxlint-disable-next-line no-this-alias -- a generator has its own
    const self = this
    return safeTry(async function* () {
      const secret = yield* self.#findSecret()
      yield* self.#isRemote ? self.#openRemote() : self.#openFile()
      if (secret !== undefined) yield* self.#addSecret(secret)
      if (!reuse) yield* self.#format()
      return self.#addFormatNode()
    })
  }

  get #isRemote(): boolean {
    return isNbdUri(this.#planned.path)
  }

  #openFile(): VirResultAsync<void> {
    const { reuse } = this.#context
    const made = reuse ? this.#checkImage() : this.#makeFile().andThen(() => this.#makeStorage())
    return made.andThen(() => this.#addStorageNode(this.#fileOptions))
  }

  #openRemote(): VirResultAsync<void> {
    const { host } = this.#context
    return remoteTarget(host, this.#planned, this.#names.storageNode).asyncAndThen(
      ({ options, credentials }) =>
        (credentials === undefined ? okAsync(undefined) : this.#addObject(credentials)).andThen(
          () => this.#addStorageNode(options),
        ),
    )
  }

  get #secretId(): string {
    return encryptionSecretId(this.#names.formatNode)
  }

  #findSecret(): VirResultAsync<Uint8Array | undefined> {
    const { encryption } = this.#planned.def.store ?? {}
    const [secret] = encryption?.secrets ?? []
    return secret === undefined ? okAsync(undefined) : findSecret(this.#context.host, secret)
  }

  /** QEMU's own words would name the node. */
  #checkImage(): VirResultAsync<void> {
    const { path } = this.#planned
    return ResultAsync.fromPromise(stat(path), (cause) =>
      systemError(ErrorDomain.SECURITY, errnoOf(cause), `unable to stat: ${path}`, { cause }),
    ).map(() => undefined)
  }

  /** Makes an empty file, which nobody else may read. A device is there, and never refused because of what is on it. */
  #makeFile(): VirResultAsync<void> {
    const { kind, path, name } = this.#planned
    if (kind === 'block') return this.#checkImage()
    return ResultAsync.fromPromise(
      createEmpty(path),
      systemFailure(`failed to create image file '${path}'`),
    )
      .map(() => {
        this.#created = true
      })
      .mapErr((error) => {
        if (error.int1 !== Errno.EEXIST) return error
        const detail = `store '${path}' for backup of '${name}' exists`
        return virError(ErrorNumber.INVALID_ARG, ErrorDomain.QEMU, detail)
      })
  }

  /** Only a raw file gets its size from the layer of files. */
  #makeStorage(): VirResultAsync<void> {
    const { kind, format, path } = this.#planned
    if (kind === 'block' || format !== 'raw') return okAsync(undefined)
    return createImage(this.#context.running.monitor, `create-${this.#names.storageNode}`, {
      driver: 'file',
      filename: path,
      size: this.#size,
    })
  }

  #format(): VirResultAsync<void> {
    const { monitor } = this.#context.running
    return formatOptions(this.#newImage).asyncAndThen((options) =>
      options === undefined
        ? okAsync(undefined)
        : createImage(monitor, `create-${this.#names.formatNode}`, options),
    )
  }

  #addSecret(secret: Uint8Array): VirResultAsync<void> {
    const { masterKey } = this.#context.running
    const object: Parameters<typeof secretObject> | undefined = masterKey && [
      this.#secretId,
      secret,
      masterKey,
    ]
    const options =
      object === undefined
        ? {
            'qom-type': 'secret' as const,
            id: this.#secretId,
            format: 'base64' as const,
            data: Buffer.from(secret).toString('base64'),
          }
        : secretObject(...object)
    return this.#addObject(options)
  }

  #addObject(options: ObjectOptions): VirResultAsync<void> {
    return monitored(this.#context.running.monitor.execute(objectAdd, options)).map(() => {
      this.#objects.push(options.id)
    })
  }

  #addStorageNode(options: BlockdevOptions): VirResultAsync<void> {
    return this.#addNode(options).map(() => {
      this.#hasStorage = true
    })
  }

  #addFormatNode(): VirResultAsync<void> {
    const { format, hasBacking, def } = this.#planned
    return formatNodeOptions({
      format,
      node: this.#names.formatNode,
      file: this.#names.storageNode,
      backing: hasBacking ? (this.#source?.formatNode ?? null) : null,
      isEncrypted: def.store?.encryption !== undefined,
      secret: this.#secretId,
    })
      .asyncAndThen((options) => this.#addNode(options))
      .map(() => {
        this.#hasFormat = true
      })
  }

  #addNode(options: BlockdevOptions): VirResultAsync<void> {
    return monitored(this.#context.running.monitor.execute(blockdevAdd, options)).map(
      () => undefined,
    )
  }

  get #fileOptions(): BlockdevOptions {
    const { kind, path } = this.#planned
    return {
      driver: kind === 'block' ? 'host_device' : 'file',
      filename: path,
      'node-name': this.#names.storageNode,
      'auto-read-only': true,
      discard: 'unmap',
    }
  }

  get #image(): ReturnType<NodeSurvey['node']> {
    return this.#survey.node(this.#source?.formatNode ?? '')
  }

  get #size(): number {
    return safeNumber(this.#image?.image['virtual-size'] ?? 0)
  }

  get #newImage(): NewImage {
    const { format, hasBacking, def } = this.#planned
    const { image } = this.#image ?? {}
    const clusterSize = image?.['cluster-size']
    const specific = image?.['format-specific']
    const isQcow2 = this.#source?.source.format === 'qcow2'
    return {
      format,
      file: this.#names.storageNode,
      size: this.#size,
      clusterSize: isQcow2 && clusterSize !== undefined ? safeNumber(clusterSize) : undefined,
      extendedL2: isQcow2 && specific?.type === 'qcow2' && specific.data['extended-l2'] === true,
      backing: hasBacking ? this.#backing : undefined,
      encryption: def.store?.encryption,
      secret: this.#secretId,
    }
  }

  /** How the image names what is below it: the disk's own image. */
  get #backing(): NewImage['backing'] {
    if (this.#source === undefined) return undefined
    const { path, format } = this.#source.source
    return {
      path: path ?? this.#image?.image.filename ?? '',
      format: format === 'qcow2' ? 'qcow2' : 'raw',
    }
  }
}

/** Anything that has the name is in the way, also a link to nowhere. */
async function createEmpty(path: string): Promise<void> {
  const exists = await lstat(path).then(
    () => true,
    () => false,
  )
  if (exists) throw Object.assign(new Error(path), { code: 'EEXIST' })
  const file = await open(path, 'wx', 0o600)
  await file.close()
}
