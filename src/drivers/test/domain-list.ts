import { err, ok } from 'neverthrow'
import { ErrorDomain, ErrorNumber, type VirResult, virError } from '../../errors/index.ts'
import { type DomainDef, parseDomain, withDomainDefaults } from '../../xml/index.ts'
import { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/** Reads a definition and fills in what a driver fills in. */
export function readDefinition(world: World, xml: string, validate: boolean): VirResult<DomainDef> {
  return parseDomain(xml, { validate, inactive: true }).andThen((def) => complete(world, def))
}

/** Fills in what a definition leaves open. */
export function complete(world: World, def: DomainDef): VirResult<DomainDef> {
  return withDomainDefaults(def, {
    uuid: world.newUuid,
    mac: () => macFrom(world.newUuid()),
    arch: world.semantics.arch,
  })
}

/** An address of the range that QEMU's guests have. */
function macFrom(uuid: string): string {
  const [, a = '00', b = '00', c = '00'] = /^(..)(..)(..)/.exec(uuid) ?? []
  return `52:54:00:${a}:${b}:${c}`
}

/** A domain of the list, and whether this call put it there. */
export interface AddedDomain {
  readonly domain: TestDomain
  readonly isNew: boolean
}

/**
 * Finds the domain that a definition is of, or adds one; libvirt's `virDomainObjListAdd`.
 *
 * A domain that is there already keeps its definition: the caller decides what becomes of the new one.
 */
export function addDomain(
  world: World,
  def: DomainDef,
  options: { readonly refuseActive: boolean },
): VirResult<AddedDomain> {
  const uuid = def.uuid ?? world.newUuid()
  const sameUuid = world.domains.byUuid(uuid)
  if (sameUuid !== undefined) return reuse(sameUuid, def, options.refuseActive)
  const sameName = world.domains.byName(def.name)
  if (sameName !== undefined) {
    return refuse(
      ErrorNumber.OPERATION_FAILED,
      `domain '${def.name}' already exists with uuid ${sameName.uuid}`,
    )
  }
  const domain = new TestDomain({ ...def, uuid }, uuid, world)
  world.domains.add(domain)
  return ok({ domain, isNew: true })
}

function reuse(domain: TestDomain, def: DomainDef, refuseActive: boolean): VirResult<AddedDomain> {
  if (domain.name !== def.name) {
    return refuse(
      ErrorNumber.OPERATION_FAILED,
      `domain '${domain.name}' is already defined with uuid ${domain.uuid}`,
    )
  }
  if (refuseActive && domain.isActive) {
    return refuse(ErrorNumber.OPERATION_INVALID, `domain '${domain.name}' is already active`)
  }
  return ok({ domain, isNew: false })
}

function refuse(code: ErrorNumber, detail: string): VirResult<never> {
  return err(virError(code, ErrorDomain.DOMAIN, detail))
}
