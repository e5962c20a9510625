import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CheckpointManager, checkpointSemantics } from '../../src/checkpoint/index.ts'
import {
  DomainCheckpointCreateFlags,
  DomainCheckpointDeleteFlags,
  DomainCheckpointListFlags,
} from '../../src/constants/index.ts'
import { FakeDomain } from './fake-domain.ts'

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const { CHILDREN, CHILDREN_ONLY, METADATA_ONLY } = DomainCheckpointDeleteFlags
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('create' as const), name }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('redefine' as const), name, parent: name }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('delete' as const),
      name,
      flags: fc.constantFrom(0, CHILDREN, CHILDREN_ONLY, METADATA_ONLY, CHILDREN | METADATA_ONLY),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('lose' as const),
      name,
      node: fc.constantFrom('vda-0', 'vdb-0'),
    }),
  },
)
const trouble = fc.constantFrom('', '', '', 'change', 'survey', 'save a', 'save b', 'save c')
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

interface World {
  readonly domain: FakeDomain
  readonly manager: CheckpointManager
}

function stateOf({ domain, manager }: World): unknown {
  const names = manager.listAll(DomainCheckpointListFlags.TOPOLOGICAL)._unsafeUnwrap()
  return {
    definitions: names.map((one) => manager.get(one)),
    current: manager.current,
    bitmaps: domain.bitmapNames,
    stored: Object.fromEntries(domain.stored),
  }
}

async function take({ domain, manager }: World, one: Step): Promise<boolean> {
  switch (one.do) {
    case 'create': {
      const text = `<domaincheckpoint><name>${one.name}</name></domaincheckpoint>`
      return (await manager.create(text, 0)).isOk()
    }
    case 'redefine': {
      const text = `<domaincheckpoint><name>${one.name}</name><parent><name>${one.parent}</name></parent>
        <creationTime>7</creationTime><disks><disk name='vda'/></disks></domaincheckpoint>`
      return (await manager.create(text, DomainCheckpointCreateFlags.REDEFINE)).isOk()
    }
    case 'delete':
      return (await manager.delete(one.name, one.flags)).isOk()
    case 'lose':
      domain.bitmaps.get(one.node)?.delete(one.name)
      return true
  }
}

describe('CheckpointManager', () => {
  it('does all or nothing, and stores what it knows', async () => {
    const steps = fc.array(fc.record({ one: step, failing: trouble }), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const domain = new FakeDomain()
        const manager = new CheckpointManager(checkpointSemantics.qemu, domain)
        const world = { domain, manager }
        for (const { one, failing } of all) {
          const before = stateOf(world)
          domain.failing.clear()
          if (failing !== '') domain.failing.add(failing)
          // oxlint-disable-next-line no-await-in-loop -- steps follow each other
          const succeeded = await take(world, one)
          domain.failing.clear()
          expect(succeeded ? before : stateOf(world)).toEqual(before)
          const names = manager.listAll(0)._unsafeUnwrap()
          expect([...domain.stored.keys()].toSorted()).toEqual(names.toSorted())
          for (const known of names) expect(domain.stored.get(known)).toEqual(manager.get(known))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('never changes the bitmaps of another checkpoint', async () => {
    const steps = fc.array(step, { maxLength: 15 })
    await fc.assert(
      fc.asyncProperty(steps, name, async (all, kept) => {
        const domain = new FakeDomain()
        const manager = new CheckpointManager(checkpointSemantics.qemu, domain)
        const text = `<domaincheckpoint><name>kept-${kept}</name></domaincheckpoint>`
        await manager.create(text, 0)
        const mark = { ...domain.bitmaps.get('vda-0')?.get(`kept-${kept}`), count: 65536 }
        domain.put('vda-0', `kept-${kept}`, mark)
        for (const one of all) {
          // oxlint-disable-next-line no-await-in-loop -- steps follow each other
          await take({ domain, manager }, one)
        }
        expect(domain.bitmaps.get('vda-0')?.get(`kept-${kept}`)).toEqual(mark)
      }),
      { numRuns: 100 },
    )
  })
})
