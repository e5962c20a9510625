import type { XmlElement } from '../element.ts'

/** A `<capabilities>` document: what a host is, and what it can run; libvirt's `virCaps`. */
export interface CapabilitiesDef {
  readonly host: CapabilitiesHost
  readonly guests: readonly CapabilitiesGuest[]
}

/** The host itself. */
export interface CapabilitiesHost {
  readonly uuid?: string
  readonly arch: string
  /** Names of the processor's features, where the driver knows only these. */
  readonly features?: readonly string[]
  /** What else is said of the processor, as it was read: its model, topology, features of the model. */
  readonly cpuDetails?: readonly XmlElement[]
  /** Sizes of the memory pages, KiB. */
  readonly pageSizesKiB: readonly number[]
  /** `suspend_mem`, `suspend_disk`, `suspend_hybrid`; absent: not known. */
  readonly powerManagement?: readonly string[]
  readonly iommu: boolean
  /** Absent: not known; empty: the host has none. */
  readonly cells?: readonly CapabilitiesCell[]
  readonly securityModels: readonly CapabilitiesSecurityModel[]
  /** Everything else, as it was read: `migration_features`, `cache`. */
  readonly others?: readonly XmlElement[]
}

/** A NUMA cell. */
export interface CapabilitiesCell {
  readonly id: number
  readonly memoryKiB: number
  readonly pages: readonly CapabilitiesPages[]
  /** How far the cells are, this one included; 10 is next to it. */
  readonly distances?: readonly CapabilitiesDistance[]
  readonly cpus: readonly CapabilitiesCpu[]
}

/** How far another cell is. */
export interface CapabilitiesDistance {
  readonly id: number
  readonly value: number
}

/** How many memory pages of one size a cell has. */
export interface CapabilitiesPages {
  readonly sizeKiB: number
  readonly count: number
}

/** A logical processor. */
export interface CapabilitiesCpu {
  readonly id: number
  readonly socketId: number
  readonly dieId: number
  readonly coreId: number
  /** The processors of the same core, as libvirt writes sets: `0,4`. */
  readonly siblings: string
}

/** A security driver. */
export interface CapabilitiesSecurityModel {
  readonly model: string
  /** Domain of interpretation. */
  readonly doi: string
  readonly baseLabels?: readonly { readonly type: string; readonly label: string }[]
}

/** A kind of guest that the host can run. */
export interface CapabilitiesGuest {
  /** `hvm`, `xen` … */
  readonly osType: string
  readonly arch: string
  /** Bits. */
  readonly wordSize: number
  readonly emulator?: string
  readonly loader?: string
  readonly machines: readonly CapabilitiesMachine[]
  readonly domains: readonly CapabilitiesDomain[]
  readonly features: readonly CapabilitiesFeature[]
}

/** A machine type. */
export interface CapabilitiesMachine {
  readonly name: string
  readonly canonical?: string
  readonly maxCpus?: number
  readonly deprecated?: boolean
}

/** A virtualisation of one kind of guest, with what differs from the guest's own. */
export interface CapabilitiesDomain {
  readonly type: string
  readonly emulator?: string
  readonly machines: readonly CapabilitiesMachine[]
}

/** What a kind of guest offers. */
export interface CapabilitiesFeature {
  readonly name: string
  /** Absent: the feature cannot be switched. */
  readonly default?: boolean
  readonly toggle?: boolean
}
