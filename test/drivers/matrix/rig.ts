import type { Connection } from '../../../src/index.ts'

/** Which of a domain's parts a document is made of. */
export interface RigDomainOptions {
  readonly name?: string
  readonly uuid?: string
  /** Elements of `<devices>`. */
  readonly devices: string
}

/** An image to be made. */
export interface RigImage {
  readonly format?: 'raw' | 'qcow2'
  readonly size: number
}

/**
 * What is below a connection, and what scenarios do there behind the back of its calls: images, writes of the guest, faults.
 *
 * All paths are those of the recording; a rig may have them elsewhere.
 */
export interface Rig {
  readonly connection: Connection
  /** A text of the recording, with the paths that are its paths here. */
  toHere(text: string): string
  /** A text of here, with the paths of the recording. */
  toRecorded(text: string): string
  /** A document of a small domain that runs here. */
  domainXml(options: RigDomainOptions): string
  createImage(path: string, image: RigImage): Promise<void>
  /** Makes a qcow2 image over another one. */
  createOverlay(path: string, base: string): Promise<void>
  /** Makes a block device. */
  createDevice(path: string, size: number): Promise<void>
  /** Lets the guest write to a disk, as far as there is space for it. */
  write(dev: string, offset: number, length: number): Promise<void>
  /** Leaves room for this many bytes to the only file of a directory. */
  limit(path: string, bytes: number): Promise<void>
  /** Makes a directory a missing one, or one in which nothing can be created. */
  directory(path: string, state: 'missing' | 'read-only'): Promise<void>
  /** Files in a directory. */
  files(directory: string): readonly string[]
  /** Leaves the guest of the running domain without an agent. */
  removeAgent(): Promise<void>
  /** Kills the process of the domain. */
  crash(): Promise<void>
  /** Stops a bitmap from recording. */
  disableBitmap(dev: string, bitmap: string): Promise<void>
  /** Waits, letting jobs run on, until something is so. */
  until(isSo: () => boolean): Promise<void>
  /** Waits until no job is left. */
  settle(): Promise<void>
  /**
   * All that a scenario can change. One that changes nothing leaves its domain to the next.
   *
   * @returns Nothing where a new domain costs less
   */
  fingerprint(): Promise<string | undefined>
  /** Takes everything away. */
  close(): Promise<void>
}
