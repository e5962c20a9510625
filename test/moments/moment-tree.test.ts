import { describe, expect, it } from 'vitest'
import { ErrorDomain, ErrorNumber } from '../../src/errors/index.ts'
import { type Moment, type MomentSelection, MomentTree } from '../../src/moments/index.ts'

function chain(...names: string[]): MomentTree<number> {
  const tree = new MomentTree<number>()
  for (const name of names) {
    tree.insert(name, tree.current?.name, 0)._unsafeUnwrap()
    tree.setCurrent(name)
  }
  return tree
}

function namesOf(moments: Iterable<Moment<number>>): string[] {
  return [...moments].map(({ name }) => name)
}

/** The tree of the recorded listings: r0 <- {n2, n6, n7, r1 <- r2}, with r1 linked again after n2. */
function recorded(): MomentTree<number> {
  const tree = chain('r0', 'r1', 'r2')
  tree.redefine('n2', 'r0', 0)
  tree.redefine('r1', 'r0', 0)
  tree.redefine('n6', 'r0', 0)
  tree.redefine('n7', 'r0', 0)
  return tree
}

describe('MomentTree.insert', () => {
  it('refuses a name that is taken', () => {
    const tree = chain('a')
    const error = tree.insert('a', undefined, 1)._unsafeUnwrapErr()
    expect([error.code, error.domain, error.message]).toEqual([
      ErrorNumber.OPERATION_FAILED,
      ErrorDomain.DOMAIN,
      'operation failed: domain moment a already exists',
    ])
    expect(tree.get('a')?.data).toBe(0)
  })

  it('puts the newest child first', () => {
    const tree = chain('root')
    for (const name of ['x', 'y', 'z']) tree.insert(name, 'root', 0)._unsafeUnwrap()
    expect(namesOf(tree.get('root')?.children() ?? [])).toEqual(['z', 'y', 'x'])
  })
})

// libvirt 9.0.0, matrix group H.
describe('the recorded listings', () => {
  it.each<[string, MomentSelection<number>, string[]]>([
    ['all in the order of creation', { deep: true }, ['r0', 'r1', 'r2', 'n2', 'n6', 'n7']],
    ['all, topological', { deep: true, topological: true }, ['r0', 'n7', 'n6', 'r1', 'r2', 'n2']],
    ['roots', { deep: false }, ['r0']],
    ['leaves', { deep: true, leaves: true }, ['r2', 'n2', 'n6', 'n7']],
    ['no leaves', { deep: true, noLeaves: true }, ['r0', 'r1']],
    ['leaves and no leaves', { deep: true, leaves: true, noLeaves: true }, []],
    ['roots that are leaves', { deep: false, leaves: true }, []],
    ['roots that are no leaves', { deep: false, noLeaves: true }, ['r0']],
    ['children of r0', { below: 'r0', deep: false }, ['n7', 'n6', 'r1', 'n2']],
    ['descendants of r0', { below: 'r0', deep: true }, ['n7', 'n6', 'r1', 'r2', 'n2']],
    ['leaves below r0', { below: 'r0', deep: false, leaves: true }, ['n7', 'n6', 'n2']],
    ['inner ones below r0', { below: 'r0', deep: true, noLeaves: true }, ['r1']],
    [
      'all leaves below r0',
      { below: 'r0', deep: true, leaves: true, topological: true },
      ['n7', 'n6', 'r2', 'n2'],
    ],
    [
      'what matches',
      { deep: true, matches: ({ name }) => name.startsWith('n') },
      ['n2', 'n6', 'n7'],
    ],
  ])('gives %s', (_, selection, names) => {
    expect(namesOf(recorded().select(selection))).toEqual(names)
  })

  it('puts children that lose their parent in front of their new siblings', () => {
    const tree = recorded()
    tree.commitRemoval(tree.planRemoval('r1', 'moment'))
    expect(namesOf(tree.get('r0')?.children() ?? [])).toEqual(['r2', 'n7', 'n6', 'n2'])
    expect(tree.get('r2')?.parent?.name).toBe('r0')
  })
})

describe('MomentTree.checkParent', () => {
  it.each([
    ['n1', 'n1', 'invalid argument: cannot set moment n1 as its own parent'],
    ['r1', 'gone', 'invalid argument: parent gone for moment r1 not found'],
    ['r0', 'r2', 'invalid argument: parent r1 would create cycle to r0'],
    ['r0', 'r1', 'invalid argument: parent r1 would create cycle to r0'],
  ])('refuses %s under %s', (name, parent, message) => {
    const error = recorded().checkParent(name, parent)._unsafeUnwrapErr()
    expect([error.code, error.domain, error.message]).toEqual([
      ErrorNumber.INVALID_ARG,
      ErrorDomain.DOMAIN,
      message,
    ])
  })

  it.each([
    ['new', 'r2'],
    ['new', undefined],
    ['r2', 'n7'],
    ['r2', 'r1'],
  ])('allows %s under %s', (name, parent) => {
    expect(recorded().checkParent(name, parent).isOk()).toBe(true)
  })

  it('sees a cycle through a stored parent that is missing', () => {
    const tree = new MomentTree<number>()
    tree.load([{ name: 'x', parent: 'y', data: 0 }])
    expect(tree.checkParent('y', 'x')._unsafeUnwrapErr().message).toBe(
      'invalid argument: parent x would create cycle to y',
    )
  })
})

describe('MomentTree.redefine', () => {
  it('keeps children, moves to the front and leaves current alone', () => {
    const tree = recorded()
    tree.redefine('r1', 'r0', 7)
    expect(namesOf(tree.get('r0')?.children() ?? [])).toEqual(['r1', 'n7', 'n6', 'n2'])
    expect(namesOf(tree.get('r1')?.children() ?? [])).toEqual(['r2'])
    expect([tree.get('r1')?.data, tree.current?.name]).toEqual([7, 'r2'])
  })

  it('makes a root without a parent', () => {
    const tree = recorded()
    tree.redefine('r1', undefined, 0)
    expect(namesOf(tree.select({ deep: false }))).toEqual(['r1', 'r0'])
    expect(tree.get('r1')?.parent).toBeUndefined()
  })
})

describe('removal', () => {
  it.each([
    ['r2', 'moment', ['r2'], [], 'r1'],
    ['r1', 'moment', ['r1'], ['r2'], 'r2'],
    ['r0', 'descendants', ['n7', 'n6', 'r1', 'r2', 'n2'], [], 'r0'],
    ['r1', 'subtree', ['r2', 'r1'], [], 'r0'],
    ['r0', 'subtree', ['n7', 'n6', 'r1', 'r2', 'n2', 'r0'], [], undefined],
    ['n7', 'descendants', [], [], 'r2'],
    ['n7', 'subtree', ['n7'], [], 'r2'],
  ] as const)(
    'of %s, scope %s, takes what the plan says',
    (name, scope, removed, moved, current) => {
      const tree = recorded()
      const plan = tree.planRemoval(name, scope)
      expect(namesOf(plan.removed)).toEqual(removed)
      expect(namesOf(plan.moved)).toEqual(moved)
      expect(tree.size).toBe(6)
      tree.commitRemoval(plan)
      expect(tree.current?.name).toBe(current)
      expect(tree.size).toBe(6 - removed.length)
      expect(removed.some((gone) => tree.has(gone))).toBe(false)
    },
  )

  it('of the only root leaves its children as roots', () => {
    const tree = chain('a', 'b')
    tree.setCurrent('a')
    tree.commitRemoval(tree.planRemoval('a', 'moment'))
    expect([tree.get('b')?.parent, tree.get('b')?.declaredParent, tree.current]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect(tree.rootCount).toBe(1)
  })

  it('can withdraw what was only just added', () => {
    const tree = chain('a', 'b')
    tree.insert('c', 'b', 0)._unsafeUnwrap()
    tree.withdraw('c')
    expect([tree.size, tree.current?.name, tree.get('b')?.childCount]).toEqual([2, 'b', 0])
  })
})

function load(...relations: [string, string?][]): { tree: MomentTree<number>; ok: boolean } {
  const tree = chain('old')
  const records = relations.map(([name, parent]) =>
    parent === undefined ? { name, data: 0 } : { name, parent, data: 0 },
  )
  return { ok: tree.load(records), tree }
}

describe('MomentTree.load', () => {
  it('links parents that come later, and finds the leaf of a chain', () => {
    const { tree, ok } = load(['c', 'b'], ['b', 'a'], ['a'])
    expect([ok, tree.current?.name, tree.has('old')]).toEqual([true, 'c', false])
    expect(namesOf(tree.select({ deep: true, topological: true }))).toEqual(['a', 'b', 'c'])
  })

  it.each([
    ['two roots', [['a'], ['b']]],
    ['two leaves', [['a'], ['b', 'a'], ['c', 'a']]],
    ['nothing', []],
  ] as [string, [string, string?][]][])('has no current moment for %s', (_, relations) => {
    const { tree, ok } = load(...relations)
    expect([ok, tree.current]).toEqual([true, undefined])
  })

  it('makes a root of a moment whose parent is missing, and keeps what it declares', () => {
    const { tree, ok } = load(['b', 'gone'], ['c', 'b'])
    expect([ok, tree.get('b')?.parent, tree.get('b')?.declaredParent]).toEqual([
      false,
      undefined,
      'gone',
    ])
    expect(tree.current?.name).toBe('c')
  })

  it('breaks cycles, and keeps what hangs on them', () => {
    const { tree, ok } = load(['a', 'c'], ['b', 'a'], ['c', 'b'], ['d', 'a'], ['me', 'me'])
    expect(ok).toBe(false)
    expect(namesOf(tree.select({ deep: true, topological: true }))).toEqual([
      'me',
      'c',
      'a',
      'd',
      'b',
    ])
  })

  it('counts the first of two with one name', () => {
    const tree = new MomentTree<number>()
    expect(
      tree.load([
        { name: 'a', data: 1 },
        { name: 'a', data: 2 },
      ]),
    ).toBe(false)
    expect([tree.size, tree.get('a')?.data]).toEqual([1, 1])
  })
})

describe('a chain of 100,000 moments', () => {
  it('is built, listed, checked, loaded and deleted without recursion', () => {
    const names = Array.from({ length: 100_000 }, (_, index) => `c${index}`)
    const tree = chain(...names)
    expect(tree.select({ deep: true, topological: true })).toHaveLength(100_000)
    expect(tree.checkParent('c0', 'c99999').isErr()).toBe(true)
    const records = [...tree.values()].map(({ name, declaredParent, data }) =>
      declaredParent === undefined ? { name, data } : { name, parent: declaredParent, data },
    )
    const loaded = new MomentTree<number>()
    expect(loaded.load(records.toReversed())).toBe(true)
    expect(loaded.current?.name).toBe('c99999')
    tree.commitRemoval(tree.planRemoval('c0', 'subtree'))
    expect([tree.size, tree.rootCount, tree.current]).toEqual([0, 0, undefined])
  })
})
