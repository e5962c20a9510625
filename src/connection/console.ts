import type {
  DomainChannelFlags,
  DomainConsoleFlags,
  DomainOpenGraphicsFlags,
  DomainProcessSignal,
  KeycodeSet,
} from '../constants/index.ts'
import type { Stream } from '../driver/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  virError,
  type VirResultAsync,
} from '../errors/index.ts'
import { badArgument, type CheckedFunction, ranges, sizeOf } from './checks.ts'
import type { DomainObject } from './handles.ts'

/** A domain's screen, keyboard and consoles, and processes inside of it. */
export interface DomainConsoleCalls {
  /**
   * Sends a picture of the guest's screen through a stream.
   *
   * @param screen - Number of the screen, from 0
   * @param flags - None are defined
   * @returns MIME type of the picture
   * @libvirt virDomainScreenshot (0.9.2)
   */
  screenshot(stream: Stream, screen: number, flags?: number): VirResultAsync<string>

  /**
   * Connects a stream with a console of the guest.
   *
   * @param devName - Alias of the device; `undefined` is the first console
   * @libvirt virDomainOpenConsole (0.8.6)
   */
  openConsole(
    devName: string | undefined,
    stream: Stream,
    flags?: DomainConsoleFlags,
  ): VirResultAsync<void>

  /**
   * Connects a stream with a channel of the guest.
   *
   * @param name - Target name or alias of the channel; `undefined` is the first
   * @libvirt virDomainOpenChannel (1.0.2)
   */
  openChannel(
    name: string | undefined,
    stream: Stream,
    flags?: DomainChannelFlags,
  ): VirResultAsync<void>

  /**
   * Connects a socket with a display of the guest.
   *
   * @param idx - Number of the display, from 0
   * @param fd - File descriptor of the socket
   * @libvirt virDomainOpenGraphics (0.9.7)
   */
  openGraphics(idx: number, fd: number, flags?: DomainOpenGraphicsFlags): VirResultAsync<void>

  /**
   * Gives the file descriptor of a socket that is connected with a display of the guest.
   *
   * @param idx - Number of the display, from 0
   * @libvirt virDomainOpenGraphicsFD (1.2.8)
   */
  openGraphicsFD(idx: number, flags?: DomainOpenGraphicsFlags): VirResultAsync<number>

  /**
   * Sends a non-maskable interrupt to the guest.
   *
   * @param flags - None are defined
   * @libvirt virDomainInjectNMI (0.9.2)
   */
  injectNMI(flags?: number): VirResultAsync<void>

  /**
   * Presses keys together and lets go of them.
   *
   * @param holdtime - Milliseconds for which they are down
   * @param keycodes - At most 16
   * @param flags - None are defined
   * @libvirt virDomainSendKey (0.9.3)
   */
  sendKey(
    codeset: KeycodeSet,
    holdtime: number,
    keycodes: readonly number[],
    flags?: number,
  ): VirResultAsync<void>

  /**
   * Sends a signal to a process of the guest.
   *
   * @param pid - As the guest sees it; negative is a group of processes
   * @param flags - None are defined
   * @libvirt virDomainSendProcessSignal (1.0.1)
   */
  sendProcessSignal(pid: number, signum: DomainProcessSignal, flags?: number): VirResultAsync<void>

  /**
   * Gives file descriptors of a container's namespaces.
   *
   * @param flags - None are defined
   * @libvirt virDomainLxcOpenNamespace (1.0.2)
   */
  lxcOpenNamespace(flags?: number): VirResultAsync<readonly number[]>
}

/** The methods of {@link DomainConsoleCalls}. */
export const domainConsole: DomainConsoleCalls & ThisType<DomainObject> = {
  screenshot(stream, screen, flags = 0) {
    return this.call('virDomainScreenshot', flags)
      .check((fn) => invalidStream(fn, stream))
      .readWrite()
      .integer('screen', screen, ranges.u32)
      .to((driver, bits) => driver.domainScreenshot?.(this.ref, stream, screen, bits))
  },

  openConsole(devName, stream, flags = 0) {
    return this.call('virDomainOpenConsole', flags)
      .check((fn) => invalidStream(fn, stream))
      .readWrite()
      .optionalText('devName', devName)
      .to((driver, bits) =>
        driver.domainOpenConsole?.(this.ref, devName ?? undefined, stream, bits),
      )
  },

  openChannel(name, stream, flags = 0) {
    return this.call('virDomainOpenChannel', flags)
      .check((fn) => invalidStream(fn, stream))
      .readWrite()
      .optionalText('name', name)
      .to((driver, bits) => driver.domainOpenChannel?.(this.ref, name ?? undefined, stream, bits))
  },

  openGraphics(idx, fd, flags = 0) {
    return this.call('virDomainOpenGraphics', flags)
      .nonNegative('fd', fd)
      .readWrite()
      .integer('idx', idx, ranges.u32)
      .integer('fd', fd, ranges.i32)
      .to((driver, bits) => driver.domainOpenGraphics?.(this.ref, idx, fd, bits))
  },

  openGraphicsFD(idx, flags = 0) {
    return this.call('virDomainOpenGraphicsFD', flags)
      .readWrite()
      .integer('idx', idx, ranges.u32)
      .to((driver, bits) => driver.domainOpenGraphicsFD?.(this.ref, idx, bits))
  },

  injectNMI(flags = 0) {
    return this.call('virDomainInjectNMI', flags)
      .readWrite()
      .to((driver, bits) => driver.domainInjectNMI?.(this.ref, bits))
  },

  sendKey(codeset, holdtime, keycodes, flags = 0) {
    return this.call('virDomainSendKey', flags)
      .readWrite()
      .integers('keycodes', keycodes, ranges.u32)
      .positive('nkeycodes', sizeOf(keycodes))
      .integer('codeset', codeset, ranges.u32)
      .check((fn) =>
        codeset < keycodeSets
          ? undefined
          : badArgument(fn, 'codeset', `Unsupported codeset '${codeset}'`),
      )
      .check((fn) =>
        keycodes.length > maxKeycodes
          ? badArgument(fn, 'nkeycodes', `nkeycodes must be <= ${maxKeycodes}`)
          : undefined,
      )
      .integer('holdtime', holdtime, ranges.u32)
      .to((driver, bits) => driver.domainSendKey?.(this.ref, codeset, holdtime, keycodes, bits))
  },

  sendProcessSignal(pid, signum, flags = 0) {
    return this.call('virDomainSendProcessSignal', flags)
      .nonZero('pid_value', pid)
      .readWrite()
      .integer('pid_value', pid, ranges.i64)
      .integer('signum', signum, ranges.u32)
      .to((driver, bits) => driver.domainSendProcessSignal?.(this.ref, pid, signum, bits))
  },

  lxcOpenNamespace(flags = 0) {
    return this.call('virDomainLxcOpenNamespace', flags, ErrorDomain.NONE)
      .readWrite()
      .to((driver, bits) => driver.domainLxcOpenNamespace?.(this.ref, bits))
  },
}

const keycodeSets = 10
const maxKeycodes = 16

/** Refuses what is no stream. */
function invalidStream(fn: CheckedFunction, stream: unknown): VirError | undefined {
  return isStream(stream)
    ? undefined
    : virError(ErrorNumber.INVALID_STREAM, ErrorDomain.STREAMS, fn.name)
}

function isStream(value: unknown): value is Stream {
  if (typeof value !== 'object' || value === null) return false
  return (
    'send' in value &&
    typeof value.send === 'function' &&
    'receive' in value &&
    typeof value.receive === 'function'
  )
}
