/** What the scenarios of the recorded matrix share: how a row is written, and the documents that most rows were recorded with. @module */
import { err, ok, type Result } from 'neverthrow'
import type { DomainCheckpoint, VirError, VirResultAsync } from '../../../src/index.ts'
import { diskXml } from '../test/fixture.ts'
import type { Bench, BenchOptions } from './bench.ts'

/** What an operation came to, in the shape in which the recording has it. */
export type Outcome = Result<unknown, VirError>

/** What an operation will come to. */
export type Pending = VirResultAsync<unknown> | Promise<Outcome>

/** Sets the recorded domain up on one of the drivers. */
export type Start = (options?: BenchOptions) => Promise<Bench>

/** Establishes the precondition of a row, and performs its operation. */
export type Scenario = (start: Start) => Promise<Outcome>

/** Scenarios by the number of their row. */
export type Scenarios = Readonly<Record<number, Scenario>>

/** The UUID of the domain on which the matrix was recorded. */
export const recordedUuid = 'f788228a-200b-4924-b3de-b726727df4ed'

/** Where the images of the recorded domain were. */
export const imagePath = (dev: string): string => `/vm/img/${dev}.qcow2`

/** A qcow2 disk of the recorded domain. */
export const recordedDisk = (dev: string, more = ''): string =>
  diskXml(dev, { path: imagePath(dev), more })

/** The names of checkpoints. */
export function namesOf(checkpoints: readonly DomainCheckpoint[]): string[] {
  return checkpoints.map((checkpoint) => checkpoint.getName())
}

/** What succeeded without a value was recorded as 0. */
export async function zero(result: Pending): Promise<Outcome> {
  return (await result).map(() => 0)
}

/** The value itself, where a scenario has no call that gives it as recorded. */
export function value(of: unknown): Outcome {
  return ok(of)
}

/** What a recorded call that must have failed came to; a success is an error of the scenario. */
export function failure(result: Outcome): Outcome {
  if (result.isErr()) return err(result.error)
  throw new Error('the operation before the recorded one was to fail')
}

/** A checkpoint document. */
export function checkpointXml(name: string, disks = ''): string {
  return `<domaincheckpoint><name>${name}</name>${disks && `<disks>${disks}</disks>`}</domaincheckpoint>`
}

/** A document that redefines a checkpoint. */
export function redefineXml(name: string, parent?: string, more = ''): string {
  const parentXml = parent === undefined ? '' : `<parent><name>${parent}</name></parent>`
  return `<domaincheckpoint><name>${name}</name>${parentXml}<creationTime>1700000000</creationTime>${more}</domaincheckpoint>`
}

/** A backup document. */
export function backupXml(disks: string, incremental = ''): string {
  const since = incremental && `<incremental>${incremental}</incremental>`
  return `<domainbackup>${since}<disks>${disks}</disks></domainbackup>`
}

/** A disk of a push backup. */
export function target(
  name: string,
  file: string,
  options: { attributes?: string; driver?: string } = {},
): string {
  const driver = options.driver === undefined ? '' : `<driver type='${options.driver}'/>`
  return `<disk name='${name}' type='file' ${options.attributes ?? ''}>${driver}<target file='${file}'/></disk>`
}

/** A push backup of vda and vdb. */
export const pushBoth: string = backupXml(target('vda', '/vm/bk/a') + target('vdb', '/vm/bk/b'))
