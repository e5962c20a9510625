import { describe, expect, it } from 'vitest'
import type { BlockdevBackupArguments } from '../../../src/block/index.ts'
import { Errno } from '../../../src/errors/index.ts'
import { sameBytes } from '../bytes.ts'
import { cluster, Machine } from '../machine.ts'

function start(machine: Machine, options: Partial<BlockdevBackupArguments> = {}): void {
  machine.graph
    .blockdevBackup({ jobId: 'j', device: 'drv0', target: 't0', sync: 'full', ...options })
    ._unsafeUnwrap()
}

function machineWithData(): Machine {
  const machine = Machine.withDisk(64)
  machine.fill(1, [0, 1, 20, 40])
  return machine
}

const begun = ['created', 'running']
const ended = ['concluded', 'null']

describe('the events of a backup', () => {
  it('end with COMPLETED, concluded, null when all goes by itself', () => {
    const machine = machineWithData()
    start(machine)
    machine.run()
    expect(machine.takeEvents()).toStrictEqual([
      ...begun,
      'waiting',
      'pending',
      'COMPLETED',
      ...ended,
    ])
  })

  it('stop at pending and at concluded when they are told to', () => {
    const machine = machineWithData()
    start(machine, { autoFinalize: false, autoDismiss: false })
    machine.run()
    expect(machine.takeEvents()).toStrictEqual([...begun, 'waiting', 'pending', 'PENDING'])
    expect(machine.graph.jobs.finalize('j').isOk()).toBe(true)
    expect(machine.takeEvents()).toStrictEqual(['COMPLETED', 'concluded'])
    expect(machine.graph.jobs.dismiss('j').isOk()).toBe(true)
    expect(machine.takeEvents()).toStrictEqual(['null'])
  })

  it('carry the fields of QEMU', () => {
    const machine = machineWithData()
    start(machine, { speed: 5, autoFinalize: false })
    machine.run()
    machine.graph.jobs.finalize('j')
    const progress = {
      device: 'j',
      len: 64 * cluster,
      offset: 64 * cluster,
      speed: 5,
      type: 'backup',
    }
    expect(machine.events).toStrictEqual([
      { event: 'JOB_STATUS_CHANGE', data: { id: 'j', status: 'created' } },
      { event: 'JOB_STATUS_CHANGE', data: { id: 'j', status: 'running' } },
      { event: 'JOB_STATUS_CHANGE', data: { id: 'j', status: 'waiting' } },
      { event: 'JOB_STATUS_CHANGE', data: { id: 'j', status: 'pending' } },
      { event: 'BLOCK_JOB_PENDING', data: { type: 'backup', id: 'j' } },
      { event: 'BLOCK_JOB_COMPLETED', data: progress },
      { event: 'JOB_STATUS_CHANGE', data: { id: 'j', status: 'concluded' } },
      { event: 'JOB_STATUS_CHANGE', data: { id: 'j', status: 'null' } },
    ])
  })

  it('end with CANCELLED when a running job is cancelled', () => {
    const machine = machineWithData()
    start(machine)
    machine.step()
    machine.graph.jobs.cancelBlockJob('j')._unsafeUnwrap()
    machine.run()
    expect(machine.takeEvents()).toStrictEqual([...begun, 'aborting', 'CANCELLED', ...ended])
  })

  it('show a job running again before it aborts when it was paused', () => {
    const machine = machineWithData()
    start(machine)
    machine.graph.jobs.pause('j')._unsafeUnwrap()
    machine.takeEvents()
    machine.graph.jobs.cancelBlockJob('j', { force: true })._unsafeUnwrap()
    machine.run()
    expect(machine.takeEvents()).toStrictEqual(['running', 'aborting', 'CANCELLED', ...ended])
  })

  it('come at once, at full offset, when a pending job is cancelled', () => {
    const machine = machineWithData()
    start(machine, { autoFinalize: false })
    machine.run()
    machine.takeEvents()
    machine.graph.jobs.cancel('j')._unsafeUnwrap()
    const cancelled = machine.events.find(({ event }) => event === 'BLOCK_JOB_CANCELLED')
    expect(cancelled?.data).toMatchObject({ len: 64 * cluster, offset: 64 * cluster })
    expect(machine.takeEvents()).toStrictEqual(['aborting', 'CANCELLED', ...ended])
  })

  it.each([true, false])(
    'end with COMPLETED and the error after an I/O error (finalize %s)',
    (autoFinalize) => {
      const machine = machineWithData()
      machine.store.addFault({ path: '/d0', operation: 'read', nth: 2, errno: Errno.EIO })
      start(machine, { autoFinalize })
      machine.run()
      expect(machine.events.filter(({ event }) => event.startsWith('BLOCK_JOB'))).toMatchObject([
        { event: 'BLOCK_JOB_ERROR', data: { device: 'j', operation: 'read', action: 'report' } },
        { event: 'BLOCK_JOB_COMPLETED', data: { error: 'Input/output error', len: 64 * cluster } },
      ])
      expect(machine.takeEvents()).toStrictEqual([
        ...begun,
        'ERROR',
        'aborting',
        'COMPLETED!',
        ...ended,
      ])
    },
  )

  it('never show a start when the transaction fails', () => {
    const machine = machineWithData()
    machine.addTarget('t1', 64 * cluster)
    const backup = { device: 'd0', sync: 'full' as const }
    const failed = machine.graph.transaction([
      { type: 'blockdev-backup', data: { ...backup, jobId: 'one', target: 't0' } },
      { type: 'blockdev-backup', data: { ...backup, jobId: 'two', target: 't1' } },
      { type: 'abort' },
    ])
    expect(failed._unsafeUnwrapErr().message).toBe('Transaction aborted using Abort action')
    expect(
      machine.events.map(({ data }) =>
        'id' in data && 'status' in data ? `${data.id} ${data.status}` : '?',
      ),
    ).toStrictEqual([
      'one created',
      'two created',
      'two aborting',
      'two concluded',
      'two null',
      'one aborting',
      'one concluded',
      'one null',
    ])
    expect(machine.graph.nodeNames()).toStrictEqual(['d0', 't0', 't1'])
    expect(machine.graph.node('d0')?.parents.size).toBe(1)
  })

  it('come after the command has settled, in order, also when a listener gives commands', () => {
    const seen: string[] = []
    const machine = Machine.withDisk(4)
    const push = machine.events.push.bind(machine.events)
    machine.events.push = (event) => {
      if (event.event === 'JOB_STATUS_CHANGE') {
        seen.push(`${event.data.status} ${machine.graph.jobs.queryJobs()[0]?.status ?? 'gone'}`)
        if (event.data.status === 'pending') machine.graph.jobs.finalize('j')
        if (event.data.status === 'concluded') machine.graph.jobs.dismiss('j')
      }
      return push(event)
    }
    start(machine, { autoFinalize: false, autoDismiss: false })
    machine.run()
    expect(seen).toStrictEqual([
      'created running',
      'running running',
      'waiting pending',
      'pending pending',
      'concluded concluded',
      'null gone',
    ])
  })
})

describe('a job', () => {
  it('is listed with the fields of query-block-jobs and query-jobs', () => {
    const machine = machineWithData()
    start(machine, { autoFinalize: false, autoDismiss: false })
    machine.run()
    expect(machine.graph.jobs.queryBlockJobs()).toStrictEqual([
      {
        type: 'backup',
        device: 'j',
        status: 'pending',
        len: 64 * cluster,
        offset: 64 * cluster,
        busy: false,
        paused: false,
        ready: false,
        speed: 0,
        ioStatus: 'ok',
        autoFinalize: false,
        autoDismiss: false,
      },
    ])
    machine.graph.jobs.cancel('j')._unsafeUnwrap()
    expect(machine.graph.jobs.queryJobs()).toStrictEqual([
      {
        id: 'j',
        type: 'backup',
        status: 'concluded',
        currentProgress: 64 * cluster,
        totalProgress: 64 * cluster,
        error: 'Operation canceled',
      },
    ])
  })

  it('stands still while it is paused', () => {
    const machine = machineWithData()
    start(machine)
    machine.step(2)
    machine.graph.jobs.pause('j')._unsafeUnwrap()
    const before = machine.graph.jobs.queryBlockJobs()
    expect(before).toMatchObject([{ paused: true, status: 'paused', busy: false }])
    machine.run()
    expect(machine.graph.jobs.queryBlockJobs()).toStrictEqual(before)
    machine.graph.jobs.resume('j')._unsafeUnwrap()
    machine.run()
    expect(machine.takeEvents()).toStrictEqual([
      ...begun,
      'paused',
      'running',
      'waiting',
      'pending',
      'COMPLETED',
      ...ended,
    ])
  })

  it.each([
    ['stop', Errno.EIO, 'failed'],
    ['stop', Errno.ENOSPC, 'nospace'],
    ['enospc', Errno.ENOSPC, 'nospace'],
    ['auto', Errno.ENOSPC, 'nospace'],
  ] as const)('stops at an error (%s, errno %i) until it is resumed', (policy, errno, ioStatus) => {
    const machine = machineWithData()
    machine.store.addFault({ path: '/t0', operation: 'write', nth: 3, errno })
    start(machine, { onTargetError: policy, autoDismiss: false })
    machine.run()
    expect(machine.graph.jobs.queryBlockJobs()).toMatchObject([
      { status: 'paused', ioStatus, paused: true },
    ])
    expect(machine.graph.jobs.dismissBlockJob('j')._unsafeUnwrapErr().message).toBe(
      "Job 'j' in state 'paused' cannot accept command verb 'dismiss'",
    )
    expect(machine.graph.jobs.pause('j')._unsafeUnwrapErr().message).toBe('Job is already paused')
    machine.graph.jobs.resumeBlockJob('j')._unsafeUnwrap()
    expect(machine.graph.jobs.queryBlockJobs()).toMatchObject([
      { status: 'running', ioStatus: 'ok' },
    ])
    machine.run()
    expect(machine.takeEvents()).toStrictEqual([
      ...begun,
      'ERROR',
      'paused',
      'running',
      'waiting',
      'pending',
      'COMPLETED',
      'concluded',
    ])
  })

  it.each([
    ['enospc', Errno.EIO],
    ['auto', Errno.EIO],
    ['report', Errno.ENOSPC],
  ] as const)('fails at an error (%s, errno %i)', (policy, errno) => {
    const machine = machineWithData()
    machine.store.addFault({ path: '/t0', operation: 'write', nth: 3, errno })
    start(machine, { onTargetError: policy })
    machine.run()
    expect(machine.takeEvents()).toContain('COMPLETED!')
  })

  it('tries again what it ignores, and leaves nothing out', () => {
    const machine = machineWithData()
    machine.store.addFault({ path: '/d0', operation: 'read', nth: 2, times: 3, errno: Errno.EIO })
    start(machine, { onSourceError: 'ignore' })
    machine.run()
    expect(machine.takeEvents()).toStrictEqual([
      ...begun,
      'ERROR',
      'ERROR',
      'ERROR',
      'waiting',
      'pending',
      'COMPLETED',
      ...ended,
    ])
    const copied = machine.graph.read('t0', 0, 64 * cluster)._unsafeUnwrap()
    expect(sameBytes(copied, machine.graph.read('d0', 0, 64 * cluster)._unsafeUnwrap())).toBe(true)
  })

  it('frees its nodes when it is concluded, not while it is pending', () => {
    const machine = machineWithData()
    start(machine, { autoFinalize: false, autoDismiss: false, filterNodeName: 'f' })
    machine.run()
    expect(machine.graph.nodeNames()).toContain('f')
    expect(machine.graph.removeNode('t0')._unsafeUnwrapErr().message).toBe(
      "Node 't0' is busy: block device is in use by block job: backup",
    )
    machine.graph.jobs.finalize('j')
    expect(machine.graph.nodeNames()).not.toContain('f')
    expect(machine.graph.removeNode('t0').isOk()).toBe(true)
  })
})

describe('the verbs', () => {
  type Verb = 'pause' | 'resume' | 'complete' | 'finalize' | 'dismiss'
  const verbs: readonly Verb[] = ['pause', 'resume', 'complete', 'finalize', 'dismiss']

  function refused(status: string, verb: string): string {
    return `Job 'j' in state '${status}' cannot accept command verb '${verb}'`
  }

  it.each([
    ['running', ['complete', 'finalize', 'dismiss']],
    ['paused', ['complete', 'finalize', 'dismiss']],
    ['pending', ['pause', 'complete', 'dismiss']],
    ['concluded', ['pause', 'complete', 'finalize']],
  ] as const)('that a job refuses when it is %s are %s', (status, expected) => {
    const machine = machineWithData()
    start(machine, { autoFinalize: false, autoDismiss: false })
    if (status === 'paused') machine.graph.jobs.pause('j')
    if (status === 'pending' || status === 'concluded') machine.run()
    if (status === 'concluded') machine.graph.jobs.finalize('j')
    expect(machine.graph.jobs.queryJobs()[0]?.status).toBe(status)
    for (const verb of expected) {
      expect(machine.graph.jobs[verb]('j')._unsafeUnwrapErr().message).toBe(refused(status, verb))
    }
    if (status === 'pending' || status === 'concluded') {
      expect(machine.graph.jobs.setBlockJobSpeed('j', 1)._unsafeUnwrapErr().message).toBe(
        refused(status, 'set-speed'),
      )
    }
    if (status === 'concluded') {
      expect(machine.graph.jobs.cancel('j')._unsafeUnwrapErr().message).toBe(
        refused(status, 'cancel'),
      )
    }
  })

  it('refuse an unknown job', () => {
    const { jobs } = new Machine().graph
    for (const verb of [...verbs, 'cancel'] as const) {
      const error = jobs[verb]('x')._unsafeUnwrapErr()
      expect([error.message, error.errorClass]).toStrictEqual(['Job not found', 'GenericError'])
    }
    for (const answer of [
      jobs.cancelBlockJob('x'),
      jobs.pauseBlockJob('x'),
      jobs.resumeBlockJob('x'),
      jobs.completeBlockJob('x'),
      jobs.finalizeBlockJob('x'),
      jobs.dismissBlockJob('x'),
      jobs.setBlockJobSpeed('x', 1),
    ]) {
      const error = answer._unsafeUnwrapErr()
      expect([error.message, error.errorClass]).toStrictEqual([
        "Block job 'x' not found",
        'DeviceNotActive',
      ])
    }
  })

  it('have words of their own for what the state allows but the job does not', () => {
    const machine = machineWithData()
    start(machine)
    const { jobs } = machine.graph
    expect(jobs.resume('j')._unsafeUnwrapErr().message).toBe(
      "Can't resume a job that was not paused",
    )
    expect(jobs.setBlockJobSpeed('j', -1)._unsafeUnwrapErr().message).toBe(
      "Parameter 'speed' expects a non-negative value",
    )
    jobs.pause('j')
    expect(jobs.pauseBlockJob('j')._unsafeUnwrapErr().message).toBe('Job is already paused')
    expect(jobs.cancelBlockJob('j')._unsafeUnwrapErr().message).toBe(
      "The block job for device 'j' is currently paused",
    )
  })
})

describe('the speed', () => {
  it('lets the first piece through at once and makes the next ones wait', () => {
    const machine = Machine.withDisk(64)
    machine.fill(
      1,
      Array.from({ length: 64 }, (_, i) => i),
    )
    start(machine, { speed: 1024 * 1024 })
    machine.step()
    expect(machine.graph.jobs.queryBlockJobs()).toMatchObject([
      { offset: 16 * cluster, speed: 1024 * 1024 },
    ])
    machine.run()
    expect(machine.scheduler.now()).toBe(3000)
  })

  it('changes at once for a job that sleeps', () => {
    const machine = Machine.withDisk(64)
    machine.fill(
      1,
      Array.from({ length: 64 }, (_, i) => i),
    )
    start(machine, { speed: 1 })
    machine.step(2)
    expect(machine.graph.jobs.setBlockJobSpeed('j', 0).isOk()).toBe(true)
    machine.run()
    expect(machine.scheduler.now()).toBe(0)
    expect(machine.takeEvents()).toContain('COMPLETED')
  })

  it('does not hold up a disk of less than one piece', () => {
    const machine = Machine.withDisk(10)
    machine.fill(1, [0, 5])
    start(machine, { speed: 1 })
    machine.step()
    expect(machine.graph.jobs.queryBlockJobs()).toMatchObject([{ offset: cluster }])
  })
})
