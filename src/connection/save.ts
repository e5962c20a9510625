import {
  DomainCoreDumpFlags,
  type DomainCoreDumpFormat,
  DomainSaveImageXMLFlags,
  DomainSaveRestoreFlags,
} from '../constants/index.ts'
import type { DomainSaveParameters } from '../driver/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import { badArgument, type NamedFlag, ranges } from './checks.ts'
import type { ConnectionObject } from './connection.ts'
import type { DomainObject } from './handles.ts'

const saveRunning: NamedFlag = {
  symbol: 'VIR_DOMAIN_SAVE_RUNNING',
  bits: DomainSaveRestoreFlags.RUNNING,
}
const savePaused: NamedFlag = {
  symbol: 'VIR_DOMAIN_SAVE_PAUSED',
  bits: DomainSaveRestoreFlags.PAUSED,
}
const dumpCrash: NamedFlag = { symbol: 'VIR_DUMP_CRASH', bits: DomainCoreDumpFlags.CRASH }
const dumpLive: NamedFlag = { symbol: 'VIR_DUMP_LIVE', bits: DomainCoreDumpFlags.LIVE }
const dumpReset: NamedFlag = { symbol: 'VIR_DUMP_RESET', bits: DomainCoreDumpFlags.RESET }
const dumpFormats = 5

/**
 * Saved states in files: restoring from them, and their documents.
 *
 * C makes relative paths absolute before it calls the driver; here they are handed on as they are, since a library in
 * a browser has no working directory.
 */
export interface ConnectionSaveCalls {
  /**
   * Starts a domain from the state in a file.
   *
   * @libvirt virDomainRestore (0.0.3)
   */
  domainRestore(from: string): VirResultAsync<void>

  /**
   * Starts a domain from the state in a file.
   *
   * @param dxml - Replaces the domain document in the file; only what the guest cannot see may differ
   * @param flags - `RUNNING` and `PAUSED` override the state that was saved
   * @libvirt virDomainRestoreFlags (0.9.4)
   */
  domainRestoreFlags(
    from: string,
    dxml?: string,
    flags?: DomainSaveRestoreFlags,
  ): VirResultAsync<void>

  /**
   * Starts a domain from the state that the parameters name (`file`, `dxml`).
   *
   * @libvirt virDomainRestoreParams (8.4.0)
   */
  domainRestoreParams(
    params: DomainSaveParameters,
    flags?: DomainSaveRestoreFlags,
  ): VirResultAsync<void>

  /**
   * Reads the domain document out of the state in a file. Needs a connection that may write, even without secrets.
   *
   * @libvirt virDomainSaveImageGetXMLDesc (0.9.4)
   */
  domainSaveImageGetXMLDesc(file: string, flags?: DomainSaveImageXMLFlags): VirResultAsync<string>

  /**
   * Replaces the domain document in the state in a file.
   *
   * @libvirt virDomainSaveImageDefineXML (0.9.4)
   */
  domainSaveImageDefineXML(
    file: string,
    dxml: string,
    flags?: DomainSaveRestoreFlags,
  ): VirResultAsync<void>
}

/** The methods of {@link ConnectionSaveCalls}. */
export const connectionSave: ConnectionSaveCalls & ThisType<ConnectionObject> = {
  domainRestore(from) {
    return this.call('virDomainRestore')
      .readWrite()
      .text('from', from)
      .to((driver) => driver.domainRestore?.(from))
  },

  domainRestoreFlags(from, dxml, flags = 0) {
    return this.call('virDomainRestoreFlags', flags)
      .readWrite()
      .text('from', from)
      .exclusive(saveRunning, savePaused)
      .optionalText('dxml', dxml)
      .to((driver, bits) => driver.domainRestoreFlags?.(from, dxml ?? undefined, bits))
  },

  domainRestoreParams(params, flags = 0) {
    return this.call('virDomainRestoreParams', flags)
      .readWrite()
      .exclusive(saveRunning, savePaused)
      .record('params', params)
      .to((driver, bits) => driver.domainRestoreParams?.(params, bits))
  },

  domainSaveImageGetXMLDesc(file, flags = 0) {
    return this.call('virDomainSaveImageGetXMLDesc', flags)
      .text('file', file)
      .readWrite()
      .to((driver, bits) => driver.domainSaveImageGetXMLDesc?.(file, bits))
  },

  domainSaveImageDefineXML(file, dxml, flags = 0) {
    return this.call('virDomainSaveImageDefineXML', flags)
      .readWrite()
      .text('file', file)
      .text('dxml', dxml)
      .exclusive(saveRunning, savePaused)
      .to((driver, bits) => driver.domainSaveImageDefineXML?.(file, dxml, bits))
  },
}

/** Saving a domain's state to a file that the caller names or that the hypervisor manages, and dumping its memory. */
export interface DomainSaveCalls {
  /**
   * Stops the domain and writes its memory and device state to a file.
   *
   * @libvirt virDomainSave (0.0.3)
   */
  save(to: string): VirResultAsync<void>

  /**
   * Stops the domain and writes its memory and device state to a file.
   *
   * @param dxml - The document that goes into the file; only what the guest cannot see may differ
   * @param flags - `RUNNING` and `PAUSED` decide the state after a restore
   * @libvirt virDomainSaveFlags (0.9.4)
   */
  saveFlags(to: string, dxml?: string, flags?: DomainSaveRestoreFlags): VirResultAsync<void>

  /**
   * Stops the domain and writes its state to the file that the parameters name (`file`, `dxml`).
   *
   * @libvirt virDomainSaveParams (8.4.0)
   */
  saveParams(params: DomainSaveParameters, flags?: DomainSaveRestoreFlags): VirResultAsync<void>

  /**
   * Stops the domain and keeps its state, from which its next start goes on.
   *
   * @libvirt virDomainManagedSave (0.8.0)
   */
  managedSave(flags?: DomainSaveRestoreFlags): VirResultAsync<void>

  /**
   * Says whether a managed state is kept.
   *
   * @libvirt virDomainHasManagedSaveImage (0.8.0)
   */
  hasManagedSaveImage(flags?: number): VirResultAsync<boolean>

  /**
   * Deletes the managed state.
   *
   * @libvirt virDomainManagedSaveRemove (0.8.0)
   */
  managedSaveRemove(flags?: number): VirResultAsync<void>

  /**
   * Reads the domain document out of the managed state.
   *
   * @param flags - `SECURE` shows secrets, which a read-only connection may not
   * @libvirt virDomainManagedSaveGetXMLDesc (3.7.0)
   */
  managedSaveGetXMLDesc(flags?: DomainSaveImageXMLFlags): VirResultAsync<string>

  /**
   * Replaces the domain document in the managed state.
   *
   * @libvirt virDomainManagedSaveDefineXML (3.7.0)
   */
  managedSaveDefineXML(dxml: string, flags?: DomainSaveRestoreFlags): VirResultAsync<void>

  /**
   * Writes the domain's memory to a file, for debugging.
   *
   * @libvirt virDomainCoreDump (0.1.9)
   */
  coreDump(to: string, flags?: DomainCoreDumpFlags): VirResultAsync<void>

  /**
   * Writes the domain's memory to a file of the given format.
   *
   * @errors `INVALID_ARG` for a format that there is not
   * @libvirt virDomainCoreDumpWithFormat (1.2.3)
   */
  coreDumpWithFormat(
    to: string,
    dumpformat: DomainCoreDumpFormat,
    flags?: DomainCoreDumpFlags,
  ): VirResultAsync<void>
}

/** The methods of {@link DomainSaveCalls}. */
export const domainSave: DomainSaveCalls & ThisType<DomainObject> = {
  save(to) {
    return this.call('virDomainSave')
      .readWrite()
      .text('to', to)
      .to(
        (driver) => driver.domainSave?.(this.ref, to),
        () => this.update({ id: -1 }),
      )
  },

  saveFlags(to, dxml, flags = 0) {
    return this.call('virDomainSaveFlags', flags)
      .readWrite()
      .text('to', to)
      .exclusive(saveRunning, savePaused)
      .optionalText('dxml', dxml)
      .to(
        (driver, bits) => driver.domainSaveFlags?.(this.ref, to, dxml ?? undefined, bits),
        () => this.update({ id: -1 }),
      )
  },

  saveParams(params, flags = 0) {
    return this.call('virDomainSaveParams', flags)
      .readWrite()
      .exclusive(saveRunning, savePaused)
      .record('params', params)
      .to(
        (driver, bits) => driver.domainSaveParams?.(this.ref, params, bits),
        () => this.update({ id: -1 }),
      )
  },

  managedSave(flags = 0) {
    return this.call('virDomainManagedSave', flags)
      .readWrite()
      .exclusive(saveRunning, savePaused)
      .to(
        (driver, bits) => driver.domainManagedSave?.(this.ref, bits),
        () => this.update({ id: -1 }),
      )
  },

  hasManagedSaveImage(flags = 0) {
    return this.call('virDomainHasManagedSaveImage', flags).to((driver, bits) =>
      driver.domainHasManagedSaveImage?.(this.ref, bits),
    )
  },

  managedSaveRemove(flags = 0) {
    return this.call('virDomainManagedSaveRemove', flags)
      .readWrite()
      .to((driver, bits) => driver.domainManagedSaveRemove?.(this.ref, bits))
  },

  managedSaveGetXMLDesc(flags = 0) {
    return this.call('virDomainManagedSaveGetXMLDesc', flags)
      .secure(DomainSaveImageXMLFlags.SECURE)
      .to((driver, bits) => driver.domainManagedSaveGetXMLDesc?.(this.ref, bits))
  },

  managedSaveDefineXML(dxml, flags = 0) {
    // The only function that looks at its flags before its domain.
    return this.callUnchecked('virDomainManagedSaveDefineXML', flags)
      .exclusive(saveRunning, savePaused)
      .object('domain')
      .readWrite()
      .text('dxml', dxml)
      .to((driver, bits) => driver.domainManagedSaveDefineXML?.(this.ref, dxml, bits))
  },

  coreDump(to, flags = 0) {
    return this.call('virDomainCoreDump', flags)
      .readWrite()
      .text('to', to)
      .exclusive(dumpCrash, dumpLive)
      .exclusive(dumpCrash, dumpReset)
      .exclusive(dumpLive, dumpReset)
      .to((driver, bits) => driver.domainCoreDump?.(this.ref, to, bits))
  },

  coreDumpWithFormat(to, dumpformat, flags = 0) {
    return this.call('virDomainCoreDumpWithFormat', flags)
      .readWrite()
      .text('to', to)
      .integer('dumpformat', dumpformat, ranges.u32)
      .check((fn) =>
        dumpformat < dumpFormats
          ? undefined
          : badArgument(fn, 'flags', `dumpformat '${dumpformat}' is not supported`),
      )
      .exclusive(dumpCrash, dumpLive)
      .exclusive(dumpCrash, dumpReset)
      .exclusive(dumpLive, dumpReset)
      .to((driver, bits) => driver.domainCoreDumpWithFormat?.(this.ref, to, dumpformat, bits))
  },
}
