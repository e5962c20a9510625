import { beforeEach, describe, expect, it } from 'vitest'
import { CheckpointManager, checkpointSemantics } from '../../src/checkpoint/index.ts'
import { unwrap } from '../../src/errors/index.ts'
import { FakeDomain } from './fake-domain.ts'

let domain: FakeDomain
let manager: CheckpointManager

beforeEach(async () => {
  domain = new FakeDomain()
  manager = new CheckpointManager(checkpointSemantics.qemu, domain)
  for (const name of ['a', 'b']) {
    const text = `<domaincheckpoint><name>${name}</name></domaincheckpoint>`
    // oxlint-disable-next-line no-await-in-loop -- each is the parent of the next
    unwrap(await manager.create(text, 0))
    domain.now += 1
  }
})

/** The findings that are not in order, in words. */
async function findings(): Promise<string[]> {
  const all = unwrap(await manager.diagnose())
  return all
    .filter(({ state }) => state !== 'ok')
    .map(({ checkpoint, disk, state }) => `${checkpoint} ${disk} ${state}`)
}

async function reconcile(dryRun: boolean): Promise<string[]> {
  const repairs = unwrap(await manager.reconcile({ dryRun }))
  return repairs.map((repair) =>
    repair.action === 'delete-checkpoint'
      ? `delete ${repair.checkpoint}`
      : `remove ${repair.bitmap} of ${repair.disk}`,
  )
}

describe('a diagnosis', () => {
  it('tells of each disk of each checkpoint, the oldest first', async () => {
    expect(unwrap(await manager.diagnose())).toStrictEqual(
      ['a', 'b'].flatMap((checkpoint) =>
        ['vda', 'vdb'].map((disk) => ({ checkpoint, disk, bitmap: checkpoint, state: 'ok' })),
      ),
    )
  })

  it('finds what cannot be relied on', async () => {
    domain.bitmaps.get('vda-0')?.delete('a')
    domain.put('vdb-0', 'a', { inconsistent: true, recording: false })
    domain.put('vda-0', 'b', { recording: false })
    domain.put('vdb-0', 'b', { persistent: false })
    expect(await findings()).toStrictEqual([
      'a vda missing',
      'a vdb inconsistent',
      'b vda disabled',
      'b vdb missing',
    ])
  })

  it('compares the bitmaps of a chain', async () => {
    domain.setChain('vda', ['vda-0', 'vda-1'])
    domain.put('vda-1', 'a', { granularity: 4096 })
    expect(await findings()).toStrictEqual(['a vda wrong-granularity'])
  })

  it('leaves out disks that are gone', async () => {
    domain.chains.delete('vdb')
    expect(unwrap(await manager.diagnose()).map(({ disk }) => disk)).toStrictEqual(['vda', 'vda'])
  })

  it('changes nothing', async () => {
    domain.bitmaps.get('vda-0')?.clear()
    domain.changes.length = 0
    await manager.diagnose()
    await manager.reconcile({ dryRun: true })
    expect(domain.changes).toStrictEqual([])
    expect([...domain.stored.keys()]).toStrictEqual(['a', 'b'])
  })
})

describe('a reconciliation', () => {
  it('does nothing where all is well', async () => {
    expect(await reconcile(false)).toStrictEqual([])
  })

  it('forgets a checkpoint of which one bitmap is broken, with its other bitmaps', async () => {
    domain.bitmaps.get('vda-0')?.delete('a')
    expect(await reconcile(true)).toStrictEqual(['delete a'])
    expect(await reconcile(false)).toStrictEqual(['delete a'])
    expect(domain.bitmapNames).toStrictEqual(['vda-0/b', 'vdb-0/b'])
    expect([...domain.stored.keys()]).toStrictEqual(['b'])
    expect(manager.getParent('b', 0).isErr()).toBe(true)
    expect(await reconcile(false)).toStrictEqual([])
  })

  it('removes stored bitmaps of no checkpoint, in all images of a chain', async () => {
    domain.setChain('vdb', ['vdb-0', 'vdb-1'])
    domain.put('vdb-0', 'stray')
    domain.put('vdb-1', 'stray')
    domain.put('vdb-0', 'temporary', { persistent: false })
    expect(await reconcile(false)).toStrictEqual(['remove stray of vdb'])
    expect(domain.bitmapNames).not.toContain('vdb-1/stray')
    expect(domain.bitmapNames).toContain('vdb-0/temporary')
    expect(domain.changes.at(-1)?.reopen).toStrictEqual(['vdb-1'])
  })

  it('keeps a checkpoint whose bitmaps are merely of different granularities', async () => {
    domain.setChain('vda', ['vda-0', 'vda-1'])
    domain.put('vda-1', 'a', { granularity: 4096 })
    expect(await reconcile(false)).toStrictEqual([])
  })

  it('ends with the first step that fails', async () => {
    domain.bitmaps.get('vda-0')?.clear()
    domain.failing.add('change')
    expect((await manager.reconcile({ dryRun: false })).isErr()).toBe(true)
    expect([...domain.stored.keys()]).toStrictEqual(['a', 'b'])
  })
})
