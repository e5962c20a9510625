import {
  DomainCreateFlags,
  DomainEventStoppedDetailType,
  DomainShutoffReason,
} from '../../constants/index.ts'
import type { RunningDomain } from './running-domain.ts'
import { stopDomain } from './stop.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/** The domains that a connection started, and that are destroyed when it is closed; libvirt's START_AUTODESTROY. */
export class AutoDestroy {
  readonly #started = new Map<TestDomain, RunningDomain>()

  /** Notes a domain that has been started with these flags. */
  note(domain: TestDomain, flags: number): void {
    if ((flags & DomainCreateFlags.START_AUTODESTROY) === 0) return
    if (domain.running !== undefined) this.#started.set(domain, domain.running)
  }

  /** Destroys those that still run; not those that somebody else has started again. */
  closed(world: World): void {
    for (const [domain, running] of this.#started) {
      if (domain.running !== running) continue
      stopDomain(world, domain, {
        reason: DomainShutoffReason.DESTROYED,
        detail: DomainEventStoppedDetailType.DESTROYED,
        clean: true,
      })
    }
    this.#started.clear()
  }
}
