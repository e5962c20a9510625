import { describe, expect, it } from 'vitest'
import { alignBackup, type BackupSurroundings, planBackup } from '../../src/backup/index.ts'
import { ErrorDomain, ErrorNumber } from '../../src/errors/index.ts'
import { parseDomainBackup } from '../../src/xml/index.ts'
import { disk, domainOf } from '../checkpoint/fake-domain.ts'

const { disks } = domainOf(
  disk('vda'),
  disk('vdb', '', 'raw'),
  disk('vdt', '<transient/>'),
  disk('sdx').replace("bus='virtio'", "bus='sd'"),
).devices

const fine: BackupSurroundings = {
  errorDomain: ErrorDomain.QEMU,
  hasCheckpoint: (name) => name.startsWith('c'),
  hasValidBitmap: (_, checkpoint) => checkpoint !== 'cold',
  hasBlockJob: () => false,
}

function plan(xml: string, surroundings: BackupSurroundings = fine) {
  const def = parseDomainBackup(xml)._unsafeUnwrap()
  return planBackup(alignBackup(def, disks, 'S')._unsafeUnwrap(), disks, surroundings)
}

function push(element: string): string {
  return `<domainbackup><disks>${element}</disks></domainbackup>`
}

function pull(element: string): string {
  return `<domainbackup mode='pull'><server transport='unix' socket='/s'/>
    <disks>${element}</disks></domainbackup>`
}

describe('planBackup', () => {
  it.each([
    [push("<disk name='vda' backup='yes'/>"), 'full', undefined, false],
    [push("<disk name='vda' backup='yes' incremental='c1'/>"), 'incremental', 'backup-vda', true],
    [
      push(
        "<disk name='vda' backup='yes' type='file' incremental='c1'><driver type='raw'/></disk>",
      ),
      'incremental',
      'backup-vda',
      false,
    ],
    [pull("<disk name='vda' backup='yes'/>"), 'none', undefined, true],
    [pull("<disk name='vda' backup='yes' incremental='c1'/>"), 'none', 'backup-vda', true],
    [pull("<disk name='vda' backup='yes' incremental='c1' exportbitmap='x'/>"), 'none', 'x', true],
    [pull("<disk name='vda' backup='yes' exportbitmap='x'/>"), 'none', undefined, true],
  ])('gives %s sync %s, bitmap %s and backing %s', (xml, sync, bitmap, hasBacking) => {
    const [first] = plan(xml)._unsafeUnwrap()
    expect([first?.sync, first?.bitmap, first?.hasBacking]).toEqual([sync, bitmap, hasBacking])
  })

  it('plans disks in the order of the document, with all that it fills in', () => {
    const planned = plan(
      push("<disk name='vdb' backup='yes' incremental='c1'/><disk name='vda' backup='yes'/>"),
    )
    expect(planned._unsafeUnwrap()).toMatchObject([
      { name: 'vdb', path: '/vm/vdb.raw.S', kind: 'file', format: 'qcow2', incremental: 'c1' },
      { name: 'vda', path: '/vm/vda.qcow2.S', kind: 'file', format: 'qcow2' },
    ])
  })

  it.each([
    [
      "<disk name='vda' backup='no'/>",
      ErrorNumber.CONFIG_UNSUPPORTED,
      'unsupported configuration: no disks selected for backup',
    ],
    [
      "<disk name='vda' backup='yes' incremental='x'/>",
      ErrorNumber.NO_DOMAIN_CHECKPOINT,
      "Domain checkpoint not found: Checkpoint 'x' for incremental backup of disk 'vda' not found",
    ],
    [
      "<disk name='vda' backup='yes' incremental='cold'/>",
      ErrorNumber.CHECKPOINT_INCONSISTENT,
      "checkpoint inconsistent: missing or broken bitmap 'cold' for disk 'vda'",
    ],
    [
      "<disk name='vdt' backup='yes'/>",
      ErrorNumber.OPERATION_UNSUPPORTED,
      "Operation not supported: block jobs are not supported on transient disk 'vdt'",
    ],
    [
      "<disk name='sdx' backup='yes'/>",
      ErrorNumber.OPERATION_UNSUPPORTED,
      "Operation not supported: block jobs are not supported on disk 'sdx' using bus 'sd'",
    ],
    [
      "<disk name='vdt' backup='yes' incremental='x'/><disk name='vda' backup='yes' incremental='x'/>",
      ErrorNumber.OPERATION_UNSUPPORTED,
      "Operation not supported: block jobs are not supported on transient disk 'vdt'",
    ],
  ])('refuses %s', (element, code, message) => {
    const error = plan(push(element))._unsafeUnwrapErr()
    expect([error.code, error.domain, error.message]).toEqual([code, ErrorDomain.QEMU, message])
  })

  it('finds a block job only after bad bitmaps', () => {
    const busy = { ...fine, hasBlockJob: () => true }
    expect(plan(push("<disk name='vda' backup='yes'/>"), busy)._unsafeUnwrapErr().message).toBe(
      "internal error: disk 'vda' has a blockjob assigned",
    )
    const broken = push("<disk name='vda' backup='yes' incremental='cold'/>")
    expect(plan(broken, busy)._unsafeUnwrapErr().code).toBe(ErrorNumber.CHECKPOINT_INCONSISTENT)
  })
})
