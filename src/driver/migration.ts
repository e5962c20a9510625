/** Members that move a running domain to another host, step by step. @module */
import type { DomainMigrateFlags, DomainMigrateMaxSpeedFlags } from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import type { DomainRef } from './refs.ts'
import type { Stream } from './stream.ts'

/** How a domain is to be moved; libvirt's `VIR_MIGRATE_PARAM_*`. */
export interface DomainMigrateParameters {
  readonly migrate_uri?: string
  readonly destination_name?: string
  readonly destination_xml?: string
  readonly persistent_xml?: string
  /** MiB a second; the next likewise. */
  readonly bandwidth?: number
  readonly 'bandwidth.postcopy'?: number
  readonly graphics_uri?: string
  readonly listen_address?: string
  /** Target names of the disks to copy; the field occurs once for each on the wire. */
  readonly migrate_disks?: readonly string[]
  readonly disks_port?: number
  readonly disks_uri?: string
  /** Names of the methods; the field occurs once for each on the wire. */
  readonly compression?: readonly string[]
  readonly 'compression.mt.level'?: number
  readonly 'compression.mt.threads'?: number
  readonly 'compression.mt.dthreads'?: number
  /** Bytes. */
  readonly 'compression.xbzrle.cache'?: number
  /** Percent; the next likewise. */
  readonly 'auto_converge.initial'?: number
  readonly 'auto_converge.increment'?: number
  readonly 'parallel.connections'?: number
  readonly 'tls.destination'?: string
}

/** What the source has to say to the destination. */
export interface DomainMigrateBegun {
  readonly xml: string
  /** Opaque to everybody but the two drivers. */
  readonly cookie: Uint8Array
}

/** What the destination has prepared. */
export interface DomainMigratePrepared {
  readonly cookie: Uint8Array
  /** Where the source is to connect to; absent when the caller had said it. */
  readonly uri?: string
}

/** The domain on the destination. */
export interface DomainMigrateFinished {
  /** `undefined` when nothing is left of it, as after a cancelled migration. */
  readonly domain: DomainRef | undefined
  readonly cookie: Uint8Array
}

/**
 * Members that move a running domain to another host.
 *
 * Those that end in 3, with or without parameters, take their steps in the order begin, prepare, perform, finish,
 * confirm; begin, perform and confirm happen on the source, prepare and finish on the destination. The older ones are
 * protocols 1 and 2.
 */
export interface MigrationDriver {
  /**
   * Prepares the destination (protocol 1).
   *
   * @param dname - Name on the destination; `undefined` keeps it
   * @param bandwidth - MiB a second; 0 is unlimited
   * @libvirt virDomainMigratePrepare (0.3.2)
   */
  domainMigratePrepare?(
    uriIn: string | undefined,
    flags: DomainMigrateFlags,
    dname: string | undefined,
    bandwidth: number,
  ): VirResultAsync<DomainMigratePrepared>
  /**
   * Moves the domain from the source (protocols 1 and 2, and peer to peer).
   *
   * @param bandwidth - MiB a second; 0 is unlimited
   * @libvirt virDomainMigratePerform (0.3.2)
   */
  domainMigratePerform?(
    domain: DomainRef,
    cookie: Uint8Array,
    uri: string | undefined,
    flags: DomainMigrateFlags,
    dname: string | undefined,
    bandwidth: number,
  ): VirResultAsync<void>
  /**
   * Starts the domain on the destination (protocol 1).
   *
   * @libvirt virDomainMigrateFinish (0.3.2)
   */
  domainMigrateFinish?(
    dname: string,
    cookie: Uint8Array,
    uri: string,
    flags: DomainMigrateFlags,
  ): VirResultAsync<DomainRef>
  /**
   * Prepares the destination (protocol 2).
   *
   * @param bandwidth - MiB a second; 0 is unlimited
   * @libvirt virDomainMigratePrepare2 (0.5.0)
   */
  domainMigratePrepare2?(
    uriIn: string | undefined,
    flags: DomainMigrateFlags,
    dname: string | undefined,
    bandwidth: number,
    domXml: string,
  ): VirResultAsync<DomainMigratePrepared>
  /**
   * Starts the domain on the destination, or cleans up there (protocol 2).
   *
   * @param retcode - 0 when the source has moved it
   * @libvirt virDomainMigrateFinish2 (0.5.0)
   */
  domainMigrateFinish2?(
    dname: string,
    cookie: Uint8Array,
    uri: string,
    flags: DomainMigrateFlags,
    retcode: number,
  ): VirResultAsync<DomainRef>
  /**
   * Prepares the destination to receive the domain through a stream (protocol 2).
   *
   * @param bandwidth - MiB a second; 0 is unlimited
   * @libvirt virDomainMigratePrepareTunnel (0.7.2)
   */
  domainMigratePrepareTunnel?(
    stream: Stream,
    flags: DomainMigrateFlags,
    dname: string | undefined,
    bandwidth: number,
    domXml: string,
  ): VirResultAsync<void>
  /**
   * Begins on the source.
   *
   * @param bandwidth - MiB a second; 0 is unlimited
   * @libvirt virDomainMigrateBegin3 (0.9.2)
   */
  domainMigrateBegin3?(
    domain: DomainRef,
    xmlIn: string | undefined,
    flags: DomainMigrateFlags,
    dname: string | undefined,
    bandwidth: number,
  ): VirResultAsync<DomainMigrateBegun>
  /**
   * Prepares the destination.
   *
   * @param bandwidth - MiB a second; 0 is unlimited
   * @libvirt virDomainMigratePrepare3 (0.9.2)
   */
  domainMigratePrepare3?(
    cookieIn: Uint8Array,
    uriIn: string | undefined,
    flags: DomainMigrateFlags,
    dname: string | undefined,
    bandwidth: number,
    domXml: string,
  ): VirResultAsync<DomainMigratePrepared>
  /**
   * Prepares the destination to receive the domain through a stream.
   *
   * @param bandwidth - MiB a second; 0 is unlimited
   * @returns A cookie
   * @libvirt virDomainMigratePrepareTunnel3 (0.9.2)
   */
  domainMigratePrepareTunnel3?(
    stream: Stream,
    cookieIn: Uint8Array,
    flags: DomainMigrateFlags,
    dname: string | undefined,
    bandwidth: number,
    domXml: string,
  ): VirResultAsync<Uint8Array>
  /**
   * Moves the domain from the source.
   *
   * @param dconnUri - The destination's own URI, for peer to peer
   * @param bandwidth - MiB a second; 0 is unlimited
   * @returns A cookie
   * @libvirt virDomainMigratePerform3 (0.9.2)
   */
  domainMigratePerform3?(
    domain: DomainRef,
    xmlIn: string | undefined,
    cookieIn: Uint8Array,
    dconnUri: string | undefined,
    uri: string | undefined,
    flags: DomainMigrateFlags,
    dname: string | undefined,
    bandwidth: number,
  ): VirResultAsync<Uint8Array>
  /**
   * Starts the domain on the destination, or cleans up there.
   *
   * @param cancelled - Whether the source has given up
   * @libvirt virDomainMigrateFinish3 (0.9.2)
   */
  domainMigrateFinish3?(
    dname: string,
    cookieIn: Uint8Array,
    dconnUri: string | undefined,
    uri: string | undefined,
    flags: DomainMigrateFlags,
    cancelled: boolean,
  ): VirResultAsync<DomainMigrateFinished>
  /**
   * Ends on the source: stops the domain there, or lets it go on.
   *
   * @param cancelled - Whether the destination does not run it
   * @libvirt virDomainMigrateConfirm3 (0.9.2)
   */
  domainMigrateConfirm3?(
    domain: DomainRef,
    cookieIn: Uint8Array,
    flags: DomainMigrateFlags,
    cancelled: boolean,
  ): VirResultAsync<void>
  /**
   * Begins on the source.
   *
   * @libvirt virDomainMigrateBegin3Params (1.1.0)
   */
  domainMigrateBegin3Params?(
    domain: DomainRef,
    params: DomainMigrateParameters,
    flags: DomainMigrateFlags,
  ): VirResultAsync<DomainMigrateBegun>
  /**
   * Prepares the destination.
   *
   * @libvirt virDomainMigratePrepare3Params (1.1.0)
   */
  domainMigratePrepare3Params?(
    params: DomainMigrateParameters,
    cookieIn: Uint8Array,
    flags: DomainMigrateFlags,
  ): VirResultAsync<DomainMigratePrepared>
  /**
   * Prepares the destination to receive the domain through a stream.
   *
   * @returns A cookie
   * @libvirt virDomainMigratePrepareTunnel3Params (1.1.0)
   */
  domainMigratePrepareTunnel3Params?(
    stream: Stream,
    params: DomainMigrateParameters,
    cookieIn: Uint8Array,
    flags: DomainMigrateFlags,
  ): VirResultAsync<Uint8Array>
  /**
   * Moves the domain from the source.
   *
   * @param dconnUri - The destination's own URI, for peer to peer
   * @returns A cookie
   * @libvirt virDomainMigratePerform3Params (1.1.0)
   */
  domainMigratePerform3Params?(
    domain: DomainRef,
    dconnUri: string | undefined,
    params: DomainMigrateParameters,
    cookieIn: Uint8Array,
    flags: DomainMigrateFlags,
  ): VirResultAsync<Uint8Array>
  /**
   * Starts the domain on the destination, or cleans up there.
   *
   * @param cancelled - Whether the source has given up
   * @libvirt virDomainMigrateFinish3Params (1.1.0)
   */
  domainMigrateFinish3Params?(
    params: DomainMigrateParameters,
    cookieIn: Uint8Array,
    flags: DomainMigrateFlags,
    cancelled: boolean,
  ): VirResultAsync<DomainMigrateFinished>
  /**
   * Ends on the source: stops the domain there, or lets it go on.
   *
   * @param cancelled - Whether the destination does not run it
   * @libvirt virDomainMigrateConfirm3Params (1.1.0)
   */
  domainMigrateConfirm3Params?(
    domain: DomainRef,
    params: DomainMigrateParameters,
    cookieIn: Uint8Array,
    flags: DomainMigrateFlags,
    cancelled: boolean,
  ): VirResultAsync<void>
  /**
   * Gives how long the domain may stand still at the end of its move, in milliseconds.
   *
   * @param flags - None are defined
   * @libvirt virDomainMigrateGetMaxDowntime (3.7.0)
   */
  domainMigrateGetMaxDowntime?(domain: DomainRef, flags: number): VirResultAsync<number>
  /**
   * Says how long the domain may stand still at the end of its move.
   *
   * @param downtime - Milliseconds
   * @param flags - None are defined
   * @libvirt virDomainMigrateSetMaxDowntime (0.8.0)
   */
  domainMigrateSetMaxDowntime?(
    domain: DomainRef,
    downtime: number,
    flags: number,
  ): VirResultAsync<void>
  /**
   * Gives the size of the cache that compresses repeated pages, in bytes.
   *
   * @param flags - None are defined
   * @libvirt virDomainMigrateGetCompressionCache (1.0.3)
   */
  domainMigrateGetCompressionCache?(domain: DomainRef, flags: number): VirResultAsync<number>
  /**
   * Changes the size of the cache that compresses repeated pages.
   *
   * @param cacheSize - Bytes
   * @param flags - None are defined
   * @libvirt virDomainMigrateSetCompressionCache (1.0.3)
   */
  domainMigrateSetCompressionCache?(
    domain: DomainRef,
    cacheSize: number,
    flags: number,
  ): VirResultAsync<void>
  /**
   * Gives how fast the domain may move, in MiB a second.
   *
   * @libvirt virDomainMigrateGetMaxSpeed (0.9.5)
   */
  domainMigrateGetMaxSpeed?(
    domain: DomainRef,
    flags: DomainMigrateMaxSpeedFlags,
  ): VirResultAsync<number>
  /**
   * Says how fast the domain may move.
   *
   * @param bandwidth - MiB a second
   * @libvirt virDomainMigrateSetMaxSpeed (0.9.0)
   */
  domainMigrateSetMaxSpeed?(
    domain: DomainRef,
    bandwidth: number,
    flags: DomainMigrateMaxSpeedFlags,
  ): VirResultAsync<void>
  /**
   * Lets the domain run on the destination already, while the rest of its memory follows.
   *
   * @param flags - None are defined
   * @libvirt virDomainMigrateStartPostCopy (1.3.3)
   */
  domainMigrateStartPostCopy?(domain: DomainRef, flags: number): VirResultAsync<void>
}
