import type {
  DomainCreateFlags,
  DomainDestroyFlagsValues,
  DomainLifecycle as LifecycleEventType,
  DomainLifecycleAction,
  DomainRebootFlagValues,
  DomainShutdownFlagValues,
  NodeSuspendTarget,
} from '../constants/index.ts'
import { ErrorNumber, type VirError, virError, type VirResultAsync } from '../errors/index.ts'
import { type CheckedFunction, ranges } from './checks.ts'
import type { ConnectionObject } from './connection.ts'
import type { Domain } from './domain.ts'
import type { DomainObject } from './handles.ts'

/** Starting domains from their documents. */
export interface ConnectionLifecycleCalls {
  /**
   * Starts a domain from its document; unless one of that name and uuid is defined, it is gone when it stops.
   *
   * @param xmlDesc - The domain document
   * @errors `OPERATION_FAILED` when another domain has the name or the uuid; `OPERATION_INVALID` when it runs already
   * @libvirt virDomainCreateXML (0.5.0)
   */
  domainCreateXML(xmlDesc: string, flags?: DomainCreateFlags): VirResultAsync<Domain>

  /**
   * Starts a domain from its document and gives it open files.
   *
   * @param files - File descriptors
   * @libvirt virDomainCreateXMLWithFiles (1.1.1)
   */
  domainCreateXMLWithFiles(
    xmlDesc: string,
    files?: readonly number[],
    flags?: DomainCreateFlags,
  ): VirResultAsync<Domain>
}

/** The methods of {@link ConnectionLifecycleCalls}. */
export const connectionLifecycle: ConnectionLifecycleCalls & ThisType<ConnectionObject> = {
  domainCreateXML(xmlDesc, flags = 0) {
    return this.call('virDomainCreateXML', flags)
      .text('xmlDesc', xmlDesc)
      .readWrite()
      .to((driver, bits) => driver.domainCreateXML?.(xmlDesc, bits), this.toDomain)
  },

  domainCreateXMLWithFiles(xmlDesc, files = [], flags = 0) {
    return this.call('virDomainCreateXMLWithFiles', flags)
      .text('xmlDesc', xmlDesc)
      .readWrite()
      .integers('files', files, ranges.i32)
      .to((driver, bits) => driver.domainCreateXMLWithFiles?.(xmlDesc, files, bits), this.toDomain)
  },
}

/** Starting, stopping and pausing a domain. */
export interface DomainLifecycleCalls {
  /**
   * Starts a defined domain; it gets a new id.
   *
   * @libvirt virDomainCreate (0.1.1)
   */
  create(): VirResultAsync<void>

  /**
   * Starts a defined domain; it gets a new id.
   *
   * @libvirt virDomainCreateWithFlags (0.8.2)
   */
  createWithFlags(flags?: DomainCreateFlags): VirResultAsync<void>

  /**
   * Starts a defined domain that is given open files; it gets a new id.
   *
   * @param files - File descriptors
   * @libvirt virDomainCreateWithFiles (1.1.1)
   */
  createWithFiles(files?: readonly number[], flags?: DomainCreateFlags): VirResultAsync<void>

  /**
   * Pauses the domain; its memory stays.
   *
   * @libvirt virDomainSuspend (0.0.3)
   */
  suspend(): VirResultAsync<void>

  /**
   * Lets a paused domain run on.
   *
   * @libvirt virDomainResume (0.0.3)
   */
  resume(): VirResultAsync<void>

  /**
   * Asks the guest to shut down. It may take its time, or not do it.
   *
   * @libvirt virDomainShutdown (0.0.3)
   */
  shutdown(): VirResultAsync<void>

  /**
   * Asks the guest to shut down, in the ways that the flags name.
   *
   * @libvirt virDomainShutdownFlags (0.9.10)
   */
  shutdownFlags(flags?: DomainShutdownFlagValues): VirResultAsync<void>

  /**
   * Asks the guest to reboot.
   *
   * @libvirt virDomainReboot (0.1.0)
   */
  reboot(flags?: DomainRebootFlagValues): VirResultAsync<void>

  /**
   * Resets the domain as its reset button would; the guest can lose data.
   *
   * @libvirt virDomainReset (0.9.7)
   */
  reset(flags?: number): VirResultAsync<void>

  /**
   * Stops the domain at once, as if its plug were pulled. A transient domain is gone then.
   *
   * @libvirt virDomainDestroy (0.0.3)
   */
  destroy(): VirResultAsync<void>

  /**
   * Stops the domain at once.
   *
   * @param flags - `GRACEFUL` never kills a hypervisor that does not answer
   * @libvirt virDomainDestroyFlags (0.9.4)
   */
  destroyFlags(flags?: DomainDestroyFlagsValues): VirResultAsync<void>

  /**
   * Suspends the guest, with its help.
   *
   * @param duration - Seconds; 0 means until it is woken
   * @libvirt virDomainPMSuspendForDuration (0.9.10)
   */
  pmSuspendForDuration(
    target: NodeSuspendTarget,
    duration: number,
    flags?: number,
  ): VirResultAsync<void>

  /**
   * Wakes a guest that is suspended.
   *
   * @libvirt virDomainPMWakeup (0.9.11)
   */
  pmWakeup(flags?: number): VirResultAsync<void>

  /**
   * Changes what happens when the guest powers off, reboots or crashes.
   *
   * @libvirt virDomainSetLifecycleAction (3.9.0)
   */
  setLifecycleAction(
    type: LifecycleEventType,
    action: DomainLifecycleAction,
    flags?: number,
  ): VirResultAsync<void>
}

/** The methods of {@link DomainLifecycleCalls}. */
export const domainLifecycle: DomainLifecycleCalls & ThisType<DomainObject> = {
  create() {
    return this.call('virDomainCreate')
      .readWrite()
      .to((driver) => driver.domainCreate?.(this.ref))
      .andThen(() => this.refreshId())
  },

  createWithFlags(flags = 0) {
    return this.call('virDomainCreateWithFlags', flags)
      .readWrite()
      .to((driver, bits) => driver.domainCreateWithFlags?.(this.ref, bits))
      .andThen(() => this.refreshId())
  },

  createWithFiles(files = [], flags = 0) {
    return this.call('virDomainCreateWithFiles', flags)
      .readWrite()
      .integers('files', files, ranges.i32)
      .to((driver, bits) => driver.domainCreateWithFiles?.(this.ref, files, bits))
      .andThen(() => this.refreshId())
  },

  suspend() {
    return this.call('virDomainSuspend')
      .readWrite()
      .to((driver) => driver.domainSuspend?.(this.ref))
  },

  resume() {
    return this.call('virDomainResume')
      .readWrite()
      .to((driver) => driver.domainResume?.(this.ref))
  },

  shutdown() {
    return this.call('virDomainShutdown')
      .readWrite()
      .to((driver) => driver.domainShutdown?.(this.ref))
  },

  shutdownFlags(flags = 0) {
    return this.call('virDomainShutdownFlags', flags)
      .readWrite()
      .to((driver, bits) => driver.domainShutdownFlags?.(this.ref, bits))
  },

  reboot(flags = 0) {
    return this.call('virDomainReboot', flags)
      .readWrite()
      .to((driver, bits) => driver.domainReboot?.(this.ref, bits))
  },

  reset(flags = 0) {
    return this.call('virDomainReset', flags)
      .readWrite()
      .to((driver, bits) => driver.domainReset?.(this.ref, bits))
  },

  destroy() {
    return this.call('virDomainDestroy')
      .readWrite()
      .to(
        (driver) => driver.domainDestroy?.(this.ref),
        () => this.update({ id: -1 }),
      )
  },

  destroyFlags(flags = 0) {
    return this.call('virDomainDestroyFlags', flags)
      .readWrite()
      .to(
        (driver, bits) => driver.domainDestroyFlags?.(this.ref, bits),
        () => this.update({ id: -1 }),
      )
  },

  pmSuspendForDuration(target, duration, flags = 0) {
    return this.call('virDomainPMSuspendForDuration', flags)
      .readWrite()
      .integer('target', target, ranges.u32)
      .integer('duration', duration, ranges.u64)
      .to((driver, bits) => driver.domainPMSuspendForDuration?.(this.ref, target, duration, bits))
  },

  pmWakeup(flags = 0) {
    return this.call('virDomainPMWakeup', flags)
      .readWrite()
      .to((driver, bits) => driver.domainPMWakeup?.(this.ref, bits))
  },

  setLifecycleAction(type, action, flags = 0) {
    return this.call('virDomainSetLifecycleAction', flags)
      .readWrite()
      .integer('type', type, ranges.u32)
      .integer('action', action, ranges.u32)
      .check((fn) => unknownLifecycle(fn, 'type', type, lifecycleTypes))
      .check((fn) => unknownLifecycle(fn, 'action', action, lifecycleActions))
      .to((driver, bits) => driver.domainSetLifecycleAction?.(this.ref, type, action, bits))
  },
}

const lifecycleTypes = 3
const lifecycleActions = 6

function unknownLifecycle(
  fn: CheckedFunction,
  what: 'type' | 'action',
  value: number,
  end: number,
): VirError | undefined {
  if (value < end) return undefined
  return virError(ErrorNumber.INVALID_ARG, fn.errorDomain, `invalid lifecycle ${what} '${value}'`)
}
