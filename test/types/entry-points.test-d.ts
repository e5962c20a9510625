/** What the compiler makes of the entry points: `npm run typecheck` compiles this file, nothing runs it. */
import type { Result } from 'neverthrow'
import { describe, expectTypeOf, it } from 'vitest'
import { DirtyBitmap } from '../../src/bitmap/index.ts'
import * as entry from '../../src/index.ts'
import { TestHypervisor } from '../../src/testing/index.ts'
import { type DomainBackupDef, parseDomainBackup } from '../../src/xml/index.ts'

describe('results', () => {
  it('carry their value and VirError', () => {
    expectTypeOf(entry.open()).toEqualTypeOf<entry.VirResultAsync<entry.Connection>>()
    expectTypeOf(parseDomainBackup('')).toEqualTypeOf<Result<DomainBackupDef, entry.VirError>>()
    expectTypeOf(DirtyBitmap.create({ size: 0, granularity: 512 })).toEqualTypeOf<
      Result<DirtyBitmap, entry.VirError>
    >()
    expectTypeOf(TestHypervisor.create().connect()).toEqualTypeOf<
      entry.VirResultAsync<entry.Connection>
    >()
  })

  it('give their value up through unwrap, or after a check', () => {
    expectTypeOf(entry.unwrap(parseDomainBackup(''))).toEqualTypeOf<DomainBackupDef>()
    expectTypeOf(parseDomainBackup('')).not.toHaveProperty('value')
  })
})

describe('constants', () => {
  it('are their numbers', () => {
    expectTypeOf(entry.DomainBackupBeginFlags.REUSE_EXTERNAL).toEqualTypeOf<0x1>()
    expectTypeOf(entry.ErrorNumber.NO_DOMAIN).toEqualTypeOf<42>()
    expectTypeOf(entry.DomainState.RUNNING).toEqualTypeOf<1>()
  })

  it('are told apart', () => {
    expectTypeOf(entry.ErrorNumber.NO_DOMAIN).not.toExtend<entry.DomainState>()
  })
})

describe('objects', () => {
  it('come from the hypervisor, not from a constructor', () => {
    expectTypeOf(entry).not.toHaveProperty('Domain')
    expectTypeOf(entry).not.toHaveProperty('Connection')
  })
})
