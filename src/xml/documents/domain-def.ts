import type { XmlElement } from '../element.ts'
import type { WithXmlRest } from '../rest.ts'
import type { DomainCharacterDeviceDef } from './character-device-def.ts'
import type { DeviceCommon } from './device-def.ts'
import type { DomainDiskDef } from './disk-def.ts'
import type { DomainInterfaceDef } from './interface-def.ts'
import type { SecurityLabel } from './storage-source-def.ts'

/** A `<domain>` document; libvirt's `virDomainDef`. An immutable value: a driver replaces it. */
export interface DomainDef extends WithXmlRest {
  /** `test`, `qemu`, `kvm` … */
  readonly type: string
  /** Of a running domain; absent in an inactive definition. */
  readonly id?: number
  readonly name: string
  /** Lower-case, dashed; absent until the driver makes one. */
  readonly uuid?: string
  readonly title?: string
  readonly description?: string
  /** The whole element, as it was read. */
  readonly metadata?: XmlElement
  readonly memoryKiB: number
  readonly memoryDumpCore?: boolean
  readonly currentMemoryKiB: number
  readonly maxMemory?: DomainMaxMemory
  readonly vcpus: DomainVcpus
  readonly iothreads?: number
  readonly os: DomainOs
  readonly clock?: DomainClock
  readonly onPoweroff?: LifecycleAction
  readonly onReboot?: LifecycleAction
  readonly onCrash?: LifecycleAction
  readonly onLockfailure?: 'poweroff' | 'restart' | 'pause' | 'ignore'
  readonly pm?: DomainPowerManagement
  readonly devices: DomainDevices
  readonly seclabels?: readonly SecurityLabel[]
}

/** What the guest's clock shows; the settings of its kind and the timers are kept. */
export interface DomainClock extends WithXmlRest {
  readonly offset: 'utc' | 'localtime' | 'variable' | 'timezone' | 'absolute'
}

/** What happens to a domain when its guest ends. */
export type LifecycleAction =
  'destroy' | 'restart' | 'rename-restart' | 'preserve' | 'coredump-destroy' | 'coredump-restart'

/** Up to how much memory may be plugged, and into how many slots. */
export interface DomainMaxMemory {
  readonly sizeKiB: number
  readonly slots: number
}

/** The `<vcpu>` element and `<vcpus>`. */
export interface DomainVcpus extends WithXmlRest {
  readonly maximum: number
  /** How many are plugged; absent: all. */
  readonly current?: number
  readonly placement?: 'static' | 'auto'
  /** Host CPUs as libvirt writes them: `0-3,7`. */
  readonly cpuset?: string
  readonly list?: readonly DomainVcpu[]
}

/** One of the processors in `<vcpus>`. */
export interface DomainVcpu extends WithXmlRest {
  readonly id: number
  readonly enabled: boolean
  readonly hotpluggable?: boolean
  readonly order?: number
}

/** What the guest boots. */
export interface DomainOs extends WithXmlRest {
  readonly type: string
  readonly arch?: string
  readonly machine?: string
  readonly firmware?: 'bios' | 'efi'
  readonly init?: string
  readonly loader?: DomainLoader
  readonly nvram?: DomainNvram
  readonly kernel?: string
  readonly initrd?: string
  readonly cmdline?: string
  readonly dtb?: string
  readonly boot: readonly ('fd' | 'hd' | 'cdrom' | 'network')[]
  readonly bootmenu?: DomainBootMenu
}

/** The firmware's code. */
export interface DomainLoader extends WithXmlRest {
  readonly path?: string
  readonly readonly?: boolean
  readonly type?: 'rom' | 'pflash' | 'none'
  readonly secure?: boolean
  readonly stateless?: boolean
}

/** The firmware's variables. */
export interface DomainNvram extends WithXmlRest {
  readonly path?: string
  readonly template?: string
}

/** Whether the guest asks what to boot. */
export interface DomainBootMenu extends WithXmlRest {
  readonly enable?: boolean
  /** Milliseconds. */
  readonly timeout?: number
}

/** Which sleep states the guest may enter. */
export interface DomainPowerManagement extends WithXmlRest {
  readonly suspendToMem?: boolean
  readonly suspendToDisk?: boolean
}

/** The `<devices>`, each kind in document order. */
export interface DomainDevices extends WithXmlRest {
  readonly emulator?: string
  readonly disks: readonly DomainDiskDef[]
  readonly controllers: readonly DomainControllerDef[]
  readonly interfaces: readonly DomainInterfaceDef[]
  readonly serials: readonly DomainCharacterDeviceDef[]
  readonly parallels: readonly DomainCharacterDeviceDef[]
  readonly consoles: readonly DomainCharacterDeviceDef[]
  readonly channels: readonly DomainCharacterDeviceDef[]
  readonly graphics: readonly DomainGraphicsDef[]
  /** All other devices: sounds, videos, balloons … */
  readonly others: readonly DomainOtherDeviceDef[]
}

/** A `<controller>`. */
export interface DomainControllerDef extends DeviceCommon {
  readonly type: string
  readonly index?: number
  readonly model?: string
}

/** A `<graphics>`. */
export interface DomainGraphicsDef extends WithXmlRest {
  readonly type: string
  readonly port?: number
  readonly autoport?: boolean
  /** Written only when secrets are asked for. */
  readonly password?: string
  readonly listen?: string
}

/** A device of which state capture needs no more than its name and place. */
export interface DomainOtherDeviceDef extends DeviceCommon {
  readonly kind: OtherDeviceKind
  readonly type?: string
  readonly model?: string
}

/** Element names of {@link DomainOtherDeviceDef}. */
export type OtherDeviceKind =
  | 'lease'
  | 'filesystem'
  | 'smartcard'
  | 'input'
  | 'tpm'
  | 'audio'
  | 'sound'
  | 'video'
  | 'hostdev'
  | 'redirdev'
  | 'redirfilter'
  | 'hub'
  | 'watchdog'
  | 'memballoon'
  | 'rng'
  | 'nvram'
  | 'panic'
  | 'shmem'
  | 'memory'
  | 'crypto'
  | 'iommu'
  | 'vsock'
