/**
 * Flags and enums of QEMU passthrough, with the values of libvirt 9.0.0.
 *
 * @module
 */
import type { Flags } from './flags.ts'

/** libvirt's `virDomainQemuMonitorCommandFlags` (libvirt-qemu.h). */
export const DomainQemuMonitorCommandFlags = {
  DEFAULT: 0x0,
  HMP: 0x1,
} as const
/** A set of {@link DomainQemuMonitorCommandFlags}. */
export type DomainQemuMonitorCommandFlags = Flags<typeof DomainQemuMonitorCommandFlags>

/** libvirt's `virDomainQemuAgentCommandTimeoutValues` (libvirt-qemu.h). */
export const DomainQemuAgentCommandTimeoutValues = {
  MIN: -2,
  BLOCK: -2,
  DEFAULT: -1,
  NOWAIT: 0,
  SHUTDOWN: 60,
} as const
/** One of {@link DomainQemuAgentCommandTimeoutValues}. */
export type DomainQemuAgentCommandTimeoutValues =
  (typeof DomainQemuAgentCommandTimeoutValues)[keyof typeof DomainQemuAgentCommandTimeoutValues]

/** libvirt's `virConnectDomainQemuMonitorEventRegisterFlags` (libvirt-qemu.h). */
export const ConnectDomainQemuMonitorEventRegisterFlags = {
  REGEX: 0x1,
  NOCASE: 0x2,
} as const
/** A set of {@link ConnectDomainQemuMonitorEventRegisterFlags}. */
export type ConnectDomainQemuMonitorEventRegisterFlags = Flags<
  typeof ConnectDomainQemuMonitorEventRegisterFlags
>
