import { describe, expect, it } from 'vitest'
import { alignCheckpointDisks } from '../../src/checkpoint/index.ts'
import { ErrorDomain, ErrorNumber } from '../../src/errors/index.ts'
import { disk, domainOf } from './fake-domain.ts'

const emptyDrive = `<disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>`
const { disks } = domainOf(disk('vda'), disk('vdb'), disk('vdc', '<readonly/>'), emptyDrive).devices

describe('alignCheckpointDisks', () => {
  it('takes all writable disks with media when none are listed', () => {
    expect(alignCheckpointDisks('c', undefined, disks)._unsafeUnwrap()).toEqual([
      { name: 'vda', checkpoint: 'bitmap', bitmap: 'c' },
      { name: 'vdb', checkpoint: 'bitmap', bitmap: 'c' },
      { name: 'vdc', checkpoint: 'no' },
      { name: 'sda', checkpoint: 'no' },
    ])
  })

  it('takes only what is listed, finds disks by path, and answers in the order of the domain', () => {
    const listed = [
      { name: '/vm/vdb.qcow2', bitmap: 'other' },
      { name: 'vda', checkpoint: 'no' as const },
      { name: 'sda', checkpoint: 'no' as const },
    ]
    expect(alignCheckpointDisks('c', listed, disks)._unsafeUnwrap()).toEqual([
      { name: 'vda', checkpoint: 'no' },
      { name: 'vdb', checkpoint: 'bitmap', bitmap: 'other' },
      { name: 'vdc', checkpoint: 'no' },
      { name: 'sda', checkpoint: 'no' },
    ])
  })

  it.each([
    [['vda', 'vda', 'vda', 'vda', 'vda'], 'too many disk checkpoint requests for domain'],
    [['vdz'], "no disk named 'vdz'"],
    [['/vm/nothing'], "no disk named '/vm/nothing'"],
    [['vda', '/vm/vda.qcow2'], "disk '/vm/vda.qcow2' specified twice"],
    [['vdc'], "disk 'vdc' is empty or readonly"],
    [['/vm/vdc.qcow2'], "disk '/vm/vdc.qcow2' is empty or readonly"],
    [['sda'], "disk 'sda' is empty or readonly"],
    [['sda', 'vdz'], "disk 'sda' is empty or readonly"],
  ])('refuses %j', (names, detail) => {
    const listed = names.map((name) => ({ name }))
    const error = alignCheckpointDisks('c', listed, disks)._unsafeUnwrapErr()
    expect([error.code, error.domain, error.message]).toEqual([
      ErrorNumber.CONFIG_UNSUPPORTED,
      ErrorDomain.DOMAIN_CHECKPOINT,
      `unsupported configuration: ${detail}`,
    ])
  })

  it('refuses a path that two disks have', () => {
    const twice = domainOf(disk('vda'), disk('vdb').replace('/vm/vdb', '/vm/vda')).devices.disks
    const result = alignCheckpointDisks('c', [{ name: '/vm/vda.qcow2' }], twice)
    expect(result._unsafeUnwrapErr().message).toContain("no disk named '/vm/vda.qcow2'")
  })

  it.each([
    [undefined, 'domain must have at least one disk to perform checkpoints'],
    [[{ name: 'vda' }], 'too many disk checkpoint requests for domain'],
  ])('refuses a domain without disks', (listed, detail) => {
    const error = alignCheckpointDisks('c', listed, [])._unsafeUnwrapErr()
    expect(error.message).toBe(`unsupported configuration: ${detail}`)
  })
})
