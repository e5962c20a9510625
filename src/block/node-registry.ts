import { ok } from 'neverthrow'
import type { BackupTarget } from './backup-target.ts'
import { TargetNode } from './backup-target.ts'
import type { BlockResult } from './block-error.ts'
import { refuse } from './block-error.ts'
import { BlockDevice } from './device.ts'
import type { FormatNodeOptions } from './format-node.ts'
import { FormatNode } from './format-node.ts'
import type { ImageStore } from './image-store.ts'
import type { BlockNode } from './node.ts'
import { deviceNameAbove } from './node.ts'
import type { NodeLookup } from './bitmap-commands.ts'

/** QEMU's limit, without the terminating zero. */
const maxNameLength = 31

/** How an image is opened as a node. */
export interface AddNodeOptions extends Omit<FormatNodeOptions, 'name'> {
  /** Generated (`#block001`) when absent. */
  readonly name?: string
  readonly path: string
  /** Refused when the image has another format; any when absent. */
  readonly format?: string
  /**
   * The name of the node below, or null for none; when absent the chain that the image names is opened read-only,
   * under generated names.
   */
  readonly backing?: string | null
}

/** The nodes and devices of one running machine, by name. */
export class NodeRegistry implements NodeLookup {
  readonly store: ImageStore
  readonly #nodes = new Map<string, BlockNode>()
  readonly #devices = new Map<string, BlockDevice>()
  /** Backing nodes that were opened along with the node above them, and go with it. */
  readonly #implicit = new Set<BlockNode>()
  #generated = 0

  constructor(store: ImageStore) {
    this.store = store
  }

  /** All nodes, oldest first. */
  get nodes(): IterableIterator<BlockNode> {
    return this.#nodes.values()
  }

  /** All devices, oldest first. */
  get devices(): IterableIterator<BlockDevice> {
    return this.#devices.values()
  }

  /** The node of that name, or the topmost node of the device of that name. */
  find(name: string): BlockNode | undefined {
    return this.#nodes.get(name) ?? this.#devices.get(name)?.root
  }

  /** Finds as commands that take a device or a node do. */
  lookup(name: string): BlockResult<BlockNode> {
    const device = this.#devices.get(name)
    if (device !== undefined && device.root === undefined) {
      return refuse(`Device '${name}' has no medium`)
    }
    const found = device?.root ?? this.#nodes.get(name)
    return found === undefined
      ? refuse(`Cannot find device='${name}' nor node-name='${name}'`)
      : ok(found)
  }

  /** The device of a name. */
  device(name: string): BlockDevice | undefined {
    return this.#devices.get(name)
  }

  /** The name by which QEMU speaks of a node: that of the device above it, if there is one. */
  nameOf(node: BlockNode): string {
    return this.deviceNameOf(node) ?? node.name
  }

  /** The name of the device that has the node as its root. */
  deviceNameOf(node: BlockNode): string | undefined {
    return deviceNameAbove(node)
  }

  /** Opens an image, with the chain below it when asked for. */
  addNode(options: AddNodeOptions): BlockResult<FormatNode> {
    const name = options.name ?? this.generateName()
    return this.checkName(name)
      .andThen(() => this.#below(options))
      .andThen((below) => this.#open(name, options, below))
  }

  /** Makes a node of a target that is no image. */
  addTarget(name: string, target: BackupTarget): BlockResult<TargetNode> {
    return this.checkName(name).map(() => {
      const node = new TargetNode(name, target)
      this.#nodes.set(name, node)
      return node
    })
  }

  /** Puts a node in that exists already, such as a filter. */
  register(node: BlockNode): BlockResult<void> {
    return this.checkName(node.name).map(() => {
      this.#nodes.set(node.name, node)
    })
  }

  /** Forgets a node, without closing it. */
  unregister(node: BlockNode): void {
    this.#nodes.delete(node.name)
  }

  /** `blockdev-del`: closes a node that nothing uses; its bitmaps are stored. */
  removeNode(name: string): BlockResult<void> {
    const node = this.#nodes.get(name)
    if (node === undefined) return refuse(`Failed to find node with node-name='${name}'`)
    if (this.deviceNameOf(node) !== undefined) return refuse(`Node ${name} is in use`)
    if (node.blocker !== undefined) return refuse(`Node '${name}' is busy: ${node.blocker}`)
    if (node.parents.size > 0) return refuse(`Block device ${name} is in use`)
    this.#close(node, true)
    return ok(undefined)
  }

  /** `blockdev-reopen`: makes a node writable, or stops it from being so. */
  reopen(name: string, readOnly: boolean): BlockResult<void> {
    const node = this.#nodes.get(name)
    if (!(node instanceof FormatNode)) return refuse(`Failed to find node with node-name='${name}'`)
    const isWritten = this.deviceNameOf(node) !== undefined || node.blocker !== undefined
    return readOnly && !node.readOnly && isWritten
      ? refuse(`Read-only block node '${name}' cannot support read-write users`)
      : node.reopen(readOnly)
  }

  /** Puts a disk over a node, or an empty drive. */
  addDevice(name: string, node?: string): BlockResult<BlockDevice> {
    if (this.#devices.has(name) || this.#nodes.has(name)) {
      return refuse(`Device with id '${name}' already exists`)
    }
    const root = node === undefined ? undefined : this.#nodes.get(node)
    if (node !== undefined && root === undefined) {
      return refuse(`Cannot find device='${node}' nor node-name='${node}'`)
    }
    const device = new BlockDevice(name, root)
    this.#devices.set(name, device)
    return ok(device)
  }

  /** Unplugs a disk; its nodes stay. */
  removeDevice(name: string): BlockResult<void> {
    const device = this.#devices.get(name)
    if (device === undefined) return refuse(`Device '${name}' not found`)
    if (device.root?.blocker !== undefined) {
      return refuse(`Node '${name}' is busy: ${device.root.blocker}`)
    }
    device.attach(undefined)
    this.#devices.delete(name)
    return ok(undefined)
  }

  /** Closes everything. Bitmaps are stored when `clean`; after a power loss they are not, and stay in use. */
  closeAll(clean: boolean): void {
    for (const device of this.#devices.values()) device.attach(undefined)
    this.#devices.clear()
    for (const node of this.#nodes.values()) node.close(clean)
    this.#nodes.clear()
    this.#implicit.clear()
  }

  /** A name that no node has. */
  generateName(): string {
    let name: string
    do {
      this.#generated++
      name = `#block${String(this.#generated).padStart(3, '0')}`
    } while (this.#nodes.has(name))
    return name
  }

  /** Checks that a node can have a name. */
  checkName(name: string): BlockResult<void> {
    if (!/^(#block|[a-zA-Z])[a-zA-Z0-9_.-]*$/.test(name)) {
      return refuse(`Invalid node-name: '${name}'`)
    }
    if (name.length > maxNameLength) return refuse('Node name too long')
    if (this.#nodes.has(name)) return refuse(`Duplicate nodes with node-name='${name}'`)
    return this.#devices.has(name)
      ? refuse(`node-name=${name} is conflicting with a device id`)
      : ok(undefined)
  }

  #below({ backing, path }: AddNodeOptions): BlockResult<BlockNode | undefined> {
    if (backing === null) return ok(undefined)
    if (typeof backing === 'string') {
      const found = this.#nodes.get(backing)
      return found === undefined
        ? refuse(`Could not open backing file: Cannot find device='' nor node-name='${backing}'`)
        : ok(found)
    }
    const image = this.store.get(path)
    if (image?.backing === undefined) return ok(undefined)
    return image
      .layer()
      .andThen(() => this.#openBacking(path))
      .map((node) => node)
  }

  #openBacking(path: string): BlockResult<BlockNode | undefined> {
    const below = this.store.backingOf(path)
    if (below === undefined) return ok(undefined)
    return this.addNode({ path: below.path, readOnly: true }).map((node) => {
      this.#implicit.add(node)
      return node
    })
  }

  #open(
    name: string,
    options: AddNodeOptions,
    below: BlockNode | undefined,
  ): BlockResult<FormatNode> {
    const { path, format, readOnly = false } = options
    const opened = this.store
      .open(path, { readOnly, ...(format !== undefined && { format }) })
      .andThen((image) => FormatNode.open(image, below, { ...options, name }))
    if (opened.isOk()) this.#nodes.set(name, opened.value)
    else if (options.backing === undefined && below !== undefined) this.#close(below, true)
    return opened
  }

  #close(node: BlockNode, clean: boolean): void {
    const { children } = node
    node.close(clean)
    this.#nodes.delete(node.name)
    this.#implicit.delete(node)
    for (const child of children) {
      if (this.#implicit.has(child) && child.parents.size === 0) this.#close(child, clean)
    }
  }
}
