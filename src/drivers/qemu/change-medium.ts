import { err, errAsync, ok, safeTry } from 'neverthrow'
import { operationUnsupported } from '../../driver/index.ts'
import { ErrorDomain, ErrorNumber, type VirResultAsync, virError } from '../../errors/index.ts'
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

/** Puts another medium into a drive, or none; libvirt's `qemuDomainChangeMediaBlockdev`. */
export function changeMedium(
  host: QemuHost,
  { domain, running }: ActiveDomain,
  wanted: DomainDiskDef,
  force: boolean,
): VirResultAsync<void> {
  const { dev } = wanted.target
  const old = running.disks.get(dev)
  if (old === undefined) {
    const detail = `disk '${dev}' not found`
    return errAsync(virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.QEMU, detail))
  }
  if (old.def.device === 'disk') {
    const detail = `the medium of disk '${dev}' cannot be changed`
    return errAsync(operationUnsupported(qemuOrigin, detail))
  }
  const { source: _source, backingStore: _store, ...drive } = old.def
  const { tray: _tray, ...target } = drive.target
  const next: DomainDiskDef = {
    ...drive,
    target,
    ...(wanted.source !== undefined && { source: wanted.source }),
    driver: { ...drive.driver, type: wanted.source?.format ?? 'raw' },
  }
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
      yield* monitored(monitor.execute(blockdevCloseTray, { id }))
    }
    yield* closeNodes(running, old)
    const tray = top === undefined ? { tray: 'open' as const } : {}
    setLiveDisk(domain, {
      ...disk,
      alias: old.alias,
      qomName: old.qomName,
      def: { ...disk.def, target: { ...target, ...tray } },
    })
    yield* saveStatus(domain)
    return ok(undefined)
  })
}
