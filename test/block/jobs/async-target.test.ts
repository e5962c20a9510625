import fc from 'fast-check'
import { errAsync, okAsync, ResultAsync } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import type { BackupTarget } from '../../../src/block/index.ts'
import type { VirResultAsync } from '../../../src/errors/index.ts'
import { Errno, ErrorDomain, systemError } from '../../../src/errors/index.ts'
import { pattern, sameBytes } from '../bytes.ts'
import { cluster, Machine } from '../machine.ts'

const clusters = 40
const size = clusters * cluster + 512

/** A target that answers some microtasks later, in any order, and fails where it is told to. */
class SlowTarget implements BackupTarget {
  readonly size = size
  readonly bytes = pattern(size, 50)
  inFlight = 0
  mostInFlight = 0
  readonly #delays: readonly number[]
  #failures: number
  #requests = 0

  constructor(delays: readonly number[], failures = 0) {
    this.#delays = delays
    this.#failures = failures
  }

  write(offset: number, bytes: Uint8Array): VirResultAsync<void> {
    return this.#answer(() => this.bytes.set(bytes, offset))
  }

  writeZeroes(offset: number, length: number): VirResultAsync<void> {
    return this.#answer(() => this.bytes.fill(0, offset, offset + length))
  }

  #answer(act: () => void): VirResultAsync<void> {
    const turns = this.#delays[this.#requests++ % this.#delays.length] ?? 0
    this.inFlight++
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight)
    return new ResultAsync(
      turn(turns).then(() => {
        this.inFlight--
        if (this.#failures > 0) {
          this.#failures--
          return errAsync(systemError(ErrorDomain.NONE, Errno.ENOSPC))
        }
        act()
        return okAsync(undefined)
      }),
    )
  }
}

async function turn(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await Promise.resolve()
}

function machineWith(target: BackupTarget): Machine {
  const machine = new Machine()
  machine.store.create('/d0', { format: 'qcow2', virtualSize: size })._unsafeUnwrap()
  machine.graph.addNode({ name: 'd0', path: '/d0' })._unsafeUnwrap()
  machine.graph.addDevice('drv0', 'd0')._unsafeUnwrap()
  machine.graph.addTarget('remote', target)._unsafeUnwrap()
  machine.fill(1, [0, 1, 5, 17, 18, 19, 39])
  return machine
}

describe('a target that answers later', () => {
  it('gets the point in time, whatever the guest does while requests are under way', async () => {
    const writes = fc.array(fc.tuple(fc.nat({ max: clusters - 1 }), fc.nat({ max: 4 })), {
      maxLength: 20,
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 7 }),
        writes,
        fc.nat({ max: 3 }),
        fc.constantFrom('full' as const, 'none' as const),
        async (delays, during, failures, sync) => {
          const target = new SlowTarget(delays, failures)
          const machine = machineWith(target)
          const atStart = machine.graph.read('d0', 0, size)._unsafeUnwrap()
          machine.graph
            .blockdevBackup({
              jobId: 'j',
              device: 'drv0',
              target: 'remote',
              sync,
              onTargetError: 'ignore',
            })
            ._unsafeUnwrap()
          const touched = new Set<number>()
          for (const [index, wait] of during) {
            machine.fill(2, [index])
            touched.add(index)
            if (wait === 0) void machine.scheduler.stepAsync()
            await turn(wait)
          }
          // Let answers come back that no slice of the job waits for.
          for (let i = 0; i < 50; i++) {
            await machine.runAsync()
            await turn(10)
          }
          if (sync === 'full') expect(machine.takeEvents()).toContain('COMPLETED')
          else machine.graph.jobs.cancel('j')
          const expected = sync === 'full' ? atStart : pattern(size, 50)
          for (const index of touched) {
            const at = index * cluster
            expected.set(atStart.subarray(at, at + cluster), at)
          }
          expect(sameBytes(target.bytes, expected)).toBe(true)
        },
      ),
      { numRuns: 60 },
    )
  }, 60_000)

  it('has several requests under way at once, up to the number of workers', async () => {
    for (const [maxWorkers, most] of [
      [1, 1],
      [3, 3],
    ] as const) {
      const target = new SlowTarget([5])
      const machine = machineWith(target)
      machine.graph
        .blockdevBackup({
          jobId: 'j',
          device: 'drv0',
          target: 'remote',
          sync: 'full',
          performance: { maxWorkers },
        })
        ._unsafeUnwrap()
      await machine.runAsync()
      expect(target.mostInFlight).toBe(most)
    }
  })

  it('lets the guest go on at once, and stops the job when saved bytes cannot be written', async () => {
    const target = new SlowTarget([3], 2)
    const machine = machineWith(target)
    const atStart = machine.graph.read('d0', 0, size)._unsafeUnwrap()
    machine.graph
      .blockdevBackup({
        jobId: 'j',
        device: 'drv0',
        target: 'remote',
        sync: 'none',
        onTargetError: 'stop',
      })
      ._unsafeUnwrap()
    expect(machine.graph.device('drv0')?.write(0, pattern(10, 9)).isOk()).toBe(true)
    await turn(20)
    await machine.runAsync()
    expect(machine.graph.jobs.queryBlockJobs()).toMatchObject([
      { status: 'paused', ioStatus: 'nospace' },
    ])
    machine.graph.jobs.resume('j')._unsafeUnwrap()
    await machine.runAsync()
    expect(sameBytes(target.bytes.subarray(0, cluster), atStart.subarray(0, cluster))).toBe(true)
    expect(machine.graph.jobs.queryBlockJobs()).toMatchObject([
      { status: 'running', offset: cluster },
    ])
  })

  it('ends a cancelled job when it has answered, and not before', async () => {
    const target = new SlowTarget([5])
    const machine = machineWith(target)
    machine.graph
      .blockdevBackup({ jobId: 'j', device: 'drv0', target: 'remote', sync: 'full' })
      ._unsafeUnwrap()
    const step = machine.scheduler.stepAsync()
    machine.graph.jobs.cancel('j')._unsafeUnwrap()
    expect(machine.graph.jobs.queryJobs()).toMatchObject([{ status: 'running' }])
    await step
    expect(machine.takeEvents()).toStrictEqual([
      'created',
      'running',
      'aborting',
      'CANCELLED',
      'concluded',
      'null',
    ])
    expect(target.inFlight).toBe(0)
  })

  it('fails the job with its errno in words', async () => {
    const machine = machineWith(new SlowTarget([1], 1))
    machine.graph
      .blockdevBackup({ jobId: 'j', device: 'drv0', target: 'remote', sync: 'full' })
      ._unsafeUnwrap()
    await machine.runAsync()
    expect(machine.events.find(({ event }) => event === 'BLOCK_JOB_COMPLETED')?.data).toMatchObject(
      {
        error: 'No space left on device',
      },
    )
  })

  it('must be of the size of the source, and can be nothing but a target', () => {
    const machine = machineWith({
      size: 512,
      write: () => okAsync(undefined),
      writeZeroes: () => okAsync(undefined),
    })
    const backup = { jobId: 'j', sync: 'full' as const }
    const { graph } = machine
    expect(
      graph.blockdevBackup({ ...backup, device: 'drv0', target: 'remote' })._unsafeUnwrapErr()
        .message,
    ).toBe('Source and target image have different sizes')
    expect(
      graph.blockdevBackup({ ...backup, device: 'remote', target: 'd0' })._unsafeUnwrapErr()
        .message,
    ).toBe('Device is not inserted: remote')
    expect(graph.read('remote', 0, 1)._unsafeUnwrapErr().errno).toBe(Errno.ENOTSUP)
    expect(graph.removeNode('remote').isOk()).toBe(true)
  })
})
