import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import {
  type Domain,
  DomainBackupEndFlags,
  type DomainCheckpoint,
  DomainCheckpointXMLFlags,
  DomainDeviceModifyFlags,
  DomainUndefineFlagsValues,
  unwrap,
  type VirResultAsync,
} from '../../../src/index.ts'
import { diskXml, domainXml, type Lab, makeLab, startDomain } from './fixture.ts'

const { LIVE, CONFIG } = DomainDeviceModifyFlags

const backupXml = `<domainbackup><disks><disk name='vda' type='file'><target file='/b/a'/></disk></disks></domainbackup>`
const checkpointXml = (name: string): string =>
  `<domaincheckpoint><name>${name}</name></domaincheckpoint>`

/** What a program may ask of a domain; each shows or changes what another one depends on. */
const calls: Readonly<
  Record<string, (domain: Domain, checkpoint: DomainCheckpoint) => VirResultAsync<unknown>>
> = {
  backupBegin: (domain) => domain.backupBegin(backupXml, checkpointXml('b')),
  backupGetXMLDesc: (domain) => domain.backupGetXMLDesc(),
  backupEnd: (domain) => domain.backupEnd(0, DomainBackupEndFlags.ABORT),
  abortJob: (domain) => domain.abortJob(),
  getJobStats: (domain) => domain.getJobStats(),
  blockJobAbort: (domain) => domain.blockJobAbort('vda'),
  checkpointCreateXML: (domain) =>
    domain.checkpointCreateXML(checkpointXml('c')).map((checkpoint) => checkpoint.getName()),
  checkpointGetXMLDesc: (_, checkpoint) =>
    checkpoint.getXMLDesc(DomainCheckpointXMLFlags.SIZE | DomainCheckpointXMLFlags.NO_DOMAIN),
  checkpointDelete: (_, checkpoint) => checkpoint.delete(),
  checkpointDiagnose: (domain) => domain.checkpointDiagnose(),
  listAllCheckpoints: (domain) =>
    domain.listAllCheckpoints().map((all) => all.map((checkpoint) => checkpoint.getName())),
  attachDevice: (domain) => domain.attachDeviceFlags(diskXml('vdb'), LIVE | CONFIG),
  detachDevice: (domain) => domain.detachDevice(diskXml('vda')),
  getXMLDesc: (domain) => domain.getXMLDesc(),
  create: (domain) => domain.create(),
  destroy: (domain) => domain.destroy(),
  shutdown: (domain) => domain.shutdown(),
  suspend: (domain) => domain.suspend(),
  getState: (domain) => domain.getState(),
  undefine: (domain) => domain.undefineFlags(DomainUndefineFlagsValues.CHECKPOINTS_METADATA),
}

/** What calls give, and what is there afterwards. */
async function outcome(
  names: readonly string[],
  between: () => Promise<unknown> | undefined,
): Promise<object> {
  const lab = await makeLab()
  const domain = await startDomain(lab, domainXml({ uuid: '3b1c2d0e-0000-4000-8000-000000000001' }))
  const checkpoint = unwrap(await domain.checkpointCreateXML(checkpointXml('a')))
  const results: VirResultAsync<unknown>[] = []
  for (const name of names) {
    const call = calls[name]
    if (call !== undefined) results.push(call(domain, checkpoint))
    const pause = between()
    // oxlint-disable-next-line no-await-in-loop -- the pause is what is tested
    if (pause !== undefined) await pause
  }
  await nextTurn()
  await lab.hypervisor.runUntilSettled()
  const given = await Promise.all(
    results.map(async (result) =>
      (await result).mapErr(({ code, message }) => ({ code, message })),
    ),
  )
  return { given, left: await leftIn(lab) }
}

async function leftIn({ connection, hypervisor }: Lab): Promise<object> {
  const domains = unwrap(await connection.listAllDomains())
  const described = domains.map(async (each) => ({
    state: unwrap(await each.getState()),
    checkpoints: unwrap(await each.listAllCheckpoints()).map((one) => one.getName()),
  }))
  return { domains: await Promise.all(described), images: hypervisor.images.list() }
}

const pairs = Object.keys(calls).flatMap((first) =>
  Object.keys(calls).map((second): [string, string] => [first, second]),
)

describe('calls on one domain that nobody awaits', () => {
  it.each(pairs)('take effect in order: %s and %s', async (...pair) => {
    const inTurn = await outcome(pair, () => nextTurn())
    expect(await outcome(pair, () => undefined)).toStrictEqual(inTurn)
  })

  it('come after what the guest does meanwhile, but once they are awaited', async () => {
    const lab = await makeLab()
    const domain = await startDomain(lab)
    const guest = lab.hypervisor.guest('vm')
    const begun = domain.backupBegin(
      backupXml.replace('<target', "<driver type='raw'/><target"),
      checkpointXml('c'),
    )
    unwrap(guest.write('vda', 0, Uint8Array.of(1)))
    unwrap(await begun)
    expect([...lab.hypervisor.dirtyExtents('vm', 'vda', 'c')]).toStrictEqual([])
    unwrap(guest.write('vda', 0, Uint8Array.of(2)))
    expect([...lab.hypervisor.dirtyExtents('vm', 'vda', 'c')]).toHaveLength(1)
    lab.hypervisor.runUntilIdle()
    const copy = unwrap(lab.hypervisor.images.open('/b/a'))
    expect(unwrap(copy.read(0, 1))).toStrictEqual(Uint8Array.of(1))
  })

  it('do not wait for those on another domain', async () => {
    const lab = await makeLab()
    const one = await startDomain(lab)
    const xml = `<domain type='test'><name>other</name><memory>1</memory><os><type>hvm</type></os></domain>`
    const other = await startDomain(lab, xml)
    const order: string[] = []
    const begun = one.backupBegin(backupXml).andTee(() => order.push('begun'))
    const destroyed = other.destroy().andTee(() => order.push('destroyed'))
    unwrap(await begun)
    unwrap(await destroyed)
    expect(order).toStrictEqual(['destroyed', 'begun'])
  })
})
