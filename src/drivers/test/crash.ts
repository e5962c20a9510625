import { err, ok } from 'neverthrow'
import { DomainEventStoppedDetailType, DomainShutoffReason } from '../../constants/index.ts'
import type { VirResult } from '../../errors/index.ts'
import { noMatchingDomain, notRunning } from './state-errors.ts'
import { stopDomain } from './stop.ts'
import type { World } from './world.ts'

/** Ends a domain as a SIGKILL of its process does: nothing is stored that was not stored before. */
export function crashDomain(world: World, name: string): VirResult<void> {
  const domain = world.domains.byName(name)
  if (domain === undefined) return err(noMatchingDomain(world.semantics, `name '${name}'`))
  if (!domain.isActive) return err(notRunning())
  stopDomain(world, domain, {
    reason: DomainShutoffReason.FAILED,
    detail: DomainEventStoppedDetailType.FAILED,
    clean: false,
  })
  return ok(undefined)
}
