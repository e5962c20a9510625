/** Members about checkpoints: points in time that an incremental backup may start from. @module */
import type {
  DomainCheckpointCreateFlags,
  DomainCheckpointDeleteFlags,
  DomainCheckpointListFlags,
  DomainCheckpointXMLFlags,
} from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import type { DomainCheckpointRef, DomainRef } from './refs.ts'

/** Members about checkpoints. */
export interface CheckpointDriver {
  /**
   * Creates a checkpoint, or makes the driver remember one that exists.
   *
   * @param flags - `REDEFINE` remembers, and takes the XML of `domainCheckpointGetXMLDesc`
   * @libvirt virDomainCheckpointCreateXML (5.6.0)
   */
  domainCheckpointCreateXML?(
    domain: DomainRef,
    xmlDesc: string,
    flags: DomainCheckpointCreateFlags,
  ): VirResultAsync<DomainCheckpointRef>
  /**
   * Describes a checkpoint.
   *
   * @param flags - `SIZE` adds to each disk how much an incremental backup would copy now, in bytes
   * @errors `NO_DOMAIN_CHECKPOINT` when it is gone
   * @libvirt virDomainCheckpointGetXMLDesc (5.6.0)
   */
  domainCheckpointGetXMLDesc?(
    checkpoint: DomainCheckpointRef,
    flags: DomainCheckpointXMLFlags,
  ): VirResultAsync<string>
  /**
   * Lists the checkpoints of a domain.
   *
   * @libvirt virDomainListAllCheckpoints (5.6.0)
   */
  domainListAllCheckpoints?(
    domain: DomainRef,
    flags: DomainCheckpointListFlags,
  ): VirResultAsync<readonly DomainCheckpointRef[]>
  /**
   * Lists the children of a checkpoint.
   *
   * @libvirt virDomainCheckpointListAllChildren (5.6.0)
   */
  domainCheckpointListAllChildren?(
    checkpoint: DomainCheckpointRef,
    flags: DomainCheckpointListFlags,
  ): VirResultAsync<readonly DomainCheckpointRef[]>
  /**
   * Finds a checkpoint.
   *
   * @param flags - None are defined
   * @errors `NO_DOMAIN_CHECKPOINT` when none has the name
   * @libvirt virDomainCheckpointLookupByName (5.6.0)
   */
  domainCheckpointLookupByName?(
    domain: DomainRef,
    name: string,
    flags: number,
  ): VirResultAsync<DomainCheckpointRef>
  /**
   * Gives the parent of a checkpoint.
   *
   * @param flags - None are defined
   * @errors `NO_DOMAIN_CHECKPOINT` when it has none
   * @libvirt virDomainCheckpointGetParent (5.6.0)
   */
  domainCheckpointGetParent?(
    checkpoint: DomainCheckpointRef,
    flags: number,
  ): VirResultAsync<DomainCheckpointRef>
  /**
   * Deletes a checkpoint; backups since any other one copy as much as before.
   *
   * @libvirt virDomainCheckpointDelete (5.6.0)
   */
  domainCheckpointDelete?(
    checkpoint: DomainCheckpointRef,
    flags: DomainCheckpointDeleteFlags,
  ): VirResultAsync<void>
}
