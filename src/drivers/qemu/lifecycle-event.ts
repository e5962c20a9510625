import type { DomainEventType } from '../../constants/index.ts'
import type { QemuHost } from './host-state.ts'
import type { QemuDomain } from './qemu-domain.ts'

/**
 * Tells everybody who listens that a domain went from one state to another.
 *
 * @param detail - Of the detail enum that belongs to `event`
 */
export function emitLifecycle(
  host: QemuHost,
  domain: QemuDomain,
  event: DomainEventType,
  detail: number,
): void {
  host.events.emit('lifecycle', { domain: domain.ref, event, detail })
}
