import { beforeEach, describe, expect, it, vi } from 'vitest'
import { type Domain, DomainBackupBeginFlags, unwrap } from '../../../src/index.ts'
import { type Lab, makeLab, MiB, startDomain } from './fixture.ts'

const { DISCARD_CHECKPOINT } = DomainBackupBeginFlags
const backupXml = `<domainbackup><disks><disk name='vda' type='file'><target file='/b/a'/></disk></disks></domainbackup>`
const checkpointXml = '<domaincheckpoint><name>c</name></domaincheckpoint>'

let lab: Lab
let domain: Domain

beforeEach(async () => {
  lab = await makeLab()
  domain = await startDomain(lab)
  unwrap(lab.hypervisor.guest('vm').write('vda', 0, new Uint8Array(8 * MiB).fill(1)))
})

const names = async (): Promise<string[]> =>
  unwrap(await domain.listAllCheckpoints()).map((each) => each.getName())

describe('DISCARD_CHECKPOINT', () => {
  it.each([
    [0, ['c']],
    [DISCARD_CHECKPOINT, []],
  ])('with %i leaves %j of a push that failed', async (flags, left) => {
    unwrap(lab.hypervisor.images.limit('/b/a', MiB))
    unwrap(await domain.backupBegin(backupXml, checkpointXml, flags))
    const told = new Promise((resolve) => lab.connection.once('jobCompleted', resolve))
    lab.hypervisor.runUntilIdle()
    await told
    expect(await names()).toStrictEqual(left)
    const since = backupXml.replace('<disks>', '<incremental>c</incremental><disks>')
    unwrap(lab.hypervisor.images.limit('/b/a', undefined))
    expect((await domain.backupBegin(since)).isOk()).toBe(left.length > 0)
  })

  it('leaves the checkpoint of a push that succeeds', async () => {
    unwrap(await domain.backupBegin(backupXml, checkpointXml, DISCARD_CHECKPOINT))
    lab.hypervisor.runUntilIdle()
    expect(await names()).toStrictEqual(['c'])
  })

  it('leaves the checkpoint of a pull, which succeeds by being ended', async () => {
    const pull = `<domainbackup mode='pull'><server transport='unix' socket='/s'/><disks><disk name='vda'><scratch file='/b/s'/></disk></disks></domainbackup>`
    const id = unwrap(await domain.backupBegin(pull, checkpointXml, DISCARD_CHECKPOINT))
    const ended = domain.backupEnd(id)
    lab.hypervisor.runUntilIdle()
    unwrap(await ended)
    expect(await names()).toStrictEqual(['c'])
  })

  it('discards the checkpoint of a push whose machine stops', async () => {
    unwrap(await domain.backupBegin(backupXml, checkpointXml, DISCARD_CHECKPOINT))
    unwrap(await domain.destroy())
    await vi.waitFor(async () => expect(await names()).toStrictEqual([]))
  })
})
