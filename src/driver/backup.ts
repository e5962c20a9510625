/** Members about backups, with the job ids of the 2019 proposal. @module */
import type { DomainBackupBeginFlags, DomainBackupEndFlags } from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import type { DomainRef } from './refs.ts'

/** Members about backups. */
export interface BackupDriver {
  /**
   * Begins a backup of a running domain, and with it a checkpoint when one is described.
   *
   * @param backupXml - `undefined` stands for `<domainbackup/>`: a full push backup of all disks
   * @returns The id of the job. Ids count from 1 in each domain
   * @errors `OPERATION_INVALID` when the domain does not run or another backup does
   * @libvirt virDomainBackupBegin (6.0.0)
   */
  domainBackupBegin?(
    domain: DomainRef,
    backupXml: string | undefined,
    checkpointXml: string | undefined,
    flags: DomainBackupBeginFlags,
  ): VirResultAsync<number>
  /**
   * Describes a backup, with what the driver has filled in: ports, names, indexes.
   *
   * @param id - 0 is the job that runs; the id of a finished one still finds its record
   * @param flags - None are defined
   * @errors `NO_DOMAIN_BACKUP` when there is none
   * @libvirt virDomainBackupGetXMLDesc (6.0.0)
   */
  domainBackupGetXMLDesc?(domain: DomainRef, id: number, flags: number): VirResultAsync<string>
  /**
   * Ends a backup, and settles once its targets are released; from the 2019 proposal.
   *
   * A push that runs is abandoned with the flag `ABORT` and refused without; a pull is always complete.
   *
   * @param id - 0 is the job that runs
   * @returns Whether the backup is complete
   * @errors `OPERATION_INVALID` for a push that runs, `OPERATION_FAILED` with the reason for one that failed,
   * `NO_DOMAIN_BACKUP` when there is none
   */
  domainBackupEnd?(
    domain: DomainRef,
    id: number,
    flags: DomainBackupEndFlags,
  ): VirResultAsync<boolean>
}
