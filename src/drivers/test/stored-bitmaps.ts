/**
 * The bitmaps in the images of a domain that does not run; images are named by their path.
 *
 * @module
 */
import type { Image } from '../../block/index.ts'
import type { BitmapAction, BitmapSurvey } from '../../checkpoint/index.ts'
import { diskByTarget } from '../../checkpoint/index.ts'
import { imagePath } from './open-disks.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/** The paths of a disk's images, the top first; absent when there is no such disk, or nothing in it. */
export function storedImages(
  world: World,
  domain: TestDomain,
  disk: string,
): readonly string[] | undefined {
  const source = diskByTarget(domain.definition.devices.disks, disk)?.source
  const path = source === undefined ? undefined : imagePath(source)
  if (path === undefined) return undefined
  const chain = new Set<string>()
  let image: Image | undefined = world.images.get(path)
  while (image !== undefined && !chain.has(image.path)) {
    chain.add(image.path)
    image = world.images.backingOf(image.path)
  }
  return chain.size === 0 ? undefined : [...chain]
}

/** The bitmaps that images store. */
export function storedSurvey({ images }: World): BitmapSurvey {
  return {
    find: (path, name) => {
      const stored = images.get(path)?.storedBitmaps.get(name)
      return (
        stored && {
          recording: stored.enabled,
          persistent: true,
          inconsistent: stored.inUse,
          granularity: stored.granularity,
          count: stored.bits?.dirtyBytes ?? 0,
        }
      )
    },
    names: (path) => images.get(path)?.storedBitmaps.keys() ?? [],
  }
}

/** Removes stored bitmaps: nothing else is done to the bitmaps of a domain that does not run. */
export function removeStored({ images }: World, actions: readonly BitmapAction[]): void {
  for (const { do: verb, node, name } of actions) {
    if (verb === 'remove') images.get(node)?.storedBitmaps.delete(name)
  }
}
