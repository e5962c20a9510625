/**
 * Flags and enums of typed parameters, with the values of libvirt 9.0.0.
 *
 * @module
 */
import type { Flags } from './flags.ts'

/** libvirt's `virTypedParameterType` (libvirt-common.h). */
export const TypedParameterType = {
  INT: 1,
  UINT: 2,
  LLONG: 3,
  ULLONG: 4,
  DOUBLE: 5,
  BOOLEAN: 6,
  STRING: 7,
} as const
/** One of {@link TypedParameterType}. */
export type TypedParameterType = (typeof TypedParameterType)[keyof typeof TypedParameterType]

/** libvirt's `virTypedParameterFlags` (libvirt-common.h). */
export const TypedParameterFlags = {
  STRING_OKAY: 0x4,
} as const
/** A set of {@link TypedParameterFlags}. */
export type TypedParameterFlags = Flags<typeof TypedParameterFlags>
