import {
  DomainSnapshotCreateFlags,
  DomainSnapshotDeleteFlags,
  type DomainSnapshotListFlags,
  DomainSnapshotRevertFlags,
  DomainSnapshotXMLFlags,
} from '../constants/index.ts'
import type { DomainSnapshotRef } from '../driver/index.ts'
import { ErrorDomain, type VirResultAsync } from '../errors/index.ts'
import { invalidObject, type NamedFlag } from './checks.ts'
import { withMethods } from './compose.ts'
import type { Connection } from './connection.ts'
import type { Domain } from './domain.ts'
import { type DomainObject, SnapshotHandle } from './handles.ts'

const snapshotCreateCurrent: NamedFlag = {
  symbol: 'VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT',
  bits: DomainSnapshotCreateFlags.CURRENT,
}
const snapshotCreateRedefine: NamedFlag = {
  symbol: 'VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE',
  bits: DomainSnapshotCreateFlags.REDEFINE,
}
const snapshotCreateNoMetadata: NamedFlag = {
  symbol: 'VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA',
  bits: DomainSnapshotCreateFlags.NO_METADATA,
}
const snapshotCreateHalt: NamedFlag = {
  symbol: 'VIR_DOMAIN_SNAPSHOT_CREATE_HALT',
  bits: DomainSnapshotCreateFlags.HALT,
}
const snapshotRevertRunning: NamedFlag = {
  symbol: 'VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING',
  bits: DomainSnapshotRevertFlags.RUNNING,
}
const snapshotRevertPaused: NamedFlag = {
  symbol: 'VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED',
  bits: DomainSnapshotRevertFlags.PAUSED,
}
const snapshotDeleteChildren: NamedFlag = {
  symbol: 'VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN',
  bits: DomainSnapshotDeleteFlags.CHILDREN,
}
const snapshotDeleteChildrenOnly: NamedFlag = {
  symbol: 'VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN_ONLY',
  bits: DomainSnapshotDeleteFlags.CHILDREN_ONLY,
}

/** Taking snapshots of a domain, finding and listing them, and going back to one. */
export interface DomainSnapshotsCalls {
  /**
   * Takes a snapshot, or makes the driver remember one that exists.
   *
   * @libvirt virDomainSnapshotCreateXML (0.8.0)
   */
  snapshotCreateXML(
    xmlDesc: string,
    flags?: DomainSnapshotCreateFlags,
  ): VirResultAsync<DomainSnapshot>

  /**
   * Counts the snapshots of a domain.
   *
   * @libvirt virDomainSnapshotNum (0.8.0)
   */
  snapshotNum(flags?: DomainSnapshotListFlags): VirResultAsync<number>

  /**
   * Lists the names of a domain's snapshots.
   *
   * @libvirt virDomainSnapshotListNames (0.8.0)
   */
  snapshotListNames(flags?: DomainSnapshotListFlags): VirResultAsync<readonly string[]>

  /**
   * Lists the snapshots of a domain.
   *
   * @libvirt virDomainListAllSnapshots (0.9.13)
   */
  listAllSnapshots(flags?: DomainSnapshotListFlags): VirResultAsync<readonly DomainSnapshot[]>

  /**
   * Finds a snapshot.
   *
   * @param flags - None are defined
   * @errors `NO_DOMAIN_SNAPSHOT` when none has the name
   * @libvirt virDomainSnapshotLookupByName (0.8.0)
   */
  snapshotLookupByName(name: string, flags?: number): VirResultAsync<DomainSnapshot>

  /**
   * Reports whether the domain has a current snapshot.
   *
   * @param flags - None are defined
   * @libvirt virDomainHasCurrentSnapshot (0.8.0)
   */
  hasCurrentSnapshot(flags?: number): VirResultAsync<boolean>

  /**
   * Gives the domain's current snapshot: the one that the next will have as parent.
   *
   * @param flags - None are defined
   * @errors `NO_DOMAIN_SNAPSHOT` when there is none
   * @libvirt virDomainSnapshotCurrent (0.8.0)
   */
  snapshotCurrent(flags?: number): VirResultAsync<DomainSnapshot>

  /**
   * Brings the domain back to the state of a snapshot; what it did since is lost.
   *
   * @libvirt virDomainRevertToSnapshot (0.8.0)
   */
  revertToSnapshot(
    snapshot: DomainSnapshot,
    flags?: DomainSnapshotRevertFlags,
  ): VirResultAsync<void>
}

/** The methods of {@link DomainSnapshotsCalls}. */
export const domainSnapshots: DomainSnapshotsCalls & ThisType<DomainObject> = {
  snapshotCreateXML(xmlDesc, flags = 0) {
    return this.call('virDomainSnapshotCreateXML', flags, ErrorDomain.DOMAIN_SNAPSHOT)
      .text('xmlDesc', xmlDesc)
      .readWrite()
      .requires(snapshotCreateCurrent, snapshotCreateRedefine)
      .exclusive(snapshotCreateRedefine, snapshotCreateNoMetadata)
      .exclusive(snapshotCreateRedefine, snapshotCreateHalt)
      .to(
        (driver, bits) => driver.domainSnapshotCreateXML?.(this.ref, xmlDesc, bits),
        (ref) => toSnapshot(this, ref),
      )
  },

  snapshotNum(flags = 0) {
    return this.call('virDomainSnapshotNum', flags, ErrorDomain.DOMAIN_SNAPSHOT).to(
      (driver, bits) => driver.domainSnapshotNum?.(this.ref, bits),
    )
  },

  snapshotListNames(flags = 0) {
    return this.call('virDomainSnapshotListNames', flags, ErrorDomain.DOMAIN_SNAPSHOT).to(
      (driver, bits) => driver.domainSnapshotListNames?.(this.ref, bits),
    )
  },

  listAllSnapshots(flags = 0) {
    return this.call('virDomainListAllSnapshots', flags, ErrorDomain.DOMAIN_SNAPSHOT).to(
      (driver, bits) => driver.domainListAllSnapshots?.(this.ref, bits),
      (refs) => refs.map((ref) => toSnapshot(this, ref)),
    )
  },

  snapshotLookupByName(name, flags = 0) {
    return this.call('virDomainSnapshotLookupByName', flags, ErrorDomain.DOMAIN_SNAPSHOT)
      .text('name', name)
      .to(
        (driver, bits) => driver.domainSnapshotLookupByName?.(this.ref, name, bits),
        (ref) => toSnapshot(this, ref),
      )
  },

  hasCurrentSnapshot(flags = 0) {
    return this.call('virDomainHasCurrentSnapshot', flags, ErrorDomain.DOMAIN_SNAPSHOT).to(
      (driver, bits) => driver.domainHasCurrentSnapshot?.(this.ref, bits),
    )
  },

  snapshotCurrent(flags = 0) {
    return this.call('virDomainSnapshotCurrent', flags, ErrorDomain.DOMAIN_SNAPSHOT).to(
      (driver, bits) => driver.domainSnapshotCurrent?.(this.ref, bits),
      (ref) => toSnapshot(this, ref),
    )
  },

  revertToSnapshot(snapshot, flags = 0) {
    const handle = snapshot instanceof SnapshotHandle ? snapshot : undefined
    return this.callUnchecked('virDomainRevertToSnapshot', flags, ErrorDomain.DOMAIN_SNAPSHOT)
      .object('snapshot')
      .check((fn) => (handle === undefined ? invalidObject(fn, 'snapshot') : undefined))
      .readWrite()
      .exclusive(snapshotRevertRunning, snapshotRevertPaused)
      .to((driver, bits) => handle && driver.domainRevertToSnapshot?.(handle.ref, bits))
  },
}

/** A snapshot of a domain. It keeps its domain; it is valid until the connection is closed. */
export interface DomainSnapshot {
  /** Its name. */
  readonly name: string

  /**
   * Gives its name; this asks nobody.
   *
   * @libvirt virDomainSnapshotGetName (0.9.5)
   */
  getName(): string

  /**
   * Gives its domain: the object that it was got from.
   *
   * @libvirt virDomainSnapshotGetDomain (0.9.5)
   */
  getDomain(): Domain

  /**
   * Gives its connection.
   *
   * @libvirt virDomainSnapshotGetConnect (0.9.5)
   */
  getConnect(): Connection

  /**
   * Describes a snapshot.
   *
   * @errors `NO_DOMAIN_SNAPSHOT` when it is gone
   * @libvirt virDomainSnapshotGetXMLDesc (0.8.0)
   */
  getXMLDesc(flags?: DomainSnapshotXMLFlags): VirResultAsync<string>

  /**
   * Counts the children of a snapshot.
   *
   * @libvirt virDomainSnapshotNumChildren (0.9.7)
   */
  numChildren(flags?: DomainSnapshotListFlags): VirResultAsync<number>

  /**
   * Lists the names of a snapshot's children.
   *
   * @libvirt virDomainSnapshotListChildrenNames (0.9.7)
   */
  listChildrenNames(flags?: DomainSnapshotListFlags): VirResultAsync<readonly string[]>

  /**
   * Lists the children of a snapshot.
   *
   * @libvirt virDomainSnapshotListAllChildren (0.9.13)
   */
  listAllChildren(flags?: DomainSnapshotListFlags): VirResultAsync<readonly DomainSnapshot[]>

  /**
   * Gives the parent of a snapshot.
   *
   * @param flags - None are defined
   * @errors `NO_DOMAIN_SNAPSHOT` when it has none
   * @libvirt virDomainSnapshotGetParent (0.9.7)
   */
  getParent(flags?: number): VirResultAsync<DomainSnapshot>

  /**
   * Reports whether a snapshot is the current one.
   *
   * @param flags - None are defined
   * @libvirt virDomainSnapshotIsCurrent (0.9.13)
   */
  isCurrent(flags?: number): VirResultAsync<boolean>

  /**
   * Reports whether the driver keeps metadata of a snapshot that would get lost with the domain.
   *
   * @param flags - None are defined
   * @libvirt virDomainSnapshotHasMetadata (0.9.13)
   */
  hasMetadata(flags?: number): VirResultAsync<boolean>

  /**
   * Deletes a snapshot.
   *
   * @param flags - `CHILDREN` deletes those below too, `METADATA_ONLY` only forgets
   * @libvirt virDomainSnapshotDelete (0.8.0)
   */
  delete(flags?: DomainSnapshotDeleteFlags): VirResultAsync<void>
}

/** The methods of {@link DomainSnapshot}. */
const snapshotMethods: Omit<DomainSnapshot, keyof SnapshotHandle> & ThisType<SnapshotHandle> = {
  getXMLDesc(flags = 0) {
    return this.call('virDomainSnapshotGetXMLDesc', flags)
      .secure(DomainSnapshotXMLFlags.SECURE)
      .to((driver, bits) => driver.domainSnapshotGetXMLDesc?.(this.ref, bits))
  },

  numChildren(flags = 0) {
    return this.call('virDomainSnapshotNumChildren', flags).to((driver, bits) =>
      driver.domainSnapshotNumChildren?.(this.ref, bits),
    )
  },

  listChildrenNames(flags = 0) {
    return this.call('virDomainSnapshotListChildrenNames', flags).to((driver, bits) =>
      driver.domainSnapshotListChildrenNames?.(this.ref, bits),
    )
  },

  listAllChildren(flags = 0) {
    return this.call('virDomainSnapshotListAllChildren', flags).to(
      (driver, bits) => driver.domainSnapshotListAllChildren?.(this.ref, bits),
      (refs) => refs.map((ref) => toSnapshot(this.domain, ref)),
    )
  },

  getParent(flags = 0) {
    return this.call('virDomainSnapshotGetParent', flags).to(
      (driver, bits) => driver.domainSnapshotGetParent?.(this.ref, bits),
      (ref) => toSnapshot(this.domain, ref),
    )
  },

  isCurrent(flags = 0) {
    return this.call('virDomainSnapshotIsCurrent', flags).to((driver, bits) =>
      driver.domainSnapshotIsCurrent?.(this.ref, bits),
    )
  },

  hasMetadata(flags = 0) {
    return this.call('virDomainSnapshotHasMetadata', flags).to((driver, bits) =>
      driver.domainSnapshotHasMetadata?.(this.ref, bits),
    )
  },

  delete(flags = 0) {
    return this.call('virDomainSnapshotDelete', flags)
      .readWrite()
      .exclusive(snapshotDeleteChildren, snapshotDeleteChildrenOnly)
      .to((driver, bits) => driver.domainSnapshotDelete?.(this.ref, bits))
  },
}

const SnapshotObject = withMethods(SnapshotHandle, snapshotMethods)

function toSnapshot(domain: DomainObject, ref: DomainSnapshotRef): DomainSnapshot {
  return new SnapshotObject(domain, ref.name)
}
