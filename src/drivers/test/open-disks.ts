import { err, ok } from 'neverthrow'
import { type BlockGraph, type Image, isImageFormat } from '../../block/index.ts'
import {
  Errno,
  ErrorDomain,
  ErrorNumber,
  systemError,
  type VirError,
  type VirResult,
  virError,
} from '../../errors/index.ts'
import { isDiskEmpty } from '../../xml/documents/disk-find.ts'
import type { DomainDef, DomainDiskDef, StorageSource } from '../../xml/index.ts'
import { requiredKind } from './store-format.ts'
import type { TestDisk } from './test-disk.ts'
import type { World } from './world.ts'

/** Hands out the numbers in `libvirt-N-format`. */
export type NextNode = () => number

/** Where disks are opened. */
export interface OpenContext {
  readonly world: World
  readonly graph: BlockGraph
  readonly domainName: string
  readonly nextNode: NextNode
  /** Makes the error for what QEMU refuses. */
  readonly refused: (reason: string) => VirError
}

/** The open images of a disk. */
export type OpenImages = Pick<TestDisk, 'chain' | 'image' | 'overlay'>

/**
 * Opens all disks of a definition as nodes of a graph. An image that nobody made is created, sparse.
 *
 * Nodes are numbered as libvirt does: from the last disk to the first, in each from the top image down.
 */
export function openDisks(
  context: OpenContext,
  { devices }: DomainDef,
): VirResult<Map<string, TestDisk>> {
  const opened: [string, TestDisk][] = []
  for (const disk of devices.disks.toReversed()) {
    const result = openDisk(context, disk)
    if (result.isErr()) return err(result.error)
    opened.push([disk.target.dev, result.value])
  }
  return ok(new Map(opened.toReversed()))
}

/** Opens one disk: its chain, and the device that the guest sees. After an error nothing of it is open. */
export function openDisk(context: OpenContext, def: DomainDiskDef): VirResult<TestDisk> {
  return openImages(context, def).andThen((images) => addDevice(context.graph, def, images))
}

/** Looks whether what an image is based on is there; opens nothing. An image that nobody made is made when it is opened. */
export function findImages(context: OpenContext, { source }: DomainDiskDef): VirResult<void> {
  const path = source && imagePath(source)
  const top = path === undefined ? undefined : context.world.images.get(path)
  return top === undefined ? ok(undefined) : imagesOfChain(context, top).map(() => undefined)
}

/** Opens the images of a disk; after an error none of them is. */
export function openImages(context: OpenContext, def: DomainDiskDef): VirResult<OpenImages> {
  const { world, domainName } = context
  if (isDiskEmpty(def) || def.source === undefined) {
    return ok({ chain: [], image: undefined, overlay: undefined })
  }
  return imageOf(context, def.source)
    .andThen((image) =>
      def.transient ? overlayFor(world, image, domainName, def.target.dev) : ok(image),
    )
    .andThen((image) => {
      const overlay = def.transient ? image.path : undefined
      return imagesOfChain(context, image)
        .andThen((images) => openChain(context, images, def))
        .map((chain) => ({ chain, image, overlay }))
        .orTee(() => {
          if (overlay !== undefined) world.images.remove(overlay)
        })
    })
}

/** Shows the guest a disk with these images. */
export function addDevice(
  graph: BlockGraph,
  def: DomainDiskDef,
  images: OpenImages,
): VirResult<TestDisk> {
  const [node] = images.chain
  return graph.addDevice(deviceName(def), node).map((device) => ({ def, device, node, ...images }))
}

/** Takes a disk from the guest and closes its images, which stores their bitmaps. */
export function closeDisk({ images }: World, graph: BlockGraph, disk: TestDisk): void {
  const { def, chain, overlay } = disk
  graph.removeDevice(deviceName(def))
  for (const node of chain) graph.removeNode(node)
  if (overlay !== undefined) images.remove(overlay)
}

function deviceName({ target }: DomainDiskDef): string {
  return `drive-${target.dev}`
}

/** An image and what it is based on, from the top down. */
function imagesOfChain({ world, refused }: OpenContext, top: Image): VirResult<readonly Image[]> {
  const images = new Set<Image>()
  for (let image: Image | undefined = top; image !== undefined;) {
    if (images.has(image)) return err(refused(`the backing chain of '${top.path}' is a loop`))
    images.add(image)
    const below = world.images.backingOf(image.path)
    if (below === undefined && image.backing !== undefined) {
      return err(cannotAccess(image.backing.path, Errno.ENOENT))
    }
    image = below
  }
  return ok([...images])
}

/** Opens the images of a chain; only the top one can be written. */
function openChain(
  { world: { semantics }, graph, nextNode, refused }: OpenContext,
  images: readonly Image[],
  def: DomainDiskDef,
): VirResult<readonly string[]> {
  const layers = images.map((image) => ({ image, name: `libvirt-${nextNode()}-format` }))
  let below: string | null = null
  for (const { image, name } of layers.toReversed()) {
    const isTop = image === images[0]
    const added = graph.addNode({
      name,
      path: image.path,
      backing: below,
      readOnly: !isTop || def.readonly,
      shared: semantics.sharesImages || (isTop && def.shareable),
      discard: def.driver?.discard === 'unmap' ? 'unmap' : 'ignore',
      detectZeroes: def.driver?.detectZeroes === 'on' || def.driver?.detectZeroes === 'unmap',
      ...(isTop && expectedFormat(def)),
    })
    if (added.isErr()) {
      // From the top down: a node that is below another one cannot be closed.
      for (const opened of layers) graph.removeNode(opened.name)
      return err(refused(added.error.message))
    }
    below = name
  }
  return ok(layers.map(({ name }) => name))
}

/** A definition that names no format takes the image as it is. */
function expectedFormat(def: DomainDiskDef): { format?: string } {
  const format = def.transient ? 'qcow2' : def.source?.format
  return format === undefined ? {} : { format }
}

/** The image of a source; made when there is none, as large as the semantics say. */
function imageOf({ world, refused }: OpenContext, source: StorageSource): VirResult<Image> {
  const path = imagePath(source)
  if (path === undefined) {
    return err(refused(`unsupported storage type '${source.type}'`))
  }
  const image = world.images.get(path)
  if (image !== undefined) return ok(image)
  const { format = 'raw' } = source
  if (!isImageFormat(format)) return err(refused(`Unknown driver '${format}'`))
  const kind = source.type === 'block' ? 'block' : 'file'
  if (world.images.stat(path).unwrapOr(undefined) === 'directory') {
    // libvirt reads what an image is based on from its header; a raw one is based on nothing, and comes to QEMU.
    return err(format === 'raw' ? refused(requiredKind(path, kind)) : cannotRead(path))
  }
  return world.images
    .create(path, { format, virtualSize: world.semantics.missingImageSize, kind })
    .mapErr((error) => cannotAccess(path, error.errno ?? Errno.EIO))
}

/** Under which path the image of a source is in the store; network sources have a URI. */
export function imagePath(source: StorageSource): string | undefined {
  const { network, path } = source
  if (network === undefined) return path
  const host = network.hosts[0]
  const where = host?.socket ?? [host?.name ?? 'localhost', host?.port].filter(Boolean).join(':')
  return `/${network.protocol}/${where.replace(/^\//, '')}/${network.name ?? ''}`
}

/** What a guest writes to a transient disk goes to an overlay, which libvirt names after the domain. */
function overlayFor(world: World, base: Image, domain: string, dev: string): VirResult<Image> {
  const path = `${base.path}.TRANSIENT-${domain}`
  if (world.images.has(path)) {
    return err(
      virError(
        ErrorNumber.OPERATION_UNSUPPORTED,
        world.semantics.errorDomain,
        `Overlay file '${path}' for transient disk '${dev}' already exists`,
      ),
    )
  }
  return world.images.create(path, {
    format: 'qcow2',
    backing: { path: base.path, format: base.format },
  })
}

function cannotRead(path: string): VirError {
  return systemError(ErrorDomain.STORAGE, Errno.EISDIR, `cannot read header '${path}'`)
}

/** How libvirt reports an image that it cannot open. */
function cannotAccess(path: string, errno: Errno): VirError {
  return systemError(ErrorDomain.STORAGE, errno, `Cannot access storage file '${path}'`)
}

/** How libvirt reports what QEMU says when it does not start. */
export function startError(reason: string): VirError {
  return virError(
    ErrorNumber.INTERNAL_ERROR,
    ErrorDomain.QEMU,
    `qemu unexpectedly closed the monitor: ${reason}`,
  )
}
