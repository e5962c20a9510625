import { err, errAsync, ok, safeTry } from 'neverthrow'
import {
  ErrorDomain,
  ErrorNumber,
  virError,
  type VirResult,
  type VirResultAsync,
} from '../errors/index.ts'
import type { DomainCheckpointDef, DomainCheckpointDiskDef } from '../xml/index.ts'
import { alignCheckpointDisks, nameBitmaps } from './align.ts'
import { checkChains } from './bitmap-plans.ts'
import { domainNotRunning } from './checkpoint-errors.ts'
import { dataOf } from './checkpoint-tree.ts'
import type { CheckpointContext } from './context.ts'
import { saveCheckpoint } from './create.ts'
import type { StoredCheckpoint } from './port.ts'

/**
 * Makes the tree remember a checkpoint that exists, or another definition of one that it has; no bitmap changes. A
 * checkpoint becomes current when its parent is, or when none is.
 *
 * @param validate - Whether its bitmaps must be there and usable
 */
export function redefineCheckpoint(
  context: CheckpointContext,
  def: DomainCheckpointDef,
  validate: boolean,
): VirResultAsync<string> {
  const { tree, port } = context
  return safeTry(async function* () {
    const name = yield* requireName(def)
    yield* tree.checkParent(name, def.parent)
    const disks = yield* redefinedDisks(name, def, port.facts().uuid)
    const definition: StoredCheckpoint = { ...def, name, ...(disks !== undefined && { disks }) }
    if (validate) yield* validateBitmaps(context, definition)
    yield* saveCheckpoint(context, definition)
    const becomesCurrent = tree.current === undefined || tree.current.name === def.parent
    tree.redefine(name, def.parent, dataOf(definition))
    if (becomesCurrent) tree.setCurrent(name)
    return ok(name)
  })
}

function requireName({ name }: DomainCheckpointDef): VirResult<string> {
  if (name !== undefined) return ok(name)
  const detail = 'a redefined checkpoint must have a name'
  return err(virError(ErrorNumber.XML_ERROR, ErrorDomain.DOMAIN_CHECKPOINT, detail))
}

function redefinedDisks(
  name: string,
  { domain, disks }: DomainCheckpointDef,
  uuid: string,
): VirResult<readonly DomainCheckpointDiskDef[] | undefined> {
  // Without a domain there is nothing to compare the disks with: they are believed.
  if (domain === undefined) return ok(disks && nameBitmaps(name, disks))
  if (domain.uuid !== uuid) {
    const detail = `definition for checkpoint ${name} must use uuid ${uuid}`
    return err(virError(ErrorNumber.INVALID_ARG, ErrorDomain.DOMAIN_CHECKPOINT, detail))
  }
  return alignCheckpointDisks(name, disks, domain.devices.disks)
}

function validateBitmaps(
  { port, semantics }: CheckpointContext,
  definition: StoredCheckpoint,
): VirResultAsync<void> {
  if (!port.facts().isActive) return errAsync(domainNotRunning())
  return port.survey().andThen((survey) => checkChains(definition, port, survey, semantics))
}
