/** Creating checkpoints: whether the last costs what the first does. @module */
import { type Domain, open, unwrap } from '../src/index.ts'
import { TestHypervisor } from '../src/testing/index.ts'
import { libvirtName, LibvirtPeer } from './libvirt-peer.ts'
import { median } from './measure.ts'
import { type BenchRow, rate, skipped } from './table.ts'

const counts = [100, 1000, 10_000] as const
/** As far as libvirt goes within seconds. */
const peerCounts = [100, 1000] as const
/** So many checkpoints are measured up to each of the counts. */
const window = 100
const rounds = 3

/** Measures creation on the domain of `test:///default`, and on a qcow2 image with the rules of QEMU. */
export async function run(): Promise<readonly BenchRow[]> {
  const libvirt = await LibvirtPeer.start()
  const ours = await middleOfRounds(defaultDomain)
  const qemu = await middleOfRounds(imageDomain)
  // Once is enough: the first thousand take libvirt many seconds.
  const peer = await libvirt?.rates({ do: 'checkpoints', counts: peerCounts, window })
  await libvirt?.stop()
  return [
    ...counts.map((count, at) => comparison(count, ours[at] ?? NaN, peer?.at(at), peer)),
    flatness('test:///default', ours, peer),
    flatness('qcow2 image, rules of QEMU', qemu, undefined),
  ]
}

/** The rates at each of the counts: the middle one of several rounds, after one that warms up. */
async function middleOfRounds(makeDomain: () => Promise<Domain>): Promise<readonly number[]> {
  const measured: (readonly number[])[] = []
  for (let round = 0; round <= rounds; round++) {
    const rates = await createMany(await makeDomain())
    if (round > 0) measured.push(rates)
  }
  return counts.map((_, at) =>
    median(
      measured.map((rates) => rates[at] ?? NaN),
      (value) => value,
    ),
  )
}

function comparison(
  count: number,
  ours: number,
  peer: number | undefined,
  libvirt: readonly number[] | undefined,
): BenchRow {
  const name = `create checkpoint ${count.toLocaleString('en-US')}`
  if (peer !== undefined) {
    return { name, ours: rate(ours), peer: `libvirt ${rate(peer)}`, ratio: ours / peer }
  }
  return libvirt === undefined
    ? { ...skipped(name, libvirtName), ours: rate(ours) }
    : { name, ours: rate(ours), peer: 'libvirt: not within minutes', ratio: undefined }
}

/** How the last of the rates compares with the first. */
function flatness(
  what: string,
  ours: readonly number[],
  peer: readonly number[] | undefined,
): BenchRow {
  return {
    name: `rate at the 10,000th / at the 100th: ${what}`,
    ours: lastToFirst(ours).toFixed(2),
    peer:
      peer === undefined ? 'aim: 1' : `libvirt, at the 1,000th: ${lastToFirst(peer).toFixed(2)}`,
    ratio: lastToFirst(ours),
  }
}

function lastToFirst(rates: readonly number[]): number {
  return (rates.at(-1) ?? NaN) / (rates[0] ?? NaN)
}

async function defaultDomain(): Promise<Domain> {
  const connection = unwrap(await open('test:///default'))
  return unwrap(await connection.domainLookupByName('test'))
}

async function imageDomain(): Promise<Domain> {
  const hypervisor = TestHypervisor.create()
  const virtualSize = 64 * 1024 ** 3
  unwrap(hypervisor.images.create('/vm/a.qcow2', { format: 'qcow2', virtualSize }))
  const connection = unwrap(await hypervisor.connect())
  const xml = `<domain type='test'><name>vm</name><memory>1</memory><os><type>hvm</type></os>
    <devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/>
      <source file='/vm/a.qcow2'/><target dev='vda'/></disk></devices></domain>`
  return unwrap(await connection.domainCreateXML(xml))
}

/** Creates checkpoints, and gives the rate up to each of the counts. */
async function createMany(domain: Domain): Promise<readonly number[]> {
  const times: number[] = []
  for (let index = 0; index < Math.max(...counts); index++) {
    const start = performance.now()
    unwrap(
      await domain.checkpointCreateXML(
        `<domaincheckpoint><name>c${index}</name></domaincheckpoint>`,
      ),
    )
    times.push((performance.now() - start) / 1000)
  }
  unwrap(await domain.getConnect().close())
  return counts.map((count) => {
    const measured = times.slice(Math.max(0, count - window), count)
    return measured.length / measured.reduce((sum, time) => sum + time, 0)
  })
}
