/**
 * Which domain a definition is of; what libvirt's drivers share in `virDomainObjList`.
 *
 * @module
 */
import { err, ok } from 'neverthrow'
import { ErrorDomain, ErrorNumber, virError, type VirResult } from '../errors/index.ts'
import {
  checkDomainName,
  type DomainDef,
  type DomainDefaults,
  parseDomain,
  withDomainDefaults,
  withInterfaceTargets,
} from '../xml/index.ts'
import type { DomainTable, TableDomain } from './domain-table.ts'
import { operationInvalid, type ErrorOrigin } from './state-errors.ts'

/** What fills in what a definition leaves open. */
export interface DefinitionSources {
  /** Makes a UUID: lower-case, dashed. */
  readonly newUuid: () => string
  /** Architecture of a guest whose definition names none. */
  readonly arch: string
  /** What the host's ends of interfaces are called that have no name; absent: they get one when they start. */
  readonly interfacePrefix?: string | undefined
}

/** Reads a definition and fills in what every driver fills in. */
export function readDefinition(
  xml: string,
  validate: boolean,
  sources: DefinitionSources,
): VirResult<DomainDef> {
  const options = { validate, inactive: true, defaults: defaultsOf(sources) }
  return parseDomain(xml, options).andThen((def) => nameParts(def, sources))
}

/** Fills in what a definition leaves open. */
export function completeDefinition(
  def: DomainDef,
  sources: DefinitionSources,
): VirResult<DomainDef> {
  return withDomainDefaults(def, defaultsOf(sources)).andThen((complete) =>
    nameParts(complete, sources),
  )
}

function defaultsOf({ newUuid, arch }: DefinitionSources): DomainDefaults {
  return { uuid: newUuid, mac: () => macFrom(newUuid()), arch }
}

/** Checks the domain's name, and names what the driver names behind reading. */
function nameParts(def: DomainDef, { interfacePrefix }: DefinitionSources): VirResult<DomainDef> {
  const checked = checkDomainName(def.name)
  if (checked.isErr()) return err(checked.error)
  return interfacePrefix === undefined ? ok(def) : withInterfaceTargets(def, interfacePrefix)
}

/** An address of the range that QEMU's guests have. */
function macFrom(uuid: string): string {
  const [, a = '00', b = '00', c = '00'] = /^(..)(..)(..)/.exec(uuid) ?? []
  return `52:54:00:${a}:${b}:${c}`
}

/** What {@link addDomain} must know of a domain. */
export interface ListedDomain extends TableDomain {
  readonly isActive: boolean
}

/** A domain of the list, and whether this call put it there. */
export interface AddedDomain<Domain> {
  readonly domain: Domain
  readonly isNew: boolean
}

/** How a definition finds its domain. */
export interface AddDomainOptions<Domain> {
  /** Refuses a domain that runs. */
  readonly refuseActive: boolean
  readonly newUuid: () => string
  /** Makes the record of a domain that is new. */
  readonly create: (def: DomainDef, uuid: string) => Domain
}

/**
 * Finds the domain that a definition is of, or adds one; libvirt's `virDomainObjListAdd`.
 *
 * A domain that is there already keeps its definition: the caller decides what becomes of the new one.
 *
 * @errors OPERATION_FAILED when name and UUID are of different domains
 */
export function addDomain<Domain extends ListedDomain>(
  table: DomainTable<Domain>,
  def: DomainDef,
  options: AddDomainOptions<Domain>,
): VirResult<AddedDomain<Domain>> {
  const uuid = def.uuid ?? options.newUuid()
  const sameUuid = table.byUuid(uuid)
  if (sameUuid !== undefined) return reuse(sameUuid, def, options.refuseActive)
  const sameName = table.byName(def.name)
  if (sameName !== undefined) {
    return refuse(
      ErrorNumber.OPERATION_FAILED,
      `domain '${def.name}' already exists with uuid ${sameName.uuid}`,
    )
  }
  const domain = options.create({ ...def, uuid }, uuid)
  table.add(domain)
  return ok({ domain, isNew: true })
}

function reuse<Domain extends ListedDomain>(
  domain: Domain,
  def: DomainDef,
  refuseActive: boolean,
): VirResult<AddedDomain<Domain>> {
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

/** What {@link checkRename} must know of a domain. */
export interface RenamedDomain extends ListedDomain {
  readonly persistent: boolean
}

/**
 * Checks whether a domain can be given a name; libvirt's `virDomainObjListRename` and what its drivers ask before.
 */
export function checkRename<Domain extends RenamedDomain>(
  origin: ErrorOrigin,
  table: DomainTable<Domain>,
  domain: Domain,
  newName: string,
): VirResult<void> {
  if (domain.isActive) return err(operationInvalid(origin, 'cannot rename active domain'))
  if (!domain.persistent) return err(operationInvalid(origin, 'cannot rename a transient domain'))
  if (newName.includes('/')) {
    const detail = `name ${newName} cannot contain '/'`
    return err(virError(ErrorNumber.XML_ERROR, origin.errorDomain, detail))
  }
  const { OPERATION_INVALID } = ErrorNumber
  if (newName === domain.name) return refuse(OPERATION_INVALID, "Can't rename domain to itself")
  return table.byName(newName) === undefined
    ? ok(undefined)
    : refuse(OPERATION_INVALID, `domain with name '${newName}' already exists`)
}
