/** Defining, looking up and dumping a domain through the connection, beside libvirt's test driver. @module */
import { type Connection, type Domain, open, unwrap } from '../src/index.ts'
import { libvirtName, LibvirtPeer } from './libvirt-peer.ts'
import { rateRow, repeatAwaited, type Side, takeTurns } from './measure.ts'
import { type BenchRow, rate, skipped } from './table.ts'

/** A small domain as programs define it; `NAME` stands for its name. */
const xml = `<domain type='test'>
  <name>NAME</name>
  <memory unit='MiB'>512</memory>
  <vcpu>2</vcpu>
  <os><type arch='i686'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='/vm/NAME.qcow2'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='network'>
      <mac address='52:54:00:00:00:01'/>
      <source network='default'/>
      <model type='virtio'/>
    </interface>
  </devices>
</domain>
`

const seconds = 0.3

/** Measures the calls that a program makes most. */
export async function run(): Promise<readonly BenchRow[]> {
  const connection = unwrap(await open('test:///default'))
  const libvirt = await LibvirtPeer.start()
  const domain = unwrap(await connection.domainDefineXML(xml.replaceAll('NAME', 'vm')))
  const sides: readonly (readonly [string, 'define' | 'lookup' | 'dump', Side])[] = [
    ['define a new domain', 'define', () => defineNew(connection)],
    [
      'look a domain up by name',
      'lookup',
      () => repeatAwaited(() => connection.domainLookupByName('vm'), seconds, 200),
    ],
    ['dump a domain', 'dump', () => repeatAwaited(() => domain.getXMLDesc(), seconds, 200)],
  ]
  const rows: BenchRow[] = []
  for (const [name, what, ours] of sides) {
    if (libvirt === undefined) {
      rows.push(skipped(name, libvirtName))
      continue
    }
    const peer = (): Promise<number> => libvirt.rate({ do: what, xml, seconds })
    rows.push(rateRow(name, 'libvirt', await takeTurns(ours, peer), rate))
  }
  if (libvirt !== undefined) rows.push(await firstDumps(connection, libvirt))
  await libvirt?.stop()
  unwrap(await connection.close())
  return rows
}

/** Defines domains one after the other, and takes them away again unmeasured. */
async function defineNew(connection: Connection): Promise<number> {
  const made: Domain[] = []
  const result = await repeatAwaited(async () => {
    const text = xml.replaceAll('NAME', `vm${made.length}`)
    made.push(unwrap(await connection.domainDefineXML(text)))
  }, seconds)
  for (const domain of made) unwrap(await domain.undefine())
  return result
}

/** A definition that was not dumped before has no text yet. */
async function firstDumps(connection: Connection, libvirt: LibvirtPeer): Promise<BenchRow> {
  const ours = async (): Promise<number> => {
    const made: Domain[] = []
    for (let index = 0; index < 2000; index++) {
      made.push(unwrap(await connection.domainDefineXML(xml.replaceAll('NAME', `vm${index}`))))
    }
    const start = performance.now()
    for (const domain of made) await domain.getXMLDesc()
    const result = (made.length * 1000) / (performance.now() - start)
    for (const domain of made) unwrap(await domain.undefine())
    return result
  }
  const peer = (): Promise<number> => libvirt.rate({ do: 'dump', xml, seconds })
  const rates = await takeTurns(ours, peer, 3)
  return rateRow('dump a domain for the first time', 'libvirt', rates, rate)
}
