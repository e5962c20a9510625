/** Members that speak to the guest's agent or to QEMU itself. @module */
import type {
  DomainAuthorizedSSHKeysSetFlags,
  DomainGuestInfoTypes,
  DomainInterfaceAddressesSource,
  DomainQemuMonitorCommandFlags,
  DomainSetTimeFlags,
  DomainSetUserPasswordFlags,
} from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import type { DomainRef } from './refs.ts'
import type { TypedParameters } from './typed-parameters.ts'

/** A file system of the guest; libvirt's `virDomainFSInfo`. */
export interface DomainFSInfo {
  readonly mountpoint: string
  /** The guest's name of the device: `vda1`. */
  readonly name: string
  readonly fstype: string
  /** Target names of the disks that it lies on, as far as they are known. */
  readonly devAlias: readonly string[]
}

/** The guest's clock, since 1970 in UTC. */
export interface DomainTime {
  readonly seconds: number
  /** The part below a second, in nanoseconds. */
  readonly nseconds: number
}

/** An address of a network interface; libvirt's `virDomainIPAddress`. */
export interface DomainIPAddress {
  /** 0 is IPv4, 1 is IPv6. */
  readonly type: 0 | 1
  readonly addr: string
  /** Bits of the network. */
  readonly prefix: number
}

/** A network interface of the guest; libvirt's `virDomainInterface`. */
export interface DomainInterface {
  readonly name: string
  readonly hwaddr?: string
  readonly addrs: readonly DomainIPAddress[]
}

/** Which virtual processors the guest uses, as lists of numbers: `0-3,6`. */
export interface DomainGuestVcpus {
  readonly vcpus?: string
  readonly online?: string
  readonly offlinable?: string
}

/** What QEMU answered, with the files that it handed over. */
export interface DomainQemuMonitorCommandReply {
  /** QEMU's reply as it came. */
  readonly result: string
  /** File descriptors. */
  readonly outfiles: readonly number[]
}

/** A QEMU that something else has started, named by its QMP socket. */
export interface DomainQemuAttachTarget {
  /** Path of a QMP socket that nobody else uses. */
  readonly monitorPath: string
  /** Domain XML of what runs there; absent: made from what QEMU reports. */
  readonly xml?: string
}

/** Members that speak to the guest's agent or to QEMU itself. */
export interface GuestAgentDriver {
  /**
   * Sends a command to QEMU's monitor. The driver does not know what it does.
   *
   * @param cmd - QMP as JSON; with the flag `HMP` a line for the human monitor
   * @libvirt virDomainQemuMonitorCommand (0.8.3)
   */
  domainQemuMonitorCommand?(
    domain: DomainRef,
    cmd: string,
    flags: DomainQemuMonitorCommandFlags,
  ): VirResultAsync<string>
  /**
   * Sends a command to QEMU's monitor, and open files with it.
   *
   * @param infiles - File descriptors
   * @libvirt virDomainQemuMonitorCommandWithFiles (8.2.0)
   */
  domainQemuMonitorCommandWithFiles?(
    domain: DomainRef,
    cmd: string,
    infiles: readonly number[],
    flags: DomainQemuMonitorCommandFlags,
  ): VirResultAsync<DomainQemuMonitorCommandReply>
  /**
   * Takes a QEMU over that something else has started.
   *
   * @param target - Its process id, as libvirt wants it, or its QMP socket
   * @param flags - None are defined
   * @libvirt virDomainQemuAttach (0.9.4)
   */
  domainQemuAttach?(
    target: number | DomainQemuAttachTarget,
    flags: number,
  ): VirResultAsync<DomainRef>
  /**
   * Sends a command to the guest's agent.
   *
   * @param cmd - JSON
   * @param timeout - Seconds, or one of `DomainQemuAgentCommandTimeoutValues`
   * @param flags - None are defined
   * @returns The agent's reply as it came
   * @libvirt virDomainQemuAgentCommand (0.10.0)
   */
  domainQemuAgentCommand?(
    domain: DomainRef,
    cmd: string,
    timeout: number,
    flags: number,
  ): VirResultAsync<string>
  /**
   * Lets the guest discard blocks that its file systems do not use.
   *
   * @param mountPoint - `undefined` is all file systems
   * @param minimum - Bytes; shorter free ranges are left alone
   * @param flags - None are defined
   * @libvirt virDomainFSTrim (1.0.1)
   */
  domainFSTrim?(
    domain: DomainRef,
    mountPoint: string | undefined,
    minimum: number,
    flags: number,
  ): VirResultAsync<void>
  /**
   * Freezes file systems of the guest.
   *
   * @param mountpoints - Empty is all file systems
   * @param flags - None are defined
   * @returns File systems that are frozen
   * @libvirt virDomainFSFreeze (1.2.5)
   */
  domainFSFreeze?(
    domain: DomainRef,
    mountpoints: readonly string[],
    flags: number,
  ): VirResultAsync<number>
  /**
   * Thaws file systems of the guest.
   *
   * @param mountpoints - Empty is all file systems
   * @param flags - None are defined
   * @returns File systems that were thawed
   * @libvirt virDomainFSThaw (1.2.5)
   */
  domainFSThaw?(
    domain: DomainRef,
    mountpoints: readonly string[],
    flags: number,
  ): VirResultAsync<number>
  /**
   * Gives the guest's clock.
   *
   * @param flags - None are defined
   * @libvirt virDomainGetTime (1.2.5)
   */
  domainGetTime?(domain: DomainRef, flags: number): VirResultAsync<DomainTime>
  /**
   * Sets the guest's clock.
   *
   * @param seconds - Since 1970 in UTC
   * @param nseconds - Nanoseconds below a second
   * @param flags - `SYNC` ignores the time given, and sets the guest's from its hardware clock
   * @libvirt virDomainSetTime (1.2.5)
   */
  domainSetTime?(
    domain: DomainRef,
    seconds: number,
    nseconds: number,
    flags: DomainSetTimeFlags,
  ): VirResultAsync<void>
  /**
   * Lists the guest's file systems.
   *
   * @param flags - None are defined
   * @libvirt virDomainGetFSInfo (1.2.11)
   */
  domainGetFSInfo?(domain: DomainRef, flags: number): VirResultAsync<readonly DomainFSInfo[]>
  /**
   * Lists the guest's network interfaces with their addresses.
   *
   * @param flags - None are defined
   * @libvirt virDomainInterfaceAddresses (1.2.14)
   */
  domainInterfaceAddresses?(
    domain: DomainRef,
    source: DomainInterfaceAddressesSource,
    flags: number,
  ): VirResultAsync<readonly DomainInterface[]>
  /**
   * Sets the password of a user of the guest.
   *
   * @libvirt virDomainSetUserPassword (1.2.16)
   */
  domainSetUserPassword?(
    domain: DomainRef,
    user: string,
    password: string,
    flags: DomainSetUserPasswordFlags,
  ): VirResultAsync<void>
  /**
   * Gives which virtual processors the guest uses.
   *
   * @param flags - None are defined
   * @libvirt virDomainGetGuestVcpus (2.0.0)
   */
  domainGetGuestVcpus?(domain: DomainRef, flags: number): VirResultAsync<DomainGuestVcpus>
  /**
   * Lets the guest use virtual processors, or leave them unused.
   *
   * @param cpumap - List of numbers: `0-3,6`
   * @param state - Whether they are used
   * @param flags - None are defined
   * @libvirt virDomainSetGuestVcpus (2.0.0)
   */
  domainSetGuestVcpus?(
    domain: DomainRef,
    cpumap: string,
    state: boolean,
    flags: number,
  ): VirResultAsync<void>
  /**
   * Gives what the agent tells of the guest: users, system, time zone, file systems, disks, interfaces.
   *
   * @param types - 0 is everything that the agent can tell
   * @param flags - None are defined
   * @returns Fields such as `user.count`, `user.0.name`, `os.id`, `fs.0.mountpoint`
   * @libvirt virDomainGetGuestInfo (5.7.0)
   */
  domainGetGuestInfo?(
    domain: DomainRef,
    types: DomainGuestInfoTypes,
    flags: number,
  ): VirResultAsync<TypedParameters>
  /**
   * Says how long members of this theme wait for the agent.
   *
   * @param timeout - Seconds, or one of `DomainAgentResponseTimeoutValues`
   * @param flags - None are defined
   * @libvirt virDomainAgentSetResponseTimeout (5.10.0)
   */
  domainAgentSetResponseTimeout?(
    domain: DomainRef,
    timeout: number,
    flags: number,
  ): VirResultAsync<void>
  /**
   * Lists the SSH keys that may log in as a user of the guest.
   *
   * @param flags - None are defined
   * @libvirt virDomainAuthorizedSSHKeysGet (6.10.0)
   */
  domainAuthorizedSSHKeysGet?(
    domain: DomainRef,
    user: string,
    flags: number,
  ): VirResultAsync<readonly string[]>
  /**
   * Replaces, adds or removes SSH keys that may log in as a user of the guest.
   *
   * @param keys - `undefined` without flags removes all
   * @libvirt virDomainAuthorizedSSHKeysSet (6.10.0)
   */
  domainAuthorizedSSHKeysSet?(
    domain: DomainRef,
    user: string,
    keys: readonly string[] | undefined,
    flags: DomainAuthorizedSSHKeysSetFlags,
  ): VirResultAsync<void>
}
