/**
 * What is sent to QEMU is what libvirt was seen sending in the same scenario.
 */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  DomainCheckpointCreateFlags,
  DomainCheckpointDeleteFlags,
  unwrap,
} from '../../../src/index.ts'
import { isObject, type JsonObject, type JsonValue } from '../../../src/qmp/index.ts'
import { BackupLab, isMissing, MiB, note } from './backup-lab.ts'
import { readTrace, TraceLab } from './trace-lab.ts'

const { REDEFINE, REDEFINE_VALIDATE } = DomainCheckpointCreateFlags
const { CHILDREN, CHILDREN_ONLY, METADATA_ONLY } = DomainCheckpointDeleteFlags

describe.skipIf(isMissing)(`the commands of two disks${note}`, () => {
  let lab: BackupLab
  let traces: TraceLab

  beforeEach(async () => {
    lab = await BackupLab.start()
    traces = new TraceLab(lab)
    await lab.io('vda', 'write -P 1 0 4M')
  })

  afterEach(async () => {
    await lab.close()
  })

  it('are those of checkpoints (traces 02 to 13)', async () => {
    for (const name of [
      '02-checkpoint-create-2disks-root',
      '03-checkpoint-create-2disks-child',
      '04-checkpoint-create-one-disk-only',
    ]) {
      await traces.same(name, async () =>
        unwrap(await lab.domain.checkpointCreateXML(traces.xml(name) ?? '')),
      )
    }
    for (const name of ['c1', 'c2', 'c3']) {
      await traces.same(`05-checkpoint-getxml-size-${name}`, () => traces.size(name))
    }
    await traces.create('c4')
    await traces.same('06-checkpoint-delete-middle-of-3', () => traces.remove('c2'))
    await traces.same('07-checkpoint-delete-leaf', () => traces.remove('c4'))
    await traces.same('08-checkpoint-delete-root', () => traces.remove('c1'))
    await traces.create('m1')
    await traces.create('m2')
    await traces.same('11-checkpoint-delete-metadata-only', () =>
      traces.remove('m2', METADATA_ONLY),
    )
    const validate = '12-checkpoint-redefine-validate'
    await traces.same(validate, async () =>
      unwrap(
        await lab.domain.checkpointCreateXML(
          traces.xml(validate) ?? '',
          REDEFINE | REDEFINE_VALIDATE,
        ),
      ),
    )
    const plain = '13-checkpoint-redefine-plain'
    await traces.same(plain, async () =>
      unwrap(await lab.domain.checkpointCreateXML(traces.xml(plain) ?? '', REDEFINE)),
    )
    expect(traces.mismatches).toStrictEqual([])
  })

  it('remove the bitmaps of descendants together, where libvirt takes one after the other', async () => {
    for (const name of ['k1', 'k2', 'k3', 'k4']) await traces.create(name)
    for (const [trace, flags] of [
      ['09-checkpoint-delete-children-only', CHILDREN_ONLY],
      ['10-checkpoint-delete-children', CHILDREN],
    ] as const) {
      if (flags === CHILDREN) for (const name of ['k3', 'k4']) await traces.create(name)
      lab.forget()
      await traces.remove('k2', flags)
      const actions = (messages: readonly JsonObject[]): JsonValue[] =>
        messages.flatMap(({ arguments: args }) =>
          isObject(args) && Array.isArray(args['actions']) ? args['actions'] : [],
        )
      const recorded = readTrace(trace).steps.map(({ message }) => message)
      expect(actions(lab.sent)).toHaveLength(actions(recorded).length)
      expect(lab.sent.filter(({ execute }) => execute === 'transaction')).toHaveLength(1)
    }
  })

  it('are those of pushes (traces 20 to 26)', async () => {
    await traces.push('20-backup-push-full-2disks')
    await traces.push('21-backup-push-full-with-checkpoint')
    await lab.io('vda', 'write -P 2 1M 192k')
    await lab.io('vdb', 'write -P 2 1M 1')
    await traces.push('22-backup-push-incremental-with-checkpoint')
    await traces.push('23-backup-push-incremental-raw-target-perdisk')
    await traces.push('24-backup-push-default-filenames')
    await traces.push('25-backup-push-full-raw-target')
    lab.img('create', '-q', '-f', 'qcow2', lab.path('bk/re.qcow2'), '64M')
    await traces.push('26-backup-push-reuse-external', 1)
    expect(lab.events.at(-2)).toBe(`path ${lab.disk('vda')} 0`)
    expect(traces.mismatches).toStrictEqual([])
  })

  it('are those of pulls (traces 30 to 39)', async () => {
    await traces.findPort('10899')
    await traces.findPort('10898')
    const abort = async (disks: number): Promise<void> => {
      const { length } = traces.diskEvents
      unwrap(await lab.domain.abortJob())
      await lab.until(() => traces.diskEvents.length === length + disks)
    }
    const full = '30-backup-pull-full-unix-with-checkpoint'
    await traces.same(full, () => traces.begin(full))
    for (const name of ['31-jobstats-pull-before-write', '32-jobstats-pull-after-write']) {
      await traces.same(name, () => lab.isBackingUp())
    }
    await traces.same('31b-jobinfo-pull', async () => unwrap(await lab.domain.getJobInfo()))
    await traces.same('33-blockjobinfo-during-backup', async () =>
      unwrap(await lab.domain.getBlockJobInfo('vda')),
    )
    await traces.same('34-backup-pull-end-abortjob', () => abort(2))
    const incremental = '35-backup-pull-incremental-tcp-with-checkpoint'
    await traces.same(incremental, () => traces.begin(incremental))
    await traces.same('36-backup-pull-incremental-end', () => abort(2))
    const made = '37-backup-pull-full-tcp-default-scratch'
    await traces.same(made, () => traces.begin(made))
    await traces.same('38-backup-pull-full-tcp-end', () => abort(2))
    lab.img(
      'create',
      '-q',
      '-f',
      'qcow2',
      '-b',
      lab.disk('vda'),
      '-F',
      'qcow2',
      '-u',
      lab.path('bk/rs.qcow2'),
      '64M',
    )
    const reuse = '39-backup-pull-reuse-external-scratch'
    await traces.same(reuse, () => traces.begin(reuse, 1))
    await traces.same('39b-backup-pull-reuse-external-end', () => abort(1))
    expect(traces.mismatches).toStrictEqual([])
  })

  it('are those of backups that cannot begin (traces 70 to 92)', async () => {
    for (const name of [
      '70-error-backup-target-dir-missing',
      '82-error-backup-pull-socket-dir-missing',
    ]) {
      await traces.same(name, () => traces.begin(name))
    }
    lab.img('create', '-q', '-f', 'qcow2', lab.path('bk/small.qcow2'), '1M')
    lab.img('create', '-q', '-f', 'raw', lab.path('bk/raw.img'), '64M')
    for (const name of [
      '73-error-backup-reuse-external-missing-file',
      '76-error-backup-reuse-external-too-small',
    ]) {
      await traces.same(name, () => traces.begin(name, 1))
    }
    const mismatch = '77-error-backup-reuse-external-format-mismatch'
    // libvirt leaves the node of the file open when that of the format cannot be opened.
    await traces.same(mismatch, () => traces.begin(mismatch, 1), { besides: 'blockdev-del' })
    await traces.findPort('10870')
    const busy = createServer()
    await new Promise<void>((resolve) => busy.listen(traces.portOf('10870'), '127.0.0.1', resolve))
    const port = '81-error-backup-pull-port-in-use'
    await traces.same(port, () => traces.begin(port))
    busy.close()

    await lab.qmp('block-dirty-bitmap-add', { node: 'libvirt-2-format', name: 'clash' })
    const clash = '84-error-checkpoint-create-bitmap-exists'
    await traces.same(clash, async () =>
      (await lab.domain.checkpointCreateXML(traces.xml(clash) ?? ''))._unsafeUnwrapErr(),
    )
    const both = '85-error-backup-with-checkpoint-bitmap-exists'
    await traces.same(both, () => traces.begin(both))

    await traces.create('mb')
    await lab.qmp('block-dirty-bitmap-remove', { node: 'libvirt-2-format', name: 'mb' })
    const missing = '86-error-backup-incremental-missing-bitmap'
    await traces.same(missing, () => traces.begin(missing))
    await traces.same('87-checkpoint-size-missing-bitmap', () => traces.size('mb'))
    await traces.same('88-error-checkpoint-delete-missing-bitmap', () => traces.remove('mb'))
    await traces.create('mb2')
    await lab.qmp('block-dirty-bitmap-disable', { node: 'libvirt-2-format', name: 'mb2' })
    const disabled = '89-error-backup-incremental-disabled-bitmap'
    await traces.same(disabled, () => traces.begin(disabled))

    await traces.create('i1')
    unwrap(await lab.domain.destroy())
    unwrap(await lab.domain.create())
    process.kill(Number(lab.read('root/run/qemu/vm.pid')), 'SIGKILL')
    await lab.until(async () => !unwrap(await lab.domain.isActive()))
    unwrap(await lab.domain.create())
    const inconsistent = '92-error-backup-incremental-inconsistent-bitmap'
    await traces.same(inconsistent, () => traces.begin(inconsistent))
    expect(traces.mismatches).toStrictEqual([])
  })
})

describe.skipIf(isMissing)(`the commands of large disks${note}`, () => {
  let lab: BackupLab
  let traces: TraceLab

  beforeEach(async () => {
    const disks = [
      { dev: 'vda', size: 2048 * MiB },
      { dev: 'vdb', size: 256 * MiB },
    ]
    lab = await BackupLab.start({ disks })
    traces = new TraceLab(lab)
    await lab.io('vda', 'write -P 1 0 512M')
    await lab.io('vdb', 'write -P 1 0 128M')
  })

  afterEach(async () => {
    await lab.close()
  })

  const begin = '40-backup-push-slow-begin'
  const slowDown = async (speed: number): Promise<void> => {
    unwrap(await lab.domain.blockJobSetSpeed('vda', speed))
    unwrap(await lab.domain.blockJobSetSpeed('vdb', speed))
  }

  it('are those of a push that is looked at and aborted (traces 40 to 48)', async () => {
    await traces.same(begin, () => traces.begin(begin))
    unwrap(await lab.domain.blockJobSetSpeed('vda', 20))
    expect(lab.sent.at(-1)).toStrictEqual({
      execute: 'block-job-set-speed',
      arguments: { device: 'backup-vda-libvirt-2-format', speed: 20 * MiB },
    })
    await lab.until(() => lab.events.includes('disk vdb 0'))
    await traces.same('42-jobstats-push-running', () => lab.isBackingUp())
    await traces.same('43-jobinfo-push-running', async () => unwrap(await lab.domain.getJobInfo()))
    await traces.same('44-blockjobinfo-push-running', async () =>
      unwrap(await lab.domain.getBlockJobInfo('vda')),
    )
    await traces.same('47-backup-push-abort-midway', async () => {
      unwrap(await lab.domain.abortJob())
      await lab.until(() => lab.events.includes('disk vda 2'))
    })
    await traces.same('48-jobstats-completed', async () => unwrap(await lab.domain.getJobStats(1)))
    expect(traces.mismatches).toStrictEqual([])
  })

  it('are those of an abort with two disks (trace 94)', async () => {
    await traces.begin(begin)
    await slowDown(1)
    await traces.same('94-backup-push-abort-2disks', async () => {
      unwrap(await lab.domain.abortJob())
      await lab.until(() => traces.diskEvents.length === 2)
    })
    expect(traces.diskEvents.toSorted()).toStrictEqual(['disk vda 2', 'disk vdb 2'])
    expect(lab.events.filter((event) => !event.startsWith('path'))[1]).toBe(
      'job false Operation canceled',
    )
    expect(traces.mismatches).toStrictEqual([])
  })

  it('are those of ending one block job (trace 93)', async () => {
    await traces.begin(begin)
    await slowDown(1)
    await traces.same('93-blockjobabort-on-backup-job', async () => {
      unwrap(await lab.domain.blockJobAbort('vda'))
      await lab.until(() => traces.diskEvents.length === 2)
    })
    expect(traces.mismatches).toStrictEqual([])
  })

  it('are none when the machine is destroyed (traces 95, 96)', async () => {
    await traces.begin(begin)
    await slowDown(1)
    await traces.same('95-destroy-during-push-backup', async () =>
      unwrap(await lab.domain.destroy()),
    )
    expect(traces.mismatches).toStrictEqual([])
  })

  it('are those of a driver that is opened again (traces 107)', async () => {
    for (const kind of ['push', 'pushdone']) {
      await traces.begin(begin)
      unwrap(await lab.domain.blockJobSetSpeed('vda', kind === 'push' ? 1 : 0))
      if (kind === 'push') unwrap(await lab.domain.blockJobSetSpeed('vdb', 0))
      unwrap(await lab.connection.close())
      await new Promise((resolve) => setTimeout(resolve, 1500))
      await traces.same(`107-driver-restart-during-${kind}-backup`, async () => {
        await lab.connect()
        await lab.until(() => lab.events.includes('disk vdb 0'))
        if (kind === 'pushdone') await lab.until(() => lab.events.includes('disk vda 0'))
      })
      if (kind === 'push') {
        unwrap(await lab.domain.abortJob())
        await lab.until(() => lab.events.includes('disk vda 2'))
        unwrap(await (await lab.domain.checkpointLookupByName('ab0'))._unsafeUnwrap().delete())
      }
    }
    rmSync(lab.path('bk'), { recursive: true })
    expect(traces.mismatches).toStrictEqual([])
  })
})

const isRoot = process.getuid?.() === 0
const rootNote = isRoot ? '' : ' (skipped: only root can mount a small file system)'
describe.skipIf(isMissing || !isRoot)(
  `the commands with full file systems${note}${rootNote}`,
  () => {
    let lab: BackupLab
    let traces: TraceLab

    beforeEach(async () => {
      lab = await BackupLab.start()
      traces = new TraceLab(lab)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'none', lab.path('tiny')])
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'none', lab.path('ro')])
      await lab.io('vda', 'write -P 1 0 32M')
    })

    afterEach(async () => {
      if (unwrap(await lab.domain.isActive())) unwrap(await lab.domain.destroy())
      execFileSync('umount', [lab.path('tiny')])
      execFileSync('umount', [lab.path('ro')])
      await lab.close()
    })

    it('are those of targets and scratch without space (traces 71 to 80)', async () => {
      lab.img('create', '-q', '-f', 'qcow2', lab.path('ro/pre.qcow2'), '64M')
      execFileSync('mount', ['-o', 'remount,ro', lab.path('ro')])
      const readOnly = '71-error-backup-target-readonly-fs'
      await traces.same(readOnly, () => traces.begin(readOnly))
      const reuse = '72-error-backup-reuse-external-readonly-fs'
      await traces.same(reuse, () => traces.begin(reuse, 1), { besides: 'blockdev-del' })
      await traces.push('74-error-backup-push-enospc')
      // The other disk had been copied by then; where it has not, it is cancelled.
      const besides = 'block-job-cancel'
      await traces.push('75-error-backup-push-enospc-one-of-two', 0, { besides })
      const pull = '78-backup-pull-tiny-scratch-begin'
      await traces.same(pull, () => traces.begin(pull))
      await lab.io('vda', 'write -P 2 0 8M')
      await traces.same('80-backup-pull-end-after-enospc', async () => {
        unwrap(await lab.domain.abortJob())
        await lab.until(() => lab.events.includes('disk vda 2'))
      })
      expect(traces.mismatches).toStrictEqual([])
    })
  },
)
