/**
 * Putting a backup job together: the checks of QEMU in its order, the filter, the plan, the bitmap's successor.
 *
 * @see QEMU 7.2, block/backup.c (backup_job_create)
 * @module
 */
import { ok } from 'neverthrow'
import { TargetNode } from '../backup-target.ts'
import type { PreparedChange } from '../bitmap-commands.ts'
import { BlockCopy, defaultChunk } from '../block-copy.ts'
import type { BlockResult } from '../block-error.ts'
import { blockError, refuse } from '../block-error.ts'
import { CopyBeforeWrite } from '../copy-before-write.ts'
import { FormatNode } from '../format-node.ts'
import type { BlockNode } from '../node.ts'
import { NodeBitmap } from '../node-bitmap.ts'
import type { NodeRegistry } from '../node-registry.ts'
import type { JobScheduler } from '../scheduler.ts'
import type { BackupCommonArguments, BlockdevBackupArguments } from './backup-arguments.ts'
import { checkPerformance, checkWords, chooseBitmap } from './backup-arguments.ts'
import type { BackupBitmap } from './backup-job.ts'
import { BackupJob } from './backup-job.ts'
import type { JobGroup } from './job-group.ts'
import type { JobList } from './job-list.ts'

const smallestCluster = 64 * 1024
const busyWithBackup = 'block device is in use by block job: backup'

/** What backup jobs are made in. */
export interface BackupSurroundings {
  readonly nodes: NodeRegistry
  readonly jobs: JobList
  readonly scheduler: JobScheduler
}

/** `blockdev-backup`, up to the point where the job may start. */
export function prepareBlockdevBackup(
  surroundings: BackupSurroundings,
  options: BlockdevBackupArguments,
  group: JobGroup | undefined,
): BlockResult<PreparedChange> {
  const { nodes } = surroundings
  return checkWords(options)
    .andThen(() => nodes.lookup(options.device))
    .andThen((source) =>
      nodes
        .lookup(options.target)
        .andThen((target) => prepareBackup(surroundings, { options, source, target, group })),
    )
}

/** A backup with its nodes found. */
export interface BackupRequest {
  readonly options: BackupCommonArguments
  readonly source: BlockNode
  readonly target: BlockNode
  readonly group: JobGroup | undefined
  /** Runs when the job has released its nodes. */
  readonly afterRelease?: () => void
}

/** Checks a backup and creates its job; from here on the point in time is kept. */
export function prepareBackup(
  surroundings: BackupSurroundings,
  request: BackupRequest,
): BlockResult<PreparedChange> {
  const { options, source } = request
  return chooseBitmap(source, options).andThen((bitmap) =>
    checkRequest(surroundings, request, bitmap).map((checked) => {
      const job = createJob(surroundings, request, checked, bitmap)
      return { commit: () => job.start(), abort: () => job.cancel(true) }
    }),
  )
}

interface CheckedRequest {
  readonly jobId: string
  readonly filterName: string
  readonly clusterSize: number
}

function checkRequest(
  { nodes, jobs }: BackupSurroundings,
  { options, source, target }: BackupRequest,
  bitmap: BackupBitmap | undefined,
): BlockResult<CheckedRequest> {
  if (source === target) return refuse('Source and target cannot be the same')
  if (source.layer === undefined) return refuse(`Device is not inserted: ${source.name}`)
  if (options.compress === true && !canCompress(target)) {
    // QEMU names the device here, which a target seldom has.
    const device = nodes.deviceNameOf(target) ?? ''
    return refuse(`Compression is not supported for this drive ${device}`)
  }
  for (const node of [source, target]) {
    if (node.blocker !== undefined) {
      return refuse(`Node '${nodes.nameOf(node)}' is busy: ${node.blocker}`)
    }
  }
  const clusterSize = jobClusterOf(target)
  const jobId = options.jobId ?? nodes.deviceNameOf(source) ?? ''
  const filterName = options.filterNodeName ?? nodes.generateName()
  return checkPerformance(options.performance)
    .andThen(() =>
      bitmap === undefined || bitmap.mode === 'never'
        ? ok(undefined)
        : bitmap.bitmap.checkWritable(),
    )
    .andThen(() => checkGraph(nodes, source, target, filterName))
    .andThen(() => checkChunk(options, clusterSize))
    .andThen(() => jobs.checkNew(jobId, options.speed))
    .map(() => ({ jobId, filterName, clusterSize }))
}

function checkGraph(
  nodes: NodeRegistry,
  source: BlockNode,
  target: BlockNode,
  filterName: string,
): BlockResult<void> {
  if (source.size !== target.size) return refuse('Source and target image have different sizes')
  return nodes
    .checkName(filterName)
    .andThen(() => (target.readOnly ? refuse('Block node is read-only') : ok(undefined)))
    .mapErr(({ message }) => blockError(`Could not create node: ${message}`))
}

function checkChunk(options: BackupCommonArguments, clusterSize: number): BlockResult<void> {
  const maxChunk = options.performance?.maxChunk ?? 0
  return maxChunk > 0 && maxChunk < clusterSize
    ? refuse(`Required max-chunk (${maxChunk}) is less than backup cluster size (${clusterSize})`)
    : ok(undefined)
}

function createJob(
  { nodes, jobs, scheduler }: BackupSurroundings,
  request: BackupRequest,
  { jobId, filterName, clusterSize }: CheckedRequest,
  bitmap: BackupBitmap | undefined,
): ReturnType<JobList['create']> {
  const { options, source, target, group } = request
  if (bitmap !== undefined) bitmap.bitmaps.freeze(bitmap.bitmap)
  const maxChunk = chunkOf(options, clusterSize)
  const filter = new CopyBeforeWrite(
    filterName,
    source,
    target,
    (current) =>
      new BlockCopy({ size: source.size, clusterSize, target, source: current, maxChunk }),
  )
  planFor(filter.copy, options, bitmap)
  const release = holdNodes(nodes, request, filter)
  const body = new BackupJob({
    sync: options.sync,
    size: source.size,
    copy: filter.copy,
    filter,
    bitmap,
    onSourceError: options.onSourceError ?? 'report',
    onTargetError: options.onTargetError ?? 'report',
    maxWorkers: options.performance?.maxWorkers ?? 64,
    maxChunk,
    now: () => scheduler.now(),
    release,
  })
  return jobs.create({
    id: jobId,
    body,
    ...(group !== undefined && { group }),
    ...(options.speed !== undefined && { speed: options.speed }),
    ...(options.autoFinalize !== undefined && { autoFinalize: options.autoFinalize }),
    ...(options.autoDismiss !== undefined && { autoDismiss: options.autoDismiss }),
  })
}

/** Inserts the filter, blocks both ends and shows the plan among the source's bitmaps; gives the way back. */
function holdNodes(
  nodes: NodeRegistry,
  { source, target, afterRelease }: BackupRequest,
  filter: CopyBeforeWrite,
): () => void {
  const plan = new NodeBitmap({ bits: filter.copy.plan, enabled: false })
  source.bitmaps?.put(plan)
  nodes.register(filter)
  filter.insert()
  filter.blocker = busyWithBackup
  target.blocker = busyWithBackup
  return () => {
    target.blocker = undefined
    filter.remove()
    nodes.unregister(filter)
    source.bitmaps?.drop(plan)
    afterRelease?.()
  }
}

function planFor(
  copy: BlockCopy,
  options: BackupCommonArguments,
  bitmap: BackupBitmap | undefined,
): void {
  const followsBitmap = options.sync === 'incremental' || options.sync === 'bitmap'
  if (followsBitmap && bitmap !== undefined) copy.plan.merge(bitmap.bitmap.bits)
  else copy.plan.setAll()
  copy.skipUnallocated = options.sync === 'top'
}

function jobClusterOf(target: BlockNode): number {
  const own = target instanceof TargetNode ? target.target.clusterSize : clusterOf(target)
  return Math.max(smallestCluster, own ?? 0)
}

function clusterOf(target: BlockNode): number | undefined {
  return target instanceof FormatNode ? target.image.clusterSize : undefined
}

function chunkOf(options: BackupCommonArguments, clusterSize: number): number {
  // QEMU copies cluster by cluster when it compresses.
  if (options.compress === true) return clusterSize
  const limit = options.performance?.maxChunk ?? 0
  const chunk = Math.max(clusterSize, defaultChunk)
  return limit > 0 ? Math.min(chunk, limit) : chunk
}

function canCompress(target: BlockNode): boolean {
  if (target instanceof TargetNode) return target.target.supportsCompression ?? false
  return target instanceof FormatNode && target.image.content.traits.compression
}
