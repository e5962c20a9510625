/** Members about snapshots: states of disks and memory that a domain can return to. @module */
import type {
  DomainSnapshotCreateFlags,
  DomainSnapshotDeleteFlags,
  DomainSnapshotListFlags,
  DomainSnapshotRevertFlags,
  DomainSnapshotXMLFlags,
} from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import type { DomainRef, DomainSnapshotRef } from './refs.ts'

/** Members about snapshots. */
export interface SnapshotDriver {
  /**
   * Takes a snapshot, or makes the driver remember one that exists.
   *
   * @libvirt virDomainSnapshotCreateXML (0.8.0)
   */
  domainSnapshotCreateXML?(
    domain: DomainRef,
    xmlDesc: string,
    flags: DomainSnapshotCreateFlags,
  ): VirResultAsync<DomainSnapshotRef>
  /**
   * Describes a snapshot.
   *
   * @errors `NO_DOMAIN_SNAPSHOT` when it is gone
   * @libvirt virDomainSnapshotGetXMLDesc (0.8.0)
   */
  domainSnapshotGetXMLDesc?(
    snapshot: DomainSnapshotRef,
    flags: DomainSnapshotXMLFlags,
  ): VirResultAsync<string>
  /**
   * Counts the snapshots of a domain.
   *
   * @libvirt virDomainSnapshotNum (0.8.0)
   */
  domainSnapshotNum?(domain: DomainRef, flags: DomainSnapshotListFlags): VirResultAsync<number>
  /**
   * Lists the names of a domain's snapshots.
   *
   * @libvirt virDomainSnapshotListNames (0.8.0)
   */
  domainSnapshotListNames?(
    domain: DomainRef,
    flags: DomainSnapshotListFlags,
  ): VirResultAsync<readonly string[]>
  /**
   * Lists the snapshots of a domain.
   *
   * @libvirt virDomainListAllSnapshots (0.9.13)
   */
  domainListAllSnapshots?(
    domain: DomainRef,
    flags: DomainSnapshotListFlags,
  ): VirResultAsync<readonly DomainSnapshotRef[]>
  /**
   * Counts the children of a snapshot.
   *
   * @libvirt virDomainSnapshotNumChildren (0.9.7)
   */
  domainSnapshotNumChildren?(
    snapshot: DomainSnapshotRef,
    flags: DomainSnapshotListFlags,
  ): VirResultAsync<number>
  /**
   * Lists the names of a snapshot's children.
   *
   * @libvirt virDomainSnapshotListChildrenNames (0.9.7)
   */
  domainSnapshotListChildrenNames?(
    snapshot: DomainSnapshotRef,
    flags: DomainSnapshotListFlags,
  ): VirResultAsync<readonly string[]>
  /**
   * Lists the children of a snapshot.
   *
   * @libvirt virDomainSnapshotListAllChildren (0.9.13)
   */
  domainSnapshotListAllChildren?(
    snapshot: DomainSnapshotRef,
    flags: DomainSnapshotListFlags,
  ): VirResultAsync<readonly DomainSnapshotRef[]>
  /**
   * Finds a snapshot.
   *
   * @param flags - None are defined
   * @errors `NO_DOMAIN_SNAPSHOT` when none has the name
   * @libvirt virDomainSnapshotLookupByName (0.8.0)
   */
  domainSnapshotLookupByName?(
    domain: DomainRef,
    name: string,
    flags: number,
  ): VirResultAsync<DomainSnapshotRef>
  /**
   * Reports whether the domain has a current snapshot.
   *
   * @param flags - None are defined
   * @libvirt virDomainHasCurrentSnapshot (0.8.0)
   */
  domainHasCurrentSnapshot?(domain: DomainRef, flags: number): VirResultAsync<boolean>
  /**
   * Gives the parent of a snapshot.
   *
   * @param flags - None are defined
   * @errors `NO_DOMAIN_SNAPSHOT` when it has none
   * @libvirt virDomainSnapshotGetParent (0.9.7)
   */
  domainSnapshotGetParent?(
    snapshot: DomainSnapshotRef,
    flags: number,
  ): VirResultAsync<DomainSnapshotRef>
  /**
   * Gives the domain's current snapshot: the one that the next will have as parent.
   *
   * @param flags - None are defined
   * @errors `NO_DOMAIN_SNAPSHOT` when there is none
   * @libvirt virDomainSnapshotCurrent (0.8.0)
   */
  domainSnapshotCurrent?(domain: DomainRef, flags: number): VirResultAsync<DomainSnapshotRef>
  /**
   * Reports whether a snapshot is the current one.
   *
   * @param flags - None are defined
   * @libvirt virDomainSnapshotIsCurrent (0.9.13)
   */
  domainSnapshotIsCurrent?(snapshot: DomainSnapshotRef, flags: number): VirResultAsync<boolean>
  /**
   * Reports whether the driver keeps metadata of a snapshot that would get lost with the domain.
   *
   * @param flags - None are defined
   * @libvirt virDomainSnapshotHasMetadata (0.9.13)
   */
  domainSnapshotHasMetadata?(snapshot: DomainSnapshotRef, flags: number): VirResultAsync<boolean>
  /**
   * Brings the domain back to the state of a snapshot; what it did since is lost.
   *
   * @libvirt virDomainRevertToSnapshot (0.8.0)
   */
  domainRevertToSnapshot?(
    snapshot: DomainSnapshotRef,
    flags: DomainSnapshotRevertFlags,
  ): VirResultAsync<void>
  /**
   * Deletes a snapshot.
   *
   * @param flags - `CHILDREN` deletes those below too, `METADATA_ONLY` only forgets
   * @libvirt virDomainSnapshotDelete (0.8.0)
   */
  domainSnapshotDelete?(
    snapshot: DomainSnapshotRef,
    flags: DomainSnapshotDeleteFlags,
  ): VirResultAsync<void>
}
