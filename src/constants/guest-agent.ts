/**
 * Flags and enums of the guest agent, with the values of libvirt 9.0.0.
 *
 * @module
 */
import type { Flags } from './flags.ts'

/** libvirt's `virDomainGetHostnameFlags` (libvirt-domain.h). */
export const DomainGetHostnameFlags = {
  LEASE: 0x1,
  AGENT: 0x2,
} as const
/** A set of {@link DomainGetHostnameFlags}. */
export type DomainGetHostnameFlags = Flags<typeof DomainGetHostnameFlags>

/** libvirt's `virDomainSetTimeFlags` (libvirt-domain.h). */
export const DomainSetTimeFlags = {
  SYNC: 0x1,
} as const
/** A set of {@link DomainSetTimeFlags}. */
export type DomainSetTimeFlags = Flags<typeof DomainSetTimeFlags>

/** libvirt's `virDomainInterfaceAddressesSource` (libvirt-domain.h). */
export const DomainInterfaceAddressesSource = {
  LEASE: 0,
  AGENT: 1,
  ARP: 2,
} as const
/** One of {@link DomainInterfaceAddressesSource}. */
export type DomainInterfaceAddressesSource =
  (typeof DomainInterfaceAddressesSource)[keyof typeof DomainInterfaceAddressesSource]

/** libvirt's `virDomainSetUserPasswordFlags` (libvirt-domain.h). */
export const DomainSetUserPasswordFlags = {
  ENCRYPTED: 0x1,
} as const
/** A set of {@link DomainSetUserPasswordFlags}. */
export type DomainSetUserPasswordFlags = Flags<typeof DomainSetUserPasswordFlags>

/** libvirt's `virDomainGuestInfoTypes` (libvirt-domain.h). */
export const DomainGuestInfoTypes = {
  USERS: 0x1,
  OS: 0x2,
  TIMEZONE: 0x4,
  HOSTNAME: 0x8,
  FILESYSTEM: 0x10,
  DISKS: 0x20,
  INTERFACES: 0x40,
} as const
/** A set of {@link DomainGuestInfoTypes}. */
export type DomainGuestInfoTypes = Flags<typeof DomainGuestInfoTypes>

/** libvirt's `virDomainAgentResponseTimeoutValues` (libvirt-domain.h). */
export const DomainAgentResponseTimeoutValues = {
  BLOCK: -2,
  DEFAULT: -1,
  NOWAIT: 0,
} as const
/** One of {@link DomainAgentResponseTimeoutValues}. */
export type DomainAgentResponseTimeoutValues =
  (typeof DomainAgentResponseTimeoutValues)[keyof typeof DomainAgentResponseTimeoutValues]

/** libvirt's `virDomainAuthorizedSSHKeysSetFlags` (libvirt-domain.h). */
export const DomainAuthorizedSSHKeysSetFlags = {
  APPEND: 0x1,
  REMOVE: 0x2,
} as const
/** A set of {@link DomainAuthorizedSSHKeysSetFlags}. */
export type DomainAuthorizedSSHKeysSetFlags = Flags<typeof DomainAuthorizedSSHKeysSetFlags>
