import type { HypervisorDriver } from '../../driver/index.ts'
import type { VirResultAsync } from '../../errors/index.ts'
import { attach } from './attach.ts'
import { AutoDestroy } from './auto-destroy.ts'
import { backup } from './backup.ts'
import { block } from './block.ts'
import { blockJob } from './block-job.ts'
import { checkpoint } from './checkpoint.ts'
import { connect } from './connect.ts'
import { definition } from './definition.ts'
import { device } from './device.ts'
import { dropCallbacks, event } from './event.ts'
import { guestAgent } from './guest-agent.ts'
import { host as hostMembers } from './host.ts'
import type { QemuHost } from './host-state.ts'
import { info } from './info.ts'
import { job } from './job.ts'
import { lifecycle } from './lifecycle.ts'
import { lookup } from './lookup.ts'
import { metadata } from './metadata.ts'
import { monitorCommand } from './monitor-command.ts'

/**
 * Makes the driver of one connection to a root.
 *
 * @param closed - Called when the connection is closed
 */
export function connectionDriver(
  host: QemuHost,
  closed: () => VirResultAsync<void>,
): HypervisorDriver {
  const autoDestroy = new AutoDestroy()
  const callbacks = { events: new Set<number>(), monitorEvents: new Set<number>() }
  return {
    name: 'QEMU',
    connectClose: () => {
      dropCallbacks(host, callbacks)
      return autoDestroy.closed(host).andThen(closed)
    },
    ...connect(host),
    ...hostMembers(host),
    ...lookup(host),
    ...lifecycle(host, autoDestroy),
    ...definition(host),
    ...info(host),
    ...metadata(host),
    ...block(host),
    ...device(host),
    ...guestAgent(host),
    ...attach(host),
    ...blockJob(host),
    ...checkpoint(host),
    ...backup(host),
    ...job(host),
    ...monitorCommand(host),
    ...event(host, callbacks),
  }
}
