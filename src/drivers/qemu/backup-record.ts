/**
 * What is kept of a domain's backups over a restart: the ids, the job that runs, and the push whose end is awaited.
 *
 * The file outlives runs of the domain and of the host; a job in it whose domain does not run is over.
 *
 * @module
 */
import { err, ok, okAsync, Result, safeTry } from 'neverthrow'
import {
  type AlignedBackupDef,
  type BackupDiskProgress,
  BackupJob,
  type BackupOutcome,
  type RestoredBackups,
} from '../../backup/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  type VirResult,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import {
  childElement,
  childElements,
  formatDomainBackup,
  formatXml,
  parseXml,
  readDomainBackup,
  type XmlElement,
} from '../../xml/index.ts'
import type { QemuDomain } from './qemu-domain.ts'
import { readTextFile, removeFile, replaceFile } from './state/state-files.ts'
import { element } from './state/status-element.ts'

/** A job with what the driver notes down beside it. */
export interface RecordedJob {
  readonly job: BackupJob
  /** The node of each disk that is backed up. */
  readonly nodes: ReadonlyMap<string, string>
  /** The checkpoint that begins with it; when it is not there after a restart, neither is the backup. */
  readonly checkpoint: RecordedCheckpoint | undefined
}

/** The checkpoint that begins with a backup. */
export interface RecordedCheckpoint {
  readonly name: string
  /** Whether it is remembered; if not, only its bitmaps are there. */
  readonly listed: boolean
  /** The nodes that get its bitmap. */
  readonly nodes: readonly string[]
}

/** What a backup that begins is about to leave on the machine; it has no job yet. */
export interface RecordedPreparation {
  /** Nodes with higher numbers are its own. */
  readonly lastNode: number
  /** Files that were not there before. */
  readonly files: readonly string[]
  /** Whether it starts the NBD server. */
  readonly hasServer: boolean
}

/** What the file of a domain says. */
export interface BackupRecords extends Omit<RestoredBackups, 'running'> {
  readonly preparation?: RecordedPreparation | undefined
  readonly running?: RecordedJob | undefined
}

/**
 * Writes what is known of a domain's backups, after what is being written already.
 *
 * @param records - Asked when it is written
 */
export function saveBackups(
  domain: QemuDomain,
  records: () => BackupRecords,
): VirResultAsync<void> {
  return domain.backupFile.run(() =>
    replaceFile(domain.paths.backups, formatXml(recordsElement(records()))),
  )
}

/** Writes what is known of a domain's backups when none runs or begins. */
export function saveFinished(domain: QemuDomain): VirResultAsync<void> {
  const { backups } = domain
  return saveBackups(domain, () => ({ lastId: backups.lastId, finished: backups.finished }))
}

function recordsElement(records: BackupRecords): XmlElement {
  const { lastId, preparation, running, finished } = records
  const over = finished && {
    job: finished,
    nodes: new Map<string, string>(),
    checkpoint: undefined,
  }
  return element('backups', { lastId: String(lastId) }, [
    ...(preparation === undefined ? [] : [preparationElement(preparation)]),
    ...(running === undefined ? [] : [element('running', {}, [jobElement(running)])]),
    ...(over === undefined ? [] : [element('finished', {}, [jobElement(over)])]),
  ])
}

/** Removes what is known of a domain's backups. */
export function removeBackups(domain: QemuDomain): VirResultAsync<void> {
  return domain.backupFile.run(() => removeFile(domain.paths.backups))
}

/** Reads what is known of a domain's backups; nothing when no backup ever began. */
export function readBackups({
  paths,
}: Pick<QemuDomain, 'paths'>): VirResultAsync<BackupRecords | undefined> {
  return readTextFile(paths.backups).andThen((text) =>
    text === undefined ? okAsync(undefined) : parseRecords(text),
  )
}

function preparationElement(preparation: RecordedPreparation): XmlElement {
  const { lastNode, files, hasServer } = preparation
  return element(
    'preparation',
    { lastNode: String(lastNode), server: hasServer ? 'yes' : 'no' },
    files.map((path) => element('file', { path })),
  )
}

function jobElement({ job, nodes, checkpoint }: RecordedJob): XmlElement {
  const { id, startedAtMs, reusesExternal, discards, outcome, error } = job
  const disks = Array.from(job.disks, (disk) =>
    element('disk', {
      name: disk.name,
      node: nodes.get(disk.name) ?? '',
      state: disk.state,
      current: String(disk.current),
      total: String(disk.total),
      ...(disk.error !== undefined && { error: disk.error }),
    }),
  )
  return element(
    'backup',
    {
      id: String(id),
      startedAt: String(startedAtMs),
      reuse: reusesExternal ? 'yes' : 'no',
      ...(discards !== undefined && { discards }),
      ...(outcome !== undefined && { outcome }),
      ...(error !== undefined && { error }),
    },
    [
      ...disks,
      ...(checkpoint === undefined ? [] : [checkpointElement(checkpoint)]),
      backupElement(withStates(job)),
    ],
  )
}

function checkpointElement({ name, listed, nodes }: RecordedCheckpoint): XmlElement {
  return element(
    'checkpoint',
    { name, listed: listed ? 'yes' : 'no' },
    nodes.map((node) => element('bitmap', { node })),
  )
}

/** The document as a status file has it: with the states of its disks. */
function withStates(job: BackupJob): AlignedBackupDef {
  const { def } = job
  return {
    ...def,
    disks: def.disks.map((disk) => {
      const state = job.disk(disk.name)?.state
      return state === undefined ? disk : { ...disk, state }
    }),
  }
}

function backupElement(def: AlignedBackupDef): XmlElement {
  const parsed = parseXml(formatDomainBackup(def, { internal: true }), {
    label: 'domain_backup',
    domain: ErrorDomain.QEMU,
  })
  if (parsed.isErr()) throw new Error('a backup that was written cannot be read')
  return parsed.value
}

function parseRecords(text: string): VirResult<BackupRecords> {
  const options = { label: 'backups', domain: ErrorDomain.QEMU, root: 'backups' }
  return safeTry(function* () {
    const document = yield* parseXml(text, options)
    const lastId = yield* countOf(document, 'lastId')
    const running = yield* readPart(document, 'running')
    const finished = yield* readPart(document, 'finished')
    const preparation = yield* readPreparation(childElement(document, 'preparation'))
    return ok({ lastId, preparation, running, finished: finished?.job })
  })
}

function readPreparation(from: XmlElement | undefined): VirResult<RecordedPreparation | undefined> {
  if (from === undefined) return ok(undefined)
  return countOf(from, 'lastNode').map((lastNode) => ({
    lastNode,
    files: childElements(from, 'file').flatMap(({ attributes }) => attributes.get('path') ?? []),
    hasServer: from.attributes.get('server') === 'yes',
  }))
}

function readPart(document: XmlElement, name: string): VirResult<RecordedJob | undefined> {
  const part = childElement(document, name)
  const job = part && childElement(part, 'backup')
  return job === undefined ? ok(undefined) : readJob(job)
}

function readJob(from: XmlElement): VirResult<RecordedJob> {
  return safeTry(function* () {
    const document = childElement(from, 'domainbackup')
    if (document === undefined) return err(wrongRecord('domainbackup'))
    const def = yield* readDomainBackup(document, { internal: true })
    const disks = childElements(from, 'disk')
    const job = new BackupJob({
      id: yield* countOf(from, 'id'),
      startedAtMs: yield* countOf(from, 'startedAt'),
      reusesExternal: from.attributes.get('reuse') === 'yes',
      discards: from.attributes.get('discards'),
      def: { ...def, disks: def.disks ?? [] },
      disks: yield* Result.combine(disks.map(readProgress)),
      outcome: outcomes.find((outcome) => outcome === from.attributes.get('outcome')),
      error: from.attributes.get('error'),
    })
    const nodes = disks.map(({ attributes }): [string, string] => [
      attributes.get('name') ?? '',
      attributes.get('node') ?? '',
    ])
    return ok({ job, nodes: new Map(nodes), checkpoint: readCheckpoint(from) })
  })
}

function readCheckpoint(from: XmlElement): RecordedCheckpoint | undefined {
  const found = childElement(from, 'checkpoint')
  const name = found?.attributes.get('name')
  if (found === undefined || name === undefined) return undefined
  return {
    name,
    listed: found.attributes.get('listed') === 'yes',
    nodes: childElements(found, 'bitmap').map(({ attributes }) => attributes.get('node') ?? ''),
  }
}

const outcomes: readonly BackupOutcome[] = ['completed', 'failed', 'cancelled']
const states: readonly BackupDiskProgress['state'][] = [
  '',
  'running',
  'complete',
  'failed',
  'cancelling',
  'cancelled',
]

function readProgress(from: XmlElement): VirResult<BackupDiskProgress> {
  const { attributes } = from
  const state = states.find((each) => each === attributes.get('state'))
  const error = attributes.get('error')
  return safeTry(function* () {
    if (state === undefined) return err(wrongRecord('state'))
    return ok({
      name: attributes.get('name') ?? '',
      state,
      current: yield* countOf(from, 'current'),
      total: yield* countOf(from, 'total'),
      ...(error !== undefined && { error }),
    })
  })
}

function countOf({ attributes }: XmlElement, name: string): VirResult<number> {
  const value = Number(attributes.get(name))
  return Number.isSafeInteger(value) && value >= 0 ? ok(value) : err(wrongRecord(name))
}

function wrongRecord(what: string): ReturnType<typeof virError> {
  const detail = `missing or wrong ${what} in backup record`
  return virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.QEMU, detail)
}
