import { describe, expect, it } from 'vitest'
import type { TransactionOptions } from '../../../src/block/index.ts'
import { Errno } from '../../../src/errors/index.ts'
import { cluster, Machine } from '../machine.ts'

/** Two disks with a bitmap each; clusters {1, 2} of both are dirty. */
function twoDisks(dirty: readonly number[] = [1, 2]): Machine {
  const machine = Machine.withDisk(16)
  machine.store.create('/d1', { format: 'qcow2', virtualSize: 16 * cluster })._unsafeUnwrap()
  machine.graph.addNode({ name: 'd1', path: '/d1' })._unsafeUnwrap()
  machine.graph.addDevice('drv1', 'd1')._unsafeUnwrap()
  machine.addTarget('t1', 16 * cluster)
  for (const node of ['d0', 'd1']) machine.graph.addBitmap({ node, name: 'b' })._unsafeUnwrap()
  machine.fill(1, dirty, 'drv0')
  machine.fill(1, [1, 2], 'drv1')
  return machine
}

function backupBoth(
  machine: Machine,
  options: TransactionOptions,
  finalize: readonly [boolean, boolean] = [true, true],
): void {
  const common = { sync: 'incremental' as const, bitmap: 'b' }
  machine.graph
    .transaction(
      [
        {
          type: 'blockdev-backup',
          data: { ...common, jobId: 'j0', device: 'drv0', target: 't0', autoFinalize: finalize[0] },
        },
        {
          type: 'blockdev-backup',
          data: { ...common, jobId: 'j1', device: 'drv1', target: 't1', autoFinalize: finalize[1] },
        },
      ],
      options,
    )
    ._unsafeUnwrap()
}

function told(machine: Machine): string[] {
  return machine.events.splice(0).map(({ event, data }) => {
    const id = 'device' in data ? data.device : data.id
    const what = 'status' in data ? data.status : event.replace('BLOCK_JOB_', '')
    return `${id} ${what}${'error' in data ? '!' : ''}`
  })
}

describe('jobs of a grouped transaction', () => {
  it('wait for each other, and end together with the newest first', () => {
    const machine = twoDisks()
    backupBoth(machine, { completionMode: 'grouped' })
    machine.run()
    expect(told(machine).slice(4)).toStrictEqual([
      'j0 waiting',
      'j1 waiting',
      'j1 pending',
      'j0 pending',
      'j1 COMPLETED',
      'j1 concluded',
      'j1 null',
      'j0 COMPLETED',
      'j0 concluded',
      'j0 null',
    ])
    expect([machine.dirty('b', 'd0'), machine.dirty('b', 'd1')]).toStrictEqual([[], []])
  })

  it.each([[[1, 2]], [[]]])(
    'all fail when one does, even one with %j to do that is done already',
    (dirty) => {
      const machine = twoDisks(dirty)
      machine.store.addFault({ path: '/d1', operation: 'read', errno: Errno.EIO })
      backupBoth(machine, { completionMode: 'grouped' })
      machine.fill(2, [3], 'drv0')
      machine.run()
      const events = told(machine)
      expect(events).toContain('j1 ERROR')
      expect(
        events.filter((each) => each.endsWith('!') || each.includes('CANCELLED')).toSorted(),
      ).toStrictEqual(['j0 CANCELLED', 'j1 COMPLETED!'])
      expect(machine.dirty('b', 'd0')).toStrictEqual([...dirty, 3])
      expect(machine.dirty('b', 'd1')).toStrictEqual([1, 2])
      backupBoth(machine, { completionMode: 'grouped' })
      machine.run()
      expect(told(machine)).toContain('j0 COMPLETED')
    },
  )

  it('are all cancelled when one is, also those that wait', () => {
    const machine = twoDisks([])
    backupBoth(machine, { completionMode: 'grouped' })
    machine.step()
    expect(machine.graph.jobs.queryJobs().map(({ status }) => status)).toStrictEqual([
      'running',
      'waiting',
    ])
    machine.graph.jobs.cancel('j0')._unsafeUnwrap()
    machine.run()
    expect(told(machine).filter((each) => each.includes('CANCELLED'))).toHaveLength(2)
    expect(machine.graph.jobs.queryJobs()).toStrictEqual([])
  })

  it('rest in pending until one member is finalized', () => {
    const machine = twoDisks()
    backupBoth(machine, { completionMode: 'grouped' }, [false, true])
    machine.run()
    const events = told(machine)
    expect(events.filter((each) => each.includes('PENDING'))).toStrictEqual(['j0 PENDING'])
    expect(machine.graph.jobs.queryJobs().map(({ status }) => status)).toStrictEqual([
      'pending',
      'pending',
    ])
    machine.graph.jobs.finalize('j1')._unsafeUnwrap()
    expect(machine.graph.jobs.queryJobs()).toStrictEqual([])
  })
})

describe('jobs of an individual transaction', () => {
  it('do not care about each other', () => {
    const machine = twoDisks()
    machine.store.addFault({ path: '/d1', operation: 'read', errno: Errno.EIO })
    backupBoth(machine, {})
    machine.run()
    expect(
      told(machine)
        .filter((each) => each.includes('COMPLETED'))
        .toSorted(),
    ).toStrictEqual(['j0 COMPLETED', 'j1 COMPLETED!'])
    expect([machine.dirty('b', 'd0'), machine.dirty('b', 'd1')]).toStrictEqual([[], [1, 2]])
  })
})
