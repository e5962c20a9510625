import { err, ok, safeTry } from 'neverthrow'
import { type BlockJobInfo, commandError } from '../../block/index.ts'
import {
  DomainBlockJobAbortFlags,
  DomainBlockJobInfoFlags,
  DomainBlockJobSetSpeedFlags,
  DomainBlockJobType,
} from '../../constants/index.ts'
import {
  blockJobBandwidth,
  type BlockJobDriver,
  blockJobSpeed,
  type DomainBlockJobInfo,
  type DomainRef,
} from '../../driver/index.ts'
import { ErrorNumber, type VirResult, virError } from '../../errors/index.ts'
import { diskNotFound, findDisk } from './find-disk.ts'
import { checkMemberFlags, findRunningDomain, settled } from './member.ts'
import type { RunningDomain } from './running-domain.ts'
import { invalidValue } from './state-errors.ts'
import type { World } from './world.ts'

/** The members of {@link blockJob}. */
type BlockJobMembers = Required<
  Pick<BlockJobDriver, 'domainGetBlockJobInfo' | 'domainBlockJobSetSpeed' | 'domainBlockJobAbort'>
>

/** The block job of one disk: how far it is, how fast it may be, and ending it. */
export function blockJob(world: World): BlockJobMembers {
  return {
    domainGetBlockJobInfo: (ref, disk, flags) => settled(blockJobInfo(world, ref, disk, flags)),
    domainBlockJobSetSpeed: (ref, disk, bandwidth, flags) =>
      settled(setSpeed(world, ref, disk, bandwidth, flags)),
    domainBlockJobAbort: (ref, disk, flags) => settled(abort(world, ref, disk, flags)),
  }
}

/** A disk of a running domain, with the job on it. */
interface DiskJob {
  readonly running: RunningDomain
  /** Target name. */
  readonly dev: string
  readonly job: BlockJobInfo | undefined
}

function findDiskJob(world: World, ref: DomainRef, disk: string): VirResult<DiskJob> {
  return findRunningDomain(world, ref).andThen((domain) =>
    findDisk(domain.definition, disk, diskNotFound(world, disk)).andThen(({ target }) => {
      const { running } = domain
      if (running === undefined) return err(diskNotFound(world, disk)())
      const id = running.backup?.jobIdOf(target.dev)
      const job = running.graph.jobs.queryBlockJobs().find(({ device }) => device === id)
      return ok({ running, dev: target.dev, job })
    }),
  )
}

function blockJobInfo(
  world: World,
  ref: DomainRef,
  disk: string,
  flags: number,
): VirResult<DomainBlockJobInfo | undefined> {
  const { BANDWIDTH_BYTES } = DomainBlockJobInfoFlags
  const inBytes = (flags & BANDWIDTH_BYTES) !== 0
  return checkMemberFlags(world, 'domainGetBlockJobInfo', flags, BANDWIDTH_BYTES)
    .andThen(() => findDiskJob(world, ref, disk))
    .map(({ job }) =>
      job === undefined
        ? undefined
        : {
            type: DomainBlockJobType.BACKUP,
            bandwidth: blockJobBandwidth(job.speed, inBytes),
            cur: job.offset,
            end: job.len,
          },
    )
}

/** The job that a disk must have for an operation. */
function requireJob(
  world: World,
  ref: DomainRef,
  disk: string,
): VirResult<DiskJob & { readonly job: BlockJobInfo }> {
  return findDiskJob(world, ref, disk).andThen(({ job, ...rest }) =>
    job === undefined
      ? err(invalidValue(world.semantics, `disk ${rest.dev} does not have an active block job`))
      : ok({ ...rest, job }),
  )
}

function setSpeed(
  world: World,
  ref: DomainRef,
  disk: string,
  bandwidth: number,
  flags: number,
): VirResult<void> {
  const { BANDWIDTH_BYTES } = DomainBlockJobSetSpeedFlags
  const inBytes = (flags & BANDWIDTH_BYTES) !== 0
  return safeTry(function* () {
    yield* checkMemberFlags(world, 'domainBlockJobSetSpeed', flags, BANDWIDTH_BYTES)
    const speed = yield* blockJobSpeed(bandwidth, inBytes, world.semantics)
    const { running, job } = yield* requireJob(world, ref, disk)
    return running.graph.jobs
      .setBlockJobSpeed(job.device, speed)
      .mapErr((error) => commandError('block-job-set-speed', error))
  })
}

function abort(world: World, ref: DomainRef, disk: string, flags: number): VirResult<void> {
  const { ASYNC, PIVOT } = DomainBlockJobAbortFlags
  const { semantics } = world
  return safeTry(function* () {
    yield* checkMemberFlags(world, 'domainBlockJobAbort', flags, ASYNC | PIVOT)
    const { running, dev, job } = yield* requireJob(world, ref, disk)
    if ((flags & PIVOT) !== 0) {
      const detail = `block job '${job.device}' not ready for pivot yet`
      return err(virError(ErrorNumber.BLOCK_COPY_ACTIVE, semantics.errorDomain, detail))
    }
    running.backup?.cancelDisk(dev)
    return ok(undefined)
  })
}
