import { err, errAsync, ok, okAsync, safeTry } from 'neverthrow'
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
  operationInvalid,
  settled,
} from '../../driver/index.ts'
import type { VirResult, VirResultAsync } from '../../errors/index.ts'
import type { DomainDef } from '../../xml/index.ts'
import type { QemuHost } from './host-state.ts'
import { emitLifecycle } from './lifecycle-event.ts'
import { checkMemberFlags, findDomain, withDomain } from './member.ts'
import { moveMoments, removeMoments } from './moment-files.ts'
import { qemuOrigin } from './origin.ts'
import type { QemuDomain } from './qemu-domain.ts'
import { checkFileName, readDomainXml } from './read-domain-xml.ts'
import { removeDefinition, saveAutostart, saveDefinition } from './state/definition-files.ts'
import { removeFile } from './state/state-files.ts'
import { saveStatus } from './state/status-file.ts'

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
export function definition(host: QemuHost): DefinitionMembers {
  return {
    domainDefineXML: (xml) => define(host, xml, 0),
    domainDefineXMLFlags: (xml, flags) => define(host, xml, flags),
    domainUndefine: (ref) => undefine(host, ref, 0),
    domainUndefineFlags: (ref, flags) => undefine(host, ref, flags),
    domainRename: (ref, newName, flags) => rename(host, ref, newName, flags),
    domainGetXMLDesc: (ref, flags) => settled(xmlDesc(host, ref, flags)),
    domainGetAutostart: (ref) => settled(findDomain(host, ref).map((d) => d.autostart)),
    domainSetAutostart: (ref, autostart) =>
      withDomain(host, ref, (domain) => setAutostart(domain, autostart)),
  }
}

function define(host: QemuHost, xml: string, flags: number): VirResultAsync<DomainRef> {
  return safeTry(async function* () {
    yield* checkMemberFlags('domainDefineXMLFlags', flags, DomainDefineFlags.VALIDATE)
    const validate = (flags & DomainDefineFlags.VALIDATE) !== 0
    const def = yield* readDomainXml(host, xml, validate)
    const { domain, isNew } = yield* host.addDomain(def, { refuseActive: false })
    return domain.exclusive.run(() => {
      const kept = { ...def, uuid: domain.uuid }
      return saveDefinition(domain, kept)
        .andThen(() => {
          redefine(domain, kept)
          domain.persistent = true
          const { ADDED, UPDATED } = DomainEventDefinedDetailType
          emitLifecycle(host, domain, DomainEventType.DEFINED, isNew ? ADDED : UPDATED)
          return okAsync(domain.ref)
        })
        .orTee(() => {
          if (isNew) host.domains.remove(domain)
        })
    })
  })
}

/** A running domain keeps its live definition; the new one is for the next start. */
function redefine(domain: QemuDomain, def: DomainDef): void {
  if (domain.isActive) {
    domain.nextDefinition = def
    domain.isUpdated = true
  } else domain.definition = def
}

const undefineFlags = Object.values(DomainUndefineFlagsValues).reduce((all, bit) => all | bit, 0)

function undefine(host: QemuHost, ref: DomainRef, flags: number): VirResultAsync<void> {
  return checkMemberFlags('domainUndefineFlags', flags, undefineFlags).asyncAndThen(() =>
    withDomain(host, ref, (domain) => {
      if (!domain.persistent) {
        return errAsync(operationInvalid(qemuOrigin, 'cannot undefine transient domain'))
      }
      return checkNoCheckpoints(domain, flags)
        .asyncAndThen(() => removeDefinition(domain))
        .andThen(() => forgetDefinition(host, domain))
    }),
  )
}

function forgetDefinition(host: QemuHost, domain: QemuDomain): VirResultAsync<void> {
  domain.persistent = false
  domain.autostart = false
  const { ref } = domain
  const { UNDEFINED } = DomainEventType
  host.events.emit('lifecycle', {
    domain: ref,
    event: UNDEFINED,
    detail: DomainEventUndefinedDetailType.REMOVED,
  })
  if (domain.isActive) {
    domain.nextDefinition = undefined
    return saveStatus(domain)
  }
  host.domains.remove(domain)
  return removeMoments(domain)
}

/** An inactive domain takes its checkpoints' metadata with it only when that is asked for. */
function checkNoCheckpoints(domain: QemuDomain, flags: number): VirResult<void> {
  const count = domain.checkpointCount
  if (domain.isActive || count === 0) return ok(undefined)
  if ((flags & DomainUndefineFlagsValues.CHECKPOINTS_METADATA) !== 0) return ok(undefined)
  const detail = `cannot delete inactive domain with ${count} checkpoints`
  return err(operationInvalid(qemuOrigin, detail))
}

function rename(
  host: QemuHost,
  ref: DomainRef,
  newName: string,
  flags: number,
): VirResultAsync<void> {
  return checkMemberFlags('domainRename', flags, 0).asyncAndThen(() =>
    withDomain(host, ref, (domain) =>
      checkFileName(newName)
        .andThen(() => checkRename(qemuOrigin, host.domains, domain, newName))
        .asyncAndThen(() => renameChecked(host, domain, newName)),
    ),
  )
}

function renameChecked(host: QemuHost, domain: QemuDomain, newName: string): VirResultAsync<void> {
  const { autostart, name: oldName } = domain
  const oldPaths = domain.paths
  const { definition: oldFile, autostartLink: oldLink } = oldPaths
  host.domains.rename(domain, newName)
  return saveDefinition(domain, domain.definition)
    .andThen(() => (autostart ? saveAutostart(domain, true) : okAsync(undefined)))
    .andThen(() => moveMoments(oldPaths, domain.paths))
    .orTee(() => host.domains.rename(domain, oldName))
    .andThen(() => removeFile(oldLink))
    .andThen(() => removeFile(oldFile))
    .map(() => {
      const { UNDEFINED, DEFINED } = DomainEventType
      host.events.emit('lifecycle', {
        domain: { ...domain.ref, name: oldName },
        event: UNDEFINED,
        detail: DomainEventUndefinedDetailType.RENAMED,
      })
      emitLifecycle(host, domain, DEFINED, DomainEventDefinedDetailType.RENAMED)
    })
}

const { SECURE, INACTIVE, UPDATE_CPU, MIGRATABLE } = DomainXMLFlags

function xmlDesc(host: QemuHost, ref: DomainRef, flags: number): VirResult<string> {
  return checkMemberFlags('domainGetXMLDesc', flags, SECURE | INACTIVE | UPDATE_CPU | MIGRATABLE)
    .andThen(() => findDomain(host, ref))
    .map((domain) =>
      domainXml((flags & INACTIVE) === 0 ? domain.definition : domain.persistentDefinition, flags),
    )
}

function setAutostart(domain: QemuDomain, autostart: boolean): VirResultAsync<void> {
  if (!domain.persistent) {
    return errAsync(operationInvalid(qemuOrigin, 'cannot set autostart for transient domain'))
  }
  if (domain.autostart === autostart) return okAsync(undefined)
  return saveAutostart(domain, autostart).map(() => {
    domain.autostart = autostart
  })
}
