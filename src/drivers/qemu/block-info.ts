import { stat } from 'node:fs/promises'
import { errAsync, okAsync, ResultAsync } from 'neverthrow'
import { type DomainBlockInfo, invalidValue } from '../../driver/index.ts'
import { ErrorDomain, errnoOf, systemError, type VirResultAsync } from '../../errors/index.ts'
import { queryBlock, queryBlockstats } from '../../qmp/index.ts'
import type { StorageSource } from '../../xml/index.ts'
import { findDisk } from './find-disk.ts'
import { qemuOrigin } from './origin.ts'
import type { QemuDomain } from './qemu-domain.ts'
import { monitored } from './qmp-error.ts'
import type { RunningQemu } from './running-qemu.ts'
import { readImageInfo } from './storage/image-info.ts'

/** Gives the sizes of a disk: what QEMU says of it while it runs, else what its image says. */
export function blockInfo(domain: QemuDomain, disk: string): VirResultAsync<DomainBlockInfo> {
  return findDisk(domain, disk, `invalid path ${disk} not assigned to domain`).asyncAndThen(
    (def) => {
      const { source, target } = def
      if (source === undefined) {
        const detail = `disk '${disk}' does not currently have a source assigned`
        return errAsync(invalidValue(qemuOrigin, detail))
      }
      const { running } = domain
      const qomName = running?.disks.get(target.dev)?.qomName
      if (running !== undefined && qomName !== undefined) {
        return activeInfo(running, qomName, source)
      }
      return inactiveInfo(source)
    },
  )
}

/** What a file takes on the host, in bytes. */
interface FileSizes {
  readonly length: number
  readonly allocated: number
  readonly isDevice: boolean
}

function fileSizes({ path }: StorageSource): VirResultAsync<FileSizes | undefined> {
  if (path === undefined) return okAsync(undefined)
  return ResultAsync.fromPromise(stat(path), (cause) =>
    systemError(ErrorDomain.QEMU, errnoOf(cause), `cannot stat file '${path}'`, { cause }),
  ).map((found) => ({
    length: found.size,
    allocated: found.blocks * 512,
    isDevice: found.isBlockDevice(),
  }))
}

function activeInfo(
  running: RunningQemu,
  qomName: string,
  source: StorageSource,
): VirResultAsync<DomainBlockInfo> {
  return monitored(running.monitor.execute(queryBlock, {})).andThen((infos) => {
    const image = infos.find(({ qdev }) => qdev === qomName)?.inserted?.image
    const capacity = Number(image?.['virtual-size'] ?? 0)
    return fileSizes(source).andThen((sizes) => {
      if (sizes === undefined) {
        return okAsync({ capacity, allocation: capacity, physical: capacity })
      }
      const { length, allocated, isDevice } = sizes
      if (!isDevice) return okAsync({ capacity, allocation: allocated, physical: length })
      return highestOffset(running, qomName).map((allocation) => ({
        capacity,
        allocation,
        physical: capacity,
      }))
    })
  })
}

/** How far a device was written that an image grows on. */
function highestOffset(running: RunningQemu, qomName: string): VirResultAsync<number> {
  return monitored(running.monitor.execute(queryBlockstats, {})).map((all) => {
    const found = all.find(({ qdev }) => qdev === qomName)
    return Number((found?.parent ?? found)?.stats.wr_highest_offset ?? 0)
  })
}

function inactiveInfo(source: StorageSource): VirResultAsync<DomainBlockInfo> {
  return fileSizes(source).andThen((sizes) => {
    const { length = 0, allocated = 0 } = sizes ?? {}
    if (source.path === undefined || (source.format ?? 'raw') === 'raw') {
      return okAsync({ capacity: length, allocation: allocated, physical: length })
    }
    return readImageInfo(source.path, source.format ?? 'raw').map((info) => ({
      capacity: Number(info['virtual-size']),
      allocation: allocated,
      physical: length,
    }))
  })
}
