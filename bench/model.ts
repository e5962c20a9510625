/** Model steps a second in a hypervisor with ten thousand domains, and what such a domain costs in memory. @module */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Connection, type Domain, unwrap } from '../src/index.ts'
import { TestHypervisor } from '../src/testing/index.ts'
import { takeTurns } from './measure.ts'
import { type BenchRow, rate } from './table.ts'

const MiB = 1024 ** 2
const domains = 10_000
const rounds = 5
const block = new Uint8Array(4096).fill(1)
/** A prime, so that neighbours in time are no neighbours in memory. */
const stride = 7919

/** Measures steps with few and with many domains beside each other; the peer is the small hypervisor. */
export async function run(): Promise<readonly BenchRow[]> {
  const small = await Model.create(10)
  const before = memory()
  const large = await Model.create(domains)
  const perDomain = (memory() - before) / domains
  const rows: BenchRow[] = []
  for (const [name, step] of steps) {
    const { ours, peer } = await takeTurns(
      () => large.rate(step),
      () => small.rate(step),
      rounds,
    )
    rows.push({
      name: `${name}, ${domains.toLocaleString('en-US')} domains`,
      ours: rate(ours, 'steps'),
      peer: `10 domains ${rate(peer, 'steps')}`,
      ratio: ours / peer,
    })
  }
  rows.push(await bareRow())
  rows.push({
    name: 'memory of a running domain with a disk that holds 4 KiB',
    ours: `${(perDomain / 1024).toFixed(1)} KiB`,
    peer: '-',
    ratio: undefined,
  })
  return rows
}

/**
 * Copies the bytes of a guest write into one of as many buffers, found by name: what of the rows above is only that more
 * memory is touched than the caches hold.
 */
async function bareRow(): Promise<BenchRow> {
  const large = new BareDisks(domains)
  const small = new BareDisks(10)
  const { ours, peer } = await takeTurns(
    () => large.rate(),
    () => small.rate(),
    rounds,
  )
  return {
    name: `for comparison: ${block.length} bytes into one of ${domains.toLocaleString('en-US')} buffers`,
    ours: rate(ours, 'steps'),
    peer: `10 buffers ${rate(peer, 'steps')}`,
    ratio: ours / peer,
  }
}

/** Buffers of one cluster each, by name. */
class BareDisks {
  readonly #disks: ReadonlyMap<string, Uint8Array>

  constructor(count: number) {
    const names = Array.from({ length: count }, (_, index) => `vm${index}`)
    this.#disks = new Map(names.map((name) => [name, new Uint8Array(65_536)]))
  }

  rate(): Promise<number> {
    return goRound(this.#disks.size, async (index) => {
      this.#disks.get(`vm${index}`)?.set(block)
    })
  }
}

/** How often a second a step can be taken, on one of `length` after the other. */
async function goRound(length: number, step: (index: number) => Promise<void>): Promise<number> {
  const start = performance.now()
  let done = 0
  while (performance.now() - start < 300) await step((done++ * stride) % length)
  return (done * 1000) / (performance.now() - start)
}

/** One step on a domain; the number is different in each. */
type Step = (model: Model, domain: number, count: number) => Promise<void>

const steps: readonly (readonly [string, Step])[] = [
  ['guest write', async (model, domain) => model.write(domain)],
  ['guest write and checkpoint', async (model, domain, count) => model.checkpoint(domain, count)],
  [
    'guest write, checkpoint and full backup',
    async (model, domain, count) => model.backUp(domain, count),
  ],
]

/** A hypervisor whose clock is moved by hand, and its domains, each with a disk and running. */
class Model {
  readonly #hypervisor: TestHypervisor
  readonly #domains: readonly Domain[]
  #count = 0

  private constructor(hypervisor: TestHypervisor, all: readonly Domain[]) {
    this.#hypervisor = hypervisor
    this.#domains = all
  }

  static async create(count: number): Promise<Model> {
    const hypervisor = TestHypervisor.create({ clock: 'manual' })
    const connection = unwrap(await hypervisor.connect())
    const all: Domain[] = []
    for (let index = 0; index < count; index++) {
      all.push(await startDomain(hypervisor, connection, index))
    }
    const model = new Model(hypervisor, all)
    // The first write to a disk makes its memory.
    for (let index = 0; index < count; index++) model.write(index)
    return model
  }

  /** Steps a second, going round over the domains. */
  async rate(step: Step): Promise<number> {
    return goRound(this.#domains.length, (domain) => step(this, domain, this.#count++))
  }

  write(domain: number): void {
    unwrap(this.#hypervisor.guest(`vm${domain}`).write('vda', (domain % 16) * MiB, block))
  }

  async checkpoint(domain: number, count: number): Promise<void> {
    this.write(domain)
    const created = unwrap(await this.#domain(domain).checkpointCreateXML(checkpointXml(count)))
    // Without this the small hypervisor would collect many more a domain than the large one.
    unwrap(await created.delete())
  }

  async backUp(domain: number, count: number): Promise<void> {
    this.write(domain)
    const path = `/backup/${count}`
    const xml = `<domainbackup><disks><disk name='vda' type='file'><target file='${path}'/></disk></disks></domainbackup>`
    const id = unwrap(await this.#domain(domain).backupBegin(xml, checkpointXml(count)))
    this.#hypervisor.runUntilIdle()
    if (!unwrap(await this.#domain(domain).backupEnd(id))) throw new Error('no backup')
    this.#hypervisor.images.remove(path)
    const created = unwrap(await this.#domain(domain).checkpointLookupByName(`c${count}`))
    unwrap(await created.delete())
  }

  #domain(index: number): Domain {
    const found = this.#domains[index]
    if (found === undefined) throw new Error(`no domain ${index}`)
    return found
  }
}

async function startDomain(
  { images }: TestHypervisor,
  connection: Connection,
  index: number,
): Promise<Domain> {
  const path = `/vm/${index}.qcow2`
  unwrap(images.create(path, { format: 'qcow2', virtualSize: 64 * MiB }))
  const xml = `<domain type='test'><name>vm${index}</name><memory>1024</memory><os><type>hvm</type></os>
    <devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/>
      <source file='${path}'/><target dev='vda'/></disk></devices></domain>`
  const domain = unwrap(await connection.domainDefineXML(xml))
  unwrap(await domain.create())
  return domain
}

function checkpointXml(count: number): string {
  return `<domaincheckpoint><name>c${count}</name></domaincheckpoint>`
}

/** Bytes in use after collecting garbage. */
function memory(): number {
  // Without this flag there is no way to ask for a collection.
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') for (let times = 0; times < 3; times++) collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
