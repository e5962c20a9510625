import { okAsync } from 'neverthrow'
import { eventMembers, type HypervisorDriver } from '../../driver/index.ts'
import { AutoDestroy } from './auto-destroy.ts'
import { backup } from './backup.ts'
import { block } from './block.ts'
import { blockJob } from './block-job.ts'
import { checkpoint } from './checkpoint.ts'
import { connect } from './connect.ts'
import { definition } from './definition.ts'
import { device } from './device.ts'
import { guestAgent } from './guest-agent.ts'
import { host } from './host.ts'
import { info } from './info.ts'
import { job } from './job.ts'
import { lifecycle } from './lifecycle.ts'
import { lookup } from './lookup.ts'
import type { World } from './world.ts'

/**
 * Makes the driver of one connection to a test hypervisor.
 *
 * @param closed - Called when the connection is closed
 */
export function connectionDriver(world: World, closed: () => void): HypervisorDriver {
  const callbacks = new Set<number>()
  const autoDestroy = new AutoDestroy()
  return {
    name: world.semantics.name === 'qemu' ? 'QEMU' : 'Test',
    connectClose: () => {
      for (const id of callbacks) world.events.deregister(id)
      callbacks.clear()
      autoDestroy.closed(world)
      closed()
      return okAsync(undefined)
    },
    ...connect(world),
    ...host(world),
    ...lookup(world),
    ...world.turns.inOrder({
      ...lifecycle(world, autoDestroy),
      ...definition(world),
      ...info(world),
      ...block(world),
      ...blockJob(world),
      ...device(world),
      ...checkpoint(world),
      ...backup(world),
      ...job(world),
      ...guestAgent(world),
    }),
    ...eventMembers(world.events, callbacks),
  }
}
