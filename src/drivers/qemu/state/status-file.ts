/**
 * What is kept of a domain while it runs, so that it is found again after a restart; in libvirt's form.
 *
 * @module
 */
import { err, ok } from 'neverthrow'
import {
  ErrorDomain,
  ErrorNumber,
  type VirResult,
  type VirResultAsync,
  virError,
} from '../../../errors/index.ts'
import {
  childElement,
  type DomainDef,
  formatDomain,
  formatXml,
  parseXml,
  readDomain,
  textContent,
  type XmlElement,
} from '../../../xml/index.ts'
import { DomainAgentResponseTimeoutValues, DomainState } from '../../../constants/index.ts'
import { okAsync } from 'neverthrow'
import type { QemuDomain } from '../qemu-domain.ts'
import type { RunningQemu } from '../running-qemu.ts'
import { element } from './status-element.ts'
import { removeFile, replaceFile } from './state-files.ts'

/** What a status document says. */
export interface DomainStatus {
  readonly state: DomainState
  readonly reason: number
  readonly pid: number
  /** See `startTimeOf`. */
  readonly startTime: string | undefined
  readonly startedAtMs: number
  /** Whether it ends with the connection that started it, which is gone. */
  readonly endsWithConnection: boolean
  readonly monitorPath: string
  /** The last number in node names that was given away. */
  readonly lastNode: number
  readonly agentTimeout: number
  readonly definition: DomainDef
  /** The whole document; what runs in the domain finds its own parts here. */
  readonly document: XmlElement
}

/** Replaces the status document of a domain; one that does not run has none. */
export function saveStatus(domain: QemuDomain): VirResultAsync<void> {
  const asked = domain.running
  // What is written is what is so when its turn comes: an older document never replaces a newer one.
  return domain.statusFile.run(() => {
    const { running } = domain
    if (running === undefined || running !== asked) return okAsync(undefined)
    if (running.beingDestroyed || running.isForeign) {
      return okAsync(undefined)
    }
    return replaceFile(domain.paths.status, formatXml(statusElement(domain, running)))
  })
}

/** Removes the status document of a domain, behind all that is still to be written. */
export function removeStatus(domain: QemuDomain): VirResultAsync<void> {
  return domain.statusFile.run(() => removeFile(domain.paths.status))
}

function statusElement(domain: QemuDomain, running: RunningQemu): XmlElement {
  const { process, paths, lastNode, startedAtMs } = running
  return element(
    'domstatus',
    {
      state: stateNames[domain.state],
      reason: String(domain.reason),
      pid: String(process.pid),
      ...(process.startTime !== undefined && { startTime: process.startTime }),
      startedAt: String(startedAtMs),
      ...(running.endsWithConnection && { autodestroy: 'yes' }),
    },
    [
      element('monitor', { path: paths.monitor, type: 'unix' }),
      element('nodename', { index: String(lastNode) }),
      element('agentTimeout', {}, [String(domain.agentTimeout)]),
      ...running.statusElements(),
      domainElement(domain.definition),
    ],
  )
}

const elements = new WeakMap<DomainDef, XmlElement>()

/** The definition as an element; made once, because documents are written more often than definitions change. */
function domainElement(def: DomainDef): XmlElement {
  const known = elements.get(def)
  if (known !== undefined) return known
  const text = formatDomain(def, { secure: true })
  const parsed = parseXml(text, {
    label: 'domain_definition',
    domain: ErrorDomain.DOMAIN,
    verbatim: ['metadata'],
  })
  if (parsed.isErr())
    throw new Error('a definition that was written cannot be read', { cause: parsed.error })
  elements.set(def, parsed.value)
  return parsed.value
}

const stateNames: Readonly<Record<DomainState, string>> = {
  [DomainState.NOSTATE]: 'no state',
  [DomainState.RUNNING]: 'running',
  [DomainState.BLOCKED]: 'idle',
  [DomainState.PAUSED]: 'paused',
  [DomainState.SHUTDOWN]: 'in shutdown',
  [DomainState.SHUTOFF]: 'shut off',
  [DomainState.CRASHED]: 'crashed',
  [DomainState.PMSUSPENDED]: 'pmsuspended',
}

/** Reads a status document. */
export function parseStatus(text: string): VirResult<DomainStatus> {
  return parseXml(text, {
    label: 'domain_status',
    verbatim: ['metadata'],
    domain: ErrorDomain.QEMU,
    root: 'domstatus',
  }).andThen((document) => {
    const definition = childElement(document, 'domain')
    if (definition === undefined) return err(wrongStatus('no domain'))
    return readDomain(definition).andThen((def) => readStatus(document, def))
  })
}

function readStatus(document: XmlElement, definition: DomainDef): VirResult<DomainStatus> {
  const { attributes } = document
  const state = stateOf(attributes.get('state'))
  const pid = Number(attributes.get('pid'))
  const monitorPath = childElement(document, 'monitor')?.attributes.get('path')
  if (state === undefined) return err(wrongStatus('state'))
  if (!Number.isSafeInteger(pid) || pid <= 0) return err(wrongStatus('pid'))
  if (monitorPath === undefined) return err(wrongStatus('monitor'))
  if (definition.id === undefined) return err(wrongStatus('id'))
  return ok({
    state,
    reason: Number(attributes.get('reason') ?? 0),
    pid,
    startTime: attributes.get('startTime'),
    startedAtMs: Number(attributes.get('startedAt') ?? 0),
    endsWithConnection: attributes.get('autodestroy') === 'yes',
    monitorPath,
    lastNode: Number(childElement(document, 'nodename')?.attributes.get('index') ?? 0),
    agentTimeout: agentTimeoutOf(document),
    definition,
    document,
  })
}

function agentTimeoutOf(document: XmlElement): number {
  const found = childElement(document, 'agentTimeout')
  return found === undefined ? DomainAgentResponseTimeoutValues.BLOCK : Number(textContent(found))
}

function stateOf(name: string | undefined): DomainState | undefined {
  return Object.values(DomainState).find((state) => stateNames[state] === name)
}

function wrongStatus(what: string): ReturnType<typeof virError> {
  return virError(
    ErrorNumber.INTERNAL_ERROR,
    ErrorDomain.QEMU,
    `missing or wrong ${what} in domain status`,
  )
}
