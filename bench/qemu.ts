/**
 * Backups and checkpoints on real machines, beside libvirt's QEMU driver on the same QEMU and the same images.
 *
 * Both drivers run inside their process, and the time is taken around the call.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isInstalled } from './is-installed.ts'
import {
  type BackupDocuments,
  type CheckpointDocuments,
  libvirtName,
  LibvirtPeer,
} from './libvirt-peer.ts'
import { takeTimedTurns, type TimedSide, timeRow } from './measure.ts'
import { OurMachines } from './qemu-machines.ts'
import { type BenchRow, skipped } from './table.ts'

const MiB = 1024 ** 2
const DISK_SIZE = 256 * MiB
const DATA_SIZE = 16 * MiB
const rounds = 15
/** So many checkpoints are created and deleted in a round. */
const CHECKPOINTS = 10

/** How many disks the machines have, by their names. */
const machines = { one: ['vda'], four: ['vda', 'vdb', 'vdc', 'vdd'] } as const

type MachineName = keyof typeof machines

/** One of the two drivers, with machines that run. */
interface QemuSide {
  /** Seconds until a backup has begun, and until it is complete, or cancelled. */
  backup(documents: BackupDocuments, cancel: boolean): Promise<readonly number[]>
  /** Seconds that creating a checkpoint took, and deleting it. */
  checkpoint(documents: CheckpointDocuments): Promise<readonly number[]>
}

/** Measures both drivers in turn, with one disk and with four. */
export async function run(): Promise<readonly BenchRow[]> {
  const name = 'backups and checkpoints'
  const program = process.env['QEMU'] ?? 'qemu-system-x86_64'
  for (const needed of [program, 'qemu-img']) {
    if (!(await isInstalled(needed))) return [skipped(name, needed)]
  }
  const libvirt = await LibvirtPeer.start()
  if (libvirt === undefined) return [skipped(name, libvirtName)]
  const folder = mkdtempSync(join(tmpdir(), 'virtdriver-bench-'))
  try {
    const theirs = prepareFolder(join(folder, 'libvirt'))
    const started = await libvirt.startMachines(theirs.uri, theirs.xml)
    if (!started) return [skipped(name, "libvirt's QEMU driver")]
    const mine = prepareFolder(join(folder, 'ours'))
    await using ours = await OurMachines.start(mine.uri, mine.xml)
    const peer: QemuSide = {
      backup: (documents, cancel) => libvirt.rates({ do: 'backup', cancel, ...documents }),
      checkpoint: (documents) => libvirt.rates({ do: 'checkpoint', ...documents }),
    }
    return await compareAll({ side: ours, ...mine }, { side: peer, ...theirs })
  } finally {
    await libvirt.stop()
    rmSync(folder, { recursive: true })
  }
}

/** Where the files of one side are. */
interface Place {
  readonly folder: string
  readonly uri: string
  readonly xml: readonly string[]
}

interface PlacedSide extends Place {
  readonly side: QemuSide
}

/** Makes the images of all machines, and the settings of a driver that may run as anyone. */
function prepareFolder(folder: string): Place {
  mkdirSync(join(folder, 'root/etc'), { recursive: true })
  writeFileSync(
    join(folder, 'root/etc/qemu.conf'),
    `user = "+${process.getuid?.() ?? 0}"\ngroup = "+${process.getgid?.() ?? 0}"
security_driver = "none"\nnamespaces = []\ncgroup_controllers = []\nremember_owner = 0\nstdio_handler = "file"\n`,
  )
  const raw = join(folder, 'data.raw')
  writeFileSync(raw, new Uint8Array(DATA_SIZE).fill(1))
  truncateSync(raw, DISK_SIZE)
  const names = Object.keys(machines).filter(isMachineName)
  for (const name of names) {
    for (const disk of machines[name]) {
      execFileSync('qemu-img', ['convert', '-O', 'qcow2', raw, imageOf(folder, name, disk)])
    }
  }
  return {
    folder,
    uri: `qemu:///embed?root=${join(folder, 'root')}`,
    xml: names.map((name) => domainXml(folder, name)),
  }
}

function isMachineName(name: string): name is MachineName {
  return Object.hasOwn(machines, name)
}

function imageOf(folder: string, machine: MachineName, disk: string): string {
  return join(folder, `${machine}.${disk}.qcow2`)
}

function domainXml(folder: string, name: MachineName): string {
  const emulator = process.env['QEMU']
  const disks = machines[name].map(
    (disk) => `
      <disk type='file' device='disk'>
        <driver name='qemu' type='qcow2'/>
        <source file='${imageOf(folder, name, disk)}'/>
        <target dev='${disk}' bus='virtio'/>
      </disk>`,
  )
  return `
    <domain type='${existsSync('/dev/kvm') ? 'kvm' : 'qemu'}'>
      <name>${name}</name><memory unit='MiB'>64</memory>
      <os><type arch='x86_64' machine='pc'>hvm</type></os>
      <devices>${emulator === undefined ? '' : `<emulator>${emulator}</emulator>`}${disks.join('')}</devices>
    </domain>`
}

async function compareAll(ours: PlacedSide, peer: PlacedSide): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = []
  for (const name of Object.keys(machines).filter(isMachineName)) {
    const turns = async (
      titles: readonly string[],
      work: (side: PlacedSide) => TimedSide,
    ): Promise<void> => {
      const times = await takeTimedTurns(work(ours), work(peer), rounds)
      const count = machines[name].length
      const what = count === 1 ? '1 disk' : `${count} disks`
      for (const [at, title] of titles.entries()) {
        const part = times[at]
        if (part !== undefined) rows.push(timeRow(`${title}, ${what}`, 'libvirt', part))
      }
    }
    await turns(['push begin', 'push until its completed event'], (side) =>
      backups(side, name, 'push'),
    )
    await turns(['pull begin'], (side) => backups(side, name, 'pull'))
    await turns(['checkpoint create', 'checkpoint delete'], (side) => checkpoints(side, name))
  }
  return rows
}

/** Backs a machine up, and removes what the backup wrote. */
function backups(
  { side, folder }: PlacedSide,
  domain: MachineName,
  mode: 'push' | 'pull',
): TimedSide {
  const file = (disk: string): string => join(folder, `backup.${disk}`)
  const element = mode === 'push' ? 'target' : 'scratch'
  const disks = machines[domain].map(
    (disk) => `<disk name='${disk}' type='file'><${element} file='${file(disk)}'/></disk>`,
  )
  const server =
    mode === 'pull' ? `<server transport='unix' socket='${join(folder, 'nbd.sock')}'/>` : ''
  const documents = {
    domain,
    backup: `<domainbackup mode='${mode}'>${server}<disks>${disks.join('')}</disks></domainbackup>`,
    ...checkpointNamed('backup'),
  }
  return async () => {
    const times = await side.backup(documents, mode === 'pull')
    for (const disk of machines[domain]) rmSync(file(disk), { force: true })
    return times
  }
}

/** Creates and deletes checkpoints, one after the other, and gives the means. */
function checkpoints({ side }: PlacedSide, domain: MachineName): TimedSide {
  const documents = { domain, ...checkpointNamed('checkpoint') }
  return async () => {
    const totals = [0, 0]
    for (let each = 0; each < CHECKPOINTS; each += 1) {
      const times = await side.checkpoint(documents)
      for (const [part, seconds] of times.entries()) totals[part] = (totals[part] ?? 0) + seconds
    }
    return totals.map((seconds) => seconds / CHECKPOINTS)
  }
}

function checkpointNamed(name: string): Omit<CheckpointDocuments, 'domain'> {
  return { name, checkpoint: `<domaincheckpoint><name>${name}</name></domaincheckpoint>` }
}
