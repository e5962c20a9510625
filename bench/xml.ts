/** Reading documents, beside fast-xml-parser and saxes without a tree. @module */
import { XMLBuilder, XMLParser } from 'fast-xml-parser'
import { SaxesParser } from 'saxes'
import { ErrorDomain, unwrap } from '../src/errors/index.ts'
import { formatDomain, parseDomain, parseXml } from '../src/xml/index.ts'
import { type Rates, rateRow, repeat, takeTurns } from './measure.ts'
import type { BenchRow } from './table.ts'

/** Domains by how many disks they have. */
const documents: readonly (readonly [string, string])[] = [
  ['small', domainXml(1)],
  ['medium', domainXml(30)],
  ['large', domainXml(3000)],
]

const MiB = 1024 ** 2
const seconds = 0.15

/** Measures the tree alone, the whole definition, and writing. */
export async function run(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = []
  for (const [size, text] of documents) {
    const what = `${size} domain (${kib(text)})`
    const tree = (): number => repeat(() => unwrap(parseXml(text, options)), seconds)
    const definition = (): number => repeat(() => unwrap(parseDomain(text)), seconds)
    const fast = (): number => repeat(() => readFast(text), seconds)
    const events = (): number => repeat(() => readEvents(text), seconds)
    const def = unwrap(parseDomain(text))
    const write = (): number => repeat(() => formatDomain(def), seconds)
    const object: unknown = fastParser.parse(text)
    const build = (): number => repeat(() => fastBuilder.build(object), seconds)
    const row = (name: string, peer: string, rates: Rates): BenchRow =>
      rateRow(`${name}, ${what}`, peer, rates, (perSecond) => bytesPerSecond(perSecond, text))
    rows.push(
      row('element tree', 'fast-xml-parser', await takeTurns(tree, fast)),
      row('element tree', 'saxes, events only', await takeTurns(tree, events)),
      row('checked definition', 'fast-xml-parser', await takeTurns(definition, fast)),
      row('write a definition', 'fast-xml-parser', await takeTurns(write, build)),
    )
  }
  return rows
}

const options = { label: 'domain_definition', domain: ErrorDomain.DOMAIN, root: 'domain' } as const

/** Keeps the order and all attributes, and makes no numbers of texts: the least that a codec needs. */
const fastOptions = { preserveOrder: true, ignoreAttributes: false } as const
const fastParser = new XMLParser({ ...fastOptions, parseTagValue: false })
const fastBuilder = new XMLBuilder({ ...fastOptions, format: true })

function readFast(text: string): unknown {
  return fastParser.parse(text)
}

function readEvents(text: string): number {
  const parser = new SaxesParser({ xmlns: false, position: false })
  let count = 0
  parser.on('opentag', () => count++)
  parser.on('closetag', () => count++)
  parser.on('text', () => count++)
  parser.write(text).close()
  return count
}

function bytesPerSecond(perSecond: number, text: string): string {
  return `${((perSecond * text.length) / MiB).toFixed(1)} MiB/s`
}

function kib(text: string): string {
  return `${(text.length / 1024).toFixed(text.length < 10_240 ? 1 : 0)} KiB`
}

function domainXml(disks: number): string {
  const name = (index: number): string =>
    (index < 26 ? '' : name(Math.floor(index / 26) - 1)) + String.fromCodePoint(97 + (index % 26))
  const disk = (_: unknown, index: number): string => `    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' cache='none' discard='unmap'/>
      <source file='/var/lib/libvirt/images/disk-${index}.qcow2'/>
      <target dev='vd${name(index)}' bus='virtio'/>
    </disk>
`
  return `<domain type='kvm'>
  <name>vm</name>
  <uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>
  <memory unit='KiB'>1048576</memory>
  <currentMemory unit='KiB'>1048576</currentMemory>
  <vcpu placement='static'>2</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <boot dev='hd'/>
  </os>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
${Array.from({ length: disks }, disk).join('')}    <controller type='usb' index='0'/>
    <interface type='network'>
      <mac address='52:54:00:11:22:33'/>
      <source network='default'/>
      <model type='virtio'/>
    </interface>
    <channel type='unix'>
      <target type='virtio' name='org.qemu.guest_agent.0'/>
    </channel>
    <input type='mouse' bus='ps2'/>
    <memballoon model='virtio'/>
  </devices>
</domain>
`
}
