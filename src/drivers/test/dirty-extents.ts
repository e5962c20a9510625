import type { World } from './world.ts'

/** Bytes of a disk. */
export interface DirtyExtent {
  readonly offset: number
  readonly length: number
}

/** What the bitmap of a checkpoint on the top image of a running domain's disk has recorded; nothing when there is none. */
export function* dirtyExtents(
  world: World,
  name: string,
  disk: string,
  checkpoint: string,
): IterableIterator<DirtyExtent> {
  const running = world.domains.byName(name)?.running
  const node = running?.disks.get(disk)?.node
  if (running === undefined || node === undefined) return
  const bitmap = running.graph.node(node)?.bitmaps?.find(checkpoint)
  if (bitmap !== undefined) yield* bitmap.bits.extents()
}
