import { DomainBackupBeginFlags, type DomainBackupEndFlags } from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import { ranges } from './checks.ts'
import type { DomainObject } from './handles.ts'

/** Backups of a domain, with the job ids of the 2019 proposal. */
export interface DomainBackupCalls {
  /**
   * Begins a backup of a running domain, and with it a checkpoint when one is described.
   *
   * @param backupXml - `undefined` stands for `<domainbackup/>`: a full push backup of all disks
   * @returns The id of the job. Ids count from 1 in each domain
   * @errors `OPERATION_INVALID` when the domain does not run or another backup does
   * @libvirt virDomainBackupBegin (6.0.0)
   */
  backupBegin(
    backupXml?: string,
    checkpointXml?: string,
    flags?: DomainBackupBeginFlags,
  ): VirResultAsync<number>

  /**
   * Describes a backup, with what the driver has filled in: ports, names, indexes.
   *
   * @param id - 0 is the job that runs; the id of a finished one still finds its record
   * @param flags - None are defined
   * @errors `NO_DOMAIN_BACKUP` when there is none
   * @libvirt virDomainBackupGetXMLDesc (6.0.0)
   */
  backupGetXMLDesc(id?: number, flags?: number): VirResultAsync<string>

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
  backupEnd(id?: number, flags?: DomainBackupEndFlags): VirResultAsync<boolean>
}

/** The methods of {@link DomainBackupCalls}. */
export const domainBackup: DomainBackupCalls & ThisType<DomainObject> = {
  backupBegin(backupXml, checkpointXml, flags = 0) {
    return this.call('virDomainBackupBegin', flags)
      .readWrite()
      .whenFlagged(DomainBackupBeginFlags.NO_METADATA, (call) =>
        call.nonNull('checkpointXml', checkpointXml),
      )
      .optionalText('backupXml', backupXml)
      .optionalText('checkpointXml', checkpointXml)
      .to((driver, bits) =>
        driver.domainBackupBegin?.(
          this.ref,
          backupXml ?? undefined,
          checkpointXml ?? undefined,
          bits,
        ),
      )
  },

  backupGetXMLDesc(id = 0, flags = 0) {
    return this.call('virDomainBackupGetXMLDesc', flags)
      .nonNegative('id', id)
      .integer('id', id, ranges.i32)
      .to((driver, bits) => driver.domainBackupGetXMLDesc?.(this.ref, id, bits))
  },

  backupEnd(id = 0, flags = 0) {
    return this.call('virDomainBackupEnd', flags)
      .readWrite()
      .nonNegative('id', id)
      .integer('id', id, ranges.i32)
      .to((driver, bits) => driver.domainBackupEnd?.(this.ref, id, bits))
  },
}
