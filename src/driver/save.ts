/** Members that save a domain to a file, restore it, and dump its memory. @module */
import type {
  DomainCoreDumpFlags,
  DomainCoreDumpFormat,
  DomainSaveImageXMLFlags,
  DomainSaveRestoreFlags,
} from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import type { DomainRef } from './refs.ts'

/** Where a domain is saved to or restored from; libvirt's `VIR_DOMAIN_SAVE_PARAM_*`. */
export interface DomainSaveParameters {
  /** Absolute path. Absent: the managed save image where the driver allows it. */
  readonly file?: string
  /** Replaces the domain XML in the image, in what the guest does not see. */
  readonly dxml?: string
}

/** Members that save a domain to a file, restore it, and dump its memory. Paths are absolute. */
export interface SaveDriver {
  /**
   * Saves memory and state of a running domain to a file, and stops it.
   *
   * @errors `OPERATION_INVALID` when the domain does not run
   * @libvirt virDomainSave (0.0.3)
   */
  domainSave?(domain: DomainRef, to: string): VirResultAsync<void>
  /**
   * Saves memory and state of a running domain to a file, and stops it.
   *
   * @param dxml - Replaces the domain XML in the file, in what the guest does not see
   * @errors `OPERATION_INVALID` when the domain does not run
   * @libvirt virDomainSaveFlags (0.9.4)
   */
  domainSaveFlags?(
    domain: DomainRef,
    to: string,
    dxml: string | undefined,
    flags: DomainSaveRestoreFlags,
  ): VirResultAsync<void>
  /**
   * Saves memory and state of a running domain to a file, and stops it.
   *
   * @errors `OPERATION_INVALID` when the domain does not run
   * @libvirt virDomainSaveParams (8.4.0)
   */
  domainSaveParams?(
    domain: DomainRef,
    params: DomainSaveParameters,
    flags: DomainSaveRestoreFlags,
  ): VirResultAsync<void>
  /**
   * Lets a saved domain go on; the file stays as it is, so doing it twice corrupts disks that have changed since.
   *
   * @libvirt virDomainRestore (0.0.3)
   */
  domainRestore?(from: string): VirResultAsync<void>
  /**
   * Lets a saved domain go on.
   *
   * @param dxml - Replaces the domain XML of the file, in what the guest does not see
   * @libvirt virDomainRestoreFlags (0.9.4)
   */
  domainRestoreFlags?(
    from: string,
    dxml: string | undefined,
    flags: DomainSaveRestoreFlags,
  ): VirResultAsync<void>
  /**
   * Lets a saved domain go on.
   *
   * @libvirt virDomainRestoreParams (8.4.0)
   */
  domainRestoreParams?(
    params: DomainSaveParameters,
    flags: DomainSaveRestoreFlags,
  ): VirResultAsync<void>
  /**
   * Gives the domain XML of a saved domain.
   *
   * @libvirt virDomainSaveImageGetXMLDesc (0.9.4)
   */
  domainSaveImageGetXMLDesc?(file: string, flags: DomainSaveImageXMLFlags): VirResultAsync<string>
  /**
   * Replaces the domain XML of a saved domain, in what the guest does not see.
   *
   * @libvirt virDomainSaveImageDefineXML (0.9.4)
   */
  domainSaveImageDefineXML?(
    file: string,
    dxml: string,
    flags: DomainSaveRestoreFlags,
  ): VirResultAsync<void>
  /**
   * Dumps the memory of a running domain to a file.
   *
   * @libvirt virDomainCoreDump (0.1.9)
   */
  domainCoreDump?(domain: DomainRef, to: string, flags: DomainCoreDumpFlags): VirResultAsync<void>
  /**
   * Dumps the memory of a running domain to a file of a chosen format.
   *
   * @libvirt virDomainCoreDumpWithFormat (1.2.3)
   */
  domainCoreDumpWithFormat?(
    domain: DomainRef,
    to: string,
    dumpformat: DomainCoreDumpFormat,
    flags: DomainCoreDumpFlags,
  ): VirResultAsync<void>
  /**
   * Saves a running domain where the driver wants it, and stops it; its next start goes on from there.
   *
   * @errors `OPERATION_INVALID` when the domain does not run or is transient
   * @libvirt virDomainManagedSave (0.8.0)
   */
  domainManagedSave?(domain: DomainRef, flags: DomainSaveRestoreFlags): VirResultAsync<void>
  /**
   * Reports whether the domain's next start goes on from a managed save image.
   *
   * @param flags - None are defined
   * @libvirt virDomainHasManagedSaveImage (0.8.0)
   */
  domainHasManagedSaveImage?(domain: DomainRef, flags: number): VirResultAsync<boolean>
  /**
   * Removes the managed save image; the saved state is lost.
   *
   * @param flags - None are defined
   * @libvirt virDomainManagedSaveRemove (0.8.0)
   */
  domainManagedSaveRemove?(domain: DomainRef, flags: number): VirResultAsync<void>
  /**
   * Gives the domain XML of the managed save image.
   *
   * @errors `OPERATION_INVALID` when there is none
   * @libvirt virDomainManagedSaveGetXMLDesc (3.7.0)
   */
  domainManagedSaveGetXMLDesc?(
    domain: DomainRef,
    flags: DomainSaveImageXMLFlags,
  ): VirResultAsync<string>
  /**
   * Replaces the domain XML of the managed save image, in what the guest does not see.
   *
   * @param dxml - `undefined` changes only what the flags say
   * @libvirt virDomainManagedSaveDefineXML (3.7.0)
   */
  domainManagedSaveDefineXML?(
    domain: DomainRef,
    dxml: string | undefined,
    flags: DomainSaveRestoreFlags,
  ): VirResultAsync<void>
}
