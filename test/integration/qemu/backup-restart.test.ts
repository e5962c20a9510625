import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { unwrap } from '../../../src/index.ts'
import { NbdClient } from '../../../src/nbd/index.ts'
import { QMP_SEND_CHANNEL } from '../../../src/qmp/index.ts'
import { BackupLab, checkpointXml, isMissing, MiB, note } from './backup-lab.ts'
import { Child } from './child.ts'

describe.skipIf(isMissing)(`a restart of the calling program during a backup${note}`, () => {
  let lab: BackupLab

  beforeEach(async () => {
    lab = await BackupLab.start({ disks: [{ dev: 'vda', size: 1024 * MiB }, { dev: 'vdb' }] })
    await lab.io('vda', 'write -P 1 0 512M')
  })

  afterEach(async () => {
    await lab.close()
  })

  const beginSlowly = async (): Promise<number> => {
    lab.slow('vda', 4 * MiB)
    const id = unwrap(await lab.domain.backupBegin(lab.pushXml('full'), checkpointXml('c')))
    await lab.slowed('vda')
    return id
  }
  const reopen = async (): Promise<void> => {
    unwrap(await lab.connection.close())
    lab.forget()
    await lab.connect()
  }
  const pullXml = (): string => {
    const server = `<server transport='unix' socket='${lab.path('nbd.sock')}'/>`
    const disks = `<disk name='vda'><scratch file='${lab.path('scratch')}'/></disk>`
    return `<domainbackup mode='pull'>${server}<disks>${disks}</disks></domainbackup>`
  }
  const checkpointNames = async (): Promise<string[]> =>
    unwrap(await lab.domain.listAllCheckpoints()).map((each) => each.getName())

  it('finds the push again, which goes on to its end', async () => {
    const expected = await lab.snapshot('vda')
    const id = await beginSlowly()
    const xml = unwrap(await lab.domain.backupGetXMLDesc(id))
    await reopen()
    expect(unwrap(await lab.domain.backupGetXMLDesc(id))).toBe(xml)
    expect(unwrap(await lab.domain.getJobStats())).toMatchObject({ type: 2, id, operation: 9 })
    expect(unwrap(await lab.domain.getBlockJobInfo('vda'))).toMatchObject({ bandwidth: 4 })
    unwrap(await lab.domain.blockJobSetSpeed('vda', 0))
    await lab.until(async () => !(await lab.isBackingUp()))
    expect(unwrap(await lab.domain.backupEnd(id))).toBe(true)
    lab.expectSame(lab.path('full.vda'), expected)
    expect(await lab.qmp('query-named-block-nodes', { flat: true })).not.toContain('full.')
    expect(await checkpointNames()).toStrictEqual(['c'])
    expect(unwrap(await lab.domain.backupBegin(lab.pushXml('next')))).toBe(id + 1)
    await lab.until(async () => !(await lab.isBackingUp()))
  })

  it.each<[string, (path: string) => void]>([
    ['lost', (path) => rmSync(path)],
    ['unreadable', (path) => writeFileSync(path, '<backups lastId="x')],
  ])('ends a push whose record is %s, since nobody else could', async (_, spoil) => {
    const nodes = async (): Promise<number> =>
      JSON.parse(await lab.qmp('query-named-block-nodes', { flat: true })).return.length
    const before = await nodes()
    await beginSlowly()
    unwrap(await lab.connection.close())
    spoil(lab.path('root/lib/qemu/backup/vm.xml'))
    await lab.connect()
    expect(await lab.isBackingUp()).toBe(false)
    expect(await lab.qmp('query-jobs')).toContain('"return":[]')
    expect(await nodes()).toBe(before)
    expect(await checkpointNames()).toStrictEqual(['c'])
    expect(await lab.push(lab.pushXml('next', { since: 'c' }))).toMatchObject({ complete: true })
  })

  it('concludes what has ended meanwhile, and tells of it', async () => {
    const id = await beginSlowly()
    unwrap(await lab.domain.blockJobSetSpeed('vda', 400))
    unwrap(await lab.connection.close())
    lab.forget()
    await new Promise((resolve) => setTimeout(resolve, 1500))
    await lab.connect()
    await lab.until(async () => !(await lab.isBackingUp()))
    expect(unwrap(await lab.domain.backupEnd(id))).toBe(true)
    expect(await lab.qmp('query-jobs')).toContain('"return":[]')
    expect(await lab.qmp('query-named-block-nodes', { flat: true })).not.toContain('full.')
    lab.check(lab.path('full.vda'))
  })

  it('keeps the record of a push whose end was not awaited', async () => {
    const id = unwrap(await lab.domain.backupBegin(lab.pushXml('full', { disks: ['vdb'] })))
    await lab.until(() => lab.events.includes('disk vdb 0'))
    await reopen()
    expect(unwrap(await lab.domain.backupGetXMLDesc(id))).toContain('full.vdb')
    expect(unwrap(await lab.domain.backupEnd(id))).toBe(true)
    await reopen()
    expect((await lab.domain.backupEnd(id)).isErr()).toBe(true)
    expect(unwrap(await lab.domain.backupBegin(lab.pushXml('next', { disks: ['vdb'] })))).toBe(
      id + 1,
    )
    await lab.until(async () => !(await lab.isBackingUp()))
  })

  it('goes on serving a pull, until it is ended', async () => {
    const id = unwrap(await lab.domain.backupBegin(pullXml(), checkpointXml('c')))
    await lab.io('vda', 'write -P 2 0 1M')
    await reopen()
    const client = unwrap(await NbdClient.connect(`nbd+unix:///vda?socket=${lab.path('nbd.sock')}`))
    expect(unwrap(await client.read(0, 2))).toStrictEqual(new Uint8Array([1, 1]))
    unwrap(await client.close())
    expect(unwrap(await lab.domain.backupEnd(id))).toBe(true)
    expect(lab.events.filter((event) => !event.startsWith('path'))).toStrictEqual([
      'job true Operation canceled',
      'disk vda 2',
    ])
    expect(existsSync(lab.path('scratch'))).toBe(false)
    expect(await lab.qmp('query-block-exports')).toContain('"return":[]')
  })

  it.each(['blockdev-create', 'transaction', 'block-export-add'])(
    'lets a backup begin whose connection is closed when QEMU is sent %s',
    async (command) => {
      let closing: Promise<unknown> | undefined
      const close = (message: unknown): void => {
        if (Object(message).command === command) closing ??= Promise.resolve(lab.connection.close())
      }
      subscribe(QMP_SEND_CHANNEL, close)
      const id = unwrap(await lab.domain.backupBegin(pullXml(), checkpointXml('c')))
      unsubscribe(QMP_SEND_CHANNEL, close)
      await closing
      await lab.connect()
      expect(await checkpointNames()).toStrictEqual(['c'])
      expect(unwrap(await lab.domain.backupEnd(id))).toBe(true)
      expect(await lab.qmp('query-named-block-nodes', { flat: true })).not.toContain('scratch')
    },
  )

  it('cleans up after a machine that died meanwhile', async () => {
    await beginSlowly()
    const pid = Number(/pid='(\d+)'/.exec(lab.read('root/run/qemu/vm.xml'))?.[1])
    unwrap(await lab.connection.close())
    process.kill(pid, 'SIGKILL')
    await lab.connect()
    expect(unwrap(await lab.domain.isActive())).toBe(false)
    expect(existsSync(lab.path('full.vda'))).toBe(false)
    expect((await lab.domain.backupGetXMLDesc(1)).isErr()).toBe(true)
    unwrap(await lab.domain.create())
    expect(unwrap(await lab.domain.backupBegin(lab.pushXml('full', { disks: ['vdb'] })))).toBe(2)
    await lab.until(async () => !(await lab.isBackingUp()))
  })

  describe('that is killed', () => {
    const runChild = (backup: string, checkpoint: string, ...fatal: string[]): Child =>
      new Child('backup-child.ts', [lab.path('root'), backup, checkpoint, ...fatal])

    it('leaves a backup that goes on', async () => {
      unwrap(await lab.connection.close())
      const started = runChild(lab.pushXml('full'), checkpointXml('c') ?? '')
      await started.heard('begun 1')
      await started.kill()
      await lab.connect()
      expect(unwrap(await lab.domain.getJobStats())).toMatchObject({ type: 2, id: 1 })
      expect(await checkpointNames()).toStrictEqual(['c'])
      unwrap(await lab.domain.blockJobSetSpeed('vda', 0))
      await lab.until(async () => !(await lab.isBackingUp()))
      expect(unwrap(await lab.domain.backupEnd(1))).toBe(true)
    })

    it.each(['nbd-server-stop', 'job-dismiss', 'blockdev-del'])(
      'leaves no store of a pull of two disks open, when it is killed before the first %s',
      async (command) => {
        unwrap(await lab.connection.close())
        const disks = ['vda', 'vdb'].map(
          (dev) => `<disk name='${dev}'><scratch file='${lab.path(`scratch.${dev}`)}'/></disk>`,
        )
        const server = `<server transport='unix' socket='${lab.path('nbd.sock')}'/>`
        const xml = `<domainbackup mode='pull'>${server}<disks>${disks.join('')}</disks></domainbackup>`
        await runChild(xml, '', command).ended()
        await lab.connect()
        await lab.until(async () => !(await lab.isBackingUp()))
        // Begins when all of the last one is gone.
        const id = unwrap(await lab.domain.backupBegin(xml))
        expect(unwrap(await lab.domain.backupEnd(id))).toBe(true)
        expect(await lab.qmp('query-named-block-nodes', { flat: true })).not.toContain('scratch')
        expect(['scratch.vda', 'scratch.vdb'].filter((name) => existsSync(lab.path(name)))).toEqual(
          [],
        )
      },
    )

    it.each([0, 2, 4, 6, 8, 10, 13, 16, 20, 25])(
      'leaves all of a backup or nothing, when it is killed %i ms after it began to begin',
      async (delayMs) => {
        unwrap(await lab.connection.close())
        const started = runChild(pullXml(), checkpointXml('c') ?? '')
        await started.heard('ready')
        await new Promise((resolve) => setTimeout(resolve, delayMs))
        await started.kill()
        await lab.connect()
        const names = await checkpointNames()
        const jobs = await lab.qmp('query-jobs')
        const nodes = await lab.qmp('query-named-block-nodes', { flat: true })
        if (await lab.isBackingUp()) {
          expect(names).toStrictEqual(['c'])
          expect(unwrap(await lab.domain.backupEnd(1))).toBe(true)
        } else {
          expect(names).toStrictEqual([])
          expect(jobs).toContain('"return":[]')
          expect(nodes).not.toMatch(/"c"|scratch/)
        }
        expect(existsSync(lab.path('scratch'))).toBe(false)
        const id = unwrap(await lab.domain.backupBegin(pullXml(), checkpointXml('d')))
        expect(unwrap(await lab.domain.backupEnd(id))).toBe(true)
      },
    )
  })
})
