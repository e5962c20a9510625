import { err, ok, safeTry } from 'neverthrow'
import { diskByName } from '../../checkpoint/index.ts'
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
  invalidValue,
} from '../../driver/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  type VirResult,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import { blockJobSetSpeed, queryBlockJobs } from '../../qmp/index.ts'
import type { QemuBackupRun } from './backup-run.ts'
import { safeNumber } from './checkpoint-survey.ts'
import type { QemuHost } from './host-state.ts'
import { checkMemberFlags, findActiveDomain } from './member.ts'
import { qemuOrigin } from './origin.ts'
import { monitored } from './qmp-error.ts'
import type { RunningQemu } from './running-qemu.ts'

/** The members of {@link blockJob}. */
type BlockJobMembers = Required<
  Pick<BlockJobDriver, 'domainGetBlockJobInfo' | 'domainBlockJobSetSpeed' | 'domainBlockJobAbort'>
>

/** The block job of one disk: how far it is, how fast it may be, and ending it. */
export function blockJob(host: QemuHost): BlockJobMembers {
  return {
    domainGetBlockJobInfo: (ref, disk, flags) => blockJobInfo(host, ref, disk, flags),
    domainBlockJobSetSpeed: (ref, disk, bandwidth, flags) =>
      setSpeed(host, ref, disk, bandwidth, flags),
    domainBlockJobAbort: (ref, disk, flags) => abort(host, ref, disk, flags),
  }
}

/** A disk of a running domain. */
interface FoundDisk {
  readonly running: RunningQemu
  /** Target name. */
  readonly dev: string
}

function findDisk(host: QemuHost, ref: DomainRef, disk: string): VirResult<FoundDisk> {
  return findActiveDomain(host, ref).andThen(({ domain, running }) => {
    const found = diskByName(domain.definition.devices.disks, disk)
    return found === undefined
      ? err(invalidValue(qemuOrigin, `disk '${disk}' not found in domain`))
      : ok({ running, dev: found.target.dev })
  })
}

/** The backup whose block job is on a disk. */
interface DiskJob extends FoundDisk {
  readonly run: QemuBackupRun
  readonly jobId: string
}

function findJob(host: QemuHost, ref: DomainRef, disk: string): VirResult<DiskJob> {
  return findDisk(host, ref, disk).andThen(({ running, dev }) => {
    const run = running.backup
    const jobId = run?.jobIdOf(dev)
    return run === undefined || jobId === undefined
      ? err(invalidValue(qemuOrigin, `disk ${dev} does not have an active block job`))
      : ok({ running, dev, run, jobId })
  })
}

function blockJobInfo(
  host: QemuHost,
  ref: DomainRef,
  disk: string,
  flags: number,
): VirResultAsync<DomainBlockJobInfo | undefined> {
  const { BANDWIDTH_BYTES } = DomainBlockJobInfoFlags
  return safeTry(async function* () {
    yield* checkMemberFlags('domainGetBlockJobInfo', flags, BANDWIDTH_BYTES)
    const { running, dev } = yield* findDisk(host, ref, disk)
    const jobId = running.backup?.jobIdOf(dev)
    if (jobId === undefined) return ok(undefined)
    const jobs = yield* monitored(running.monitor.execute(queryBlockJobs, {}))
    const found = jobs.find(({ device }) => device === jobId)
    if (found === undefined) return ok(undefined)
    return ok({
      type: DomainBlockJobType.BACKUP,
      bandwidth: blockJobBandwidth(safeNumber(found.speed), (flags & BANDWIDTH_BYTES) !== 0),
      cur: safeNumber(found.offset),
      end: safeNumber(found.len),
    })
  })
}

function setSpeed(
  host: QemuHost,
  ref: DomainRef,
  disk: string,
  bandwidth: number,
  flags: number,
): VirResultAsync<void> {
  const { BANDWIDTH_BYTES } = DomainBlockJobSetSpeedFlags
  return safeTry(async function* () {
    yield* checkMemberFlags('domainBlockJobSetSpeed', flags, BANDWIDTH_BYTES)
    const speed = yield* blockJobSpeed(bandwidth, (flags & BANDWIDTH_BYTES) !== 0, qemuOrigin)
    const { running, jobId } = yield* findJob(host, ref, disk)
    yield* monitored(running.monitor.execute(blockJobSetSpeed, { device: jobId, speed }))
    return ok(undefined)
  })
}

function abort(host: QemuHost, ref: DomainRef, disk: string, flags: number): VirResultAsync<void> {
  const { ASYNC, PIVOT } = DomainBlockJobAbortFlags
  return safeTry(async function* () {
    yield* checkMemberFlags('domainBlockJobAbort', flags, ASYNC | PIVOT)
    const { run, dev, jobId } = yield* findJob(host, ref, disk)
    if ((flags & PIVOT) !== 0) {
      const detail = `block job '${jobId}' not ready for pivot yet`
      return err(virError(ErrorNumber.BLOCK_COPY_ACTIVE, ErrorDomain.QEMU, detail))
    }
    yield* run.cancelDisk(dev)
    return (flags & ASYNC) === 0 ? run.diskEnded(dev) : ok(undefined)
  })
}
