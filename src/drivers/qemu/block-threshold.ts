import { errAsync } from 'neverthrow'
import { invalidValue } from '../../driver/index.ts'
import { ErrorDomain, ErrorNumber, type VirResultAsync, virError } from '../../errors/index.ts'
import { blockSetWriteThreshold } from '../../qmp/index.ts'
import { qemuOrigin } from './origin.ts'
import { monitored } from './qmp-error.ts'
import type { RunningQemu } from './running-qemu.ts'
import type { DiskLayer } from './storage/disk-layer.ts'

/** Asks for an event once the guest writes beyond an offset of an image; 0 asks no more. */
export function setThreshold(
  running: RunningQemu,
  dev: string,
  threshold: number,
): VirResultAsync<void> {
  const [, name = dev, index] = /^(.*)\[(\d+)\]$/.exec(dev) ?? []
  const disk = running.disks.get(name)
  if (disk === undefined) return errAsync(invalidValue(qemuOrigin, `failed to find disk '${dev}'`))
  const layer = layerOf(disk.layers, index)
  if (layer === undefined) {
    return errAsync(
      index === undefined
        ? virError(
            ErrorNumber.INTERNAL_ERROR,
            ErrorDomain.NONE,
            "argument key 'node-name' must not have null value",
          )
        : invalidValue(qemuOrigin, `failed to find disk '${dev}'`),
    )
  }
  const node = layer.storageNode
  return monitored(
    running.monitor.execute(blockSetWriteThreshold, {
      'node-name': node,
      'write-threshold': threshold,
    }),
  ).map(() => {
    if (index === undefined) running.indexedThresholds.delete(node)
    else running.indexedThresholds.add(node)
  })
}

function layerOf(layers: readonly DiskLayer[], index: string | undefined): DiskLayer | undefined {
  if (index === undefined) return layers[0]
  return layers.find(({ source }) => source.index === Number(index))
}
