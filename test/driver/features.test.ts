import { describe, expect, it } from 'vitest'
import { DriverFeature, globalFeature } from '../../src/driver/index.ts'

describe('DriverFeature', () => {
  it('numbers the features from 1 to 16 without a gap', () => {
    const numbers = Object.values(DriverFeature)
    expect(numbers).toStrictEqual(Array.from({ length: 16 }, (_, index) => index + 1))
  })
})

describe('globalFeature', () => {
  it.each([
    [DriverFeature.REMOTE, false],
    [DriverFeature.FD_PASSING, true],
    [DriverFeature.TYPED_PARAM_STRING, true],
    [DriverFeature.PROGRAM_KEEPALIVE, false],
    [DriverFeature.REMOTE_EVENT_CALLBACK, false],
    [DriverFeature.REMOTE_CLOSE_CALLBACK, false],
    [DriverFeature.NETWORK_UPDATE_HAS_CORRECT_ORDER, true],
  ])('answers feature %i for every driver with %s', (feature, answer) => {
    expect(globalFeature(feature)).toBe(answer)
  })

  it.each([
    DriverFeature.MIGRATION_V1,
    DriverFeature.MIGRATION_V2,
    DriverFeature.MIGRATION_P2P,
    DriverFeature.MIGRATION_DIRECT,
    DriverFeature.MIGRATION_V3,
    DriverFeature.MIGRATE_CHANGE_PROTECTION,
    DriverFeature.XML_MIGRATABLE,
    DriverFeature.MIGRATION_OFFLINE,
    DriverFeature.MIGRATION_PARAMS,
    0,
    17,
    -1,
    Number.NaN,
  ])('leaves feature %s to the driver', (feature) => {
    expect(globalFeature(feature)).toBeUndefined()
  })
})
