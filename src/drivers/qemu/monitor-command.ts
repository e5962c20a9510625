import { err, ok } from 'neverthrow'
import { DomainQemuMonitorCommandFlags } from '../../constants/index.ts'
import type { GuestAgentDriver } from '../../driver/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  type VirResult,
  type VirResultAsync,
  virError,
} from '../../errors/index.ts'
import {
  formatJson,
  humanMonitorCommand,
  isObject,
  type JsonObject,
  parseJson,
} from '../../qmp/index.ts'
import type { QemuHost } from './host-state.ts'
import { type ActiveDomain, checkMemberFlags, findActiveDomain } from './member.ts'
import { monitored } from './qmp-error.ts'

/** The members of {@link monitorCommand}. */
type MonitorCommandMembers = Required<Pick<GuestAgentDriver, 'domainQemuMonitorCommand'>>

/** Speaking to QEMU past the driver. */
export function monitorCommand(host: QemuHost): MonitorCommandMembers {
  const { HMP } = DomainQemuMonitorCommandFlags
  return {
    domainQemuMonitorCommand: (ref, cmd, flags) =>
      checkMemberFlags('domainQemuMonitorCommandWithFiles', flags, HMP)
        .andThen(() => findActiveDomain(host, ref))
        .asyncAndThen((active) =>
          (flags & HMP) === 0 ? sendMessage(active, cmd) : sendLine(active, cmd),
        ),
  }
}

function sendLine({ running }: ActiveDomain, line: string): VirResultAsync<string> {
  return monitored(running.monitor.execute(humanMonitorCommand, { 'command-line': line }))
}

/** Gives the whole answer, also one that refuses. */
function sendMessage({ running }: ActiveDomain, text: string): VirResultAsync<string> {
  return readMessage(text)
    .asyncAndThen((message) => monitored(running.monitor.exchange(message)))
    .andThen((answer) => formatJson(answer).mapErr(({ message }) => malformed(message)))
}

function readMessage(text: string): VirResult<JsonObject> {
  const message = parseJson(text).mapErr((error) => error.message)
  if (message.isErr()) return err(malformed(`cannot parse json ${text}: ${message.error}`))
  return isObject(message.value)
    ? ok(message.value)
    : err(malformed(`Malformed JSON string: ${text}`))
}

function malformed(detail: string): ReturnType<typeof virError> {
  return virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.QEMU, detail)
}
