import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as constants from '../../src/constants/index.ts'
import {
  DomainBackupBeginFlags,
  DomainBackupEndFlags,
  DomainCheckpointListFlags,
} from '../../src/constants/index.ts'

describe('constants', () => {
  it('keep flags that libvirt does not have off the bits that landed', () => {
    expect(DomainBackupBeginFlags).toStrictEqual({
      REUSE_EXTERNAL: 0x1,
      NO_METADATA: 0x1000_0000,
      QUIESCE: 0x2000_0000,
      DISCARD_CHECKPOINT: 0x4000_0000,
    })
    expect(DomainBackupEndFlags.ABORT).toBe(0x1)
  })

  it('list roots and descendants by the same bit', () => {
    expect(DomainCheckpointListFlags.ROOTS).toBe(DomainCheckpointListFlags.DESCENDANTS)
  })

  it('hold non-negative safe integers in every flag set', () => {
    for (const [name, set] of Object.entries(constants)) {
      if (!/Flags?$/.test(name)) continue
      for (const value of Object.values(set)) expect(value).toBe(value >>> 0)
    }
  })

  const recorded = new URL('../../../shared/spec/public-enums.json', import.meta.url)
  it.skipIf(!existsSync(recorded))(
    'have the values of the C headers (skipped when ../shared/spec/public-enums.json is missing)',
    () => {
      const { enums } = JSON.parse(readFileSync(recorded, 'utf8'))
      const ours = new Map(
        Object.entries(constants).map(([name, set]) => [name, Object.values(set)]),
      )
      let compared = 0
      for (const [cName, members] of Object.entries<Record<string, number>>(enums)) {
        const values = ours.get(cName.slice(3))
        if (values === undefined) continue
        // The two flags of the proposal come after those of the header.
        expect(values.slice(0, Object.keys(members).length)).toStrictEqual(Object.values(members))
        compared += 1
      }
      expect(compared).toBeGreaterThan(110)
    },
  )
})
