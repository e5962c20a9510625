/**
 * Flags and enums of devices, with the values of libvirt 9.0.0.
 *
 * @module
 */
import type { Flags } from './flags.ts'

/** libvirt's `virDomainDeviceModifyFlags` (libvirt-domain.h). */
export const DomainDeviceModifyFlags = {
  CURRENT: 0x0,
  LIVE: 0x1,
  CONFIG: 0x2,
  FORCE: 0x4,
} as const
/** A set of {@link DomainDeviceModifyFlags}. */
export type DomainDeviceModifyFlags = Flags<typeof DomainDeviceModifyFlags>
