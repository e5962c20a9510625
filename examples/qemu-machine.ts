/**
 * A machine on a real QEMU, which the examples make for one run and remove at its end. It needs QEMU and qemu-img.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection, Domain } from '../src/index.ts'
import {
  DomainQemuMonitorCommandFlags,
  DomainUndefineFlagsValues,
  open,
  unwrap,
} from '../src/index.ts'

/** What runs, and the folder that is there as long as it runs. */
export class QemuMachine implements AsyncDisposable {
  readonly domain: Domain
  readonly folder: string
  readonly #connection: Connection

  private constructor(connection: Connection, domain: Domain, folder: string) {
    this.#connection = connection
    this.domain = domain
    this.folder = folder
  }

  /**
   * Starts a machine on the connection with this URI.
   *
   * @param makeDisk - Makes the qcow2 image of `vda` in the folder, and gives its path
   */
  static async start(
    uri: string,
    name: string,
    makeDisk: (folder: string) => string | Promise<string>,
  ): Promise<QemuMachine> {
    const connection = unwrap(await open(uri))
    const folder = await mkdtemp(join(tmpdir(), `${name}-`))
    try {
      const disk = await makeDisk(folder)
      const domain = unwrap(await connection.domainDefineXML(domainXml(name, disk)))
      unwrap(await domain.create())
      return new QemuMachine(connection, domain, folder)
    } catch (error) {
      await remove(connection, name, folder)
      throw error
    }
  }

  /** Lets the guest's disk device write one byte over and over: no system has to run in the guest for it. */
  async guestWrites(offset: number, length: number, byte: number): Promise<void> {
    const what = byte === 0 ? '-z' : `-P ${byte}`
    const device = '/machine/peripheral/virtio-disk0/virtio-backend'
    const command = `qemu-io -d ${device} "write ${what} ${offset} ${length}"`
    unwrap(await this.domain.qemuMonitorCommand(command, DomainQemuMonitorCommandFlags.HMP))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await remove(this.#connection, this.domain.getName(), this.folder)
  }
}

/** Runs qemu-img. */
export function qemuImg(...args: readonly string[]): void {
  execFileSync('qemu-img', args, { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Stops and forgets the machine, however far it came. */
async function remove(connection: Connection, name: string, folder: string): Promise<void> {
  const found = await connection.domainLookupByName(name)
  if (found.isOk()) {
    const domain = found.value
    if (unwrap(await domain.isActive())) unwrap(await domain.destroy())
    unwrap(await domain.undefineFlags(DomainUndefineFlagsValues.CHECKPOINTS_METADATA))
  }
  unwrap(await connection.close())
  await rm(folder, { recursive: true })
}

function domainXml(name: string, disk: string): string {
  return `
    <domain type='${existsSync('/dev/kvm') ? 'kvm' : 'qemu'}'>
      <name>${name}</name>
      <memory unit='MiB'>64</memory>
      <os><type arch='x86_64' machine='pc'>hvm</type></os>
      <devices>
        <disk type='file' device='disk'>
          <driver name='qemu' type='qcow2'/>
          <source file='${disk}'/>
          <target dev='vda' bus='virtio'/>
        </disk>
      </devices>
    </domain>`
}
