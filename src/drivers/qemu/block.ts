import { open } from 'node:fs/promises'
import { err, errAsync, ok, ResultAsync, safeTry } from 'neverthrow'
import {
  DomainBlockResizeFlags,
  DomainDiskErrorCode,
  TypedParameterFlags,
} from '../../constants/index.ts'
import {
  type BlockDriver,
  type DomainBlockStats,
  type DomainBlockStatsParameters,
  type DomainDiskError,
  type DomainRef,
  invalidValue,
  operationUnsupported,
} from '../../driver/index.ts'
import {
  Errno,
  ErrorDomain,
  ErrorNumber,
  systemError,
  type VirResult,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import {
  blockResize as blockResizeCommand,
  type BlockDeviceStats,
  queryBlock,
  queryBlockstats,
} from '../../qmp/index.ts'
import { blockInfo } from './block-info.ts'
import { setThreshold } from './block-threshold.ts'
import { findDisk } from './find-disk.ts'
import type { QemuHost } from './host-state.ts'
import { type ActiveDomain, checkMemberFlags, findActiveDomain, findDomain } from './member.ts'
import { qemuOrigin } from './origin.ts'
import { monitored } from './qmp-error.ts'
import { systemFailure } from './state/state-files.ts'
import type { QemuDisk } from './storage/disk-layer.ts'

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
    | 'domainSetBlockThreshold'
  >
>

/** What the disks of a domain are like, and what has been done with them. */
export function block(host: QemuHost): BlockMembers {
  return {
    domainGetBlockInfo: (ref, disk, flags) =>
      checkMemberFlags('domainGetBlockInfo', flags, 0)
        .andThen(() => findDomain(host, ref))
        .asyncAndThen((domain) => blockInfo(domain, disk)),
    domainBlockStats: (ref, disk) => blockStats(host, ref, disk),
    domainBlockStatsFlags: (ref, disk, flags) => blockStatsFlags(host, ref, disk, flags),
    domainBlockPeek: (ref, disk, offset, size, flags) =>
      blockPeek(host, ref, disk, { offset, size, flags }),
    domainBlockResize: (ref, disk, size, flags) => blockResize(host, ref, disk, size, flags),
    domainGetDiskErrors: (ref, flags) => diskErrors(host, ref, flags),
    domainSetBlockThreshold: (ref, dev, threshold, flags) =>
      checkMemberFlags('domainSetBlockThreshold', flags, 0)
        .andThen(() => findActiveDomain(host, ref))
        .asyncAndThen(({ running }) => setThreshold(running, dev, threshold)),
  }
}

/** The disks that a statistics call is about: one, or all for an empty name. */
function statisticsOf(
  host: QemuHost,
  ref: DomainRef,
  disk: string,
): VirResultAsync<readonly BlockDeviceStats[]> {
  return findActiveDomain(host, ref)
    .andThen(({ domain, running }): VirResult<{ disks: QemuDisk[] } & ActiveDomain> => {
      if (disk === '') return ok({ domain, running, disks: [...running.disks.values()] })
      return findDisk(domain, disk, `invalid path: ${disk}`).map(({ target }) => {
        const found = running.disks.get(target.dev)
        return { domain, running, disks: found === undefined ? [] : [found] }
      })
    })
    .asyncAndThen(({ running, disks }) =>
      monitored(running.monitor.execute(queryBlockstats, {})).map((all) => {
        const names = new Set(disks.map(({ qomName }) => qomName))
        return all
          .filter(({ qdev }) => qdev !== undefined && names.has(qdev))
          .map(({ stats }) => stats)
      }),
    )
}

function blockStats(
  host: QemuHost,
  ref: DomainRef,
  disk: string,
): VirResultAsync<DomainBlockStats> {
  return statisticsOf(host, ref, disk).map((all) => ({
    rd_req: sum(all, 'rd_operations'),
    rd_bytes: sum(all, 'rd_bytes'),
    wr_req: sum(all, 'wr_operations'),
    wr_bytes: sum(all, 'wr_bytes'),
    // QEMU does not count them.
    errs: -1,
  }))
}

function blockStatsFlags(
  host: QemuHost,
  ref: DomainRef,
  disk: string,
  flags: number,
): VirResultAsync<DomainBlockStatsParameters> {
  const { STRING_OKAY } = TypedParameterFlags
  return checkMemberFlags('domainBlockStatsFlags', flags, STRING_OKAY)
    .asyncAndThen(() => statisticsOf(host, ref, disk))
    .map((all) => ({
      wr_bytes: sum(all, 'wr_bytes'),
      wr_operations: sum(all, 'wr_operations'),
      rd_bytes: sum(all, 'rd_bytes'),
      rd_operations: sum(all, 'rd_operations'),
      flush_operations: sum(all, 'flush_operations'),
      wr_total_times: total(all, 'wr_total_time_ns'),
      rd_total_times: total(all, 'rd_total_time_ns'),
      flush_total_times: total(all, 'flush_total_time_ns'),
    }))
}

type Count = 'rd_bytes' | 'wr_bytes' | 'rd_operations' | 'wr_operations' | 'flush_operations'
type Time = 'rd_total_time_ns' | 'wr_total_time_ns' | 'flush_total_time_ns'

function sum(all: readonly BlockDeviceStats[], field: Count): number {
  return all.reduce((whole, one) => whole + Number(one[field]), 0)
}

function total(all: readonly BlockDeviceStats[], field: Time): bigint {
  return all.reduce((whole, one) => whole + BigInt(one[field]), 0n)
}

interface PeekRange {
  readonly offset: number
  readonly size: number
  readonly flags: number
}

/** libvirt counts the bytes in an `int`; nor does the system read more at once. */
const longestPeek = 2 ** 31 - 1

function blockPeek(
  host: QemuHost,
  ref: DomainRef,
  disk: string,
  { offset, size, flags }: PeekRange,
): VirResultAsync<Uint8Array> {
  return checkMemberFlags('domainBlockPeek', flags, 0)
    .andThen(() => findDomain(host, ref))
    .andThen((domain) => findDisk(domain, disk, `disk '${disk}' not found in domain`))
    .asyncAndThen(({ source }) => {
      const format = source?.format ?? (source === undefined ? 'none' : 'raw')
      if (format !== 'raw' || source?.path === undefined) {
        const detail = `peeking is only supported for disk with 'raw' format not '${format}'`
        return errAsync(operationUnsupported(qemuOrigin, detail))
      }
      const { path } = source
      if (size > longestPeek) {
        const text = `cannot read header '${path}'`
        return errAsync(systemError(ErrorDomain.STORAGE, Errno.EINVAL, text))
      }
      return ResultAsync.fromPromise(
        readRange(path, offset, size),
        systemFailure(`Failed to open file '${path}'`),
      )
    })
    .andThen((bytes) => {
      if (bytes.length === size) return ok(bytes)
      const detail = `'${disk}' starting from ${offset} has only ${bytes.length} bytes available`
      return err(invalidValue(qemuOrigin, detail))
    })
}

async function readRange(path: string, offset: number, size: number): Promise<Uint8Array> {
  const file = await open(path, 'r')
  try {
    const bytes = new Uint8Array(size)
    let length = 0
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- a read may give less than was asked for
      const { bytesRead } = await file.read(bytes, length, size - length, offset + length)
      length += bytesRead
      if (bytesRead === 0 || length === size) return bytes.subarray(0, length)
    }
  } finally {
    await file.close()
  }
}

const KiB = 1024

function blockResize(
  host: QemuHost,
  ref: DomainRef,
  disk: string,
  size: number,
  flags: number,
): VirResultAsync<void> {
  const { BYTES } = DomainBlockResizeFlags
  return safeTry(async function* () {
    yield* checkMemberFlags('domainBlockResize', flags, BYTES)
    const bytes = yield* bytesOf(size, (flags & BYTES) !== 0)
    const { domain, running } = yield* findActiveDomain(host, ref)
    const missing = `disk '${disk}' was not found in the domain config`
    const def = yield* findDisk(domain, disk, missing)
    const node = running.disks.get(def.target.dev)?.layers[0]?.formatNode
    if (node === undefined || def.readonly) {
      const detail = `can't resize empty or readonly disk '${disk}'`
      return err(operationUnsupported(qemuOrigin, detail))
    }
    // Images are made of sectors.
    const rounded = Math.ceil(bytes / 512) * 512
    const command = running.monitor.execute(blockResizeCommand, {
      'node-name': node,
      size: rounded,
    })
    yield* monitored(command)
    return ok(undefined)
  })
}

/** The size in bytes; without the flag it is given in KiB. */
function bytesOf(size: number, inBytes: boolean): VirResult<number> {
  const bytes = inBytes ? size : size * KiB
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

function diskErrors(
  host: QemuHost,
  ref: DomainRef,
  flags: number,
): VirResultAsync<readonly DomainDiskError[]> {
  return checkMemberFlags('domainGetDiskErrors', flags, 0)
    .andThen(() => findActiveDomain(host, ref))
    .asyncAndThen(({ running }) =>
      monitored(running.monitor.execute(queryBlock, {})).map((infos) => {
        const status = new Map(infos.map((each) => [each.qdev, each['io-status']]))
        return [...running.disks.values()].flatMap(({ def, qomName }) => {
          const error = errorCodes.get(status.get(qomName) ?? 'ok')
          return error === undefined ? [] : [{ disk: def.target.dev, error }]
        })
      }),
    )
}

const errorCodes: ReadonlyMap<string, DomainDiskErrorCode> = new Map([
  ['failed', DomainDiskErrorCode.UNSPEC],
  ['nospace', DomainDiskErrorCode.NO_SPACE],
])
