import type { DomainMigrateMaxSpeedFlags } from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import { ranges } from './checks.ts'
import type { DomainObject } from './handles.ts'

/** The settings of migrations. The migration itself is no part of this library. */
export interface DomainMigrationCalls {
  /**
   * Gives how long the domain may stand still at the end of its move, in milliseconds.
   *
   * @param flags - None are defined
   * @libvirt virDomainMigrateGetMaxDowntime (3.7.0)
   */
  migrateGetMaxDowntime(flags?: number): VirResultAsync<number>

  /**
   * Says how long the domain may stand still at the end of its move.
   *
   * @param downtime - Milliseconds
   * @param flags - None are defined
   * @libvirt virDomainMigrateSetMaxDowntime (0.8.0)
   */
  migrateSetMaxDowntime(downtime: number, flags?: number): VirResultAsync<void>

  /**
   * Gives the size of the cache that compresses repeated pages, in bytes.
   *
   * @param flags - None are defined
   * @libvirt virDomainMigrateGetCompressionCache (1.0.3)
   */
  migrateGetCompressionCache(flags?: number): VirResultAsync<number>

  /**
   * Changes the size of the cache that compresses repeated pages.
   *
   * @param cacheSize - Bytes
   * @param flags - None are defined
   * @libvirt virDomainMigrateSetCompressionCache (1.0.3)
   */
  migrateSetCompressionCache(cacheSize: number, flags?: number): VirResultAsync<void>

  /**
   * Gives how fast the domain may move, in MiB a second.
   *
   * @libvirt virDomainMigrateGetMaxSpeed (0.9.5)
   */
  migrateGetMaxSpeed(flags?: DomainMigrateMaxSpeedFlags): VirResultAsync<number>

  /**
   * Says how fast the domain may move.
   *
   * @param bandwidth - MiB a second
   * @libvirt virDomainMigrateSetMaxSpeed (0.9.0)
   */
  migrateSetMaxSpeed(bandwidth: number, flags?: DomainMigrateMaxSpeedFlags): VirResultAsync<void>

  /**
   * Lets the domain run on the destination already, while the rest of its memory follows.
   *
   * @param flags - None are defined
   * @libvirt virDomainMigrateStartPostCopy (1.3.3)
   */
  migrateStartPostCopy(flags?: number): VirResultAsync<void>
}

/** The methods of {@link DomainMigrationCalls}. */
export const domainMigration: DomainMigrationCalls & ThisType<DomainObject> = {
  migrateGetMaxDowntime(flags = 0) {
    return this.call('virDomainMigrateGetMaxDowntime', flags).to((driver, bits) =>
      driver.domainMigrateGetMaxDowntime?.(this.ref, bits),
    )
  },

  migrateSetMaxDowntime(downtime, flags = 0) {
    return this.call('virDomainMigrateSetMaxDowntime', flags)
      .readWrite()
      .integer('downtime', downtime, ranges.u64)
      .to((driver, bits) => driver.domainMigrateSetMaxDowntime?.(this.ref, downtime, bits))
  },

  migrateGetCompressionCache(flags = 0) {
    return this.call('virDomainMigrateGetCompressionCache', flags).to((driver, bits) =>
      driver.domainMigrateGetCompressionCache?.(this.ref, bits),
    )
  },

  migrateSetCompressionCache(cacheSize, flags = 0) {
    return this.call('virDomainMigrateSetCompressionCache', flags)
      .readWrite()
      .integer('cacheSize', cacheSize, ranges.u64)
      .to((driver, bits) => driver.domainMigrateSetCompressionCache?.(this.ref, cacheSize, bits))
  },

  migrateGetMaxSpeed(flags = 0) {
    return this.call('virDomainMigrateGetMaxSpeed', flags)
      .readWrite()
      .to((driver, bits) => driver.domainMigrateGetMaxSpeed?.(this.ref, bits))
  },

  migrateSetMaxSpeed(bandwidth, flags = 0) {
    return this.call('virDomainMigrateSetMaxSpeed', flags)
      .readWrite()
      .integer('bandwidth', bandwidth, ranges.u64)
      .to((driver, bits) => driver.domainMigrateSetMaxSpeed?.(this.ref, bandwidth, bits))
  },

  migrateStartPostCopy(flags = 0) {
    return this.call('virDomainMigrateStartPostCopy', flags)
      .readWrite()
      .to((driver, bits) => driver.domainMigrateStartPostCopy?.(this.ref, bits))
  },
}
