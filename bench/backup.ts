/** Push backups of random data, beside a plain copy of the same bytes. @module */
import { randomFillSync } from 'node:crypto'
import { type Domain, unwrap } from '../src/index.ts'
import { TestHypervisor } from '../src/testing/index.ts'
import { rateRow, type Side, takeTurns } from './measure.ts'
import type { BenchRow } from './table.ts'

const MiB = 1024 ** 2
const TiB = 1024 ** 4
const dataSize = 256 * MiB
const rounds = 5

type Format = 'raw' | 'qcow2'

/** What is backed up into what. */
interface Setup {
  readonly name: string
  readonly source: Format
  readonly target: Format
  readonly virtualSize: number
}

const setups: readonly Setup[] = [
  { name: 'raw to raw', source: 'raw', target: 'raw', virtualSize: dataSize },
  { name: 'qcow2 to qcow2', source: 'qcow2', target: 'qcow2', virtualSize: dataSize },
  { name: 'raw to qcow2', source: 'raw', target: 'qcow2', virtualSize: dataSize },
  { name: 'qcow2 to raw', source: 'qcow2', target: 'raw', virtualSize: dataSize },
  {
    name: 'qcow2 of 1 TiB, 256 MiB of it in use, to qcow2',
    source: 'qcow2',
    target: 'qcow2',
    virtualSize: TiB,
  },
]

/** Measures full backups through the connection, from the begin to the end of the job. */
export async function run(): Promise<readonly BenchRow[]> {
  const data = randomFillSync(new Uint8Array(dataSize))
  const rows: BenchRow[] = []
  for (const setup of setups) {
    const bench = await BackupBench.create(setup, data)
    const plain: Side = () => bytesPerSecond(() => copy(data))
    rows.push(
      rateRow(
        `full push backup, ${setup.name}`,
        'plain copy',
        await takeTurns(() => bench.backUp(), plain, rounds),
        throughput,
      ),
    )
  }
  return rows
}

/** A domain with one disk full of data. */
class BackupBench {
  readonly #hypervisor: TestHypervisor
  readonly #domain: Domain
  readonly #setup: Setup
  readonly #data: Uint8Array

  private constructor(hypervisor: TestHypervisor, domain: Domain, setup: Setup, data: Uint8Array) {
    this.#hypervisor = hypervisor
    this.#domain = domain
    this.#setup = setup
    this.#data = data
  }

  static async create(setup: Setup, data: Uint8Array): Promise<BackupBench> {
    const hypervisor = TestHypervisor.create()
    const { source: format, virtualSize } = setup
    unwrap(hypervisor.images.create('/vm/disk', { format, virtualSize }))
    const connection = unwrap(await hypervisor.connect())
    const domain = unwrap(await connection.domainCreateXML(domainXml(format)))
    const guest = hypervisor.guest('vm')
    // Spread over the disk, so that a sparse one is searched from end to end.
    const stride = (virtualSize / dataSize) * MiB
    for (let at = 0, offset = 0; at < dataSize; at += MiB, offset += stride) {
      unwrap(guest.write('vda', offset, data.subarray(at, at + MiB)))
    }
    return new BackupBench(hypervisor, domain, setup, data)
  }

  /** Takes a full backup, checks it and removes it again; gives bytes a second. */
  async backUp(): Promise<number> {
    const path = '/backup/disk'
    const result = await bytesPerSecond(async () => {
      const completed = new Promise((resolve) => {
        this.#domain.getConnect().once('jobCompleted', resolve)
      })
      const id = unwrap(await this.#domain.backupBegin(backupXml(path, this.#setup.target)))
      await completed
      if (!unwrap(await this.#domain.backupEnd(id))) throw new Error('the backup did not complete')
    })
    const last = this.#setup.virtualSize - (this.#setup.virtualSize / dataSize) * MiB
    const image = this.#hypervisor.images.get(path)
    const stored = image === undefined ? undefined : unwrap(image.read(last, MiB))
    if (stored === undefined || Buffer.compare(stored, this.#data.subarray(-MiB)) !== 0) {
      throw new Error('the backup differs from the disk')
    }
    this.#hypervisor.images.remove(path)
    return result
  }
}

async function bytesPerSecond(work: () => unknown): Promise<number> {
  const start = performance.now()
  await work()
  return (dataSize * 1000) / (performance.now() - start)
}

/** Copies into new memory, in pieces of the size that a backup works in. */
function copy(data: Uint8Array): readonly Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < data.length; at += MiB) pieces.push(data.slice(at, at + MiB))
  return pieces
}

function throughput(perSecond: number): string {
  return `${(perSecond / 1024 ** 3).toFixed(2)} GiB/s`
}

function domainXml(format: Format): string {
  return `<domain type='test'><name>vm</name><memory>1</memory><os><type>hvm</type></os>
    <devices><disk type='file' device='disk'><driver name='qemu' type='${format}'/>
      <source file='/vm/disk'/><target dev='vda'/></disk></devices></domain>`
}

function backupXml(path: string, format: Format): string {
  return `<domainbackup><disks><disk name='vda' type='file'>
    <driver type='${format}'/><target file='${path}'/></disk></disks></domainbackup>`
}
