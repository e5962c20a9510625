/**
 * What happens when a write of the guest fails: the guest sees it, or the domain stops until somebody has made room.
 *
 * @module
 */
import { err, ok } from 'neverthrow'
import type { BlockError, BlockResult } from '../../block/index.ts'
import {
  DomainDiskErrorCode,
  DomainEventIOErrorAction,
  DomainEventSuspendedDetailType,
  DomainEventType,
  DomainPausedReason,
  DomainState,
} from '../../constants/index.ts'
import { Errno } from '../../errors/index.ts'
import type { DomainDiskDef } from '../../xml/index.ts'
import { emitLifecycle } from './lifecycle-event.ts'
import { imagePath } from './open-disks.ts'
import type { RunningDomain } from './running-domain.ts'
import type { TestDisk } from './test-disk.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/** A write of the guest that waits for the domain to be resumed. */
export interface StalledWrite {
  readonly disk: TestDisk
  /** Does the write again. */
  readonly retry: () => BlockResult<void>
}

/** Does a write of the guest, and what the disk's error policy says when it fails. */
export function guestWrite(
  world: World,
  domain: TestDomain,
  disk: TestDisk,
  write: () => BlockResult<void>,
): BlockResult<void> {
  return write().orElse((error) => {
    const policy = policyFor(disk.def, error)
    if (policy === 'ignore') return ok(undefined)
    if (policy === 'stop') stopAt(world, domain, disk, error, write)
    return err(error)
  })
}

/** Does the write again for which a domain stopped; it stops anew when that fails again. */
export function retryStalledWrite(world: World, domain: TestDomain): void {
  const stalled = domain.running?.stalled
  if (domain.running === undefined || stalled === undefined) return
  domain.running.stalled = undefined
  guestWrite(world, domain, stalled.disk, stalled.retry)
}

/** QEMU's default is to stop when there is no room, and to report everything else. */
function policyFor({ driver }: DomainDiskDef, { errno }: BlockError): 'stop' | 'report' | 'ignore' {
  const policy = driver?.errorPolicy ?? 'enospace'
  if (policy !== 'enospace') return policy
  return errno === Errno.ENOSPC ? 'stop' : 'report'
}

function stopAt(
  world: World,
  domain: TestDomain,
  disk: TestDisk,
  { errno }: BlockError,
  retry: () => BlockResult<void>,
): void {
  const { running } = domain
  if (running === undefined) return
  running.stalled = { disk, retry }
  const { ref } = domain
  const action = DomainEventIOErrorAction.PAUSE
  const where = placeOf(running, disk.def)
  world.events.emit('ioError', { domain: ref, ...where, action })
  const reason = errno === Errno.ENOSPC ? 'enospc' : ''
  world.events.emit('ioErrorReason', { domain: ref, ...where, action, reason })
  domain.setState(DomainState.PAUSED, DomainPausedReason.IOERROR)
  const { SUSPENDED } = DomainEventType
  emitLifecycle(world, domain, SUSPENDED, DomainEventSuspendedDetailType.IOERROR)
}

/** QEMU names the disk; but while a backup's filter is above it, that, which libvirt does not know. */
function placeOf(
  running: RunningDomain,
  def: DomainDiskDef,
): { readonly srcPath: string; readonly devAlias: string } {
  const { dev, bus } = def.target
  if (running.backup?.jobIdOf(dev) !== undefined) return { srcPath: '', devAlias: '' }
  const index = dev.charCodeAt(dev.length - 1) - 'a'.charCodeAt(0)
  return {
    srcPath: (def.source === undefined ? undefined : imagePath(def.source)) ?? '',
    devAlias: bus === 'virtio' ? `virtio-disk${index}` : `${bus ?? 'disk'}-${index}`,
  }
}

/** What `getDiskErrors` says of a domain that stopped at a disk. */
export function diskErrorsOf(
  domain: TestDomain,
): readonly { readonly disk: string; readonly error: DomainDiskErrorCode }[] {
  const stalled = domain.running?.stalled
  return stalled === undefined
    ? []
    : [{ disk: stalled.disk.def.target.dev, error: DomainDiskErrorCode.NO_SPACE }]
}
