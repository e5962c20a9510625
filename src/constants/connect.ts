/**
 * Flags and enums of opening connections and listing domains, with the values of libvirt 9.0.0.
 *
 * @module
 */
import type { Flags } from './flags.ts'

/** libvirt's `virConnectFlags` (libvirt-host.h). */
export const ConnectFlags = {
  RO: 0x1,
  NO_ALIASES: 0x2,
} as const
/** A set of {@link ConnectFlags}. */
export type ConnectFlags = Flags<typeof ConnectFlags>

/** libvirt's `virConnectCredentialType` (libvirt-host.h). */
export const ConnectCredentialType = {
  USERNAME: 1,
  AUTHNAME: 2,
  LANGUAGE: 3,
  CNONCE: 4,
  PASSPHRASE: 5,
  ECHOPROMPT: 6,
  NOECHOPROMPT: 7,
  REALM: 8,
  EXTERNAL: 9,
} as const
/** One of {@link ConnectCredentialType}. */
export type ConnectCredentialType =
  (typeof ConnectCredentialType)[keyof typeof ConnectCredentialType]

/** libvirt's `virConnectListAllDomainsFlags` (libvirt-domain.h). */
export const ConnectListAllDomainsFlags = {
  ACTIVE: 0x1,
  INACTIVE: 0x2,
  PERSISTENT: 0x4,
  TRANSIENT: 0x8,
  RUNNING: 0x10,
  PAUSED: 0x20,
  SHUTOFF: 0x40,
  OTHER: 0x80,
  MANAGEDSAVE: 0x100,
  NO_MANAGEDSAVE: 0x200,
  AUTOSTART: 0x400,
  NO_AUTOSTART: 0x800,
  HAS_SNAPSHOT: 0x1000,
  NO_SNAPSHOT: 0x2000,
  HAS_CHECKPOINT: 0x4000,
  NO_CHECKPOINT: 0x8000,
} as const
/** A set of {@link ConnectListAllDomainsFlags}. */
export type ConnectListAllDomainsFlags = Flags<typeof ConnectListAllDomainsFlags>

/** libvirt's `virConnectCloseReason` (libvirt-common.h). */
export const ConnectCloseReason = {
  ERROR: 0,
  EOF: 1,
  KEEPALIVE: 2,
  CLIENT: 3,
} as const
/** One of {@link ConnectCloseReason}. */
export type ConnectCloseReason = (typeof ConnectCloseReason)[keyof typeof ConnectCloseReason]
