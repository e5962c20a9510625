/**
 * A real guest that counts: `test/fixtures/guest/boot.S`, which writes the number of each round to two disks.
 */
import { execFileSync } from 'node:child_process'
import { truncateSync } from 'node:fs'
import { join } from 'node:path'
import { unwrap } from '../../../src/index.ts'
import { requireProgram } from '../require.ts'
import { BackupLab, type LabDisk, MiB } from './backup-lab.ts'

export const assembler = requireProgram('qemu', 'AS', 'as')
export const linker = requireProgram('qemu', 'LD', 'ld')

const SLOTS = 256
const SLOT_SIZE = 64 * 1024
const FIRST_SLOT = MiB
const FLOPPY_SIZE = 1440 * 1024

/** What the guest does not write to, behind all that it writes to. */
export const BEHIND_GUEST: number = FIRST_SLOT + SLOTS * SLOT_SIZE

/** Boots the guest from a floppy; its hard disks are `vda` and `vdb`. */
export async function startGuest(
  disks: readonly [Omit<LabDisk, 'dev'>, Omit<LabDisk, 'dev'>] = [{}, {}],
): Promise<BackupLab> {
  return BackupLab.start({
    // Where KVM itself runs in a virtual machine, the firmware often hangs before it boots.
    type: 'qemu',
    disks: [
      { dev: 'vda', size: 48 * MiB, ...disks[0], boot: 2 },
      { dev: 'vdb', size: 48 * MiB, ...disks[1], boot: 3 },
    ],
    devices: (lab) => `
      <disk type='file' device='floppy'>
        <driver name='qemu' type='raw'/><source file='${lab.path('boot.img')}'/>
        <target dev='fda' bus='fdc'/><readonly/><boot order='1'/>
      </disk>`,
    prepare: assembleFloppy,
  })
}

function assembleFloppy(lab: BackupLab): void {
  const source = join(import.meta.dirname, '../../fixtures/guest/boot.S')
  const [object, floppy] = [lab.path('boot.o'), lab.path('boot.img')]
  execFileSync(assembler.path, ['--32', '-o', object, source])
  const format = ['-m', 'elf_i386', '-Ttext=0x7c00', '--oformat', 'binary']
  execFileSync(linker.path, [...format, '-o', floppy, object])
  truncateSync(floppy, FLOPPY_SIZE)
}

/** How many rounds of the guest each disk has. */
export interface Rounds {
  readonly vda: number
  readonly vdb: number
}

/** The rounds that are on the disks now; exactly so when the guest is paused. */
export async function roundsNow({ domain }: BackupLab): Promise<Rounds> {
  const vda = unwrap(await domain.blockStats('vda')).wr_req
  return { vda, vdb: unwrap(await domain.blockStats('vdb')).wr_req }
}

/** Waits until the guest has finished more rounds. */
export async function letGuestRun(lab: BackupLab, more: number): Promise<void> {
  const { vdb } = await roundsNow(lab)
  await lab.until(async () => (await roundsNow(lab)).vdb >= vdb + more)
}

/**
 * Gives the rounds that are on a disk.
 *
 * A disk is nothing but what the guest wrote, and `behind`: with the last round all of it is known, to the byte. What is
 * otherwise in it is no point in time.
 *
 * @param behind - What is in the disk behind what the guest writes to
 */
export function roundsOn(image: Buffer, behind: Buffer): number {
  const slots = Array.from({ length: SLOTS }, (_, slot) => FIRST_SLOT + slot * SLOT_SIZE)
  const last = Math.max(...slots.map((offset) => image.readUInt32LE(offset)))
  const expected = Buffer.alloc(image.length)
  for (let round = 1; round <= last; round++) {
    expected.writeUInt32LE(round, FIRST_SLOT + (round % SLOTS) * SLOT_SIZE)
  }
  behind.copy(expected, BEHIND_GUEST)
  if (!image.equals(expected)) throw new Error(`the disk is not what round ${last} has left`)
  return last
}
