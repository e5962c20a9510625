/**
 * What the checkpoint manager asks of a domain of QEMU.
 *
 * @module
 */
import { errAsync, okAsync, type Result, ResultAsync } from 'neverthrow'
import {
  type BitmapChange,
  type CheckpointPort,
  type DomainFacts,
  toTransactionAction,
} from '../../checkpoint/index.ts'
import { notRunning } from '../../driver/index.ts'
import type { VirError, VirResultAsync } from '../../errors/index.ts'
import { blockdevReopen, transaction } from '../../qmp/index.ts'
import { forgetCheckpoint, saveCheckpoint } from './checkpoint-files.ts'
import { surveyNodes } from './checkpoint-survey.ts'
import type { QemuDomain } from './qemu-domain.ts'
import { monitored } from './qmp-error.ts'
import type { RunningQemu } from './running-qemu.ts'
import { formatNode } from './storage/block-nodes.ts'

/** Makes the port of a domain. */
export function checkpointPort(domain: QemuDomain): CheckpointPort {
  return {
    facts: () => factsOf(domain),
    images: (disk) => imagesOf(domain.running, disk),
    survey: () => whileRunning(domain, ({ monitor }) => surveyNodes(monitor)),
    change: (change) => whileRunning(domain, (running) => changeBitmaps(running, change)),
    save: (checkpoint) => saveCheckpoint(domain.paths.checkpoints, checkpoint),
    forget: (name) => forgetCheckpoint(domain.paths.checkpoints, name),
  }
}

/** The format nodes of a disk, the top first; absent when there is no such disk, or nothing in it. */
export function imagesOf(
  running: RunningQemu | undefined,
  disk: string,
): readonly string[] | undefined {
  const layers = running?.disks.get(disk)?.layers ?? []
  return layers.length === 0 ? undefined : layers.map((layer) => layer.formatNode)
}

function factsOf(domain: QemuDomain): DomainFacts {
  return {
    uuid: domain.uuid,
    isActive: domain.isActive,
    definition: domain.definition,
    inactiveDefinition: domain.inactiveDefinition,
    snapshotCount: 0,
    incrementalBackup: domain.running === undefined || canBackUpIncrements(domain.running),
    now: Math.floor(Date.now() / 1000),
  }
}

/** Whether QEMU can reopen nodes and carry bitmaps over a migration, as all from 6.1 on can; libvirt's `incremental-backup`. */
export function canBackUpIncrements({ monitor }: RunningQemu): boolean {
  const { major, minor } = monitor.greeting.version
  return major > 6 || (major === 6 && minor >= 1)
}

function whileRunning<T>(
  { running }: QemuDomain,
  use: (running: RunningQemu) => VirResultAsync<T>,
): VirResultAsync<T> {
  return running === undefined ? errAsync(notRunning()) : use(running)
}

/** Carries a change out in one transaction; nodes that must be writable meanwhile are so. */
function changeBitmaps(running: RunningQemu, change: BitmapChange): VirResultAsync<void> {
  return new ResultAsync(changeReopened(running, change))
}

async function changeReopened(
  running: RunningQemu,
  { actions, reopen }: BitmapChange,
): Promise<Result<void, VirError>> {
  const reopened: string[] = []
  let result: Result<void, VirError> = await okAsync(undefined)
  for (const node of reopen) {
    if (result.isErr()) break
    // oxlint-disable-next-line no-await-in-loop -- each must be open before what is above it
    result = await reopenNode(running, node, false)
    if (result.isOk()) reopened.push(node)
  }
  if (result.isOk()) {
    result = await monitored(
      running.monitor.execute(transaction, { actions: actions.map(toTransactionAction) }),
    ).map(() => undefined)
  }
  for (const node of reopened.toReversed()) {
    // oxlint-disable-next-line no-await-in-loop -- in the opposite order
    const closed = await reopenNode(running, node, true)
    if (result.isOk()) result = closed
  }
  return result
}

/** Opens a layer below the top anew, writable or not; all its other options stay. */
function reopenNode(running: RunningQemu, node: string, readOnly: boolean): VirResultAsync<void> {
  for (const { def, layers } of running.disks.values()) {
    const at = layers.findIndex((layer) => layer.formatNode === node)
    const layer = layers[at]
    if (layer === undefined) continue
    const backing = layers[at + 1]?.formatNode ?? null
    const options = formatNode(layer, { readOnly, driver: def.driver, isTop: at === 0, backing })
    return monitored(running.monitor.execute(blockdevReopen, { options: [options] })).map(
      () => undefined,
    )
  }
  return okAsync(undefined)
}
