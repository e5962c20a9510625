import { err, errAsync, ok, safeTry } from 'neverthrow'
import { diskMissing } from '../../driver/index.ts'
import type { VirResultAsync } from '../../errors/index.ts'
import {
  blockdevCloseTray,
  blockdevInsertMedium,
  blockdevOpenTray,
  blockdevRemoveMedium,
} from '../../qmp/index.ts'
import type { DomainDiskDef } from '../../xml/index.ts'
import { closeNodes, openNodes } from './disk-nodes.ts'
import type { QemuHost } from './host-state.ts'
import { setLiveDisk } from './live-disk.ts'
import type { ActiveDomain } from './member.ts'
import { qemuOrigin } from './origin.ts'
import { monitored } from './qmp-error.ts'
import { saveStatus } from './state/status-file.ts'
import { prepareDisk } from './storage/open-disks.ts'

/** Puts what `next` says into a drive, or nothing; libvirt's `qemuDomainChangeMediaBlockdev`. */
export function changeMedium(
  host: QemuHost,
  { domain, running }: ActiveDomain,
  next: DomainDiskDef,
  force: boolean,
): VirResultAsync<void> {
  const { dev } = next.target
  const old = running.disks.get(dev)
  if (old === undefined) return errAsync(diskMissing(qemuOrigin, dev))
  return safeTry(async function* () {
    const { monitor } = running
    const disk = yield* prepareDisk(next, () => running.nextNodeNumber())
    const id = old.alias
    const [top] = disk.layers
    yield* monitored(monitor.execute(blockdevOpenTray, { id, ...(force && { force }) }))
    if (old.layers.length > 0) yield* monitored(monitor.execute(blockdevRemoveMedium, { id }))
    if (top !== undefined) {
      yield* openNodes(host, running, disk)
      const medium = { id, 'node-name': top.formatNode }
      yield* monitored(monitor.execute(blockdevInsertMedium, medium)).orElse((error) =>
        closeNodes(running, disk).andThen(() => err(error)),
      )
    }
    yield* monitored(monitor.execute(blockdevCloseTray, { id }))
    yield* closeNodes(running, old)
    setLiveDisk(domain, { ...disk, alias: old.alias, qomName: old.qomName })
    yield* saveStatus(domain)
    return ok(undefined)
  })
}
