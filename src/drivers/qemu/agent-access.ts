/**
 * Who may ask the agent in a guest, and how its failures are told.
 *
 * @module
 */
import { err, errAsync, ok } from 'neverthrow'
import { DomainAgentResponseTimeoutValues, DomainState } from '../../constants/index.ts'
import {
  agentNotConfigured,
  agentRefused,
  agentUnresponsive,
  operationInvalid,
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
  type GuestAgentClient,
  guestShutdown,
  type QmpCommand,
  type QmpError,
} from '../../qmp/index.ts'
import type { AgentLink } from './agent-link.ts'
import { qemuOrigin } from './origin.ts'
import type { QemuDomain } from './qemu-domain.ts'
import type { RunningQemu } from './running-qemu.ts'

/** Tells whether the agent of a domain can be asked; libvirt's `qemuDomainAgentAvailable`. */
export function agentAvailable(
  domain: QemuDomain,
  running: RunningQemu | undefined,
): VirResult<void> {
  if (running === undefined || domain.state !== DomainState.RUNNING) {
    return err(operationInvalid(qemuOrigin, 'domain is not running'))
  }
  return linkOf(running).map(() => undefined)
}

function linkOf({ agent }: RunningQemu): VirResult<AgentLink> {
  if (agent === undefined) return err(agentNotConfigured(qemuOrigin))
  return agent.isConnected ? ok(agent) : err(agentUnresponsive(qemuOrigin, 'absent'))
}

/** Says what came of a command, in libvirt's words; `qemuAgentCommand`. */
export function agentError(error: QmpError): VirError {
  switch (error.kind) {
    case 'refused':
      return agentRefused(qemuOrigin, error, error)
    case 'timeout':
      return agentUnresponsive(qemuOrigin, 'silent', error)
    case 'interrupted':
    case 'unreachable':
    case 'unsupported':
      return agentUnresponsive(qemuOrigin, 'gone', error)
    case 'unexpected':
    case 'aborted':
      return virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.QEMU, error.message, { cause: error })
  }
}

/** How long libvirt waits for an answer when it is not told. */
const answerTimeoutMs = 5000

/** Milliseconds of a timeout in seconds, or nothing to wait for ever. */
export function timeoutOf(seconds: number): number | undefined {
  if (seconds === DomainAgentResponseTimeoutValues.BLOCK) return undefined
  return seconds === DomainAgentResponseTimeoutValues.DEFAULT ? answerTimeoutMs : seconds * 1000
}

/** Gives a command to the agent of a domain. @param seconds - Absent: what the domain is set to */
export function askAgent<Arguments extends object, Reply>(
  domain: QemuDomain,
  command: QmpCommand<Arguments, Reply>,
  args: NoInfer<Arguments>,
  seconds: number = domain.agentTimeout,
): VirResultAsync<Reply> {
  const timeoutMs = timeoutOf(seconds)
  const limits = timeoutMs === undefined ? {} : { timeoutMs }
  return withAgent(domain, (client) => client.execute(command, args, limits).mapErr(agentError))
}

/** Gives the way to the agent of a domain to whoever asks several things. */
export function withAgent<T>(
  domain: QemuDomain,
  use: (client: GuestAgentClient) => VirResultAsync<T>,
): VirResultAsync<T> {
  const { running } = domain
  const available = agentAvailable(domain, running)
  if (available.isErr()) return errAsync(available.error)
  if (running === undefined) return errAsync(operationInvalid(qemuOrigin, 'domain is not running'))
  return linkOf(running)
    .asyncAndThen((link) => link.client())
    .andThen(use)
}

/** How long a guest may take to show that it shuts down. */
const shutdownMs = 60_000

/** Asks the agent to end the guest, which gives no answer when it does. */
export function askAgentToShutDown(
  domain: QemuDomain,
  running: RunningQemu,
  mode: 'powerdown' | 'reboot',
): VirResultAsync<void> {
  const given = new AbortController()
  const ended = running.monitor.subscribe(mode === 'reboot' ? 'RESET' : 'SHUTDOWN', () =>
    given.abort(),
  )
  const stop = (): void => ended[Symbol.dispose]()
  return withAgent(domain, (client) =>
    client
      .execute(guestShutdown, { mode }, { signal: given.signal, timeoutMs: shutdownMs })
      .map(() => undefined)
      .orElse((error) =>
        // The guest went down, and its agent with it: that is what was asked for.
        error.kind === 'aborted' || (error.kind === 'interrupted' && error.sent)
          ? ok(undefined)
          : err(agentError(error)),
      ),
  )
    .andTee(stop)
    .orTee(stop)
}
