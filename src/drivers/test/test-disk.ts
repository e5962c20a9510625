import type { BlockDevice, Image } from '../../block/index.ts'
import type { DomainDiskDef } from '../../xml/index.ts'

/** A disk of a running domain. */
export interface TestDisk {
  /** As the live definition has it. */
  readonly def: DomainDiskDef
  readonly device: BlockDevice
  /** Name of the node of the top image; absent for an empty drive. */
  readonly node: string | undefined
  /** The top image; absent for an empty drive. */
  readonly image: Image | undefined
  /** Names of the nodes from the top image down to the last backing image. */
  readonly chain: readonly string[]
  /** Path of the image that takes the guest's writes and goes when the domain stops; for a transient disk. */
  readonly overlay: string | undefined
}
