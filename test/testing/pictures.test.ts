import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawDirtyMap, drawProgress, drawTree } from '../../src/testing/pictures.ts'

describe('drawTree', () => {
  it('puts children below their parent', () => {
    const tree = drawTree([
      { name: 'a' },
      { name: 'b', parent: 'a' },
      { name: 'd', parent: 'b' },
      { name: 'c', parent: 'a' },
      { name: 'e' },
    ])
    expect(tree.split('\n')).toStrictEqual(['a', '├─ b', '│  └─ d', '└─ c', 'e'])
  })

  it('makes a root of a node whose parent is not there', () => {
    expect(drawTree([{ name: 'b', parent: 'gone' }])).toBe('b')
  })

  it('draws a chain of 2,000', () => {
    const chain = Array.from({ length: 2000 }, (_, index) =>
      index === 0 ? { name: '0' } : { name: String(index), parent: String(index - 1) },
    )
    expect(drawTree(chain).split('\n')).toHaveLength(2000)
  })

  it('is empty for no nodes', () => {
    expect(drawTree([])).toBe('')
  })
})

describe('drawDirtyMap', () => {
  it('shades a cell by how much of it is dirty', () => {
    expect(
      drawDirtyMap(
        [
          { offset: 0, length: 100 },
          { offset: 150, length: 50 },
        ],
        400,
        4,
      ),
    ).toBe('[█▒  ]')
  })

  it('never leaves a cell blank that has a dirty byte', () => {
    expect(drawDirtyMap([{ offset: 3 * 2 ** 40, length: 1 }], 4 * 2 ** 40, 4)).toBe('[   ░]')
  })

  it('draws any extents of any disk in the width that is asked for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ offset: fc.nat(), length: fc.nat(1 << 20) })),
        fc.nat(1 << 24),
        fc.integer({ min: 1, max: 100 }),
        (dirty, size, width) => {
          expect(drawDirtyMap(dirty, size, width)).toHaveLength(width + 2)
        },
      ),
    )
  })
})

describe('drawProgress', () => {
  it.each([
    [0, 100, '[    ]   0 %'],
    [50, 100, '[==  ]  50 %'],
    [100, 100, '[====] 100 %'],
    [0, 0, '[====] 100 %'],
    [99.9, 100, '[=== ]  99 %'],
  ])('shows %d of %d', (done, total, picture) => {
    expect(drawProgress(done, total, 4)).toBe(picture)
  })
})
