import {
  type DomainEventStoppedDetailType,
  DomainEventType,
  type DomainShutoffReason,
  DomainState,
} from '../../constants/index.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/** How a domain stops. */
export interface StopOptions {
  readonly reason: DomainShutoffReason
  readonly detail: DomainEventStoppedDetailType
  /** Whether images are closed in order; if not, bitmaps are lost or left inconsistent, as by SIGKILL. */
  readonly clean: boolean
}

/**
 * Stops a running domain: ends its jobs, closes its disks, takes its id, and forgets it when it is transient.
 */
export function stopDomain(world: World, domain: TestDomain, options: StopOptions): void {
  domain.running?.close(options.clean)
  domain.running = undefined
  domain.lastRun = undefined
  domain.backups.domainStopped()
  domain.setState(DomainState.SHUTOFF, options.reason)
  // Everybody still learns under which id the domain ran.
  const { ref } = domain
  world.domains.deactivate(domain)
  if (domain.nextDefinition !== undefined) {
    domain.definition = domain.nextDefinition
    domain.nextDefinition = undefined
  } else {
    domain.definition = domain.inactiveDefinition
  }
  if (!domain.persistent) world.domains.remove(domain)
  world.events.emit('lifecycle', {
    domain: ref,
    event: DomainEventType.STOPPED,
    detail: options.detail,
  })
}
