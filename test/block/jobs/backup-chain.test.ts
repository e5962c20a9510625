import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Errno } from '../../../src/errors/index.ts'
import { sameBytes } from '../bytes.ts'
import { act, build, contentOf, history, size } from './disturbed-disk.ts'

describe('a chain of backups', () => {
  const ending = fc.constantFrom('complete', 'cancel', 'fail', 'cancel late')

  it('restores the disk as it was at each start, past failed and cancelled ones', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(history, history, ending), { minLength: 1, maxLength: 5 }),
        (rounds) => {
          const machine = build({
            format: 'qcow2',
            sourceCluster: 65536,
            target: ['raw'],
            hasBacking: false,
            granularity: 65536,
            sync: 'full',
            maxChunk: 0,
          })
          const { store, graph } = machine
          let previous: string | undefined
          for (const [index, [before, during, end]] of rounds.entries()) {
            for (const action of before) act(machine, action)
            const path = `/inc${index}`
            const isFirst = previous === undefined
            store
              .create(path, {
                format: 'qcow2',
                virtualSize: size,
                ...(previous !== undefined && { backing: { path: previous } }),
              })
              ._unsafeUnwrap()
            graph
              .addNode({ name: `n${index}`, path, backing: isFirst ? null : 'd0' })
              ._unsafeUnwrap()
            const atStart = contentOf(machine, 'd0')
            graph
              .blockdevBackup({
                jobId: 'j',
                device: 'drv0',
                target: `n${index}`,
                sync: isFirst ? 'full' : 'bitmap',
                bitmap: 'b',
                bitmapMode: 'on-success',
                autoFinalize: end !== 'cancel late',
              })
              ._unsafeUnwrap()
            for (const action of during) act(machine, action)
            const fault = store.addFault({ path, operation: 'write', errno: Errno.ENOSPC })
            if (end !== 'fail') fault.cancel()
            if (end === 'cancel') graph.jobs.cancel('j')
            graph.jobs.resume('j')
            machine.run()
            graph.jobs.cancel('j')
            fault.cancel()
            graph.removeNode(`n${index}`)._unsafeUnwrap()
            const isDone = machine.takeEvents().includes('COMPLETED')
            if (!isDone) continue
            previous = path
            const restored = store.get(path)?.read(0, size)._unsafeUnwrap() ?? new Uint8Array()
            expect(sameBytes(restored, atStart)).toBe(true)
          }
        },
      ),
      { numRuns: 100 },
    )
  })

  it('restores with a failed increment kept, when the bitmap moves on always', () => {
    fc.assert(
      fc.property(
        history,
        history,
        history,
        fc.integer({ min: 1, max: 12 }),
        (before, during, after, nth) => {
          const machine = build({
            format: 'raw',
            sourceCluster: 65536,
            target: ['raw'],
            hasBacking: false,
            granularity: 65536,
            sync: 'full',
            maxChunk: 0,
          })
          const { graph, store } = machine
          const always = {
            jobId: 'j',
            device: 'drv0',
            target: 't0',
            bitmap: 'b',
            bitmapMode: 'always' as const,
          }
          graph.blockdevBackup({ ...always, sync: 'full' })._unsafeUnwrap()
          machine.run()
          for (const action of before) act(machine, action)
          graph.blockdevBackup({ ...always, sync: 'bitmap' })._unsafeUnwrap()
          const fault = store.addFault({ path: '/d0', operation: 'read', nth, errno: Errno.EIO })
          for (const action of during) act(machine, action, () => undefined)
          graph.jobs.resume('j')
          machine.run()
          fault.cancel()
          for (const action of after) act(machine, action)
          graph.blockdevBackup({ ...always, sync: 'bitmap' })._unsafeUnwrap()
          machine.run()
          expect(sameBytes(contentOf(machine, 't0'), contentOf(machine, 'd0'))).toBe(true)
        },
      ),
      { numRuns: 100 },
    )
  })
})
