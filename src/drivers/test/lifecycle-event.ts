import type { DomainEventType } from '../../constants/index.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/**
 * Tells everybody who listens that a domain went from one state to another.
 *
 * @param detail - Of the detail enum that belongs to `event`
 */
export function emitLifecycle(
  world: World,
  domain: TestDomain,
  event: DomainEventType,
  detail: number,
): void {
  world.events.emit('lifecycle', { domain: domain.ref, event, detail })
}
