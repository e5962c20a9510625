import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildCommand } from '../../../../src/drivers/qemu/command-line/build-command.ts'
import { withAliases } from '../../../../src/drivers/qemu/defaults/aliases.ts'
import type { DiskLayer } from '../../../../src/drivers/qemu/storage/disk-layer.ts'
import { describeDisk, layer } from '../../../../src/drivers/qemu/storage/open-disks.ts'
import type { DomainDef } from '../../../../src/xml/index.ts'
import { binary, complete } from '../binary.ts'

const paths = {
  folder: '/r/lib/qemu/domain-4-r2-main',
  monitor: '/r/lib/qemu/domain-4-r2-main/monitor.sock',
  masterKey: '/r/lib/qemu/domain-4-r2-main/master-key.aes',
  channels: '/r/lib/qemu/channel/target/domain-4-r2-main',
}

/** The command line for a definition whose images are based on none. */
function commandOf(given: DomainDef, version = binary.version): string[] {
  const def = withAliases(given)
  const count = def.devices.disks.length
  const disks = def.devices.disks.map((disk, index) => {
    const { source } = disk
    const layers: DiskLayer[] =
      source === undefined
        ? []
        : [layer({ ...source, format: source.format ?? 'raw' }, count - index)]
    return [disk.target.dev, describeDisk(disk, layers)] as const
  })
  return buildCommand({
    def,
    binary: { ...binary, version },
    paths,
    pidFile: '/r/run/qemu/vm.pid',
    disks: new Map(disks),
    secrets: [],
    sandbox: true,
  })
}

/** What libvirt has recorded of a start. */
function recorded(): { readonly xml: string; readonly command: string[] } {
  const folder = new URL('../../../fixtures/qmp-traces/', import.meta.url)
  const [line = ''] = readFileSync(new URL('01-domain-start.jsonl', folder), 'utf8').split('\n')
  const { xml, qemu_cmdline: command } = JSON.parse(line)
  return { xml, command }
}

/** Leaves out what must differ: where files are, and how the monitor is reached. */
function comparable(command: readonly string[]): string[] {
  const pidFile = command.indexOf('-pidfile')
  return command
    .filter((_, index) => pidFile === -1 || (index !== pidFile && index !== pidFile + 1))
    .map((argument) =>
      argument
        .replace(/"file":"[^"]*master-key/, '"file":"master-key')
        .replace(/^socket,id=charmonitor,(?:fd|path)=[^,]*/, 'socket,id=charmonitor'),
    )
}

describe('the command line of QEMU', () => {
  it('is the one that libvirt was seen to use', () => {
    const { xml, command } = recorded()
    const uuid = command[command.indexOf('-uuid') + 1] ?? ''
    const def = complete(xml.replace('<name>', `<uuid>${uuid}</uuid><name>`))._unsafeUnwrap()
    expect(comparable(commandOf(def))).toStrictEqual(comparable(command.slice(1)))
  })

  it.each([
    [7_002_000, ['-no-hpet', '-no-acpi'], /,memory-backend=pc\.ram$/],
    [9_001_000, [], /,memory-backend=pc\.ram,hpet=off,acpi=off$/],
  ])('switches parts off as QEMU %i understands it', (version, switches, machine) => {
    const def = complete(
      "<domain type='qemu'><name>vm</name><memory>65536</memory><os><type machine='pc'>hvm</type></os><clock offset='utc'><timer name='hpet' present='no'/></clock></domain>",
    )._unsafeUnwrap()
    const command = commandOf(def, version)
    expect(command.filter((argument) => /^-no-(?:hpet|acpi)$/.test(argument))).toStrictEqual(
      switches,
    )
    expect(command[command.indexOf('-machine') + 1]).toMatch(machine)
  })

  it.each([
    ['pc', ['-global', 'isa-fdc.bootindexA=1', '-global', 'isa-fdc.bootindexB=2']],
    ['q35', ['-device', '{"driver":"isa-fdc","bootindexA":1,"bootindexB":2}']],
  ])('gives the controller of %s the boot order of its floppies', (machine, expected) => {
    const floppies = ['fda', 'fdb'].map(
      (dev, index) =>
        `<disk type='file' device='floppy'><source file='/${dev}'/><target dev='${dev}' bus='fdc'/><boot order='${index + 1}'/></disk>`,
    )
    const xml = `<domain type='qemu'><name>vm</name><memory>65536</memory><os><type machine='${machine}'>hvm</type></os><devices>${floppies.join('')}</devices></domain>`
    const command = commandOf(complete(xml)._unsafeUnwrap())
    expect(command.join(' ')).toContain(expected.join(' '))
    expect(command.join(' ')).not.toContain('"bootindex"')
  })

  it('gives no option away to names and paths, whatever they are', () => {
    const text = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((value) => !/[\0/]/.test(value) && value.trim() !== '')
    fc.assert(
      fc.property(text, text, (name, file) => {
        const def = complete(
          "<domain type='qemu'><name>vm</name><memory>65536</memory><os><type machine='pc'>hvm</type></os><devices><disk type='file'><source file='/x'/><target dev='vda'/></disk></devices></domain>",
        )._unsafeUnwrap()
        const [disk] = def.devices.disks
        if (disk?.source === undefined) throw new Error('the definition has a disk')
        const source = { ...disk.source, path: `/${file}` }
        const hostile: DomainDef = {
          ...def,
          name,
          devices: { ...def.devices, disks: [{ ...disk, source }] },
        }
        const command = commandOf(hostile)
        const plain = commandOf(def)
        expect(command.length).toBe(plain.length)
        const changed = command.filter((argument, index) => argument !== plain[index])
        const nameArgument = `guest=${name.replaceAll(',', ',,')},debug-threads=on`
        for (const argument of changed) {
          if (argument === nameArgument) continue
          expect(JSON.parse(argument)).toMatchObject({ filename: `/${file}` })
        }
      }),
    )
  })
})
