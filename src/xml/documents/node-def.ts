import type { XmlElement } from '../element.ts'
import type { DomainDef } from './domain-def.ts'

/** A `<node>` document: the world that the test driver shows under `test:///path.xml`. */
export interface NodeDef {
  readonly cpu: NodeCpu
  /** Absent: the driver's own. */
  readonly memoryKiB?: number
  readonly domains: readonly NodeDomainDef[]
  /** Definitions of networks, as they were read; likewise the others. */
  readonly networks: readonly XmlElement[]
  readonly interfaces: readonly XmlElement[]
  readonly pools: readonly NodePoolDef[]
  readonly devices: readonly XmlElement[]
  /** Who may open a connection; empty: anybody. */
  readonly users: readonly NodeUser[]
}

/** The processors of a node; what is absent is the driver's own. */
export interface NodeCpu {
  readonly nodes?: number
  readonly sockets?: number
  readonly cores?: number
  readonly threads?: number
  /** The most processors that are shown as active. */
  readonly active?: number
  readonly mhz?: number
  /** At most 31 bytes. */
  readonly model?: string
}

/** A domain of a node, with what the test driver's own elements say. */
export interface NodeDomainDef {
  readonly definition: DomainDef
  /** A `DomainState`, 0 to 7. */
  readonly state: number
  readonly transient: boolean
  readonly hasManagedSave: boolean
  /** The snapshots' documents, as they were read. */
  readonly snapshots: readonly XmlElement[]
}

/** A storage pool of a node. */
export interface NodePoolDef {
  /** Its definition, as it was read. */
  readonly definition: XmlElement
  readonly volumes: readonly XmlElement[]
}

/** Somebody who may open a connection. */
export interface NodeUser {
  readonly name: string
  /** Absent: the name is enough. */
  readonly password?: string
}
