import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dirtyDescriptors, ExtentJoiner, mergeContexts } from '../../src/nbd/extent-merge.ts'
import type { NbdDescriptor, NbdExtent } from '../../src/nbd/index.ts'

const descriptor = fc.record(
  { length: fc.integer({ min: 1, max: 20 }), flags: fc.integer({ min: 0, max: 3 }) },
  { noNullPrototype: true },
)
const descriptors = fc.array(descriptor, { maxLength: 30 })

/** The flags of each byte. */
function bytesOf(list: readonly NbdDescriptor[]): number[] {
  return list.flatMap(({ length, flags }) => Array<number>(length).fill(flags))
}

describe('mergeContexts', () => {
  it('says of each byte what each context says', () => {
    fc.assert(
      fc.property(descriptors, descriptors, fc.nat(100), fc.nat(300), (a, b, offset, length) => {
        const contexts = [
          { name: 'a', descriptors: a },
          { name: 'b', descriptors: b },
        ]
        const merged = [...mergeContexts(offset, offset + length, contexts)]
        const [bytesA, bytesB] = [bytesOf(a), bytesOf(b)]
        const covered = Math.min(length, bytesA.length, bytesB.length)
        let at = offset
        for (const extent of merged) {
          expect(extent.offset).toBe(at)
          for (let index = at - offset; index < at - offset + extent.length; index++) {
            expect(extent.flags).toStrictEqual({ a: bytesA[index], b: bytesB[index] })
          }
          at += extent.length
        }
        expect(at - offset).toBe(covered)
      }),
    )
  })
})

describe('ExtentJoiner', () => {
  it('leaves no neighbours of the same flags, and loses no byte', () => {
    fc.assert(
      fc.property(descriptors, (list) => {
        const joiner = new ExtentJoiner()
        const extents = [...mergeContexts(0, 10_000, [{ name: 'a', descriptors: list }])]
        const joined: NbdExtent[] = [...joiner.addAll(extents)]
        const last = joiner.finish()
        if (last !== undefined) joined.push(last)
        const back = joined.map(({ length, flags }) => ({ length, flags: flags['a'] ?? -1 }))
        expect(bytesOf(back)).toStrictEqual(bytesOf(list))
        for (const [index, { flags }] of back.entries()) {
          expect(back[index + 1]?.flags).not.toBe(flags)
        }
      }),
    )
  })
})

describe('dirtyDescriptors', () => {
  it('says of each byte whether it is dirty', () => {
    const gaps = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 1, max: 10 })),
    )
    fc.assert(
      fc.property(gaps, fc.nat(60), fc.integer({ min: 1, max: 60 }), (list, offset, length) => {
        let at = 0
        const dirty = list.map(([gap, size]) => {
          const extent = { offset: at + gap, length: size }
          at += gap + size
          return extent
        })
        const bytes = bytesOf([...dirtyDescriptors(dirty, offset, length)])
        const expected = Array.from({ length }, (_, index) =>
          dirty.some((extent) => {
            const place = offset + index
            return place >= extent.offset && place < extent.offset + extent.length
          })
            ? 1
            : 0,
        )
        expect(bytes).toStrictEqual(expected)
      }),
    )
  })
})
