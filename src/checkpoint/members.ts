import { errAsync, ok, okAsync } from 'neverthrow'
import type { VirResult, VirResultAsync } from '../errors/index.ts'
import { checkCallFlags } from './call-flags.ts'
import type { CheckpointManager } from './checkpoint-manager.ts'
import type { CheckpointDiagnosis } from './diagnose.ts'
import type { CheckpointRepair } from './reconcile.ts'
import type { CheckpointCall, CheckpointSemantics } from './semantics.ts'

/** How a caller names a checkpoint. */
interface CheckpointRef<Domain> {
  readonly domain: Domain
  readonly name: string
}

/** A driver's members about checkpoints; `Domain` is how it names one. */
export interface CheckpointMembers<Domain> {
  domainCheckpointCreateXML(
    domain: Domain,
    xmlDesc: string,
    flags: number,
  ): VirResultAsync<CheckpointRef<Domain>>
  domainCheckpointGetXMLDesc(
    checkpoint: CheckpointRef<Domain>,
    flags: number,
  ): VirResultAsync<string>
  domainListAllCheckpoints(
    domain: Domain,
    flags: number,
  ): VirResultAsync<readonly CheckpointRef<Domain>[]>
  domainCheckpointListAllChildren(
    checkpoint: CheckpointRef<Domain>,
    flags: number,
  ): VirResultAsync<readonly CheckpointRef<Domain>[]>
  domainCheckpointLookupByName(
    domain: Domain,
    name: string,
    flags: number,
  ): VirResultAsync<CheckpointRef<Domain>>
  domainCheckpointGetParent(
    checkpoint: CheckpointRef<Domain>,
    flags: number,
  ): VirResultAsync<CheckpointRef<Domain>>
  domainCheckpointDelete(checkpoint: CheckpointRef<Domain>, flags: number): VirResultAsync<void>
  domainCheckpointDiagnose(domain: Domain): VirResultAsync<readonly CheckpointDiagnosis[]>
  domainCheckpointReconcile(
    domain: Domain,
    options: { readonly dryRun: boolean },
  ): VirResultAsync<readonly CheckpointRepair[]>
}

/**
 * Makes a driver's members about checkpoints.
 *
 * @param semantics - Whose rules hold
 * @param find - Finds the checkpoints of a domain, or says that there is no such domain
 */
export function checkpointMembers<Domain>(
  semantics: CheckpointSemantics,
  find: (domain: Domain) => VirResult<CheckpointManager>,
): CheckpointMembers<Domain> {
  // The manager checks the flags itself: here they count only where they are refused before the domain is looked for.
  const findFor = (
    call: CheckpointCall,
    domain: Domain,
    flags: number,
  ): VirResult<CheckpointManager> => {
    const manager = find(domain)
    if (manager.isOk() || semantics.findsDomainFirst.includes(call)) return manager
    return checkCallFlags(semantics, call, flags).andThen(() => manager)
  }
  // Results are converted before they are wrapped, and with `andThen` behind it: `ResultAsync.map` costs more than a lookup.
  return {
    domainCheckpointCreateXML: (domain, xmlDesc, flags) =>
      later(findFor('create', domain, flags), (manager) => manager.create(xmlDesc, flags)).andThen(
        (name) => ok({ domain, name }),
      ),
    domainCheckpointGetXMLDesc: ({ domain, name }, flags) =>
      later(findFor('getXMLDesc', domain, flags), (manager) => manager.getXMLDesc(name, flags)),
    domainListAllCheckpoints: (domain, flags) =>
      now(findFor('listAll', domain, flags), (manager) =>
        manager.listAll(flags).map((names) => names.map(refOf(domain))),
      ),
    domainCheckpointListAllChildren: ({ domain, name }, flags) =>
      now(findFor('listAllChildren', domain, flags), (manager) =>
        manager.listAllChildren(name, flags).map((names) => names.map(refOf(domain))),
      ),
    domainCheckpointLookupByName: (domain, name, flags) =>
      now(findFor('lookup', domain, flags), (manager) =>
        manager.lookupByName(name, flags).map(() => ({ domain, name })),
      ),
    domainCheckpointGetParent: ({ domain, name }, flags) =>
      now(findFor('getParent', domain, flags), (manager) =>
        manager.getParent(name, flags).map(refOf(domain)),
      ),
    domainCheckpointDelete: ({ domain, name }, flags) =>
      later(findFor('delete', domain, flags), (manager) => manager.delete(name, flags)),
    domainCheckpointDiagnose: (domain) => later(find(domain), (manager) => manager.diagnose()),
    domainCheckpointReconcile: (domain, options) =>
      later(find(domain), (manager) => manager.reconcile(options)),
  }
}

function now<T>(
  manager: VirResult<CheckpointManager>,
  use: (manager: CheckpointManager) => VirResult<T>,
): VirResultAsync<T> {
  const result = manager.andThen(use)
  return result.isOk() ? okAsync(result.value) : errAsync(result.error)
}

function later<T>(
  manager: VirResult<CheckpointManager>,
  use: (manager: CheckpointManager) => VirResultAsync<T>,
): VirResultAsync<T> {
  return manager.isOk() ? use(manager.value) : errAsync(manager.error)
}

function refOf<Domain>(domain: Domain): (name: string) => CheckpointRef<Domain> {
  return (name) => ({ domain, name })
}
