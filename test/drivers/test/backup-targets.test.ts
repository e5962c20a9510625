import { describe, expect, it } from 'vitest'
import { unwrap } from '../../../src/index.ts'
import { makeLab, MiB, startDomain } from './fixture.ts'

describe('the targets of a push', () => {
  it('are block devices that lose the format which they held', async () => {
    const lab = await makeLab()
    const domain = await startDomain(lab)
    const { images } = lab.hypervisor
    unwrap(images.create('/dev/b', { kind: 'block', format: 'qcow2', virtualSize: 64 * MiB }))
    unwrap(lab.hypervisor.guest('vm').write('vda', MiB, Uint8Array.of(1, 2, 3)))
    const target = `<driver type='raw'/><target dev='/dev/b'/>`
    const id = unwrap(
      await domain.backupBegin(
        `<domainbackup><disks><disk name='vda' type='block'>${target}</disk></disks></domainbackup>`,
      ),
    )
    lab.hypervisor.runUntilIdle()
    expect(unwrap(await domain.backupEnd(id))).toBe(true)
    expect(images.get('/dev/b')?.format).toBe('raw')
    expect(unwrap(unwrap(images.open('/dev/b')).read(MiB, 3))).toStrictEqual(Uint8Array.of(1, 2, 3))
  })

  it('have generated names where the disk is listed with its name alone', async () => {
    const lab = await makeLab()
    const domain = await startDomain(lab)
    unwrap(
      await domain.backupBegin(`<domainbackup><disks><disk name='vda'/></disks></domainbackup>`),
    )
    const seconds = Math.floor(lab.hypervisor.now() / 1000)
    expect(unwrap(await domain.backupGetXMLDesc())).toContain(`file='/vm/vda.qcow2.${seconds}'`)
  })
})
