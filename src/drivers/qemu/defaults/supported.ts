/**
 * What this driver does not do is refused: a guest that sees less than its definition says is worse than none.
 *
 * @module
 */
import { err, ok } from 'neverthrow'
import type { VirError, VirResult } from '../../../errors/index.ts'
import type { DomainDef, DomainDevices } from '../../../xml/index.ts'
import { configUnsupported } from './config-unsupported.ts'
import { machineKind } from './machine-kind.ts'
import { keptChild } from './rest.ts'
import { checkCpu } from './supported-cpu.ts'
import {
  checkChannel,
  checkController,
  checkGraphics,
  checkInterface,
  checkOther,
  checkSerial,
} from './supported-devices.ts'
import { checkDisk } from './supported-disk.ts'
import { checkFeatures } from './supported-features.ts'
import { firstError, refuseContent, refuseMember, refuseRest } from './unexpected.ts'

/** Refuses what would be dropped. */
export function checkSupported(def: DomainDef): VirResult<void> {
  const error = firstError([
    () => checkFeatures(def),
    () => checkDomain(def),
    () => checkOs(def),
    () => checkActions(def),
    () => checkClock(def),
    () => checkCpu(def),
    () => checkDevices(def.devices),
    () => checkMachine(def),
  ])
  return error === undefined ? ok(undefined) : err(error)
}

/** What only concerns the host and does not bind the guest. */
const hostOnly = ['resource', 'metadata']

function checkDomain(def: DomainDef): VirError | undefined {
  return firstError([
    () => refuseRest(def, 'domain', { children: [...hostOnly, 'features', 'cpu'] }),
    () => refuseMember(def.maxMemory, 'memory hot-plug'),
    () => refuseMember(def.memoryDumpCore, 'memory dumpCore'),
    () =>
      refuseContent(keptChild(def, 'features'), 'features', { children: ['acpi', 'apic', 'pae'] }),
    () => refuseRest(def.vcpus, 'vcpu'),
    () => refuseMember(def.vcpus.list, 'vcpus'),
    () => refuseMember(def.vcpus.cpuset, 'vcpu cpuset'),
    () =>
      def.vcpus.current !== undefined && def.vcpus.current !== def.vcpus.maximum
        ? configUnsupported('vcpu hot-plug is not supported by this driver')
        : undefined,
    () =>
      def.seclabels?.some(({ type }) => type === 'static') === true
        ? configUnsupported('static security labels are not supported by this driver')
        : undefined,
    () => refuseRest(def.pm, 'pm'),
  ])
}

function checkOs({ os }: DomainDef): VirError | undefined {
  return firstError([
    () => refuseRest(os, 'os'),
    () => refuseMember(os.firmware, 'os firmware'),
    () => refuseMember(os.loader, 'os loader'),
    () => refuseMember(os.nvram, 'os nvram'),
    () => refuseMember(os.dtb, 'os dtb'),
    () => refuseRest(os.bootmenu, 'bootmenu'),
    () =>
      os.kernel === undefined && os.initrd !== undefined
        ? configUnsupported('initrd without kernel is not supported by this driver')
        : undefined,
  ])
}

/** The texts are libvirt's; `qemuDomainDefPostParse…` and `qemuValidateLifecycleAction`. */
function checkActions({ onPoweroff, onReboot, onCrash }: DomainDef): VirError | undefined {
  const known = new Set(['destroy', 'restart'])
  if (!known.has(onPoweroff ?? 'destroy')) {
    return configUnsupported(`qemu driver doesn't support 'on_poweroff' set to '${onPoweroff}'`)
  }
  if (!known.has(onReboot ?? 'restart')) {
    return configUnsupported(`qemu driver doesn't support 'on_reboot' set to '${onReboot}'`)
  }
  if (onPoweroff === 'restart' && onReboot === 'destroy') {
    return configUnsupported(
      "qemu driver doesn't support 'onReboot' set to 'destroy and 'onPoweroff' set to 'reboot'",
    )
  }
  const crash = new Set(['destroy', 'restart', 'preserve'])
  return crash.has(onCrash ?? 'destroy')
    ? undefined
    : configUnsupported(`'on_crash' set to '${onCrash}' is not supported by this driver`)
}

/** On q35 every device has a PCI Express port, which older ones do not fit. */
function checkMachine(def: DomainDef): VirError | undefined {
  if (machineKind(def) !== 'q35') return undefined
  const { controllers, interfaces } = def.devices
  if (controllers.some(({ type }) => type === 'ide')) {
    return configUnsupported('IDE controllers are unsupported for this QEMU binary or machine type')
  }
  const old = [
    ...controllers.filter(({ model }) => model === 'lsilogic' || model === 'piix3-uhci'),
    ...interfaces.filter(({ model }) => model === 'rtl8139' || model === 'e1000'),
  ]
  const [first] = old
  return first === undefined
    ? undefined
    : configUnsupported(
        `model '${first.model}' needs a PCI bridge, which is not supported by this driver`,
      )
}

function checkClock({ clock }: DomainDef): VirError | undefined {
  if (clock === undefined) return undefined
  if (clock.offset !== 'utc' && clock.offset !== 'localtime') {
    return configUnsupported(`clock offset '${clock.offset}' is not supported by this driver`)
  }
  return firstError([
    () => refuseRest(clock, 'clock', { children: ['timer'] }),
    ...(clock.rest?.children ?? []).map(
      ({ node }) =>
        () =>
          isKnownTimer(node.attributes)
            ? undefined
            : configUnsupported(
                `timer '${node.attributes.get('name')}' is not supported by this driver`,
              ),
    ),
  ])
}

function isKnownTimer(attributes: ReadonlyMap<string, string>): boolean {
  const text = [...attributes].map(([name, value]) => `${name}=${value}`).join(' ')
  return knownTimers.has(text)
}

/** What `command-line/clock.ts` knows to say. */
const knownTimers: ReadonlySet<string> = new Set([
  'name=rtc tickpolicy=catchup',
  'name=pit tickpolicy=delay',
  'name=hpet present=no',
])

function checkDevices(devices: DomainDevices): VirError | undefined {
  return firstError([
    () => refuseRest(devices, 'devices'),
    ...devices.disks.map((disk) => () => checkDisk(disk)),
    ...devices.controllers.map((controller) => () => checkController(controller)),
    ...devices.interfaces.map((nic) => () => checkInterface(nic)),
    ...devices.serials.map((serial) => () => checkSerial(serial)),
    ...devices.parallels.map(
      () => () => configUnsupported('parallel ports are not supported by this driver'),
    ),
    ...devices.consoles.map(
      ({ target }) =>
        () =>
          target?.type === 'serial'
            ? undefined
            : configUnsupported(`console target '${target?.type}' is not supported by this driver`),
    ),
    ...devices.channels.map((channel) => () => checkChannel(channel)),
    ...devices.graphics.map((graphics) => () => checkGraphics(graphics)),
    () =>
      devices.graphics.length > 1
        ? configUnsupported('only 1 graphics device is supported by this driver')
        : undefined,
    ...devices.others.map((device) => () => checkOther(device)),
  ])
}
