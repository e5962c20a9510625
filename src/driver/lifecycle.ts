/** Members that start, pause and stop domains. @module */
import type {
  DomainCreateFlags,
  DomainDestroyFlagsValues,
  DomainLifecycle,
  DomainLifecycleAction,
  DomainModificationImpact,
  DomainRebootFlagValues,
  DomainShutdownFlagValues,
  NodeSuspendTarget,
} from '../constants/index.ts'
import type { VirResultAsync } from '../errors/index.ts'
import type { DomainRef } from './refs.ts'

/** Members that start, pause and stop domains. */
export interface LifecycleDriver {
  /**
   * Starts a domain from XML; it is transient unless a definition of that name and UUID exists.
   *
   * @libvirt virDomainCreateXML (0.5.0)
   */
  domainCreateXML?(xmlDesc: string, flags: DomainCreateFlags): VirResultAsync<DomainRef>
  /**
   * Starts a domain from XML, with open files for its first process (containers).
   *
   * @param files - File descriptors
   * @libvirt virDomainCreateXMLWithFiles (1.1.1)
   */
  domainCreateXMLWithFiles?(
    xmlDesc: string,
    files: readonly number[],
    flags: DomainCreateFlags,
  ): VirResultAsync<DomainRef>
  /**
   * Pauses the domain's processors; its memory stays. A paused domain may be paused again.
   *
   * @errors `OPERATION_INVALID` when the domain does not run
   * @libvirt virDomainSuspend (0.0.3)
   */
  domainSuspend?(domain: DomainRef): VirResultAsync<void>
  /**
   * Lets a paused domain go on.
   *
   * @errors `OPERATION_INVALID` when the domain does not run
   * @libvirt virDomainResume (0.0.3)
   */
  domainResume?(domain: DomainRef): VirResultAsync<void>
  /**
   * Lets the guest suspend itself, through its agent.
   *
   * @param duration - Seconds after which it wakes up; 0 is never
   * @param flags - None are defined
   * @libvirt virDomainPMSuspendForDuration (0.9.10)
   */
  domainPMSuspendForDuration?(
    domain: DomainRef,
    target: NodeSuspendTarget,
    duration: number,
    flags: number,
  ): VirResultAsync<void>
  /**
   * Wakes a guest up that has suspended itself to memory.
   *
   * @param flags - None are defined
   * @libvirt virDomainPMWakeup (0.9.11)
   */
  domainPMWakeup?(domain: DomainRef, flags: number): VirResultAsync<void>
  /**
   * Asks the guest to shut down, and does not wait for it.
   *
   * @errors `OPERATION_INVALID` when the domain does not run
   * @libvirt virDomainShutdown (0.0.3)
   */
  domainShutdown?(domain: DomainRef): VirResultAsync<void>
  /**
   * Asks the guest to shut down, in a chosen way, and does not wait for it.
   *
   * @errors `OPERATION_INVALID` when the domain does not run
   * @libvirt virDomainShutdownFlags (0.9.10)
   */
  domainShutdownFlags?(domain: DomainRef, flags: DomainShutdownFlagValues): VirResultAsync<void>
  /**
   * Asks the guest to reboot, and does not wait for it.
   *
   * @errors `OPERATION_INVALID` when the domain does not run
   * @libvirt virDomainReboot (0.1.0)
   */
  domainReboot?(domain: DomainRef, flags: DomainRebootFlagValues): VirResultAsync<void>
  /**
   * Presses the reset button: the guest is not asked.
   *
   * @param flags - None are defined
   * @libvirt virDomainReset (0.9.7)
   */
  domainReset?(domain: DomainRef, flags: number): VirResultAsync<void>
  /**
   * Stops the domain at once; a transient domain is gone afterwards.
   *
   * @errors `OPERATION_INVALID` when the domain does not run
   * @libvirt virDomainDestroy (0.0.3)
   */
  domainDestroy?(domain: DomainRef): VirResultAsync<void>
  /**
   * Stops the domain.
   *
   * @param flags - `GRACEFUL` fails rather than use force, `REMOVE_LOGS` removes the log files too
   * @errors `OPERATION_INVALID` when the domain does not run
   * @libvirt virDomainDestroyFlags (0.9.4)
   */
  domainDestroyFlags?(domain: DomainRef, flags: DomainDestroyFlagsValues): VirResultAsync<void>
  /**
   * Starts a defined domain, from its managed save image when there is one.
   *
   * @errors `OPERATION_INVALID` when it runs already
   * @libvirt virDomainCreate (0.1.1)
   */
  domainCreate?(domain: DomainRef): VirResultAsync<void>
  /**
   * Starts a defined domain.
   *
   * @errors `OPERATION_INVALID` when it runs already
   * @libvirt virDomainCreateWithFlags (0.8.2)
   */
  domainCreateWithFlags?(domain: DomainRef, flags: DomainCreateFlags): VirResultAsync<void>
  /**
   * Starts a defined domain, with open files for its first process (containers).
   *
   * @param files - File descriptors
   * @libvirt virDomainCreateWithFiles (1.1.1)
   */
  domainCreateWithFiles?(
    domain: DomainRef,
    files: readonly number[],
    flags: DomainCreateFlags,
  ): VirResultAsync<void>
  /**
   * Changes what happens when the guest powers off, reboots or crashes.
   *
   * @libvirt virDomainSetLifecycleAction (3.9.0)
   */
  domainSetLifecycleAction?(
    domain: DomainRef,
    type: DomainLifecycle,
    action: DomainLifecycleAction,
    flags: DomainModificationImpact,
  ): VirResultAsync<void>
}
