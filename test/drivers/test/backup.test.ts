import { beforeEach, describe, expect, it } from 'vitest'
import type { Domain, VirError } from '../../../src/index.ts'
import {
  DomainBackupBeginFlags,
  DomainBackupEndFlags,
  DomainGetJobStatsFlags,
  DomainJobOperation,
  DomainJobType,
  Errno,
  ErrorDomain,
  ErrorNumber,
  unwrap,
} from '../../../src/index.ts'
import { diskXml, domainXml, type Lab, makeLab, MiB, startDomain } from './fixture.ts'

const { COMPLETED, KEEP_COMPLETED } = DomainGetJobStatsFlags
const { REUSE_EXTERNAL, NO_METADATA, QUIESCE } = DomainBackupBeginFlags

let lab: Lab
let domain: Domain

beforeEach(async () => {
  lab = await makeLab()
  domain = await startDomain(lab)
})

/** A push backup of vda to a file of this name. */
const backupXml = (file: string, incremental = '') => `
  <domainbackup>
    ${incremental === '' ? '' : `<incremental>${incremental}</incremental>`}
    <disks><disk name='vda' type='file'><target file='/b/${file}'/></disk></disks>
  </domainbackup>`
const checkpointXml = (name: string) => `<domaincheckpoint><name>${name}</name></domaincheckpoint>`
const seen = ({ code, domain: from, message }: VirError) => ({ code, domain: from, message })
const noJobWithId = (id: number) => ({
  code: ErrorNumber.NO_DOMAIN_BACKUP,
  domain: ErrorDomain.QEMU,
  message: `Domain backup job id not found: no domain backup job with id '${id}'`,
})

async function complete(file: string): Promise<number> {
  const id = unwrap(await domain.backupBegin(backupXml(file)))
  lab.hypervisor.runUntilIdle()
  return id
}

describe('the id of a backup', () => {
  it('counts from 1 in each domain', async () => {
    expect(await complete('a')).toBe(1)
    expect(await complete('b')).toBe(2)
    const other = await startDomain(lab, domainXml({ name: 'other', devices: diskXml('vdb') }))
    expect(unwrap(await other.backupBegin())).toBe(1)
  })

  it('is not used up by a backup that cannot begin', async () => {
    expect((await domain.backupBegin(backupXml('a', 'nosuch'))).isErr()).toBe(true)
    expect(await complete('b')).toBe(1)
  })

  it('is among the statistics of the running and of the completed job', async () => {
    const id = unwrap(await domain.backupBegin(backupXml('a')))
    expect(unwrap(await domain.getJobStats())).toMatchObject({
      type: DomainJobType.UNBOUNDED,
      operation: DomainJobOperation.BACKUP,
      id,
    })
    lab.hypervisor.runUntilIdle()
    expect(unwrap(await domain.getJobStats(COMPLETED | KEEP_COMPLETED))).toMatchObject({ id })
  })
})

describe('a backup without a document', () => {
  it('is a full push backup of all disks under names with the time', async () => {
    const seconds = Math.floor(lab.hypervisor.now() / 1000)
    unwrap(await domain.backupBegin())
    expect(unwrap(await domain.backupGetXMLDesc())).toBe(
      `<domainbackup mode='push'>
  <disks>
    <disk name='vda' backup='yes' type='file' backupmode='full' index='2'>
      <driver type='qcow2'/>
      <target file='/vm/vda.qcow2.${seconds}'/>
    </disk>
  </disks>
</domainbackup>
`,
    )
  })

  it('takes the name of the checkpoint for its files', async () => {
    unwrap(await domain.backupBegin(undefined, checkpointXml('monday')))
    expect(lab.hypervisor.images.has('/vm/vda.qcow2.monday')).toBe(true)
  })
})

describe('a push that is complete', () => {
  it('stays as a record that blocks nothing, until it is ended', async () => {
    const id = await complete('a')
    expect(unwrap(await domain.getJobInfo()).type).toBe(DomainJobType.NONE)
    expect(seen((await domain.backupGetXMLDesc())._unsafeUnwrapErr())).toStrictEqual({
      code: ErrorNumber.NO_DOMAIN_BACKUP,
      domain: ErrorDomain.QEMU,
      message: 'Domain backup job id not found: no domain backup job present',
    })
    expect(unwrap(await domain.backupGetXMLDesc(id))).toContain('/b/a')
    expect(unwrap(await domain.backupEnd(id))).toBe(true)
    expect(seen((await domain.backupEnd(id))._unsafeUnwrapErr())).toStrictEqual(noJobWithId(id))
    expect((await domain.backupGetXMLDesc(id)).isErr()).toBe(true)
  })

  it('is forgotten when the next backup begins', async () => {
    const first = await complete('a')
    await complete('b')
    expect(seen((await domain.backupEnd(first))._unsafeUnwrapErr())).toStrictEqual(
      noJobWithId(first),
    )
  })

  it('is forgotten when the domain stops', async () => {
    const id = await complete('a')
    unwrap(await domain.destroy())
    expect(seen((await domain.backupEnd(id))._unsafeUnwrapErr())).toStrictEqual(noJobWithId(id))
    expect(lab.hypervisor.images.has('/b/a')).toBe(true)
  })

  it('reports its end before its disk lets go of the target, and its disk after that', async () => {
    const order: string[] = []
    const { connection, hypervisor } = lab
    connection.on('jobCompleted', ({ stats }) => {
      order.push(`job ${stats.id} ${stats.success}`)
    })
    connection.on('blockJob', ({ path, type, status }) => {
      order.push(`${path} ${type} ${status}`)
    })
    connection.on('blockJob2', ({ dst, type, status }) => {
      order.push(`${dst} ${type} ${status}`)
    })
    unwrap(await domain.backupBegin(backupXml('a')))
    expect(order).toStrictEqual([])
    hypervisor.runUntilIdle()
    unwrap(await domain.getState())
    expect(order).toStrictEqual(['job 1 true', '/vm/vda.qcow2 5 0', 'vda 5 0'])
  })

  it('gives its statistics once, unless they are to be kept', async () => {
    await complete('a')
    const kept = unwrap(await domain.getJobStats(COMPLETED | KEEP_COMPLETED))
    expect(kept).toStrictEqual({
      type: DomainJobType.COMPLETED,
      id: 1,
      operation: DomainJobOperation.BACKUP,
      time_elapsed: 0,
      disk_total: 64 * MiB,
      disk_processed: 64 * MiB,
      disk_remaining: 0,
      success: true,
    })
    expect(unwrap(await domain.getJobStats(COMPLETED))).toStrictEqual(kept)
    expect(unwrap(await domain.getJobStats(COMPLETED))).toStrictEqual({ type: DomainJobType.NONE })
  })

  it('has no disk statistics when nothing had changed', async () => {
    unwrap(await domain.backupBegin(backupXml('a'), checkpointXml('c')))
    lab.hypervisor.runUntilIdle()
    unwrap(await domain.backupBegin(backupXml('b', 'c')))
    lab.hypervisor.runUntilIdle()
    expect(unwrap(await domain.getJobStats(COMPLETED))).toStrictEqual({
      type: DomainJobType.COMPLETED,
      id: 2,
      operation: DomainJobOperation.BACKUP,
      time_elapsed: 0,
      success: true,
    })
  })
})

describe('a push that still copies', () => {
  it('is ended only when it is to be given up, and leaves no file then', async () => {
    const id = unwrap(await domain.backupBegin(backupXml('a')))
    expect((await domain.backupEnd(id))._unsafeUnwrapErr().code).toBe(ErrorNumber.OPERATION_INVALID)
    expect(unwrap(await domain.backupGetXMLDesc(id))).toContain('/b/a')
    const ended = domain.backupEnd(id, DomainBackupEndFlags.ABORT)
    lab.hypervisor.runUntilIdle()
    expect(unwrap(await ended)).toBe(false)
    expect(lab.hypervisor.images.has('/b/a')).toBe(false)
    expect(unwrap(await domain.getJobStats(COMPLETED))).toMatchObject({
      type: DomainJobType.CANCELLED,
      success: false,
      errmsg: 'Operation canceled',
    })
  })

  it('is waited for once it has been cancelled, and was not complete then', async () => {
    const id = unwrap(await domain.backupBegin(backupXml('a')))
    unwrap(await domain.abortJob())
    const ended = domain.backupEnd(id)
    lab.hypervisor.runUntilIdle()
    expect(unwrap(await ended)).toBe(false)
    expect((await domain.backupEnd(id))._unsafeUnwrapErr()).toMatchObject(noJobWithId(id))
  })

  it('keeps a second backup from beginning', async () => {
    unwrap(await domain.backupBegin(backupXml('a')))
    expect(seen((await domain.backupBegin(backupXml('b')))._unsafeUnwrapErr())).toStrictEqual({
      code: ErrorNumber.OPERATION_TIMEOUT,
      domain: ErrorDomain.NONE,
      message:
        'Timed out during operation: cannot acquire state change lock (held by monitor=remoteDispatchDomainBackupBegin)',
    })
  })

  it('lets only one of two begin that are asked for at once', async () => {
    const both = await Promise.all([
      domain.backupBegin(backupXml('a')),
      domain.backupBegin(backupXml('b')),
    ])
    expect(both.map((result) => result.isOk())).toStrictEqual([true, false])
  })

  it('ends with the domain, leaving no file', async () => {
    const events: unknown[] = []
    lab.connection.on('jobCompleted', ({ stats }) => events.push(stats))
    unwrap(await domain.backupBegin(backupXml('a')))
    unwrap(await domain.destroy())
    expect(lab.hypervisor.images.has('/b/a')).toBe(false)
    expect(events).toStrictEqual([
      { id: 1, operation: DomainJobOperation.BACKUP, time_elapsed: 0, success: false },
    ])
    expect(unwrap(await domain.getJobStats(COMPLETED)).type).toBe(DomainJobType.CANCELLED)
  })

  it('goes on at the speed that its disk is given', async () => {
    unwrap(await domain.backupBegin(backupXml('a')))
    unwrap(await domain.blockJobSetSpeed('vda', 16))
    lab.hypervisor.runUntilIdle()
    const { time_elapsed: elapsed } = unwrap(await domain.getJobStats(COMPLETED))
    expect(elapsed).toBeGreaterThan(3000)
    expect(elapsed).toBeLessThan(4100)
  })
})

describe('a push that fails', () => {
  beforeEach(() => {
    unwrap(lab.hypervisor.guest('vm').write('vda', 0, new Uint8Array(4 * MiB).fill(1)))
  })

  it('says so when it is ended, and is forgotten then', async () => {
    unwrap(lab.hypervisor.images.limit('/b/a', MiB))
    const id = await complete('a')
    expect(seen((await domain.backupEnd(id))._unsafeUnwrapErr())).toStrictEqual({
      code: ErrorNumber.OPERATION_FAILED,
      domain: ErrorDomain.QEMU,
      message: 'operation failed: No space left on device',
    })
    expect(seen((await domain.backupEnd(id))._unsafeUnwrapErr())).toStrictEqual(noJobWithId(id))
    expect(lab.hypervisor.images.has('/b/a')).toBe(false)
  })

  it('leaves its checkpoint, as libvirt does', async () => {
    unwrap(lab.hypervisor.images.limit('/b/a', MiB))
    unwrap(await domain.backupBegin(backupXml('a'), checkpointXml('c')))
    lab.hypervisor.runUntilIdle()
    expect((await domain.checkpointLookupByName('c')).isOk()).toBe(true)
  })

  it('takes the other disks with it, and their files', async () => {
    unwrap(await domain.destroy())
    const two = domainXml({
      uuid: domain.getUUIDString(),
      devices: diskXml('vda') + diskXml('vdb'),
    })
    domain = await startDomain(lab, two)
    lab.hypervisor.images.addFault({
      path: '/vm/vdb.qcow2.x',
      operation: 'write',
      nth: 1,
      errno: Errno.EIO,
    })
    unwrap(lab.hypervisor.guest('vm').write('vdb', 0, new Uint8Array(4 * MiB).fill(1)))
    const id = unwrap(await domain.backupBegin(undefined, checkpointXml('x')))
    lab.hypervisor.runUntilIdle()
    expect((await domain.backupEnd(id))._unsafeUnwrapErr().message).toBe(
      'operation failed: Input/output error',
    )
    expect(lab.hypervisor.images.list()).toStrictEqual(['/vm/vda.qcow2', '/vm/vdb.qcow2'])
  })
})

describe('NO_METADATA', () => {
  it('needs a checkpoint', async () => {
    expect(
      seen((await domain.backupBegin(backupXml('a'), undefined, NO_METADATA))._unsafeUnwrapErr()),
    ).toStrictEqual({
      code: ErrorNumber.INVALID_ARG,
      domain: ErrorDomain.DOMAIN,
      message: 'checkpointXml in virDomainBackupBegin must not be NULL',
    })
  })

  it('makes the bitmaps without listing the checkpoint, and leaves the current one', async () => {
    unwrap(await domain.checkpointCreateXML(checkpointXml('listed')))
    unwrap(await domain.backupBegin(backupXml('a'), checkpointXml('hidden'), NO_METADATA))
    lab.hypervisor.runUntilIdle()
    const all = unwrap(await domain.listAllCheckpoints())
    expect(all.map((checkpoint) => checkpoint.getName())).toStrictEqual(['listed'])
    unwrap(lab.hypervisor.guest('vm').write('vda', 0, new Uint8Array(1)))
    expect([...lab.hypervisor.dirtyExtents('vm', 'vda', 'hidden')]).toHaveLength(1)
    const next = unwrap(await domain.checkpointCreateXML(checkpointXml('next')))
    expect(unwrap(await next.getParent()).getName()).toBe('listed')
  })
})

describe('QUIESCE', () => {
  const channel = `<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>`

  async function startWithAgent(): Promise<void> {
    unwrap(await domain.destroy())
    unwrap(await domain.undefine())
    domain = await startDomain(lab, domainXml({ devices: diskXml('vda') + channel }))
  }

  it('freezes the guest for the begin of the backup only', async () => {
    await startWithAgent()
    unwrap(await domain.backupBegin(backupXml('a'), undefined, QUIESCE))
    expect(lab.hypervisor.agent('vm')?.calls).toStrictEqual(['freeze', 'thaw'])
    expect(lab.hypervisor.agent('vm')?.frozen).toStrictEqual([])
  })

  it('does not freeze for a backup that cannot be planned', async () => {
    await startWithAgent()
    expect((await domain.backupBegin(backupXml('a', 'nosuch'), undefined, QUIESCE)).isErr()).toBe(
      true,
    )
    expect(lab.hypervisor.agent('vm')?.calls).toStrictEqual([])
  })

  it('thaws when the transaction fails', async () => {
    await startWithAgent()
    unwrap(lab.hypervisor.images.create('/b/small', { format: 'qcow2', virtualSize: MiB }))
    const refused = await domain.backupBegin(
      backupXml('small'),
      undefined,
      QUIESCE | REUSE_EXTERNAL,
    )
    expect(refused._unsafeUnwrapErr().message).toBe(
      "internal error: unable to execute QEMU command 'transaction': Source and target image have different sizes",
    )
    expect(lab.hypervisor.agent('vm')?.calls).toStrictEqual(['freeze', 'thaw'])
  })

  it.each([
    [
      'is not configured',
      undefined,
      ErrorNumber.ARGUMENT_UNSUPPORTED,
      'argument unsupported: QEMU guest agent is not configured',
    ],
    [
      'is absent',
      'absent',
      ErrorNumber.AGENT_UNRESPONSIVE,
      'Guest agent is not responding: QEMU guest agent is not connected',
    ],
    [
      'is silent',
      'silent',
      ErrorNumber.AGENT_UNRESPONSIVE,
      'Guest agent is not responding: Guest agent not available for now',
    ],
  ] as const)(
    'fails when the agent %s, and leaves nothing behind',
    async (_, behaviour, code, message) => {
      if (behaviour !== undefined) {
        await startWithAgent()
        lab.hypervisor.setAgent('vm', behaviour)
      }
      const refused = await domain.backupBegin(backupXml('a'), checkpointXml('c'), QUIESCE)
      expect(seen(refused._unsafeUnwrapErr())).toStrictEqual({
        code,
        domain: ErrorDomain.QEMU,
        message,
      })
      expect(lab.hypervisor.images.has('/b/a')).toBe(false)
      expect((await domain.checkpointLookupByName('c')).isErr()).toBe(true)
      expect([...lab.hypervisor.dirtyExtents('vm', 'vda', 'c')]).toStrictEqual([])
    },
  )
})

describe('targets', () => {
  it('are block devices that exist, have a fixed size and stay', async () => {
    const { images } = lab.hypervisor
    unwrap(images.create('/dev/b', { kind: 'block', virtualSize: 128 * MiB }))
    const xml = `<domainbackup><disks><disk name='vda' type='block'><target dev='/dev/b'/></disk></disks></domainbackup>`
    const id = unwrap(await domain.backupBegin(xml))
    const ended = domain.backupEnd(id, DomainBackupEndFlags.ABORT)
    lab.hypervisor.runUntilIdle()
    expect(unwrap(await ended)).toBe(false)
    expect(images.has('/dev/b')).toBe(true)
    const missing = await domain.backupBegin(xml.replace('/dev/b', '/dev/none'))
    expect(missing._unsafeUnwrapErr().message).toContain('/dev/none: No such file or directory')
  })

  it('that are encrypted need a secret that the hypervisor has', async () => {
    const uuid = '0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f'
    const xml = `<domainbackup><disks><disk name='vda' type='file'><target file='/b/a'><encryption format='luks'><secret type='passphrase' uuid='${uuid}'/></encryption></target></disk></disks></domainbackup>`
    expect(seen((await domain.backupBegin(xml))._unsafeUnwrapErr())).toStrictEqual({
      code: ErrorNumber.NO_SECRET,
      domain: ErrorDomain.SECRET,
      message: `Secret not found: no secret with matching uuid '${uuid}'`,
    })
    lab.hypervisor.secrets.set({ uuid, value: new Uint8Array([1]) })
    expect((await domain.backupBegin(xml)).isOk()).toBe(true)
  })

  it('take an increment straight into a copy of the full backup with REUSE_EXTERNAL', async () => {
    const { hypervisor } = lab
    const raw = (incremental: string) =>
      backupXml('raw', incremental)
        .replace('</target>', '')
        .replace("/b/raw'/>", "/b/raw'/><driver type='raw'/>")
    unwrap(hypervisor.guest('vm').write('vda', 0, new Uint8Array(MiB).fill(3)))
    unwrap(await domain.backupBegin(raw(''), checkpointXml('c')))
    hypervisor.runUntilIdle()
    unwrap(hypervisor.guest('vm').write('vda', 100, new Uint8Array([9, 9])))
    unwrap(await domain.backupBegin(raw('c'), undefined, REUSE_EXTERNAL))
    hypervisor.runUntilIdle()
    const image = unwrap(hypervisor.images.open('/b/raw'))
    expect([...unwrap(image.read(98, 6))]).toStrictEqual([3, 3, 9, 9, 3, 3])
  })
})
