import { err, ok, safeTry } from 'neverthrow'
import {
  DomainDefineFlags,
  DomainEventDefinedDetailType,
  DomainEventType,
  DomainEventUndefinedDetailType,
  DomainUndefineFlagsValues,
  DomainXMLFlags,
} from '../../constants/index.ts'
import {
  checkRename,
  type DefinitionDriver,
  type DomainRef,
  domainXml,
} from '../../driver/index.ts'
import type { VirResult, VirSteps } from '../../errors/index.ts'
import { checkDomainName, type DomainDef } from '../../xml/index.ts'
import { addDomain, checkDefinition, readDefinition } from './domain-list.ts'
import { emitLifecycle } from './lifecycle-event.ts'
import { checkMemberFlags, findDomain, settled } from './member.ts'
import { operationInvalid } from './state-errors.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/** The members of {@link definition}. */
type DefinitionMembers = Required<
  Pick<
    DefinitionDriver,
    | 'domainDefineXML'
    | 'domainDefineXMLFlags'
    | 'domainUndefine'
    | 'domainUndefineFlags'
    | 'domainRename'
    | 'domainGetXMLDesc'
    | 'domainGetAutostart'
    | 'domainSetAutostart'
  >
>

/** Defining domains, changing what is defined, and showing it. */
export function definition(world: World): DefinitionMembers {
  return {
    domainDefineXML: (xml) => settled(define(world, xml, 0)),
    domainDefineXMLFlags: (xml, flags) => settled(define(world, xml, flags)),
    domainUndefine: (ref) => settled(undefine(world, ref, 0)),
    domainUndefineFlags: (ref, flags) => settled(undefine(world, ref, flags)),
    domainRename: (ref, newName, flags) => settled(rename(world, ref, newName, flags)),
    domainGetXMLDesc: (ref, flags) => settled(xmlDesc(world, ref, flags)),
    domainGetAutostart: (ref) => settled(findDomain(world, ref).map((d) => d.autostart)),
    domainSetAutostart: (ref, autostart) => settled(setAutostart(world, ref, autostart)),
  }
}

function define(world: World, xml: string, flags: number): VirResult<DomainRef> {
  return safeTry(() => defineSteps(world, xml, flags))
}

function* defineSteps(world: World, xml: string, flags: number): VirSteps<DomainRef> {
  yield* checkMemberFlags(world, 'domainDefineXMLFlags', flags, DomainDefineFlags.VALIDATE)
  const validate = (flags & DomainDefineFlags.VALIDATE) !== 0
  const def = yield* readDefinition(world, xml, validate)
  yield* checkDefinition(world, def)
  yield* checkDomainName(def.name)
  const { domain, isNew } = yield* addDomain(world, def, { refuseActive: false })
  if (!isNew) redefine(domain, def)
  // A transient domain has had no definition to be updated.
  const { ADDED, UPDATED } = DomainEventDefinedDetailType
  const detail = isNew || !domain.persistent ? ADDED : UPDATED
  domain.persistent = true
  emitLifecycle(world, domain, DomainEventType.DEFINED, detail)
  return ok(domain.ref)
}

/** A running domain keeps its live definition; the new one is for the next start. */
function redefine(domain: TestDomain, def: DomainDef): void {
  const kept = { ...def, uuid: domain.uuid }
  if (domain.isActive) domain.nextDefinition = kept
  else domain.definition = kept
}

function undefine(world: World, ref: DomainRef, flags: number): VirResult<void> {
  return safeTry(() => undefineSteps(world, ref, flags))
}

function* undefineSteps(world: World, ref: DomainRef, flags: number): VirSteps<void> {
  const { semantics } = world
  yield* checkMemberFlags(world, 'domainUndefineFlags', flags, semantics.undefineFlags)
  const domain = yield* findDomain(world, ref)
  if (!domain.persistent && !semantics.treatsTransientAsPersistent) {
    return err(operationInvalid(semantics, 'cannot undefine transient domain'))
  }
  yield* checkNoCheckpoints(world, domain, flags)
  emitLifecycle(world, domain, DomainEventType.UNDEFINED, DomainEventUndefinedDetailType.REMOVED)
  if (domain.isActive) {
    domain.persistent = false
    domain.nextDefinition = undefined
    if (!semantics.treatsTransientAsPersistent) domain.autostart = false
  } else {
    world.domains.remove(domain)
  }
  return ok(undefined)
}

/** An inactive domain takes its checkpoints' metadata with it only when that is asked for. */
function checkNoCheckpoints(world: World, domain: TestDomain, flags: number): VirResult<void> {
  const { semantics } = world
  const count = domain.checkpointCount
  if (domain.isActive || count === 0 || !semantics.checkpointsBlockUndefine) return ok(undefined)
  if ((flags & DomainUndefineFlagsValues.CHECKPOINTS_METADATA) !== 0) return ok(undefined)
  return err(operationInvalid(semantics, `cannot delete inactive domain with ${count} checkpoints`))
}

function rename(world: World, ref: DomainRef, newName: string, flags: number): VirResult<void> {
  return safeTry(function* () {
    yield* checkMemberFlags(world, 'domainRename', flags, 0)
    const domain = yield* findDomain(world, ref)
    yield* checkRename(world.semantics, world.domains, domain, newName)
    const { UNDEFINED, DEFINED } = DomainEventType
    emitLifecycle(world, domain, UNDEFINED, DomainEventUndefinedDetailType.RENAMED)
    world.domains.rename(domain, newName)
    emitLifecycle(world, domain, DEFINED, DomainEventDefinedDetailType.RENAMED)
    return ok(undefined)
  })
}

function xmlDesc(world: World, ref: DomainRef, flags: number): VirResult<string> {
  const checked = checkMemberFlags(world, 'domainGetXMLDesc', flags, world.semantics.xmlFlags)
  return checked
    .andThen(() => findDomain(world, ref))
    .map((domain) => domainXml(shownDefinition(domain, flags), flags))
}

function shownDefinition(domain: TestDomain, flags: number): DomainDef {
  return (flags & DomainXMLFlags.INACTIVE) === 0 ? domain.definition : domain.persistentDefinition
}

function setAutostart(world: World, ref: DomainRef, autostart: boolean): VirResult<void> {
  const { semantics } = world
  return findDomain(world, ref).andThen((domain) => {
    if (!domain.persistent && !semantics.treatsTransientAsPersistent) {
      return err(operationInvalid(semantics, 'cannot set autostart for transient domain'))
    }
    domain.autostart = autostart
    return ok(undefined)
  })
}
