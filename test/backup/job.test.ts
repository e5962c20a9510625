import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BackupJob, completedStatistics, runningStatistics } from '../../src/backup/index.ts'
import { ConnectDomainEventBlockJobStatus, DomainJobType } from '../../src/constants/index.ts'

const { COMPLETED, FAILED, CANCELED } = ConnectDomainEventBlockJobStatus
const canceled = 'Operation canceled'

function jobOf(mode: 'push' | 'pull', ...disks: string[]): BackupJob {
  return new BackupJob({
    id: 7,
    startedAtMs: 1000,
    reusesExternal: false,
    def: {
      mode,
      disks: [
        ...disks.map((name) => ({ name, backup: true })),
        { name: 'left-out', backup: false },
      ],
    },
  })
}

describe('the end of a backup', () => {
  it('comes with its last disk', () => {
    const job = jobOf('push', 'vda', 'vdb')
    const done = { current: 10, total: 10 }
    expect(job.diskEnded('vdb', done)).toEqual({
      status: COMPLETED,
      cancel: [],
      outcome: undefined,
    })
    expect(job.diskEnded('vda', done)).toEqual({
      status: COMPLETED,
      cancel: [],
      outcome: 'completed',
    })
    expect(job.outcome).toBe('completed')
  })

  it('is cancellation of the others when a disk fails, and failure altogether', () => {
    const job = jobOf('push', 'vda', 'vdb', 'vdc')
    job.diskEnded('vdc', { current: 5, total: 5 })
    const failed = job.diskEnded('vdb', { current: 3, total: 9, error: 'No space left on device' })
    expect(failed).toEqual({ status: FAILED, cancel: ['vda'], outcome: undefined })
    const other = job.diskEnded('vda', { current: 1, total: 9, error: canceled })
    expect(other).toEqual({ status: CANCELED, cancel: [], outcome: 'failed' })
    expect(job.error).toBe('No space left on device')
  })

  it.each([
    ['push', 'cancelled'],
    ['pull', 'completed'],
  ] as const)('of a cancelled %s backup is called %s', (mode, outcome) => {
    const job = jobOf(mode, 'vda', 'vdb')
    expect(job.cancel()).toEqual(['vda', 'vdb'])
    expect(job.cancel()).toEqual([])
    job.diskEnded('vda', { current: 1, total: 2, error: canceled })
    const last = job.diskEnded('vdb', { current: 1, total: 2, error: canceled })
    expect(last).toEqual({ status: CANCELED, cancel: [], outcome })
  })

  it('follows when one disk is cancelled', () => {
    const job = jobOf('push', 'vda', 'vdb')
    expect([job.cancelDisk('vda'), job.cancelDisk('vda'), job.cancelDisk('vdz')]).toEqual([
      true,
      false,
      false,
    ])
    const first = job.diskEnded('vda', { current: 1, total: 2, error: canceled })
    expect(first).toEqual({ status: CANCELED, cancel: ['vdb'], outcome: undefined })
  })

  it('is a cancellation also for a disk that was done before the request reached it', () => {
    const job = jobOf('push', 'vda')
    job.cancel()
    expect(job.diskEnded('vda', { current: 2, total: 2 }).status).toBe(CANCELED)
    expect(job.outcome).toBe('cancelled')
  })

  it('by the stop of the domain counts what was finished only, and has no reason', () => {
    const job = jobOf('push', 'vda', 'vdb')
    job.diskEnded('vda', { current: 10, total: 10 })
    job.progress('vdb', 5, 20)
    job.domainStopped()
    expect(completedStatistics(job, 'cancelled', 3266)).toEqual({
      type: DomainJobType.CANCELLED,
      id: 7,
      operation: 9,
      time_elapsed: 2266,
      disk_total: 10,
      disk_processed: 10,
      disk_remaining: 0,
      success: false,
    })
  })

  it('is reached whatever the order, with an outcome that the disks explain', () => {
    const end = fc.record({
      disk: fc.constantFrom('vda', 'vdb', 'vdc'),
      error: fc.option(fc.constant('No space left on device'), { nil: undefined }),
      cancelBefore: fc.boolean(),
    })
    const ends = fc.uniqueArray(end, { selector: ({ disk }) => disk, minLength: 3, maxLength: 3 })
    fc.assert(
      fc.property(fc.constantFrom('push' as const, 'pull' as const), ends, (mode, order) => {
        const job = jobOf(mode, 'vda', 'vdb', 'vdc')
        const outcomes = order.map(({ disk, error, cancelBefore }) => {
          if (cancelBefore) job.cancel()
          const finished = { current: 1, total: 1 }
          return job.diskEnded(disk, error === undefined ? finished : { ...finished, error })
            .outcome
        })
        expect(outcomes.slice(0, 2)).toEqual([undefined, undefined])
        const states = [...job.disks].map(({ state }) => state)
        const cancelled = states.includes('cancelled') && mode === 'push'
        const other = cancelled ? 'cancelled' : 'completed'
        expect(outcomes[2]).toBe(states.includes('failed') ? 'failed' : other)
      }),
    )
  })
})

describe('statistics', () => {
  it('of a running push sum up its disks', () => {
    const job = jobOf('push', 'vda', 'vdb')
    job.progress('vda', 100, 1000)
    job.progress('vdb', 0, 500)
    job.progress('vdz', 1, 1)
    expect(runningStatistics(job, 1250)).toEqual({
      type: DomainJobType.UNBOUNDED,
      id: 7,
      operation: 9,
      time_elapsed: 250,
      disk_total: 1500,
      disk_processed: 100,
      disk_remaining: 1400,
    })
  })

  it('of a pull tell of the scratch images', () => {
    const job = jobOf('pull', 'vda')
    job.progress('vda', 0, 64)
    expect(runningStatistics(job, 1000)).toEqual({
      type: DomainJobType.UNBOUNDED,
      id: 7,
      operation: 9,
      time_elapsed: 0,
      disk_temp_used: 0,
      disk_temp_total: 64,
    })
    job.cancel()
    job.diskEnded('vda', { current: 8, total: 64, error: canceled })
    expect(completedStatistics(job, 'completed', 2000)).toMatchObject({
      type: DomainJobType.COMPLETED,
      disk_temp_used: 8,
      success: true,
      errmsg: canceled,
    })
  })

  it('of an increment without changes have no bytes', () => {
    const job = jobOf('push', 'vda')
    job.diskEnded('vda', { current: 0, total: 0 })
    expect(completedStatistics(job, 'completed', 1001)).toEqual({
      type: DomainJobType.COMPLETED,
      id: 7,
      operation: 9,
      time_elapsed: 1,
      success: true,
    })
  })
})
