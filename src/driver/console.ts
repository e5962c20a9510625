/** Members that reach into a running guest: screen, console, keys, signals. @module */
import type {
  DomainChannelFlags,
  DomainConsoleFlags,
  DomainOpenGraphicsFlags,
  DomainProcessSignal,
  KeycodeSet,
} from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import type { DomainRef } from './refs.ts'
import type { Stream } from './stream.ts'

/** Members that reach into a running guest. */
export interface ConsoleDriver {
  /**
   * Sends a picture of the guest's screen through a stream.
   *
   * @param screen - Number of the screen, from 0
   * @param flags - None are defined
   * @returns MIME type of the picture
   * @libvirt virDomainScreenshot (0.9.2)
   */
  domainScreenshot?(
    domain: DomainRef,
    stream: Stream,
    screen: number,
    flags: number,
  ): VirResultAsync<string>
  /**
   * Connects a stream with a console of the guest.
   *
   * @param devName - Alias of the device; `undefined` is the first console
   * @libvirt virDomainOpenConsole (0.8.6)
   */
  domainOpenConsole?(
    domain: DomainRef,
    devName: string | undefined,
    stream: Stream,
    flags: DomainConsoleFlags,
  ): VirResultAsync<void>
  /**
   * Connects a stream with a channel of the guest.
   *
   * @param name - Target name or alias of the channel; `undefined` is the first
   * @libvirt virDomainOpenChannel (1.0.2)
   */
  domainOpenChannel?(
    domain: DomainRef,
    name: string | undefined,
    stream: Stream,
    flags: DomainChannelFlags,
  ): VirResultAsync<void>
  /**
   * Connects a socket with a display of the guest.
   *
   * @param idx - Number of the display, from 0
   * @param fd - File descriptor of the socket
   * @libvirt virDomainOpenGraphics (0.9.7)
   */
  domainOpenGraphics?(
    domain: DomainRef,
    idx: number,
    fd: number,
    flags: DomainOpenGraphicsFlags,
  ): VirResultAsync<void>
  /**
   * Gives the file descriptor of a socket that is connected with a display of the guest.
   *
   * @param idx - Number of the display, from 0
   * @libvirt virDomainOpenGraphicsFD (1.2.8)
   */
  domainOpenGraphicsFD?(
    domain: DomainRef,
    idx: number,
    flags: DomainOpenGraphicsFlags,
  ): VirResultAsync<number>
  /**
   * Sends a non-maskable interrupt to the guest.
   *
   * @param flags - None are defined
   * @libvirt virDomainInjectNMI (0.9.2)
   */
  domainInjectNMI?(domain: DomainRef, flags: number): VirResultAsync<void>
  /**
   * Presses keys together and lets go of them.
   *
   * @param holdtime - Milliseconds for which they are down
   * @param keycodes - At most 16
   * @param flags - None are defined
   * @libvirt virDomainSendKey (0.9.3)
   */
  domainSendKey?(
    domain: DomainRef,
    codeset: KeycodeSet,
    holdtime: number,
    keycodes: readonly number[],
    flags: number,
  ): VirResultAsync<void>
  /**
   * Sends a signal to a process of the guest.
   *
   * @param pid - As the guest sees it; negative is a group of processes
   * @param flags - None are defined
   * @libvirt virDomainSendProcessSignal (1.0.1)
   */
  domainSendProcessSignal?(
    domain: DomainRef,
    pid: number,
    signum: DomainProcessSignal,
    flags: number,
  ): VirResultAsync<void>
  /**
   * Gives file descriptors of a container's namespaces.
   *
   * @param flags - None are defined
   * @libvirt virDomainLxcOpenNamespace (1.0.2)
   */
  domainLxcOpenNamespace?(domain: DomainRef, flags: number): VirResultAsync<readonly number[]>
}
