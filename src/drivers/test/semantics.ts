/**
 * The rules in which libvirt's QEMU driver and its test driver differ, as data.
 *
 * @module
 */
import {
  DomainCreateFlags,
  DomainDestroyFlagsValues,
  DomainRebootFlagValues,
  DomainUndefineFlagsValues,
  DomainXMLFlags,
} from '../../constants/index.ts'
import { ErrorDomain } from '../../errors/index.ts'

/** Whose rules a test hypervisor follows: libvirt's QEMU driver's, or those of its test driver. */
export type SemanticsName = 'qemu' | 'test'

/** One row of the table. */
export interface Semantics {
  readonly name: SemanticsName
  readonly errorDomain: ErrorDomain
  /** What `connection.getType()` answers. */
  readonly connectionType: string
  /** What `connection.getVersion()` answers. */
  readonly hypervisorVersion: number
  /** Architecture of a guest whose definition names none. */
  readonly arch: string
  /** What the host's ends of interfaces are called; absent: they have no name before they start. */
  readonly interfacePrefix?: string
  /** What `domain.getOSType()` answers; absent: the type in the definition. */
  readonly osType?: string
  /** Largest number of virtual processors of a domain. */
  readonly maxVcpus: number
  /** Whether a failed lookup says what it looked for. */
  readonly explainsLookups: boolean
  /** Whether the guest's own shutdown is reported before the domain stops, and the processors' start before it is up. */
  readonly reportsGuestEvents: boolean
  /** Whether a state that does not fit an operation is reported with the domain's name, as an internal error. */
  readonly namesDomainInStateErrors: boolean
  /** Whether suspending a paused domain succeeds. */
  readonly suspendsTwice: boolean
  /** Whether transient domains may have autostart set and keep it, and be undefined. */
  readonly treatsTransientAsPersistent: boolean
  /** Whether block statistics without a disk are the sum over all disks. */
  readonly summarisesBlockStats: boolean
  /** Whether an agent is reached through a channel that the definition must have. */
  readonly needsAgentChannel: boolean
  /** Whether checkpoints and snapshots stop an inactive domain from being undefined. */
  readonly checkpointsBlockUndefine: boolean
  /** Whether domains may run on the same image, whatever they do to it. */
  readonly sharesImages: boolean
  readonly createFlags: number
  readonly createXMLFlags: number
  readonly undefineFlags: number
  readonly destroyFlags: number
  readonly rebootFlags: number
  readonly xmlFlags: number
  /** Bytes of an image that a definition names and that nobody made. */
  readonly missingImageSize: number
  /** C names of driver functions that do not follow from the member's name. */
  readonly functionNames: Readonly<Record<string, string>>
}

const GiB = 1024 ** 3
const { SECURE, INACTIVE, UPDATE_CPU, MIGRATABLE } = DomainXMLFlags

/** The two rows. */
export const semanticsByName: Readonly<Record<SemanticsName, Semantics>> = {
  qemu: {
    name: 'qemu',
    errorDomain: ErrorDomain.QEMU,
    connectionType: 'QEMU',
    hypervisorVersion: 7_002_022,
    arch: 'x86_64',
    maxVcpus: 255,
    explainsLookups: true,
    reportsGuestEvents: true,
    namesDomainInStateErrors: false,
    suspendsTwice: true,
    treatsTransientAsPersistent: false,
    summarisesBlockStats: true,
    needsAgentChannel: true,
    checkpointsBlockUndefine: true,
    sharesImages: false,
    createFlags: 0x2f,
    createXMLFlags: 0x3f,
    undefineFlags: Object.values(DomainUndefineFlagsValues).reduce((all, bit) => all | bit, 0),
    destroyFlags: DomainDestroyFlagsValues.GRACEFUL | DomainDestroyFlagsValues.REMOVE_LOGS,
    rebootFlags: DomainRebootFlagValues.ACPI_POWER_BTN | DomainRebootFlagValues.GUEST_AGENT,
    xmlFlags: SECURE | INACTIVE | UPDATE_CPU | MIGRATABLE,
    missingImageSize: GiB,
    functionNames: {
      domainBackupBegin: 'qemuBackupBegin',
      domainBackupGetXMLDesc: 'qemuBackupGetXMLDesc',
      domainBackupEnd: 'qemuBackupEnd',
      domainCheckpointCreateXML: 'qemuCheckpointCreateXML',
      domainCheckpointGetXMLDesc: 'qemuCheckpointGetXMLDesc',
      domainCheckpointDelete: 'qemuCheckpointDelete',
    },
  },
  test: {
    name: 'test',
    errorDomain: ErrorDomain.TEST,
    connectionType: 'TEST',
    hypervisorVersion: 2,
    arch: 'i686',
    interfacePrefix: 'testnet',
    osType: 'linux',
    maxVcpus: 32,
    explainsLookups: false,
    reportsGuestEvents: false,
    namesDomainInStateErrors: true,
    suspendsTwice: false,
    treatsTransientAsPersistent: true,
    summarisesBlockStats: false,
    needsAgentChannel: false,
    checkpointsBlockUndefine: false,
    sharesImages: true,
    createFlags: 0,
    createXMLFlags: DomainCreateFlags.START_VALIDATE,
    undefineFlags:
      DomainUndefineFlagsValues.MANAGED_SAVE | DomainUndefineFlagsValues.SNAPSHOTS_METADATA,
    destroyFlags: DomainDestroyFlagsValues.GRACEFUL,
    rebootFlags: Object.values(DomainRebootFlagValues).reduce((all: number, bit) => all | bit, 0),
    xmlFlags: SECURE | INACTIVE | MIGRATABLE,
    // What libvirt's test driver reports of every disk.
    missingImageSize: 1_099_506_450_432,
    functionNames: {},
  },
}

/** The C function that implements a member, as its messages name it: `qemuDomainBlockResize`. */
export function driverFunction(semantics: Semantics, member: string): string {
  const plain = `${semantics.name}${member.charAt(0).toUpperCase()}${member.slice(1)}`
  return semantics.functionNames[member] ?? plain
}
