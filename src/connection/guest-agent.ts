import {
  DomainAuthorizedSSHKeysSetFlags,
  type DomainGuestInfoTypes,
  DomainInterfaceAddressesSource,
  type DomainQemuMonitorCommandFlags,
  type DomainSetTimeFlags,
  type DomainSetUserPasswordFlags,
} from '../constants/index.ts'
import type {
  DomainFSInfo,
  DomainGuestVcpus,
  DomainInterface,
  DomainQemuAttachTarget,
  DomainQemuMonitorCommandReply,
  DomainTime,
  TypedParameters,
} from '../driver/index.ts'
import { ErrorDomain, type VirError, type VirResultAsync } from '../errors/index.ts'
import {
  badArgument,
  type CheckedFunction,
  integer,
  type NamedFlag,
  nonEmpty,
  nonNull,
  ranges,
  textOnly,
} from './checks.ts'
import type { ConnectionObject } from './connection.ts'
import type { Domain } from './domain.ts'
import type { DomainObject } from './handles.ts'

const changesOne = DomainAuthorizedSSHKeysSetFlags.APPEND | DomainAuthorizedSSHKeysSetFlags.REMOVE
const authorizedSshKeysSetAppend: NamedFlag = {
  symbol: 'VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND',
  bits: DomainAuthorizedSSHKeysSetFlags.APPEND,
}
const authorizedSshKeysSetRemove: NamedFlag = {
  symbol: 'VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_REMOVE',
  bits: DomainAuthorizedSSHKeysSetFlags.REMOVE,
}

/** Taking over a QEMU that runs. */
export interface ConnectionGuestAgentCalls {
  /**
   * Takes a QEMU over that something else has started.
   *
   * @param target - Its process id, as libvirt wants it, or its QMP socket
   * @param flags - None are defined
   * @libvirt virDomainQemuAttach (0.9.4)
   */
  domainQemuAttach(target: number | DomainQemuAttachTarget, flags?: number): VirResultAsync<Domain>
}

/** The methods of {@link ConnectionGuestAgentCalls}. */
export const connectionGuestAgent: ConnectionGuestAgentCalls & ThisType<ConnectionObject> = {
  domainQemuAttach(target, flags = 0) {
    return this.call('virDomainQemuAttach', flags, ErrorDomain.NONE)
      .nonZero('pid_value', target)
      .check((fn) => attachTarget(fn, target))
      .readWrite()
      .to((driver, bits) => driver.domainQemuAttach?.(target, bits), this.toDomain)
  },
}

/** Speaking to the guest's agent, and to QEMU itself. */
export interface DomainGuestAgentCalls {
  /**
   * Sends a command to QEMU's monitor. The driver does not know what it does.
   *
   * @param cmd - QMP as JSON; with the flag `HMP` a line for the human monitor
   * @libvirt virDomainQemuMonitorCommand (0.8.3)
   */
  qemuMonitorCommand(cmd: string, flags?: DomainQemuMonitorCommandFlags): VirResultAsync<string>

  /**
   * Sends a command to QEMU's monitor, and open files with it.
   *
   * @param infiles - File descriptors
   * @libvirt virDomainQemuMonitorCommandWithFiles (8.2.0)
   */
  qemuMonitorCommandWithFiles(
    cmd: string,
    infiles?: readonly number[],
    flags?: DomainQemuMonitorCommandFlags,
  ): VirResultAsync<DomainQemuMonitorCommandReply>

  /**
   * Sends a command to the guest's agent.
   *
   * @param cmd - JSON
   * @param timeout - Seconds, or one of `DomainQemuAgentCommandTimeoutValues`
   * @param flags - None are defined
   * @returns The agent's reply as it came
   * @libvirt virDomainQemuAgentCommand (0.10.0)
   */
  qemuAgentCommand(cmd: string, timeout: number, flags?: number): VirResultAsync<string>

  /**
   * Lets the guest discard blocks that its file systems do not use.
   *
   * @param mountPoint - `undefined` is all file systems
   * @param minimum - Bytes; shorter free ranges are left alone
   * @param flags - None are defined
   * @libvirt virDomainFSTrim (1.0.1)
   */
  fsTrim(mountPoint?: string, minimum?: number, flags?: number): VirResultAsync<void>

  /**
   * Freezes file systems of the guest.
   *
   * @param mountpoints - Empty is all file systems
   * @param flags - None are defined
   * @returns File systems that are frozen
   * @libvirt virDomainFSFreeze (1.2.5)
   */
  fsFreeze(mountpoints?: readonly string[], flags?: number): VirResultAsync<number>

  /**
   * Thaws file systems of the guest.
   *
   * @param mountpoints - Empty is all file systems
   * @param flags - None are defined
   * @returns File systems that were thawed
   * @libvirt virDomainFSThaw (1.2.5)
   */
  fsThaw(mountpoints?: readonly string[], flags?: number): VirResultAsync<number>

  /**
   * Gives the guest's clock.
   *
   * @param flags - None are defined
   * @libvirt virDomainGetTime (1.2.5)
   */
  getTime(flags?: number): VirResultAsync<DomainTime>

  /**
   * Sets the guest's clock.
   *
   * @param seconds - Since 1970 in UTC
   * @param nseconds - Nanoseconds below a second
   * @param flags - `SYNC` ignores the time given, and sets the guest's from its hardware clock
   * @libvirt virDomainSetTime (1.2.5)
   */
  setTime(seconds: number, nseconds: number, flags?: DomainSetTimeFlags): VirResultAsync<void>

  /**
   * Lists the guest's file systems.
   *
   * @param flags - None are defined
   * @libvirt virDomainGetFSInfo (1.2.11)
   */
  getFSInfo(flags?: number): VirResultAsync<readonly DomainFSInfo[]>

  /**
   * Lists the guest's network interfaces with their addresses.
   *
   * @param flags - None are defined
   * @libvirt virDomainInterfaceAddresses (1.2.14)
   */
  interfaceAddresses(
    source: DomainInterfaceAddressesSource,
    flags?: number,
  ): VirResultAsync<readonly DomainInterface[]>

  /**
   * Sets the password of a user of the guest.
   *
   * @libvirt virDomainSetUserPassword (1.2.16)
   */
  setUserPassword(
    user: string,
    password: string,
    flags?: DomainSetUserPasswordFlags,
  ): VirResultAsync<void>

  /**
   * Gives which virtual processors the guest uses.
   *
   * @param flags - None are defined
   * @libvirt virDomainGetGuestVcpus (2.0.0)
   */
  getGuestVcpus(flags?: number): VirResultAsync<DomainGuestVcpus>

  /**
   * Lets the guest use virtual processors, or leave them unused.
   *
   * @param cpumap - List of numbers: `0-3,6`
   * @param state - Whether they are used
   * @param flags - None are defined
   * @libvirt virDomainSetGuestVcpus (2.0.0)
   */
  setGuestVcpus(cpumap: string, state: boolean, flags?: number): VirResultAsync<void>

  /**
   * Gives what the agent tells of the guest: users, system, time zone, file systems, disks, interfaces.
   *
   * @param types - 0 is everything that the agent can tell
   * @param flags - None are defined
   * @returns Fields such as `user.count`, `user.0.name`, `os.id`, `fs.0.mountpoint`
   * @libvirt virDomainGetGuestInfo (5.7.0)
   */
  getGuestInfo(types: DomainGuestInfoTypes, flags?: number): VirResultAsync<TypedParameters>

  /**
   * Says how long members of this theme wait for the agent.
   *
   * @param timeout - Seconds, or one of `DomainAgentResponseTimeoutValues`
   * @param flags - None are defined
   * @libvirt virDomainAgentSetResponseTimeout (5.10.0)
   */
  agentSetResponseTimeout(timeout: number, flags?: number): VirResultAsync<void>

  /**
   * Lists the SSH keys that may log in as a user of the guest.
   *
   * @param flags - None are defined
   * @libvirt virDomainAuthorizedSSHKeysGet (6.10.0)
   */
  authorizedSSHKeysGet(user: string, flags?: number): VirResultAsync<readonly string[]>

  /**
   * Replaces, adds or removes SSH keys that may log in as a user of the guest.
   *
   * @param keys - `undefined` without flags removes all
   * @libvirt virDomainAuthorizedSSHKeysSet (6.10.0)
   */
  authorizedSSHKeysSet(
    user: string,
    keys?: readonly string[],
    flags?: DomainAuthorizedSSHKeysSetFlags,
  ): VirResultAsync<void>
}

/** The methods of {@link DomainGuestAgentCalls}. */
export const domainGuestAgent: DomainGuestAgentCalls & ThisType<DomainObject> = {
  qemuMonitorCommand(cmd, flags = 0) {
    return this.call('virDomainQemuMonitorCommand', flags, ErrorDomain.NONE)
      .readWrite()
      .text('cmd', cmd)
      .to((driver, bits) => driver.domainQemuMonitorCommand?.(this.ref, cmd, bits))
  },

  qemuMonitorCommandWithFiles(cmd, infiles = [], flags = 0) {
    return this.call('virDomainQemuMonitorCommandWithFiles', flags, ErrorDomain.NONE)
      .text('cmd', cmd)
      .readWrite()
      .integers('infiles', infiles, ranges.i32)
      .to((driver, bits) =>
        driver.domainQemuMonitorCommandWithFiles?.(this.ref, cmd, infiles, bits),
      )
  },

  qemuAgentCommand(cmd, timeout, flags = 0) {
    return this.call('virDomainQemuAgentCommand', flags, ErrorDomain.NONE)
      .readWrite()
      .text('cmd', cmd)
      .integer('timeout', timeout, ranges.i32)
      .to((driver, bits) => driver.domainQemuAgentCommand?.(this.ref, cmd, timeout, bits))
  },

  fsTrim(mountPoint, minimum = 0, flags = 0) {
    return this.call('virDomainFSTrim', flags)
      .readWrite()
      .optionalText('mountPoint', mountPoint)
      .integer('minimum', minimum, ranges.u64)
      .to((driver, bits) => driver.domainFSTrim?.(this.ref, mountPoint ?? undefined, minimum, bits))
  },

  fsFreeze(mountpoints = [], flags = 0) {
    return this.call('virDomainFSFreeze', flags)
      .readWrite()
      .texts('mountpoints', mountpoints)
      .to((driver, bits) => driver.domainFSFreeze?.(this.ref, mountpoints, bits))
  },

  fsThaw(mountpoints = [], flags = 0) {
    return this.call('virDomainFSThaw', flags)
      .readWrite()
      .texts('mountpoints', mountpoints)
      .to((driver, bits) => driver.domainFSThaw?.(this.ref, mountpoints, bits))
  },

  getTime(flags = 0) {
    return this.call('virDomainGetTime', flags)
      .readWrite()
      .to((driver, bits) => driver.domainGetTime?.(this.ref, bits))
  },

  setTime(seconds, nseconds, flags = 0) {
    return this.call('virDomainSetTime', flags)
      .readWrite()
      .integer('seconds', seconds, ranges.i64)
      .integer('nseconds', nseconds, ranges.u32)
      .to((driver, bits) => driver.domainSetTime?.(this.ref, seconds, nseconds, bits))
  },

  getFSInfo(flags = 0) {
    return this.call('virDomainGetFSInfo', flags)
      .readWrite()
      .to((driver, bits) => driver.domainGetFSInfo?.(this.ref, bits))
  },

  interfaceAddresses(source, flags = 0) {
    return this.call('virDomainInterfaceAddresses', flags)
      .when(source === DomainInterfaceAddressesSource.AGENT, (call) => call.readWrite())
      .integer('source', source, ranges.u32)
      .to((driver, bits) => driver.domainInterfaceAddresses?.(this.ref, source, bits))
  },

  setUserPassword(user, password, flags = 0) {
    return this.call('virDomainSetUserPassword', flags)
      .readWrite()
      .text('user', user)
      .text('password', password)
      .to((driver, bits) => driver.domainSetUserPassword?.(this.ref, user, password, bits))
  },

  getGuestVcpus(flags = 0) {
    return this.call('virDomainGetGuestVcpus', flags)
      .readWrite()
      .to((driver, bits) => driver.domainGetGuestVcpus?.(this.ref, bits))
  },

  setGuestVcpus(cpumap, state, flags = 0) {
    return this.call('virDomainSetGuestVcpus', flags)
      .readWrite()
      .text('cpumap', cpumap)
      .boolean('state', state)
      .to((driver, bits) => driver.domainSetGuestVcpus?.(this.ref, cpumap, state, bits))
  },

  getGuestInfo(types, flags = 0) {
    return this.call('virDomainGetGuestInfo', flags)
      .readWrite()
      .integer('types', types, ranges.u32)
      .to((driver, bits) => driver.domainGetGuestInfo?.(this.ref, types, bits))
  },

  agentSetResponseTimeout(timeout, flags = 0) {
    return this.call('virDomainAgentSetResponseTimeout', flags)
      .readWrite()
      .integer('timeout', timeout, ranges.i32)
      .to((driver, bits) => driver.domainAgentSetResponseTimeout?.(this.ref, timeout, bits))
  },

  authorizedSSHKeysGet(user, flags = 0) {
    return this.call('virDomainAuthorizedSSHKeysGet', flags)
      .text('user', user)
      .readWrite()
      .to((driver, bits) => driver.domainAuthorizedSSHKeysGet?.(this.ref, user, bits))
  },

  authorizedSSHKeysSet(user, keys, flags = 0) {
    return this.call('virDomainAuthorizedSSHKeysSet', flags)
      .text('user', user)
      .whenFlagged(changesOne, (call) => call.nonNull('keys', keys))
      .when(keys !== undefined && keys !== null, (call) => call.texts('keys', keys))
      .exclusive(authorizedSshKeysSetAppend, authorizedSshKeysSetRemove)
      .readWrite()
      .to((driver, bits) =>
        driver.domainAuthorizedSSHKeysSet?.(this.ref, user, keys ?? undefined, bits),
      )
  },
}

/** Refuses what is neither a process id nor the place of a monitor. */
function attachTarget(
  fn: CheckedFunction,
  target: number | DomainQemuAttachTarget,
): VirError | undefined {
  if (typeof target !== 'object' || target === null) {
    if (typeof target === 'number' && target > ranges.i32.max) {
      return badArgument(fn, 'pid_value', `pid_value in ${fn.name} is too large`)
    }
    return nonNull(fn, 'pid_value', target) ?? integer(fn, 'pid_value', target, ranges.u32)
  }
  return nonEmpty(fn, 'monitorPath', target.monitorPath) ?? textOnly(fn, 'xml', target.xml)
}
