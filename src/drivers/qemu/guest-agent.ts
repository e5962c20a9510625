import { err, ok } from 'neverthrow'
import { DomainAgentResponseTimeoutValues, DomainSetTimeFlags } from '../../constants/index.ts'
import {
  checkThawsAll,
  checkTrimsAll,
  type DomainFSInfo,
  type DomainRef,
  type GuestAgentDriver,
  invalidValue,
} from '../../driver/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  type VirResult,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import {
  formatJson,
  type GuestDiskAddress,
  type GuestFilesystemInfo,
  guestFsfreezeFreeze,
  guestFsfreezeFreezeList,
  guestFsfreezeThaw,
  guestFstrim,
  guestGetFsinfo,
  guestGetTime,
  guestSetTime,
  isObject,
  type JsonObject,
  parseJson,
  untypedCommand,
} from '../../qmp/index.ts'
import type { DeviceAddress } from '../../xml/index.ts'
import { agentAvailable, askAgent } from './agent-access.ts'
import type { QemuHost } from './host-state.ts'
import { type ActiveDomain, checkMemberFlags, findActiveDomain, findDomain } from './member.ts'
import { qemuOrigin } from './origin.ts'
import { saveStatus } from './state/status-file.ts'

/** The members of {@link guestAgent}. */
type GuestAgentMembers = Required<
  Pick<
    GuestAgentDriver,
    | 'domainFSFreeze'
    | 'domainFSThaw'
    | 'domainFSTrim'
    | 'domainGetFSInfo'
    | 'domainQemuAgentCommand'
    | 'domainAgentSetResponseTimeout'
    | 'domainGetTime'
    | 'domainSetTime'
  >
>

/** What the agent in a guest does. */
export function guestAgent(host: QemuHost): GuestAgentMembers {
  const ask = <T>(
    ref: DomainRef,
    member: string,
    flags: number,
    use: (active: ActiveDomain) => VirResultAsync<T>,
  ): VirResultAsync<T> =>
    checkMemberFlags(member, flags, 0)
      .andThen(() => findActiveDomain(host, ref))
      .asyncAndThen(use)
  return {
    domainFSFreeze: (ref, mountpoints, flags) =>
      ask(ref, 'domainFSFreeze', flags, ({ domain }) =>
        (mountpoints.length === 0
          ? askAgent(domain, guestFsfreezeFreeze, {})
          : askAgent(domain, guestFsfreezeFreezeList, { mountpoints })
        ).map(Number),
      ),
    domainFSThaw: (ref, mountpoints, flags) =>
      checkMemberFlags('domainFSThaw', flags, 0)
        .andThen(() => checkThawsAll(qemuOrigin, mountpoints))
        .andThen(() => findActiveDomain(host, ref))
        .asyncAndThen(({ domain }) => askAgent(domain, guestFsfreezeThaw, {}).map(Number)),
    domainFSTrim: (ref, mountPoint, minimum, flags) =>
      checkMemberFlags('domainFSTrim', flags, 0)
        .andThen(() => checkTrimsAll(qemuOrigin, mountPoint))
        .andThen(() => findDomain(host, ref))
        .asyncAndThen((domain) => askAgent(domain, guestFstrim, { minimum }))
        .map(() => undefined),
    domainGetFSInfo: (ref, flags) =>
      ask(ref, 'domainGetFSInfo', flags, (active) =>
        askAgent(active.domain, guestGetFsinfo, {}).map((systems) =>
          systems.map((system) => describeFileSystem(active, system)),
        ),
      ),
    domainQemuAgentCommand: (ref, cmd, timeout, flags) =>
      ask(ref, 'domainQemuAgentCommand', flags, (active) => passOn(active, cmd, timeout)),
    domainAgentSetResponseTimeout: (ref, timeout, flags) =>
      setResponseTimeout(host, ref, timeout, flags),
    domainGetTime: (ref, flags) =>
      ask(ref, 'domainGetTime', flags, ({ domain }) =>
        askAgent(domain, guestGetTime, {}).map((time) => ({
          seconds: Number(BigInt(time) / 1_000_000_000n),
          nseconds: Number(BigInt(time) % 1_000_000_000n),
        })),
      ),
    domainSetTime: (ref, seconds, nseconds, flags) =>
      checkMemberFlags('domainSetTime', flags, sync)
        .andThen(() => findActiveDomain(host, ref))
        .asyncAndThen(({ domain }) => {
          const time = BigInt(seconds) * 1_000_000_000n + BigInt(nseconds)
          return askAgent(domain, guestSetTime, (flags & sync) === 0 ? { time } : {})
        })
        .map(() => undefined),
  }
}

const { SYNC: sync } = DomainSetTimeFlags

function describeFileSystem(
  { running }: ActiveDomain,
  { mountpoint, name, type, disk }: GuestFilesystemInfo,
): DomainFSInfo {
  const disks = [...running.disks.values()].map(({ def }) => def)
  const devAlias = disk.flatMap((address) => {
    const found = disks.find(({ address: own }) => isSamePlace(own, address))
    return found === undefined ? [] : [found.target.dev]
  })
  return { mountpoint, name, fstype: type, devAlias }
}

/** Whether the guest means a disk: by the place on its controller, and by the controller's on the PCI bus. */
function isSamePlace(own: DeviceAddress | undefined, guest: GuestDiskAddress): boolean {
  const pci = guest['pci-controller']
  if (own?.type === 'pci') {
    return (
      own.domain === pci.domain &&
      own.bus === pci.bus &&
      own.slot === pci.slot &&
      own.function === pci.function
    )
  }
  if (own?.type !== 'drive') return false
  return own.bus === guest.bus && own.target === guest.target && own.unit === guest.unit
}

/** Gives a caller's own command to the agent, and the answer as it came. */
function passOn({ domain }: ActiveDomain, cmd: string, seconds: number): VirResultAsync<string> {
  return checkTimeout(seconds)
    .andThen(() => agentAvailable(domain, domain.running))
    .andThen(() => readCommand(cmd))
    .asyncAndThen(({ name, args }) => askAgent(domain, untypedCommand(name), args, seconds))
    .andThen((value) => formatJson({ return: value }).mapErr(({ message }) => malformed(message)))
}

interface AgentCommand {
  readonly name: string
  readonly args: JsonObject
}

function readCommand(cmd: string): VirResult<AgentCommand> {
  const parsed = parseJson(cmd)
  if (parsed.isErr()) return err(malformed(`cannot parse json ${cmd}: ${parsed.error.message}`))
  const { value } = parsed
  if (!isObject(value)) return err(malformed(`Malformed JSON string: ${cmd}`))
  const { execute: name, arguments: args = {} } = value
  if (typeof name !== 'string' || !isObject(args)) {
    return err(malformed(`Malformed JSON string: ${cmd}`))
  }
  return ok({ name, args })
}

function malformed(detail: string): VirError {
  return virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.QEMU, detail)
}

const { BLOCK } = DomainAgentResponseTimeoutValues

function checkTimeout(seconds: number): VirResult<void> {
  if (seconds >= BLOCK) return ok(undefined)
  const detail = `guest agent timeout '${seconds}' is less than the minimum '${BLOCK}'`
  return err(invalidValue(qemuOrigin, detail))
}

function setResponseTimeout(
  host: QemuHost,
  ref: DomainRef,
  timeout: number,
  flags: number,
): VirResultAsync<void> {
  return checkMemberFlags('domainAgentSetResponseTimeout', flags, 0)
    .andThen(() => checkTimeout(timeout))
    .andThen(() => findDomain(host, ref))
    .asyncAndThen((domain) => {
      domain.agentTimeout = timeout
      return saveStatus(domain)
    })
}
