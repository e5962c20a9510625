import type { WithXmlRest } from '../rest.ts'
import type { DeviceCommon } from './device-def.ts'

/** An `<interface>`; libvirt's `virDomainNetDef`. */
export interface DomainInterfaceDef extends DeviceCommon {
  readonly type: InterfaceType
  /** Lower-case, with colons. */
  readonly mac?: string
  readonly source?: InterfaceSource
  /** Name of the host's end. */
  readonly target?: string
  /** `virtio`, `e1000` … */
  readonly model?: string
  readonly linkState?: 'up' | 'down'
  readonly mtu?: number
}

/** How an interface is connected. */
export type InterfaceType =
  | 'user'
  | 'ethernet'
  | 'vhostuser'
  | 'server'
  | 'client'
  | 'mcast'
  | 'network'
  | 'bridge'
  | 'internal'
  | 'direct'
  | 'hostdev'
  | 'udp'
  | 'vdpa'
  | 'null'
  | 'vds'

/** What an interface is connected to; which members count depends on the type. */
export interface InterfaceSource extends WithXmlRest {
  readonly network?: string
  readonly portgroup?: string
  readonly portId?: string
  readonly bridge?: string
  readonly dev?: string
  readonly mode?: string
}
