import { err, ok, safeTry } from 'neverthrow'
import type { BlockStatistics, Image } from '../../block/index.ts'
import { commandError } from '../../block/index.ts'
import { DomainBlockResizeFlags, TypedParameterFlags } from '../../constants/index.ts'
import type {
  BlockDriver,
  DomainBlockInfo,
  DomainBlockStats,
  DomainBlockStatsParameters,
  DomainRef,
} from '../../driver/index.ts'
import { ErrorDomain, ErrorNumber, type VirResult, virError } from '../../errors/index.ts'
import type { DomainDiskDef } from '../../xml/index.ts'
import { diskNotFound, findDisk } from './find-disk.ts'
import { diskErrorsOf } from './guest-error.ts'
import { checkMemberFlags, findDomain, findRunningDomain, settled } from './member.ts'
import { imagePath } from './open-disks.ts'
import { invalidValue, operationUnsupported } from './state-errors.ts'
import type { TestDisk } from './test-disk.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/** The members of {@link block}. */
type BlockMembers = Required<
  Pick<
    BlockDriver,
    | 'domainGetBlockInfo'
    | 'domainBlockStats'
    | 'domainBlockStatsFlags'
    | 'domainBlockPeek'
    | 'domainBlockResize'
    | 'domainGetDiskErrors'
  >
>

/** What the disks of a domain are like, and what has been done with them. */
export function block(world: World): BlockMembers {
  return {
    domainGetBlockInfo: (ref, disk, flags) => settled(blockInfo(world, ref, disk, flags)),
    domainBlockStats: (ref, disk) => settled(blockStats(world, ref, disk)),
    domainBlockStatsFlags: (ref, disk, flags) => settled(blockStatsFlags(world, ref, disk, flags)),
    domainBlockPeek: (ref, disk, offset, size, flags) =>
      settled(blockPeek(world, ref, disk, { offset, size, flags })),
    domainBlockResize: (ref, disk, size, flags) =>
      settled(blockResize(world, ref, disk, size, flags)),
    domainGetDiskErrors: (ref, flags) =>
      settled(
        checkMemberFlags(world, 'domainGetDiskErrors', flags, 0)
          .andThen(() => findRunningDomain(world, ref))
          .map(diskErrorsOf),
      ),
  }
}

function blockInfo(
  world: World,
  ref: DomainRef,
  disk: string,
  flags: number,
): VirResult<DomainBlockInfo> {
  const { semantics } = world
  return safeTry(function* () {
    yield* checkMemberFlags(world, 'domainGetBlockInfo', flags, 0)
    const domain = yield* findDomain(world, ref)
    const def = yield* findDisk(domain.definition, disk, () =>
      invalidValue(semantics, `invalid path ${disk} not assigned to domain`),
    )
    if (def.source === undefined) {
      const detail = `disk '${disk}' does not currently have a source assigned`
      return err(invalidValue(semantics, detail))
    }
    const image = imageOfDisk(world, domain, def)
    if (image === undefined) return ok(sizesOfMissingImage(world))
    return ok({
      capacity: image.virtualSize,
      allocation: image.allocatedBytes,
      physical: image.physicalBytes,
    })
  })
}

/** An image that the next start will make. */
function sizesOfMissingImage({ semantics }: World): DomainBlockInfo {
  return { capacity: semantics.missingImageSize, allocation: 0, physical: 0 }
}

/** The image that takes the guest's writes, or will take them. */
function imageOfDisk(world: World, domain: TestDomain, def: DomainDiskDef): Image | undefined {
  const path =
    domain.running?.disks.get(def.target.dev)?.overlay ??
    (def.source === undefined ? undefined : imagePath(def.source))
  return path === undefined ? undefined : world.images.get(path)
}

/** The disks that a statistics call is about: one, or all for an empty name. */
function statisticsOf(
  world: World,
  ref: DomainRef,
  disk: string,
): VirResult<readonly BlockStatistics[]> {
  const { semantics } = world
  return findRunningDomain(world, ref).andThen((domain) => {
    const disks = domain.running?.disks ?? new Map<string, TestDisk>()
    if (disk === '') {
      return semantics.summarisesBlockStats
        ? ok([...disks.values()].map(({ device }) => device.statistics))
        : err(operationUnsupported(semantics, 'summary statistics are not supported yet'))
    }
    return findDisk(domain.definition, disk, () =>
      invalidValue(semantics, `invalid path: ${disk}`),
    ).map(({ target }) => {
      const found = disks.get(target.dev)
      return found === undefined ? [] : [found.device.statistics]
    })
  })
}

function blockStats(world: World, ref: DomainRef, disk: string): VirResult<DomainBlockStats> {
  return statisticsOf(world, ref, disk).map((all) => ({
    rd_req: sum(all, (s) => s.readRequests),
    rd_bytes: sum(all, (s) => s.readBytes),
    wr_req: sum(all, (s) => s.writeRequests),
    wr_bytes: sum(all, (s) => s.writeBytes),
    // QEMU does not count them.
    errs: -1,
  }))
}

function blockStatsFlags(
  world: World,
  ref: DomainRef,
  disk: string,
  flags: number,
): VirResult<DomainBlockStatsParameters> {
  return checkMemberFlags(world, 'domainBlockStatsFlags', flags, TypedParameterFlags.STRING_OKAY)
    .andThen(() => statisticsOf(world, ref, disk))
    .map((all) => ({
      wr_bytes: sum(all, (s) => s.writeBytes),
      wr_operations: sum(all, (s) => s.writeRequests),
      rd_bytes: sum(all, (s) => s.readBytes),
      rd_operations: sum(all, (s) => s.readRequests),
      flush_operations: sum(all, (s) => s.flushRequests),
      // Requests take no time in memory.
      wr_total_times: 0n,
      rd_total_times: 0n,
      flush_total_times: 0n,
    }))
}

function sum(all: readonly BlockStatistics[], of: (one: BlockStatistics) => number): number {
  return all.reduce((total, one) => total + of(one), 0)
}

function blockPeek(
  world: World,
  ref: DomainRef,
  disk: string,
  {
    offset,
    size,
    flags,
  }: { readonly offset: number; readonly size: number; readonly flags: number },
): VirResult<Uint8Array> {
  const { semantics } = world
  return safeTry(function* () {
    yield* checkMemberFlags(world, 'domainBlockPeek', flags, 0)
    const domain = yield* findDomain(world, ref)
    const def = yield* findDisk(domain.definition, disk, diskNotFound(world, disk))
    const image = imageOfDisk(world, domain, def)
    const format =
      image?.format ?? def.source?.format ?? (def.source === undefined ? 'none' : 'raw')
    if (format !== 'raw' || image === undefined) {
      const detail = `peeking is only supported for disk with 'raw' format not '${format}'`
      return err(operationUnsupported(semantics, detail))
    }
    const available = Math.max(0, Math.min(size, image.virtualSize - offset))
    if (available < size) {
      const detail = `'${disk}' starting from ${offset} has only ${available} bytes available`
      return err(invalidValue(semantics, detail))
    }
    return image.read(offset, size)
  })
}

const KiB = 1024

function blockResize(
  world: World,
  ref: DomainRef,
  disk: string,
  size: number,
  flags: number,
): VirResult<void> {
  const { semantics } = world
  const { BYTES } = DomainBlockResizeFlags
  return safeTry(function* () {
    yield* checkMemberFlags(world, 'domainBlockResize', flags, BYTES)
    const bytes = yield* bytesOf(size, (flags & BYTES) !== 0)
    const domain = yield* findRunningDomain(world, ref)
    const def = yield* findDisk(domain.definition, disk, () =>
      invalidValue(semantics, `disk '${disk}' was not found in the domain config`),
    )
    const node = domain.running?.disks.get(def.target.dev)?.node
    if (node === undefined || def.readonly) {
      const detail = `can't resize empty or readonly disk '${disk}'`
      return err(operationUnsupported(semantics, detail))
    }
    const resized = domain.running?.graph.resize(node, bytes)
    return resized?.mapErr((error) => commandError('block_resize', error)) ?? ok(undefined)
  })
}

/** The size in bytes, up to a whole sector; without the flag it is given in KiB. */
function bytesOf(size: number, inBytes: boolean): VirResult<number> {
  const bytes = inBytes ? Math.ceil(size / 512) * 512 : size * KiB
  return Number.isSafeInteger(bytes)
    ? ok(bytes)
    : err(
        virError(
          ErrorNumber.OVERFLOW,
          ErrorDomain.QEMU,
          `size must be less than ${Math.floor(Number.MAX_SAFE_INTEGER / KiB)}`,
        ),
      )
}
