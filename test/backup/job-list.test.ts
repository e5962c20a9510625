import { beforeEach, describe, expect, it } from 'vitest'
import { BackupJob, BackupJobList, completedStatistics } from '../../src/backup/index.ts'
import { ErrorDomain, ErrorNumber } from '../../src/errors/index.ts'

let jobs: BackupJobList

beforeEach(() => {
  jobs = new BackupJobList(ErrorDomain.QEMU)
})

function begin(mode: 'push' | 'pull' = 'push'): BackupJob {
  const job = new BackupJob({
    id: jobs.nextId,
    startedAtMs: 0,
    reusesExternal: false,
    def: { mode, disks: [{ name: 'vda', backup: true }] },
  })
  jobs.begin(job)
  return job
}

function complete(job: BackupJob): void {
  const { outcome = 'completed' } = job.diskEnded('vda', { current: 1, total: 1 })
  jobs.complete(completedStatistics(job, outcome, 5))
}

const unknown = (id: number): unknown[] => [
  ErrorNumber.NO_DOMAIN_BACKUP,
  ErrorDomain.QEMU,
  `Domain backup job id not found: no domain backup job with id '${id}'`,
]

function refusal(result: ReturnType<BackupJobList['find']>): unknown[] {
  const { code, domain, message } = result._unsafeUnwrapErr()
  return [code, domain, message]
}

describe('BackupJobList', () => {
  it('counts ids from 1, and on from where it was', () => {
    expect([begin().id, begin().id]).toEqual([1, 2])
    expect(new BackupJobList(ErrorDomain.QEMU, { lastId: 41 }).nextId).toBe(42)
  })

  it('has nothing to show or to end before the first backup', () => {
    expect(refusal(jobs.find(0))).toEqual([
      ErrorNumber.NO_DOMAIN_BACKUP,
      ErrorDomain.QEMU,
      'Domain backup job id not found: no domain backup job present',
    ])
    expect(refusal(jobs.find(1))).toEqual(unknown(1))
    expect(refusal(jobs.findToEnd(0))).toEqual(unknown(0))
    expect(refusal(jobs.findToEnd(1))).toEqual(unknown(1))
  })

  it('finds the running job with and without its id', () => {
    const job = begin()
    const found = [jobs.find(0), jobs.find(1), jobs.findToEnd(0), jobs.findToEnd(1)]
    expect(found.map((result) => result._unsafeUnwrap())).toEqual([job, job, job, job])
    expect(refusal(jobs.find(2))).toEqual(unknown(2))
  })

  it('keeps a finished push as a record, which only its id shows', () => {
    const job = begin()
    complete(job)
    expect(jobs.running).toBeUndefined()
    expect(jobs.find(0).isErr()).toBe(true)
    expect(jobs.find(1)._unsafeUnwrap()).toBe(job)
    expect(jobs.findToEnd(0)._unsafeUnwrap()).toBe(job)
  })

  it('forgets the record when it is ended, when another begins and when the domain stops', () => {
    complete(begin())
    jobs.forget()
    expect(refusal(jobs.findToEnd(1))).toEqual(unknown(1))
    complete(begin())
    begin()
    expect(refusal(jobs.findToEnd(2))).toEqual(unknown(2))
    jobs.domainStopped(undefined)
    expect(refusal(jobs.findToEnd(3))).toEqual(unknown(3))
  })

  it('keeps no record of a pull', () => {
    complete(begin('pull'))
    expect(refusal(jobs.findToEnd(1))).toEqual(unknown(1))
  })

  it('gives completed statistics once, or as often as asked to keep them', () => {
    complete(begin())
    const kept = jobs.completedStatistics(true)
    expect(kept).toMatchObject({ id: 1, success: true })
    expect(jobs.completedStatistics(false)).toEqual(kept)
    expect(jobs.completedStatistics(true)).toBeUndefined()
  })

  it('shows no completed statistics while a job runs', () => {
    complete(begin())
    begin()
    expect(jobs.completedStatistics(true)).toBeUndefined()
  })

  it('keeps the statistics of the job that the stop of the domain ended', () => {
    const job = begin()
    job.domainStopped()
    jobs.domainStopped(completedStatistics(job, 'cancelled', 5))
    expect(jobs.completedStatistics(true)).toMatchObject({ success: false })
  })
})
