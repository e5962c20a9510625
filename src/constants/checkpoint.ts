/**
 * Flags and enums of checkpoints, with the values of libvirt 9.0.0.
 *
 * @module
 */
import type { Flags } from './flags.ts'

/** libvirt's `virDomainCheckpointCreateFlags` (libvirt-domain-checkpoint.h). */
export const DomainCheckpointCreateFlags = {
  REDEFINE: 0x1,
  QUIESCE: 0x2,
  REDEFINE_VALIDATE: 0x4,
} as const
/** A set of {@link DomainCheckpointCreateFlags}. */
export type DomainCheckpointCreateFlags = Flags<typeof DomainCheckpointCreateFlags>

/** libvirt's `virDomainCheckpointXMLFlags` (libvirt-domain-checkpoint.h). */
export const DomainCheckpointXMLFlags = {
  SECURE: 0x1,
  NO_DOMAIN: 0x2,
  SIZE: 0x4,
} as const
/** A set of {@link DomainCheckpointXMLFlags}. */
export type DomainCheckpointXMLFlags = Flags<typeof DomainCheckpointXMLFlags>

/** libvirt's `virDomainCheckpointListFlags` (libvirt-domain-checkpoint.h). */
export const DomainCheckpointListFlags = {
  ROOTS: 0x1,
  DESCENDANTS: 0x1,
  TOPOLOGICAL: 0x2,
  LEAVES: 0x4,
  NO_LEAVES: 0x8,
} as const
/** A set of {@link DomainCheckpointListFlags}. */
export type DomainCheckpointListFlags = Flags<typeof DomainCheckpointListFlags>

/** libvirt's `virDomainCheckpointDeleteFlags` (libvirt-domain-checkpoint.h). */
export const DomainCheckpointDeleteFlags = {
  CHILDREN: 0x1,
  METADATA_ONLY: 0x2,
  CHILDREN_ONLY: 0x4,
} as const
/** A set of {@link DomainCheckpointDeleteFlags}. */
export type DomainCheckpointDeleteFlags = Flags<typeof DomainCheckpointDeleteFlags>
