import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MomentTree, type RemovalScope } from '../../src/moments/index.ts'

/** What a tree is to be: relations by name, and for each name the order in which it was linked last. */
class NaiveTree {
  moments: { name: string; parent: string | undefined; linked: number }[] = []
  current: string | undefined
  #clock = 0

  find(name: string): { parent: string | undefined; linked: number } | undefined {
    return this.moments.find((moment) => moment.name === name)
  }

  children(name: string | undefined): string[] {
    return this.moments
      .filter(({ parent }) => parent === name)
      .toSorted((a, b) => b.linked - a.linked)
      .map((moment) => moment.name)
  }

  below(name: string | undefined): string[] {
    return this.children(name).flatMap((child) => [child, ...this.below(child)])
  }

  link(name: string, parent: string | undefined): void {
    const linked = ++this.#clock
    const old = this.find(name)
    if (old === undefined) this.moments.push({ name, parent, linked })
    else Object.assign(old, { parent, linked })
  }

  remove(name: string, scope: RemovalScope): void {
    const parent = this.find(name)?.parent
    const gone = scope === 'moment' ? [] : this.below(name)
    const lost = this.current !== undefined && gone.includes(this.current)
    if (scope === 'descendants') {
      if (lost) this.current = name
    } else {
      if (lost || this.current === name) this.current = parent
      gone.push(name)
    }
    if (scope === 'moment') {
      for (const child of this.children(name).toReversed()) this.link(child, parent)
    }
    this.moments = this.moments.filter((moment) => !gone.includes(moment.name))
  }
}

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g')
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('create' as const), name }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('redefine' as const),
      name,
      parent: fc.option(name, { nil: undefined }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('remove' as const),
      name,
      scope: fc.constantFrom<RemovalScope>('moment', 'descendants', 'subtree'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('current' as const), name }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Takes a step on both; gives whether each of them refuses it. */
function apply(tree: MomentTree<null>, naive: NaiveTree, one: Step): [boolean, boolean] {
  switch (one.do) {
    case 'create': {
      const result = tree.insert(one.name, tree.current?.name, null)
      if (result.isErr()) return [true, naive.find(one.name) !== undefined]
      naive.link(one.name, naive.current)
      tree.setCurrent(one.name)
      naive.current = one.name
      break
    }
    case 'redefine': {
      const { parent } = one
      const bad =
        parent !== undefined &&
        (parent === one.name ||
          naive.find(parent) === undefined ||
          naive.below(one.name).includes(parent))
      if (bad) return [tree.checkParent(one.name, parent).isErr(), true]
      const refused = tree.checkParent(one.name, parent).isErr()
      tree.redefine(one.name, parent, null)
      naive.link(one.name, parent)
      return [refused, false]
    }
    case 'remove':
      if (!tree.has(one.name)) break
      tree.commitRemoval(tree.planRemoval(one.name, one.scope))
      naive.remove(one.name, one.scope)
      break
    case 'current':
      if (!tree.has(one.name)) break
      tree.setCurrent(one.name)
      naive.current = one.name
  }
  return [false, false]
}

function pictureOf(tree: MomentTree<null>): unknown {
  const listed = (selection: Parameters<MomentTree<null>['select']>[0]): string[] =>
    tree.select(selection).map((moment) => moment.name)
  return {
    current: tree.current?.name,
    all: listed({ deep: true }),
    topological: listed({ deep: true, topological: true }),
    roots: listed({ deep: false }),
    each: Array.from(tree.values(), (moment) => ({
      parent: moment.parent?.name,
      declared: moment.declaredParent,
      count: moment.childCount,
      children: listed({ below: moment.name, deep: false }),
      below: listed({ below: moment.name, deep: true }),
    })),
  }
}

function pictureOfNaive(naive: NaiveTree): unknown {
  return {
    current: naive.current,
    all: naive.moments.map((moment) => moment.name),
    topological: naive.below(undefined),
    roots: naive.children(undefined),
    each: naive.moments.map((moment) => ({
      parent: moment.parent,
      declared: moment.parent,
      count: naive.children(moment.name).length,
      children: naive.children(moment.name),
      below: naive.below(moment.name),
    })),
  }
}

describe('MomentTree', () => {
  it('agrees with a list of relations after every step', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const tree = new MomentTree<null>()
        const naive = new NaiveTree()
        for (const one of steps) {
          const [refused, expected] = apply(tree, naive, one)
          expect(refused).toBe(expected)
          expect(pictureOf(tree)).toEqual(pictureOfNaive(naive))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('loads any relations into a tree that holds every moment once', () => {
    const relation = fc.record({ name, parent: fc.option(name, { nil: undefined }) })
    const relations = fc.uniqueArray(relation, { selector: (one) => one.name })
    fc.assert(
      fc.property(relations, (records) => {
        const tree = new MomentTree<null>()
        const consistent = tree.load(
          records.map((one) =>
            one.parent === undefined
              ? { name: one.name, data: null }
              : { name: one.name, parent: one.parent, data: null },
          ),
        )
        const listed = tree.select({ deep: true, topological: true }).map((moment) => moment.name)
        expect(listed.toSorted()).toEqual(records.map((one) => one.name).toSorted())
        const kept = records.every((one) => tree.get(one.name)?.parent?.name === one.parent)
        expect(consistent).toBe(kept)
      }),
      { numRuns: 500 },
    )
  })

  it('loads the same parents whatever the order of the records', () => {
    const shuffled = fc
      .array(fc.nat(), { minLength: 1, maxLength: 12 })
      .map((seeds) =>
        seeds.map((seed, index) =>
          index === 0
            ? { name: 'm0', data: null }
            : { name: `m${index}`, parent: `m${seed % index}`, data: null },
        ),
      )
      .chain((records) =>
        fc.shuffledSubarray(records, { minLength: records.length }).map((order) => ({
          records,
          order,
        })),
      )
    fc.assert(
      fc.property(shuffled, ({ records, order }) => {
        const tree = new MomentTree<null>()
        expect(tree.load(order)).toBe(true)
        for (const record of records) {
          const parent = 'parent' in record ? record.parent : undefined
          expect(tree.get(record.name)?.parent?.name).toBe(parent)
        }
      }),
    )
  })
})
