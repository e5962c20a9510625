import { ok } from 'neverthrow'
import { Errno, strerror } from '../errors/index.ts'
import type { BlockResult } from './block-error.ts'
import { failIo, refuse } from './block-error.ts'
import type { DirectoryRule } from './directory-rules.ts'
import { directoryOf, DirectoryRules, normalizePath } from './directory-rules.ts'
import { DirectoryTree } from './directory-tree.ts'
import type { ArmedFault, ImageFault } from './fault.ts'
import { FaultPlan } from './fault.ts'
import type { BackingReference, ImageKind, ImageSurroundings } from './image.ts'
import { Image } from './image.ts'
import { ImageContent } from './image-content.ts'
import type { ImageFormat } from './image-format.ts'
import { checkFormatRequest, isImageFormat } from './image-format.ts'
import { SpaceAccount } from './space.ts'

const sectorSize = 512

/** How an image is formatted. */
export interface FormatOptions {
  /** `raw` when absent. */
  readonly format?: ImageFormat
  /** Bytes that the guest sees, rounded up to 512; the backing image's size when absent. */
  readonly virtualSize?: number
  /** Bytes, a power of two from 512 to 2 MiB; qcow2 only, 64 KiB when absent. */
  readonly clusterSize?: number
  readonly backing?: BackingReference
}

/** How an image is created. */
export interface CreateImageOptions extends FormatOptions {
  /** `file` when absent. A block device is as large as `deviceSize`, or as its virtual size. */
  readonly kind?: ImageKind
  /** Bytes of a block device. */
  readonly deviceSize?: number
}

/** What a node asks for when it opens an image. */
export interface OpenImageOptions {
  /** Refused when the image has another format; any when absent. */
  readonly format?: string
  readonly readOnly?: boolean
}

/**
 * The images of one host by path: a file system that holds nothing but disk images.
 *
 * Directories exist by themselves, unless {@link ImageStore.directory} says otherwise; where an image is in one, no image can
 * take its path.
 */
export class ImageStore {
  readonly #images = new Map<string, Image>()
  readonly #tree = new DirectoryTree()
  readonly #directories = new DirectoryRules()
  readonly #faults = new FaultPlan()
  readonly #limits = new Map<string, SpaceAccount>()
  readonly #surroundings: ImageSurroundings = {
    meet: (path, operation, offset, length) => this.#faults.meet(path, operation, offset, length),
    backingOf: (path, reference) => this.get(resolveBeside(path, reference.path)),
  }

  /** How many images there are. */
  get size(): number {
    return this.#images.size
  }

  /** The image at a path. */
  get(path: string): Image | undefined {
    const direct = this.#images.get(path)
    if (direct !== undefined) return direct
    const normal = endsAsDirectory(path) ? undefined : normalizePath(path)
    return typeof normal === 'string' ? this.#images.get(normal) : undefined
  }

  /** True when there is an image at a path. */
  has(path: string): boolean {
    return this.get(path) !== undefined
  }

  /**
   * What is at a path, as stat(2) tells.
   *
   * @errors SYSTEM_ERROR with ENOENT, with ENOTDIR below an image, and for a path that no file can have
   */
  stat(path: string): BlockResult<ImageKind | 'directory'> {
    const image = this.get(path)
    if (image !== undefined) return ok(image.kind)
    const normal = normalizePath(path)
    if (typeof normal === 'number') return failIo(normal)
    if (this.#isDirectory(normal)) return ok('directory')
    return failIo(this.#isBelowImage(`${normal}/`) ? Errno.ENOTDIR : Errno.ENOENT)
  }

  /** The image that the one at a path names as its backing. */
  backingOf(path: string): Image | undefined {
    const image = this.get(path)
    return image?.backing && this.get(resolveBeside(image.path, image.backing.path))
  }

  /** The paths of all images, sorted by code unit. */
  list(): readonly string[] {
    return [...this.#images.keys()].toSorted()
  }

  /**
   * Creates an image, sparse: it costs memory for what is written only.
   *
   * @errors SYSTEM_ERROR with EEXIST for a path that is taken, EISDIR for a directory's, ENOTDIR below an image, ENOENT or EROFS by
   * the directory's rule;
   * INTERNAL_ERROR with QEMU's words for a size or cluster size that the format does not have
   */
  create(path: string, options: CreateImageOptions): BlockResult<Image> {
    return this.#freePath(path).andThen((free) =>
      this.#contentOf(free, options).map((content) => {
        const isBlock = options.kind === 'block'
        const deviceSize = options.deviceSize ?? content.size
        const image = new Image(free, content, this.#surroundings, {
          ...(isBlock && { deviceSize }),
          ...(options.backing !== undefined && { backing: options.backing }),
        })
        this.#put(free, image)
        for (const account of this.#accountsOf(free)) image.attach(account)
        if (isBlock) image.attach(new SpaceAccount(deviceSize))
        return image
      }),
    )
  }

  /**
   * Puts a new format on an image that exists: what it held is gone. A block device keeps its size.
   *
   * @errors INTERNAL_ERROR with QEMU's lock error while a node has it open
   */
  format(path: string, options: FormatOptions): BlockResult<Image> {
    const image = this.get(path)
    if (image === undefined) return failIo(Errno.ENOENT)
    return image.lock
      .check('write')
      .andThen(() => this.#contentOf(image.path, options))
      .andThen((content) => {
        if (options.format === 'raw' && content.size > (image.deviceSize ?? Infinity)) {
          return refuse('device is too small')
        }
        image.reformat(content, options.backing)
        return ok(image)
      })
  }

  /** Creates an image from the bytes of a disk; raw when no other format is given. The bytes are copied. */
  load(path: string, bytes: Uint8Array, options: CreateImageOptions = {}): BlockResult<Image> {
    return this.create(path, { virtualSize: bytes.length, ...options }).andThen((image) =>
      image.write(0, bytes).map(() => image),
    )
  }

  /**
   * Opens an image for a node; the words of an error are those of QEMU's `blockdev-add`.
   *
   * Takes no lock: the node does.
   */
  open(path: string, options: OpenImageOptions = {}): BlockResult<Image> {
    const image = this.get(path)
    const errno =
      image === undefined
        ? Errno.ENOENT
        : (this.#faults.meet(image.path, 'open', 0, 0) ??
          (options.readOnly === true ? undefined : this.#openRefusal(image)))
    if (image === undefined || errno !== undefined) {
      return failIo(errno ?? Errno.ENOENT, `Could not open '${path}': ${strerror(errno ?? 2)}`)
    }
    const { format = image.format } = options
    if (!isImageFormat(format)) return refuse(`Unknown driver '${format}'`)
    return format === image.format ? ok(image) : refuse(`Image is not in ${format} format`)
  }

  /**
   * Removes an image; nodes that have it open keep it.
   *
   * @errors SYSTEM_ERROR with ENOENT, EROFS, and EPERM for a block device
   */
  remove(path: string): BlockResult<void> {
    const image = this.get(path)
    if (image === undefined) return failIo(Errno.ENOENT)
    if (image.kind === 'block') return failIo(Errno.EPERM)
    const errno = this.#directories.refusal(image.path)
    if (errno !== undefined) return failIo(errno)
    this.#take(image.path)
    image.moveTo(image.path, [])
    return ok(undefined)
  }

  /** Gives an image another path; a file that is there is replaced, as by rename(2). */
  rename(from: string, to: string): BlockResult<void> {
    const image = this.get(from)
    const target = normalizePath(to)
    if (image === undefined) return failIo(Errno.ENOENT)
    if (typeof target === 'number') return failIo(target)
    if (endsAsDirectory(to)) return failIo(Errno.ENOTDIR)
    if (target === image.path) return ok(undefined)
    const errno =
      this.#directories.refusal(image.path) ??
      this.#directories.refusal(target) ??
      this.#clash(target)
    if (errno !== undefined) return failIo(errno)
    const replaced = this.#images.get(target)
    if (image.kind === 'block' || replaced?.kind === 'block') return failIo(Errno.EPERM)
    if (replaced !== undefined) {
      this.#take(target)
      replaced.moveTo(target, [])
    }
    this.#take(image.path)
    this.#put(target, image)
    image.moveTo(target, this.#accountsOf(target))
    return ok(undefined)
  }

  /** Sets how a directory behaves, or with `undefined` makes it an ordinary one again. */
  directory(path: string, rule: DirectoryRule | undefined): BlockResult<void> {
    const normal = normalizePath(path)
    if (typeof normal === 'number') return failIo(normal)
    this.#directories.set(normal, rule)
    this.#recount()
    return ok(undefined)
  }

  /** Lets a path, whether an image is there already or not, hold so many bytes of data; undefined lifts the limit. */
  limit(path: string, bytes: number | undefined): BlockResult<void> {
    const normal = normalizePath(path)
    if (typeof normal === 'number') return failIo(normal)
    if (bytes === undefined) this.#limits.delete(normal)
    else this.#limits.set(normal, new SpaceAccount(bytes))
    this.#recount()
    return ok(undefined)
  }

  /** Makes requests on a path fail. */
  addFault(fault: ImageFault): ArmedFault {
    const normal = normalizePath(fault.path)
    return this.#faults.add(typeof normal === 'string' ? { ...fault, path: normal } : fault)
  }

  /** Takes all faults away. */
  clearFaults(): void {
    this.#faults.clear()
  }

  /** The errno with which nothing can be created at a path; what a driver asks before it creates a file. */
  creationErrno(path: string): Errno | undefined {
    const free = this.#freePath(path)
    return free.isErr() ? free.error.errno : undefined
  }

  #freePath(path: string): BlockResult<string> {
    const normal = normalizePath(path)
    if (typeof normal === 'number') return failIo(normal)
    if (endsAsDirectory(path)) return failIo(this.#clash(normal) ?? Errno.EISDIR)
    if (this.#images.has(normal)) return failIo(Errno.EEXIST)
    const errno =
      this.#clash(normal) ??
      this.#directories.refusal(normal) ??
      this.#faults.meet(normal, 'create', 0, 0)
    return errno === undefined ? ok(normal) : failIo(errno)
  }

  #openRefusal(image: Image): Errno | undefined {
    const errno = this.#directories.refusal(image.path)
    return errno === Errno.ENOENT ? undefined : errno
  }

  /** A file cannot be where a directory is, nor below another file. */
  #clash(path: string): Errno | undefined {
    if (this.#isDirectory(path)) return Errno.EISDIR
    return this.#isBelowImage(path) ? Errno.ENOTDIR : undefined
  }

  #isDirectory(path: string): boolean {
    return path === '/' || this.#tree.has(path)
  }

  #isBelowImage(path: string): boolean {
    for (let parent = directoryOf(path); parent !== '/'; parent = directoryOf(parent)) {
      if (this.#images.has(parent)) return true
    }
    return false
  }

  #put(path: string, image: Image): void {
    this.#images.set(path, image)
    this.#tree.add(path)
  }

  #take(path: string): void {
    this.#images.delete(path)
    this.#tree.remove(path)
  }

  #contentOf(path: string, options: FormatOptions): BlockResult<ImageContent> {
    const { format = 'raw', clusterSize, backing } = options
    if (!isImageFormat(format)) return refuse(`Unknown driver '${String(format)}'`)
    const below = backing && this.get(resolveBeside(path, backing.path))
    const size = options.virtualSize ?? below?.virtualSize
    if (size === undefined) {
      return backing === undefined
        ? refuse("Parameter 'size' is missing")
        : refuse(`Could not open '${backing.path}': No such file or directory`)
    }
    // A size that is none must reach the check as it is.
    const virtualSize = size < 0 ? size : Math.ceil(size / sectorSize) * sectorSize
    const hasBacking = backing !== undefined
    return checkFormatRequest({
      format,
      virtualSize,
      hasBacking,
      ...(clusterSize !== undefined && { clusterSize }),
    }).map(() => new ImageContent(format, virtualSize, clusterSize))
  }

  #accountsOf(path: string): readonly SpaceAccount[] {
    const own = this.#limits.get(path)
    return own === undefined
      ? this.#directories.accountsOf(path)
      : [own, ...this.#directories.accountsOf(path)]
  }

  #recount(): void {
    for (const [path, image] of this.#images) {
      image.moveTo(path, this.#accountsOf(path))
      if (image.deviceSize !== undefined) image.attach(new SpaceAccount(image.deviceSize))
    }
  }
}

/** Such a path means a directory, or nothing. */
function endsAsDirectory(path: string): boolean {
  return path.endsWith('/') || path.endsWith('/.')
}

/** A relative backing path starts at the directory of the image that names it. */
function resolveBeside(path: string, reference: string): string {
  return reference.startsWith('/') ? reference : `${directoryOf(path)}/${reference}`
}
