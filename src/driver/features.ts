/**
 * The internal features that drivers are asked for.
 *
 * @module
 */

/** Numbers of internal features, as they also travel over RPC; libvirt's `virDrvFeature`. */
export const DriverFeature = {
  MIGRATION_V1: 1,
  REMOTE: 2,
  MIGRATION_V2: 3,
  MIGRATION_P2P: 4,
  MIGRATION_DIRECT: 5,
  MIGRATION_V3: 6,
  MIGRATE_CHANGE_PROTECTION: 7,
  FD_PASSING: 8,
  TYPED_PARAM_STRING: 9,
  PROGRAM_KEEPALIVE: 10,
  XML_MIGRATABLE: 11,
  MIGRATION_OFFLINE: 12,
  MIGRATION_PARAMS: 13,
  REMOTE_EVENT_CALLBACK: 14,
  REMOTE_CLOSE_CALLBACK: 15,
  NETWORK_UPDATE_HAS_CORRECT_ORDER: 16,
} as const
/** One of {@link DriverFeature}. */
export type DriverFeature = (typeof DriverFeature)[keyof typeof DriverFeature]

const globalFeatures: ReadonlyMap<number, boolean> = new Map([
  [DriverFeature.REMOTE, false],
  [DriverFeature.PROGRAM_KEEPALIVE, false],
  [DriverFeature.REMOTE_EVENT_CALLBACK, false],
  [DriverFeature.REMOTE_CLOSE_CALLBACK, false],
  [DriverFeature.FD_PASSING, true],
  [DriverFeature.TYPED_PARAM_STRING, true],
  [DriverFeature.NETWORK_UPDATE_HAS_CORRECT_ORDER, true],
])

/**
 * Gives the answer that every driver inside the process gives.
 *
 * @returns `undefined` for a feature that drivers differ in, and for numbers that name none
 * @libvirt virDriverFeatureIsGlobal
 */
export function globalFeature(feature: number): boolean | undefined {
  return globalFeatures.get(feature)
}
