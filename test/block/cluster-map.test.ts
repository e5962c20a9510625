import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ClusterMap } from '../../src/block/cluster-map.ts'

/** So many clusters lie in five of the groups that the map keeps. */
const clusters = 5 * 256
const byte = Uint8Array.of(1)

type Step = readonly ['data' | 'zero' | 'hole', number, number]

const step: fc.Arbitrary<Step> = fc
  .tuple(
    fc.constantFrom('data', 'zero', 'hole'),
    fc.nat({ max: clusters }),
    fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: clusters })),
  )
  .map(([kind, start, length]) => [kind, start, Math.min(clusters, start + length)] as const)

describe('ClusterMap', () => {
  it('knows the state of each cluster, whatever was stored and dropped before', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const map = new ClusterMap(512)
        const model = Array.from({ length: clusters }, () => 'hole')
        for (const [kind, start, end] of steps) {
          if (kind === 'zero') map.setZero(start, end)
          else if (kind === 'hole') map.setHole(start, end)
          // From the back, so that groups come in another order than their numbers.
          else for (let index = end - 1; index >= start; index--) map.write(index, 0, byte)
          model.fill(kind, start, end)
          // Between the steps, because the map remembers what it was asked.
          expect(map.nextPage(0)).toBe(model.includes('data') ? model.indexOf('data') : Infinity)
        }
        expect(statesOf(map)).toStrictEqual(model)
        expect(map.dataClusters).toBe(model.filter((state) => state === 'data').length)
      }),
    )
  })
})

/** The state of each cluster, by way of the runs. */
function statesOf(map: ClusterMap): string[] {
  const states: string[] = []
  while (states.length < clusters) {
    const { state, end } = map.run(states.length, clusters)
    states.push(...Array.from({ length: end - states.length }, () => state))
  }
  return states
}
