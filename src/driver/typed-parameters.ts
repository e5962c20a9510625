/**
 * Typed parameters whose fields are not known beforehand.
 *
 * Families with fixed fields have a record of their own in the file of their theme; their wire types are tables in
 * `constants/`.
 *
 * @module
 */

/** The value of one typed parameter; nanoseconds are `bigint`, every other number is a safe integer or a double. */
export type TypedParameterValue = number | bigint | boolean | string

/** Typed parameters keyed by libvirt's field name. */
export type TypedParameters = Readonly<Record<string, TypedParameterValue>>
