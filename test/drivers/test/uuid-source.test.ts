import { describe, expect, it } from 'vitest'
import { randomUuids, seededUuids } from '../../../src/drivers/test/uuid-source.ts'

const version4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe.each([
  ['seededUuids', () => seededUuids(1)],
  ['randomUuids', () => randomUuids()],
])('%s', (_, source) => {
  it('makes different UUIDs of version 4', () => {
    const next = source()
    const uuids = Array.from({ length: 10_000 }, () => next())
    expect(new Set(uuids).size).toBe(uuids.length)
    for (const uuid of uuids) expect(uuid).toMatch(version4)
  })
})

describe('seededUuids', () => {
  it('makes the same ones from the same seed, and others from another', () => {
    const first = [seededUuids(7), seededUuids(7), seededUuids(8)].map((next) => next())
    expect(first[0]).toBe(first[1])
    expect(first[2]).not.toBe(first[0])
  })
})
