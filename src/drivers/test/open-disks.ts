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
import type { DomainDef, DomainDiskDef, StorageSource } from '../../xml/index.ts'
import type { TestDisk } from './test-disk.ts'
import type { World } from './world.ts'

/** Hands out the numbers in `libvirt-N-format`. */
export type NextNode = () => number

/**
 * Opens all disks of a definition as nodes of a graph. An image that nobody made is created, sparse.
 *
 * Nodes are numbered as libvirt does: from the last disk to the first, in each from the top image down.
 */
export function openDisks(
  world: World,
  graph: BlockGraph,
  def: DomainDef,
  nextNode: NextNode,
): VirResult<Map<string, TestDisk>> {
  const opened: [string, TestDisk][] = []
  for (const disk of def.devices.disks.toReversed()) {
    const result = openDisk(world, graph, def.name, disk, nextNode)
    if (result.isErr()) return err(result.error)
    opened.push([disk.target.dev, result.value])
  }
  return ok(new Map(opened.toReversed()))
}

/** Opens one disk: its chain, and the device that the guest sees. */
export function openDisk(
  world: World,
  graph: BlockGraph,
  domainName: string,
  def: DomainDiskDef,
  nextNode: NextNode,
): VirResult<TestDisk> {
  const { dev } = def.target
  if (def.source === undefined) {
    return addDevice(graph, def, [], undefined)
  }
  return imageOf(world, def.source)
    .andThen((image) => (def.transient ? overlayFor(world, image, domainName, dev) : ok(image)))
    .andThen((top) => {
      const overlay = def.transient ? top.path : undefined
      return imagesOfChain(world, top)
        .andThen((images) => openChain(world, graph, images, def, nextNode))
        .andThen((chain) => addDevice(graph, def, chain, top, overlay))
    })
}

function addDevice(
  graph: BlockGraph,
  def: DomainDiskDef,
  chain: readonly string[],
  image: Image | undefined,
  overlay?: string,
): VirResult<TestDisk> {
  const [node] = chain
  return graph
    .addDevice(`drive-${def.target.dev}`, node)
    .map((device) => ({ def, device, node, chain, image, overlay }))
}

/** An image and what it is based on, from the top down. */
function imagesOfChain(world: World, top: Image): VirResult<readonly Image[]> {
  const images = new Set<Image>()
  for (let image: Image | undefined = top; image !== undefined;) {
    if (images.has(image)) return err(startError(`the backing chain of '${top.path}' is a loop`))
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
  { semantics }: World,
  graph: BlockGraph,
  images: readonly Image[],
  def: DomainDiskDef,
  nextNode: NextNode,
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
    if (added.isErr()) return err(startError(added.error.message))
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
function imageOf(world: World, source: StorageSource): VirResult<Image> {
  const path = imagePath(source)
  if (path === undefined) {
    return err(startError(`unsupported storage type '${source.type}'`))
  }
  const image = world.images.get(path)
  if (image !== undefined) return ok(image)
  const { format = 'raw' } = source
  if (!isImageFormat(format)) return err(startError(`Unknown driver '${format}'`))
  return world.images
    .create(path, {
      format,
      virtualSize: world.semantics.missingImageSize,
      kind: source.type === 'block' ? 'block' : 'file',
    })
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

/** How libvirt reports an image that it cannot open. */
function cannotAccess(path: string, errno: Errno): VirError {
  return systemError(ErrorDomain.STORAGE, errno, `Cannot access storage file '${path}'`)
}

/** How libvirt reports what QEMU says when it does not start. */
function startError(reason: string): VirError {
  return virError(
    ErrorNumber.INTERNAL_ERROR,
    ErrorDomain.QEMU,
    `qemu unexpectedly closed the monitor: ${reason}`,
  )
}
