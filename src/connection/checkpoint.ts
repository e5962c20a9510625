import {
  DomainCheckpointCreateFlags,
  DomainCheckpointDeleteFlags,
  type DomainCheckpointListFlags,
  DomainCheckpointXMLFlags,
} from '../constants/index.ts'
import type {
  DomainCheckpointDiagnosis,
  DomainCheckpointReconcileOptions,
  DomainCheckpointRef,
  DomainCheckpointRepair,
} from '../driver/index.ts'
import { ErrorDomain, type VirResultAsync } from '../errors/index.ts'
import { badArgument, type NamedFlag } from './checks.ts'
import { withMethods } from './compose.ts'
import type { Connection } from './connection.ts'
import type { Domain } from './domain.ts'
import { CheckpointHandle, type DomainObject } from './handles.ts'

const checkpointCreateRedefine: NamedFlag = {
  symbol: 'VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE',
  bits: DomainCheckpointCreateFlags.REDEFINE,
}
const checkpointCreateQuiesce: NamedFlag = {
  symbol: 'VIR_DOMAIN_CHECKPOINT_CREATE_QUIESCE',
  bits: DomainCheckpointCreateFlags.QUIESCE,
}
const checkpointCreateRedefineValidate: NamedFlag = {
  symbol: 'VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE_VALIDATE',
  bits: DomainCheckpointCreateFlags.REDEFINE_VALIDATE,
}
const checkpointDeleteChildren: NamedFlag = {
  symbol: 'VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN',
  bits: DomainCheckpointDeleteFlags.CHILDREN,
}
const checkpointDeleteChildrenOnly: NamedFlag = {
  symbol: 'VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN_ONLY',
  bits: DomainCheckpointDeleteFlags.CHILDREN_ONLY,
}

/** Creating checkpoints of a domain, finding and listing them. */
export interface DomainCheckpointsCalls {
  /**
   * Creates a checkpoint, or makes the driver remember one that exists.
   *
   * @param flags - `REDEFINE` remembers, and takes the XML of `domainCheckpointGetXMLDesc`
   * @libvirt virDomainCheckpointCreateXML (5.6.0)
   */
  checkpointCreateXML(
    xmlDesc: string,
    flags?: DomainCheckpointCreateFlags,
  ): VirResultAsync<DomainCheckpoint>

  /**
   * Lists the checkpoints of a domain.
   *
   * @libvirt virDomainListAllCheckpoints (5.6.0)
   */
  listAllCheckpoints(flags?: DomainCheckpointListFlags): VirResultAsync<readonly DomainCheckpoint[]>

  /**
   * Finds a checkpoint.
   *
   * @param flags - None are defined
   * @errors `NO_DOMAIN_CHECKPOINT` when none has the name
   * @libvirt virDomainCheckpointLookupByName (5.6.0)
   */
  checkpointLookupByName(name: string, flags?: number): VirResultAsync<DomainCheckpoint>

  /**
   * Compares the checkpoints with the bitmaps that the disks have, and changes nothing. libvirt has nothing like it.
   *
   * @returns One entry for each disk of each checkpoint, oldest checkpoint first
   */
  checkpointDiagnose(): VirResultAsync<readonly DomainCheckpointDiagnosis[]>

  /**
   * Makes checkpoints and bitmaps agree again. libvirt has nothing like it.
   *
   * @returns The steps that were taken, or with `dryRun` would be
   */
  checkpointReconcile(
    options: DomainCheckpointReconcileOptions,
  ): VirResultAsync<readonly DomainCheckpointRepair[]>
}

/** The methods of {@link DomainCheckpointsCalls}. */
export const domainCheckpoints: DomainCheckpointsCalls & ThisType<DomainObject> = {
  checkpointCreateXML(xmlDesc, flags = 0) {
    return this.call('virDomainCheckpointCreateXML', flags, ErrorDomain.DOMAIN_CHECKPOINT)
      .text('xmlDesc', xmlDesc)
      .readWrite()
      .exclusive(checkpointCreateRedefine, checkpointCreateQuiesce)
      .requires(checkpointCreateRedefineValidate, checkpointCreateRedefine)
      .to(
        (driver, bits) => driver.domainCheckpointCreateXML?.(this.ref, xmlDesc, bits),
        (ref) => toCheckpoint(this, ref),
      )
  },

  listAllCheckpoints(flags = 0) {
    return this.call('virDomainListAllCheckpoints', flags, ErrorDomain.DOMAIN_CHECKPOINT).to(
      (driver, bits) => driver.domainListAllCheckpoints?.(this.ref, bits),
      (refs) => refs.map((ref) => toCheckpoint(this, ref)),
    )
  },

  checkpointLookupByName(name, flags = 0) {
    return this.call('virDomainCheckpointLookupByName', flags, ErrorDomain.DOMAIN_CHECKPOINT)
      .text('name', name)
      .to(
        (driver, bits) => driver.domainCheckpointLookupByName?.(this.ref, name, bits),
        (ref) => toCheckpoint(this, ref),
      )
  },

  checkpointDiagnose() {
    return this.call('virDomainCheckpointDiagnose', 0, ErrorDomain.DOMAIN_CHECKPOINT).to((driver) =>
      driver.domainCheckpointDiagnose?.(this.ref),
    )
  },

  checkpointReconcile(options) {
    return this.call('virDomainCheckpointReconcile', 0, ErrorDomain.DOMAIN_CHECKPOINT)
      .readWrite()
      .record('options', options)
      .check((fn) =>
        typeof options.dryRun === 'boolean'
          ? undefined
          : badArgument(fn, 'options', `dryRun in ${fn.name} must be a boolean`),
      )
      .to((driver) => driver.domainCheckpointReconcile?.(this.ref, options))
  },
}

/** A checkpoint of a domain. It keeps its domain; it is valid until the connection is closed. */
export interface DomainCheckpoint {
  /** Its name. */
  readonly name: string

  /**
   * Gives its name; this asks nobody.
   *
   * @libvirt virDomainCheckpointGetName (5.6.0)
   */
  getName(): string

  /**
   * Gives its domain: the object that it was got from.
   *
   * @libvirt virDomainCheckpointGetDomain (5.6.0)
   */
  getDomain(): Domain

  /**
   * Gives its connection.
   *
   * @libvirt virDomainCheckpointGetConnect (5.6.0)
   */
  getConnect(): Connection

  /**
   * Describes a checkpoint.
   *
   * @param flags - `SIZE` adds to each disk how much an incremental backup would copy now, in bytes
   * @errors `NO_DOMAIN_CHECKPOINT` when it is gone
   * @libvirt virDomainCheckpointGetXMLDesc (5.6.0)
   */
  getXMLDesc(flags?: DomainCheckpointXMLFlags): VirResultAsync<string>

  /**
   * Lists the children of a checkpoint.
   *
   * @libvirt virDomainCheckpointListAllChildren (5.6.0)
   */
  listAllChildren(flags?: DomainCheckpointListFlags): VirResultAsync<readonly DomainCheckpoint[]>

  /**
   * Gives the parent of a checkpoint.
   *
   * @param flags - None are defined
   * @errors `NO_DOMAIN_CHECKPOINT` when it has none
   * @libvirt virDomainCheckpointGetParent (5.6.0)
   */
  getParent(flags?: number): VirResultAsync<DomainCheckpoint>

  /**
   * Deletes a checkpoint; backups since any other one copy as much as before.
   *
   * @libvirt virDomainCheckpointDelete (5.6.0)
   */
  delete(flags?: DomainCheckpointDeleteFlags): VirResultAsync<void>
}

/** The methods of {@link DomainCheckpoint}. */
const checkpointMethods: Omit<DomainCheckpoint, keyof CheckpointHandle> &
  ThisType<CheckpointHandle> = {
  getXMLDesc(flags = 0) {
    return this.call('virDomainCheckpointGetXMLDesc', flags)
      .secure(DomainCheckpointXMLFlags.SECURE)
      .to((driver, bits) => driver.domainCheckpointGetXMLDesc?.(this.ref, bits))
  },

  listAllChildren(flags = 0) {
    return this.call('virDomainCheckpointListAllChildren', flags).to(
      (driver, bits) => driver.domainCheckpointListAllChildren?.(this.ref, bits),
      (refs) => refs.map((ref) => toCheckpoint(this.domain, ref)),
    )
  },

  getParent(flags = 0) {
    return this.call('virDomainCheckpointGetParent', flags).to(
      (driver, bits) => driver.domainCheckpointGetParent?.(this.ref, bits),
      (ref) => toCheckpoint(this.domain, ref),
    )
  },

  delete(flags = 0) {
    return this.call('virDomainCheckpointDelete', flags)
      .readWrite()
      .exclusive(checkpointDeleteChildren, checkpointDeleteChildrenOnly)
      .to((driver, bits) => driver.domainCheckpointDelete?.(this.ref, bits))
  },
}

const CheckpointObject = withMethods(CheckpointHandle, checkpointMethods)

function toCheckpoint(domain: DomainObject, ref: DomainCheckpointRef): DomainCheckpoint {
  return new CheckpointObject(domain, ref.name)
}
