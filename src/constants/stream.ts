/**
 * Flags and enums of streams, with the values of libvirt 9.0.0.
 *
 * @module
 */
import type { Flags } from './flags.ts'

/** libvirt's `virStreamFlags` (libvirt-stream.h). */
export const StreamFlags = {
  NONBLOCK: 0x1,
} as const
/** A set of {@link StreamFlags}. */
export type StreamFlags = Flags<typeof StreamFlags>

/** libvirt's `virStreamRecvFlagsValues` (libvirt-stream.h). */
export const StreamRecvFlagsValues = {
  STOP_AT_HOLE: 0x1,
} as const
/** A set of {@link StreamRecvFlagsValues}. */
export type StreamRecvFlagsValues = Flags<typeof StreamRecvFlagsValues>

/** libvirt's `virStreamEventType` (libvirt-stream.h). */
export const StreamEventType = {
  READABLE: 1,
  WRITABLE: 2,
  ERROR: 4,
  HANGUP: 8,
} as const
/** One of {@link StreamEventType}. */
export type StreamEventType = (typeof StreamEventType)[keyof typeof StreamEventType]
