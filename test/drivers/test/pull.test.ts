import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Domain, VirResultAsync } from '../../../src/index.ts'
import {
  DomainBackupEndFlags,
  DomainGetJobStatsFlags,
  DomainJobType,
  DomainState,
  Errno,
  ErrorDomain,
  ErrorNumber,
  unwrap,
} from '../../../src/index.ts'
import {
  memoryExport,
  NbdClient,
  type NbdExportReader,
  NbdServer,
  readBackup,
  readerOf,
} from '../../../src/nbd/index.ts'
import type { TestHypervisor } from '../../../src/testing/index.ts'
import { diskXml, domainXml, type Lab, makeLab, MiB, startDomain } from './fixture.ts'

const SIZE = 64 * MiB
const DIRTY = 'qemu:dirty-bitmap:backup-vda'

let lab: Lab
let domain: Domain
let folder: string

beforeEach(async () => {
  lab = await makeLab()
  domain = await startDomain(lab)
  folder = await mkdtemp(join(tmpdir(), 'virtdriver-'))
  return () => rm(folder, { recursive: true })
})

const socket = () => join(folder, 'nbd.sock')
const pullXml = (options: { since?: string; server?: string; disk?: string } = {}) => `
  <domainbackup mode='pull'>
    ${options.since === undefined ? '' : `<incremental>${options.since}</incremental>`}
    ${options.server ?? `<server transport='unix' socket='${socket()}'/>`}
    <disks>${options.disk ?? `<disk name='vda' type='file'><scratch file='/b/scratch'/></disk>`}</disks>
  </domainbackup>`
async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []
  for await (const item of items) collected.push(item)
  return collected
}

/** Reads what the pull backup of the domain serves, in process. */
function reader(hypervisor: TestHypervisor): NbdExportReader {
  const [source] = hypervisor.exports('vm')
  if (source === undefined) throw new Error('nothing is exported')
  return unwrap(readerOf(source))
}

const write = (offset: number, bytes: Uint8Array) =>
  lab.hypervisor.guest('vm').write('vda', offset, bytes)
const connect = (contexts: string[] = ['base:allocation']) =>
  NbdClient.connect(`nbd+unix:///vda?socket=${socket()}`, { contexts })

describe('a pull backup', () => {
  it('serves the disk as it was when it began', async () => {
    unwrap(write(0, new Uint8Array(MiB).fill(1)))
    unwrap(await domain.backupBegin(pullXml()))
    unwrap(write(0, new Uint8Array(MiB).fill(2)))
    const client = unwrap(await connect())
    expect(client.size).toBe(SIZE)
    const expected = new Uint8Array(MiB + 2).fill(1, 0, MiB)
    expect(Buffer.compare(unwrap(await client.read(0, MiB + 2)), expected)).toBe(0)
    unwrap(await client.close())
  })

  it('offers what has changed since a checkpoint, frozen at its begin', async () => {
    unwrap(await domain.checkpointCreateXML('<domaincheckpoint><name>c</name></domaincheckpoint>'))
    unwrap(write(MiB, new Uint8Array(1)))
    unwrap(await domain.backupBegin(pullXml({ since: 'c' })))
    unwrap(write(5 * MiB, new Uint8Array(1)))
    const client = unwrap(await connect(['base:allocation', DIRTY]))
    const dirty = (await collect(client.extents({ contexts: [DIRTY] }))).filter(
      ({ flags }) => flags[DIRTY] === 1,
    )
    expect(dirty).toStrictEqual([{ offset: MiB, length: 65_536, flags: { [DIRTY]: 1 } }])
    unwrap(await client.close())
  })

  it('is ended well, whether by its end or by aborting its job, and leaves nothing', async () => {
    const { COMPLETED } = DomainGetJobStatsFlags
    for (const end of ['backupEnd', 'abortJob'] as const) {
      const id = unwrap(await domain.backupBegin(pullXml()))
      expect(unwrap(await domain.getJobStats())).toMatchObject({
        type: DomainJobType.UNBOUNDED,
        disk_temp_used: 0,
        disk_temp_total: SIZE,
      })
      const ended =
        end === 'backupEnd' ? domain.backupEnd(id).map(() => undefined) : domain.abortJob()
      lab.hypervisor.runUntilIdle()
      unwrap(await ended)
      expect(unwrap(await domain.getJobStats(COMPLETED))).toMatchObject({
        type: DomainJobType.COMPLETED,
        success: true,
        errmsg: 'Operation canceled',
      })
      expect(lab.hypervisor.images.has('/b/scratch')).toBe(false)
      expect((await connect()).isErr()).toBe(true)
    }
  })

  it('gives true when it is ended, with ABORT as without', async () => {
    for (const flags of [0, DomainBackupEndFlags.ABORT]) {
      const id = unwrap(await domain.backupBegin(pullXml()))
      const ended = domain.backupEnd(id, flags)
      lab.hypervisor.runUntilIdle()
      expect(unwrap(await ended)).toBe(true)
    }
  })

  it('reports its end only when it is ended', async () => {
    const ends: unknown[] = []
    lab.connection.on('jobCompleted', ({ stats }) => ends.push(stats.success))
    const id = unwrap(await domain.backupBegin(pullXml()))
    lab.hypervisor.runUntilIdle()
    unwrap(await domain.getState())
    expect(ends).toStrictEqual([])
    const ended = domain.backupEnd(id)
    lab.hypervisor.runUntilIdle()
    unwrap(await ended)
    expect(ends).toStrictEqual([true])
  })

  it('cuts its clients off when it is ended', async () => {
    const id = unwrap(await domain.backupBegin(pullXml()))
    const client = unwrap(await connect())
    const ended = domain.backupEnd(id)
    lab.hypervisor.runUntilIdle()
    unwrap(await ended)
    expect((await client.read(0, 1)).isErr()).toBe(true)
  })

  it('takes a free port when none is asked for, and says which', async () => {
    unwrap(
      await domain.backupBegin(pullXml({ server: `<server transport='tcp' name='localhost'/>` })),
    )
    const port = /port='(\d+)'/.exec(unwrap(await domain.backupGetXMLDesc()))?.[1]
    const client = unwrap(await NbdClient.connect(`nbd://localhost:${port}/vda`))
    expect(client.size).toBe(SIZE)
    unwrap(await client.close())
  })

  it('names export and bitmap as the document says', async () => {
    unwrap(await domain.checkpointCreateXML('<domaincheckpoint><name>c</name></domaincheckpoint>'))
    const disk = `<disk name='vda' type='file' exportname='e x' exportbitmap='changed'><scratch file='/b/s'/></disk>`
    unwrap(await domain.backupBegin(pullXml({ since: 'c', disk })))
    const [source] = lab.hypervisor.exports('vm')
    expect(source).toMatchObject({ name: 'e x', contexts: ['qemu:dirty-bitmap:changed'] })
  })

  it('can be read in process', async () => {
    unwrap(write(3 * MiB, new Uint8Array(10).fill(7)))
    unwrap(await domain.backupBegin(pullXml()))
    const data = (await collect(readBackup(reader(lab.hypervisor)))).filter(
      (piece) => 'data' in piece,
    )
    expect(data.map(({ offset, length }) => [offset, length])).toStrictEqual([[3 * MiB, 65_536]])
  })

  it.each([
    [
      'a folder that is missing',
      () => `<server transport='unix' socket='${folder}/no/s'/>`,
      () =>
        `'nbd-server-start': Failed to bind socket to ${folder}/no/s: No such file or directory`,
    ],
    [
      'a certificate that is missing',
      () => `<server transport='unix' tls='yes' socket='${socket()}'/>`,
      () =>
        `'object-add': Unable to access credentials /etc/pki/qemu/ca-cert.pem: No such file or directory`,
    ],
  ])('fails at %s, and leaves nothing behind', async (_, server, reason) => {
    const refused = await domain.backupBegin(
      pullXml({ server: server() }),
      '<domaincheckpoint><name>c</name></domaincheckpoint>',
    )
    expect(refused._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.INTERNAL_ERROR,
      domain: ErrorDomain.QEMU,
      message: `internal error: unable to execute QEMU command ${reason()}`,
    })
    expect(lab.hypervisor.images.has('/b/scratch')).toBe(false)
    expect(unwrap(await domain.listAllCheckpoints())).toStrictEqual([])
  })

  it.each([
    [
      `transport='unix' socket='/${'x'.repeat(107)}'`,
      `UNIX socket path '/${'x'.repeat(107)}' is too long`,
    ],
    [`name='192.0.2.1' port='10809'`, 'Failed to bind socket: Cannot assign requested address'],
  ])('says as QEMU does why it cannot listen: %s', async (server, reason) => {
    const xml = `<domainbackup mode='pull'><server ${server}/></domainbackup>`
    expect((await domain.backupBegin(xml))._unsafeUnwrapErr().message).toBe(
      `internal error: unable to execute QEMU command 'nbd-server-start': ${reason}`,
    )
  })

  it('refuses two exports of one name, and leaves nothing behind', async () => {
    unwrap(await domain.destroy())
    domain = await startDomain(
      lab,
      domainXml({ uuid: domain.getUUIDString(), devices: diskXml('vda') + diskXml('vdb') }),
    )
    const disk = ['vda', 'vdb'].map(
      (dev) =>
        `<disk name='${dev}' type='file' exportname='same'><scratch file='/b/${dev}'/></disk>`,
    )
    const refused = await domain.backupBegin(pullXml({ disk: disk.join('') }))
    expect(refused._unsafeUnwrapErr().message).toBe(
      "internal error: unable to execute QEMU command 'block-export-add': NBD server already has export named 'same'",
    )
    expect(lab.hypervisor.images.list()).toStrictEqual(['/vm/vda.qcow2', '/vm/vdb.qcow2'])
  })
})

describe('a scratch image that is full', () => {
  it('stops the guest, whose write is done when the backup has ended and it goes on', async () => {
    const { hypervisor, connection } = lab
    unwrap(write(0, new Uint8Array(8 * MiB).fill(1)))
    unwrap(hypervisor.images.limit('/b/scratch', MiB))
    const events: unknown[] = []
    connection.on('ioErrorReason', ({ srcPath, devAlias, action, reason }) => {
      events.push({ srcPath, devAlias, action, reason })
    })
    const id = unwrap(await domain.backupBegin(pullXml()))
    expect(write(0, new Uint8Array(4 * MiB).fill(2))._unsafeUnwrapErr().int1).toBe(Errno.ENOSPC)
    expect(unwrap(await domain.getState())).toStrictEqual({ state: DomainState.PAUSED, reason: 5 })
    expect(unwrap(await domain.getDiskErrors())).toStrictEqual([{ disk: 'vda', error: 2 }])
    expect(events).toStrictEqual([{ srcPath: '', devAlias: '', action: 1, reason: 'enospc' }])

    unwrap(await domain.resume())
    expect(unwrap(await domain.getState()).state).toBe(DomainState.PAUSED)

    const seen = unwrap(await reader(hypervisor).read(0, 8 * MiB))
    expect(Buffer.compare(seen, new Uint8Array(8 * MiB).fill(1))).toBe(0)

    const ended = domain.backupEnd(id)
    hypervisor.runUntilIdle()
    unwrap(await ended)
    unwrap(await domain.resume())
    expect(unwrap(await domain.getState()).state).toBe(DomainState.RUNNING)
    const written = unwrap(hypervisor.guest('vm').read('vda', 0, 4 * MiB))
    expect(Buffer.compare(written, new Uint8Array(4 * MiB).fill(2))).toBe(0)
  })
})

describe('a push into an NBD export', () => {
  let server: NbdServer | undefined

  afterEach(async () => {
    await server?.close()
    server = undefined
  })

  const pushTo = (uri: string): VirResultAsync<number> =>
    domain.backupBegin(
      `<domainbackup><disks><disk name='vda' type='file'><target file='${uri}'/></disk></disks></domainbackup>`,
    )

  it('copies the disk as it was at its begin', async () => {
    const target = unwrap(memoryExport('t', SIZE))
    server = unwrap(await NbdServer.listen({ path: join(folder, 't.sock') }, { exports: [target] }))
    const before = new Uint8Array(3 * MiB).fill(5)
    unwrap(write(MiB, before))
    const uri = `nbd+unix:///t?socket=${join(folder, 't.sock')}`
    const id = unwrap(await pushTo(uri))
    unwrap(write(MiB, new Uint8Array(3 * MiB).fill(6)))
    await lab.hypervisor.runUntilSettled()
    expect(unwrap(await domain.backupEnd(id))).toBe(true)
    const copied = unwrap(await unwrap(readerOf(target)).read(MiB, 3 * MiB))
    expect(Buffer.compare(copied, before)).toBe(0)
  })

  /** What beginning a push says in place of beginning it. */
  const refusalOf = async (uri: string): Promise<object> => {
    const { code, domain: from, message } = (await pushTo(uri))._unsafeUnwrapErr()
    expect(unwrap(await domain.getJobInfo()).type).toBe(DomainJobType.NONE)
    return { code, from, message }
  }

  const failure = (reason: string): object => ({
    code: ErrorNumber.INTERNAL_ERROR,
    from: ErrorDomain.QEMU,
    message: `internal error: unable to execute QEMU command 'blockdev-add': ${reason}`,
  })

  it('fails as QEMU does when nobody listens', async () => {
    const path = join(folder, 'none.sock')
    expect(await refusalOf(`nbd+unix:///t?socket=${path}`)).toStrictEqual(
      failure(`Failed to connect to '${path}': No such file or directory`),
    )
    expect(await refusalOf('nbd://127.0.0.1:1/t')).toStrictEqual(
      failure(`Failed to connect to '127.0.0.1:1': Connection refused`),
    )
    const long = `/tmp/${'x'.repeat(110)}`
    expect(await refusalOf(`nbd+unix:///t?socket=${long}`)).toStrictEqual(
      failure(`UNIX socket path '${long}' is too long`),
    )
  })

  it('fails as QEMU does when the host is unknown', async () => {
    // An empty label is no name: the resolver asks nobody about it.
    expect(await refusalOf('nbd://no..host:1/t')).toStrictEqual(
      failure('address resolution failed for no..host:1: Name or service not known'),
    )
  })

  it('fails as QEMU does when the export may only be read', async () => {
    const target = unwrap(memoryExport('t', SIZE, { readOnly: true }))
    server = unwrap(await NbdServer.listen({ path: join(folder, 't.sock') }, { exports: [target] }))
    expect(await refusalOf(`nbd+unix:///t?socket=${join(folder, 't.sock')}`)).toStrictEqual(
      failure('Could not open image: Permission denied'),
    )
  })
})

describe('the point in time of a pull backup', () => {
  it('stays the same to a reader, whatever the guest writes meanwhile', async () => {
    const size = 40 * 65_536 - 512
    const place = { offset: fc.nat(size - 1), length: fc.nat(3 * 65_536) }
    const action = fc.oneof(
      fc.record({ ...place, byte: fc.integer({ min: 1, max: 255 }) }),
      fc.record({ ...place, zero: fc.constant(true) }),
      fc.record({ ...place, read: fc.constant(true) }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 8 }),
        fc.array(action, { maxLength: 20 }),
        async (before, during) => {
          const { hypervisor, connection } = await makeLab()
          unwrap(hypervisor.images.create('/vm/p.qcow2', { format: 'qcow2', virtualSize: size }))
          const vm = await startDomain(
            { hypervisor, connection },
            domainXml({ devices: diskXml('vda', { path: '/vm/p.qcow2' }) }),
          )
          const guest = hypervisor.guest('vm')
          const act = (todo: (typeof during)[number]): void => {
            const length = Math.min(todo.length, size - todo.offset)
            if ('byte' in todo)
              unwrap(guest.write('vda', todo.offset, new Uint8Array(length).fill(todo.byte)))
            if ('zero' in todo) unwrap(guest.writeZeroes('vda', todo.offset, length))
          }
          before.forEach(act)
          const expected = unwrap(guest.read('vda', 0, size))
          unwrap(
            await vm.backupBegin(
              `<domainbackup mode='pull'><server transport='unix' socket='${socket()}'/></domainbackup>`,
            ),
          )
          const export_ = reader(hypervisor)
          for (const todo of during) {
            act(todo)
            if (!('read' in todo)) continue
            const length = Math.min(todo.length, size - todo.offset)
            const seen = unwrap(await export_.read(todo.offset, length))
            expect(Buffer.compare(seen, expected.subarray(todo.offset, todo.offset + length))).toBe(
              0,
            )
          }
          const restored = new Uint8Array(size)
          for await (const piece of readBackup(export_)) {
            if ('data' in piece) restored.set(piece.data, piece.offset)
          }
          expect(Buffer.compare(restored, expected)).toBe(0)
          unwrap(await vm.destroy())
        },
      ),
      { numRuns: 200 },
    )
  }, 120_000)
})
