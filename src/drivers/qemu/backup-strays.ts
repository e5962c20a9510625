/**
 * What a backup that was broken off has left in a QEMU, as far as nobody has written it down.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { backupJobId, temporaryBitmap } from '../../backup/index.ts'
import {
  blockDirtyBitmapRemove,
  blockdevDel,
  blockJobCancel,
  jobDismiss,
  type JobInfo,
  type QmpClient,
  queryJobs,
} from '../../qmp/index.ts'
import { stopBackupServer } from './backup-server.ts'
import { surveyNodes } from './checkpoint-survey.ts'
import type { RunningQemu } from './running-qemu.ts'

/**
 * Ends a backup whose record is lost: its jobs, server, nodes and bitmaps would be in the way of all others, and nobody could
 * end it. What it has written stays, for nobody knows where that is.
 */
export async function endUnrecorded(running: RunningQemu): Promise<void> {
  const { monitor } = running
  const disks = Array.from(running.disks.values(), ({ def, layers: [top] }) => ({
    dev: def.target.dev,
    node: top?.formatNode ?? '',
  }))
  const ids = new Set(disks.map(({ dev, node }) => backupJobId(dev, node)))
  const isOwn = ({ id }: JobInfo): boolean => ids.has(id)
  const jobs = (await monitor.execute(queryJobs, {})).unwrapOr([]).filter(isOwn)
  if (jobs.length === 0) return
  for (const { id, status } of jobs) {
    // oxlint-disable-next-line no-await-in-loop -- they are few
    if (status !== 'concluded') await monitor.execute(blockJobCancel, { device: id, force: true })
  }
  await dismissConcluded(monitor, isOwn)
  await stopBackupServer(monitor, { transport: 'tcp', tls: true })
  const known = new Set(
    Array.from(running.disks.values(), ({ layers }) => layers)
      .flat()
      .flatMap(({ formatNode, storageNode }) => [formatNode, storageNode]),
  )
  await removeNodes(monitor, (name) => !known.has(name))
  for (const { dev, node } of disks) {
    const name = temporaryBitmap('push', { name: dev, backup: true })
    // oxlint-disable-next-line no-await-in-loop -- they are few
    await monitor.execute(blockDirtyBitmapRemove, { node, name })
  }
}

/** Waits for the jobs that make images for nodes with numbers above one, and dismisses them. */
export function dismissCreations(monitor: QmpClient, lastNode: number): Promise<void> {
  return dismissConcluded(
    monitor,
    ({ id }) => Number(/^create-libvirt-(\d+)-/.exec(id)?.[1] ?? 0) > lastNode,
  )
}

/** Waits until jobs are over, and dismisses them. */
async function dismissConcluded(
  monitor: QmpClient,
  isOwn: (job: JobInfo) => boolean,
): Promise<void> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- until none is left
    const jobs = await monitor.execute(queryJobs, {})
    const own = jobs.unwrapOr([]).filter(isOwn)
    if (own.length === 0) return
    for (const { id, status } of own) {
      // oxlint-disable-next-line no-await-in-loop -- they are few
      if (status === 'concluded') await monitor.execute(jobDismiss, { id })
    }
    // oxlint-disable-next-line no-await-in-loop -- formatting an empty image or cancelling takes no longer
    if (own.some(({ status }) => status !== 'concluded')) await sleep(5)
  }
}

/** Closes nodes of images that are strays by their names, those of formats before those of files. */
export async function removeNodes(
  monitor: QmpClient,
  isStray: (name: string, number: number) => boolean,
): Promise<void> {
  const survey = await surveyNodes(monitor)
  const names = survey.isOk() ? [...survey.value.nodeNames] : []
  for (const kind of ['format', 'storage']) {
    for (const name of names) {
      const number = new RegExp(`^libvirt-(\\d+)-${kind}$`).exec(name)?.[1]
      if (number === undefined || !isStray(name, Number(number))) continue
      // oxlint-disable-next-line no-await-in-loop -- they are few
      await monitor.execute(blockdevDel, { 'node-name': name })
    }
  }
}
