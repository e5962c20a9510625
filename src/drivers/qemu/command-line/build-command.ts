/**
 * The command line of QEMU for a domain, in libvirt's words and order.
 *
 * @module
 */
import type { BlockdevOptions, ObjectOptions } from '../../../qmp/index.ts'
import type { DomainDef, DomainGraphicsDef } from '../../../xml/index.ts'
import { hasFeature, machineKind } from '../defaults/machine-kind.ts'
import { keptAttribute } from '../defaults/rest.ts'
import type { QemuBinary } from '../process/qemu-binaries.ts'
import { formatNode, storageNode } from '../storage/block-nodes.ts'
import type { QemuDisk } from '../storage/disk-layer.ts'
import { masterKeyId } from '../storage/secrets.ts'
import { channelArguments, serialArguments } from './character-arguments.ts'
import { cpuArgument, smpArgument } from './cpu-argument.ts'
import {
  audioArguments,
  controllerArguments,
  interfaceArguments,
  otherArguments,
} from './device-arguments.ts'
import { optionValue, jsonArgument } from './device-json.ts'
import { copyOnReadNode, diskDevice } from './disk-device.ts'
import type { CommandContext } from './machine-context.ts'

/** Gives the arguments of QEMU, without the program itself. */
export function buildCommand(context: CommandContext): string[] {
  return [
    ...identityArguments(context),
    ...machineArguments(context),
    ...monitorArguments(context),
    ...powerArguments(context),
    ...kernelArguments(context.def),
    ...controllerArguments(context),
    ...Array.from(context.disks.values()).flatMap((disk) => diskArguments(context, disk)),
    ...interfaceArguments(context),
    ...serialArguments(context),
    ...channelArguments(context),
    ...audioArguments(context),
    ...graphicsArguments(context.def),
    ...otherArguments(context),
    ...(context.sandbox
      ? ['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny']
      : []),
    '-msg',
    'timestamp=on',
  ]
}

function object(options: ObjectOptions): string[] {
  return ['-object', jsonArgument(options)]
}

function identityArguments({ def, paths, secrets }: CommandContext): string[] {
  return [
    '-name',
    `guest=${optionValue(def.name)},debug-threads=on`,
    '-S',
    ...object({ 'qom-type': 'secret', id: masterKeyId, format: 'raw', file: paths.masterKey }),
    ...secrets.flatMap(object),
  ]
}

/** Whether parts of the machine are switched off by `-no-…`, as libvirt does; QEMU 9 has no such options any more. */
function hasOldSwitches({ version }: QemuBinary): boolean {
  return version < 8_000_000
}

/** What the machine would have by itself. */
function absentParts(def: DomainDef): string[] {
  return [
    ...(timer(def, 'hpet') === 'present=no' ? ['hpet'] : []),
    ...(hasFeature(def, 'acpi') ? [] : ['acpi']),
  ]
}

function machineArguments({ def, binary }: CommandContext): string[] {
  const { os, memoryKiB, iothreads = 0, uuid = '' } = def
  const megabytes = Math.ceil(memoryKiB / 1024)
  return [
    '-machine',
    [
      os.machine ?? 'pc',
      'usb=off',
      'dump-guest-core=off',
      'memory-backend=pc.ram',
      ...(hasOldSwitches(binary) ? [] : absentParts(def).map((part) => `${part}=off`)),
    ].join(','),
    '-accel',
    def.type === 'kvm' ? 'kvm' : 'tcg',
    '-cpu',
    cpuArgument(def),
    '-m',
    String(megabytes),
    ...object({ 'qom-type': 'memory-backend-ram', id: 'pc.ram', size: megabytes * 1024 * 1024 }),
    '-overcommit',
    'mem-lock=off',
    '-smp',
    smpArgument(def),
    ...Array.from({ length: iothreads }, (_, index) =>
      object({ 'qom-type': 'iothread', id: `iothread${index + 1}` }),
    ).flat(),
    '-uuid',
    uuid,
    ...(def.devices.graphics.length === 0 ? ['-display', 'none'] : []),
    '-no-user-config',
    '-nodefaults',
  ]
}

function monitorArguments({ paths, pidFile }: CommandContext): string[] {
  return [
    '-chardev',
    `socket,id=charmonitor,path=${optionValue(paths.monitor)},server=on,wait=off`,
    '-mon',
    'chardev=charmonitor,id=monitor,mode=control',
    '-pidfile',
    pidFile,
  ]
}

function powerArguments({ def, binary }: CommandContext): string[] {
  const drift = timer(def, 'rtc') === 'tickpolicy=catchup' ? ',driftfix=slew' : ''
  const menu =
    def.os.bootmenu?.enable === undefined
      ? ''
      : `menu=${def.os.bootmenu.enable ? 'on' : 'off'},${splash(def)}`
  return [
    '-rtc',
    `base=${def.clock?.offset === 'localtime' ? 'localtime' : 'utc'}${drift}`,
    ...(timer(def, 'pit') === 'tickpolicy=delay'
      ? ['-global', 'kvm-pit.lost_tick_policy=delay']
      : []),
    '-no-shutdown',
    ...(hasOldSwitches(binary) ? absentParts(def).map((part) => `-no-${part}`) : []),
    ...sleepArguments(def),
    '-boot',
    `${menu}strict=on`,
  ]
}

function splash({ os }: DomainDef): string {
  const { enable, timeout } = os.bootmenu ?? {}
  return enable === true && timeout !== undefined ? `splash-time=${timeout},` : ''
}

/** What a timer is set to, as one text. */
function timer({ clock }: DomainDef, name: string): string | undefined {
  const found = clock?.rest?.children?.find(({ node }) => node.attributes.get('name') === name)
  if (found === undefined) return undefined
  return [...found.node.attributes]
    .filter(([attribute]) => attribute !== 'name')
    .map(([attribute, value]) => `${attribute}=${value}`)
    .join(' ')
}

function sleepArguments(def: DomainDef): string[] {
  const chip = machineKind(def) === 'q35' ? 'ICH9-LPC' : 'PIIX4_PM'
  const { suspendToMem, suspendToDisk } = def.pm ?? {}
  return [
    ...(suspendToMem === undefined
      ? []
      : ['-global', `${chip}.disable_s3=${Number(!suspendToMem)}`]),
    ...(suspendToDisk === undefined
      ? []
      : ['-global', `${chip}.disable_s4=${Number(!suspendToDisk)}`]),
  ]
}

function kernelArguments({ os }: DomainDef): string[] {
  return [
    ...(os.kernel === undefined ? [] : ['-kernel', os.kernel]),
    ...(os.initrd === undefined ? [] : ['-initrd', os.initrd]),
    ...(os.cmdline === undefined ? [] : ['-append', os.cmdline]),
  ]
}

function diskArguments({ def }: CommandContext, disk: QemuDisk): string[] {
  return [
    ...blockdevs(disk).flatMap((options) => ['-blockdev', jsonArgument(options)]),
    '-device',
    jsonArgument(diskDevice(def, disk)),
  ]
}

/** The nodes of a disk, from the bottom up. */
export function blockdevs({ def, layers }: QemuDisk): BlockdevOptions[] {
  const nodes: BlockdevOptions[] = []
  let backing: string | null = null
  for (const [depth, layer] of [...layers.entries()].toReversed()) {
    const isTop = depth === 0
    const use = { readOnly: !isTop || def.readonly, driver: def.driver, isTop, backing }
    nodes.push(storageNode(layer, use), formatNode(layer, use))
    backing = layer.formatNode
  }
  if (def.driver?.copyOnRead !== true || backing === null) return nodes
  return [
    ...nodes,
    {
      driver: 'copy-on-read',
      'node-name': copyOnReadNode(def),
      file: backing,
      discard: 'unmap',
    },
  ]
}

function graphicsArguments({ devices }: DomainDef): string[] {
  return devices.graphics.flatMap((graphics) => ['-vnc', vncArgument(graphics)])
}

/** The first port of VNC; displays are counted from it. */
const vncBase = 5900

function vncArgument(graphics: DomainGraphicsDef): string {
  const { listen = '127.0.0.1', port = vncBase, password } = graphics
  const host = listen.includes(':') ? `[${listen}]` : listen
  const share = keptAttribute(graphics, 'sharePolicy')
  return [
    `${host}:${port - vncBase}`,
    ...(password === undefined ? [] : ['password=on']),
    ...(share === undefined ? [] : [`share=${share}`]),
    'audiodev=audio1',
  ].join(',')
}
