import type { WithXmlRest } from '../rest.ts'
import type { DeviceCommon } from './device-def.ts'
import type { SecurityLabel } from './storage-source-def.ts'

/** What is at the host's end of a character device. */
export type CharacterDeviceType =
  | 'null'
  | 'vc'
  | 'pty'
  | 'dev'
  | 'file'
  | 'pipe'
  | 'stdio'
  | 'udp'
  | 'tcp'
  | 'unix'
  | 'spicevmc'
  | 'spiceport'
  | 'nmdm'
  | 'qemu-vdagent'
  | 'dbus'

/** The host's end of a character device. */
export interface CharacterDeviceSource extends WithXmlRest {
  readonly mode?: 'connect' | 'bind'
  readonly host?: string
  readonly service?: string
  /** Of a file, pipe, host device, pseudo-terminal or unix socket. */
  readonly path?: string
  readonly append?: boolean
  readonly tls?: boolean
  readonly channel?: string
  readonly seclabels?: readonly SecurityLabel[]
}

/** A `<serial>`, `<parallel>`, `<console>` or `<channel>`; libvirt's `virDomainChrDef`. */
export interface DomainCharacterDeviceDef extends DeviceCommon {
  readonly type: CharacterDeviceType
  /** The pseudo-terminal of a running domain, as `console` repeats it. */
  readonly tty?: string
  readonly sources: readonly CharacterDeviceSource[]
  /** What is spoken over TCP. */
  readonly protocol?: 'raw' | 'telnet' | 'telnets' | 'tls'
  readonly target?: CharacterDeviceTarget
}

/** The guest's end of a character device. */
export interface CharacterDeviceTarget extends WithXmlRest {
  /** `isa-serial`, `virtio`, `guestfwd` … */
  readonly type?: string
  readonly port?: number
  /** Name of the port in the guest: `org.qemu.guest_agent.0`. */
  readonly name?: string
  /** Whether the guest has the port open; live only. */
  readonly state?: 'connected' | 'disconnected'
  readonly address?: string
}
