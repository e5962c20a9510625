import type { NoArguments, OpenEnum, QmpCommand } from '../command.ts'
import type { JsonObject } from '../json.ts'
import { isBoolean, isObject, isRecord, isString } from '../guard.ts'

/** QAPI `RunState` (qapi/run-state.json). */
export type RunState = OpenEnum<
  | 'debug'
  | 'inmigrate'
  | 'internal-error'
  | 'io-error'
  | 'paused'
  | 'postmigrate'
  | 'prelaunch'
  | 'finish-migrate'
  | 'restore-vm'
  | 'running'
  | 'save-vm'
  | 'shutdown'
  | 'suspended'
  | 'watchdog'
  | 'guest-panicked'
  | 'colo'
>

/** QAPI `ShutdownCause` (qapi/run-state.json). */
export type ShutdownCause = OpenEnum<
  | 'none'
  | 'host-error'
  | 'host-qmp-quit'
  | 'host-qmp-system-reset'
  | 'host-signal'
  | 'host-ui'
  | 'guest-shutdown'
  | 'guest-reset'
  | 'guest-panic'
  | 'subsystem-reset'
  | 'snapshot-load'
>

/** QAPI `WatchdogAction` (qapi/run-state.json). */
export type WatchdogAction =
  'reset' | 'shutdown' | 'poweroff' | 'pause' | 'debug' | 'none' | 'inject-nmi'

/** QAPI `GuestPanicAction` (qapi/run-state.json). */
export type GuestPanicAction = OpenEnum<'pause' | 'poweroff' | 'run'>

/** QAPI `StatusInfo` (qapi/run-state.json). */
export interface StatusInfo {
  readonly running: boolean
  readonly status: RunState
}

/** Reports whether the guest runs, and if not, why. */
export const queryStatus: QmpCommand<NoArguments, StatusInfo> = {
  name: 'query-status',
  accepts: isRecord<StatusInfo>({ running: isBoolean, status: isString }),
}

/** QAPI `set-action` (qapi/run-state.json, since 6.0). */
export interface SetAction {
  readonly reboot?: 'reset' | 'shutdown'
  readonly shutdown?: 'poweroff' | 'pause'
  readonly panic?: 'pause' | 'shutdown' | 'exit-failure' | 'none'
  readonly watchdog?: WatchdogAction
}

/** Says what QEMU does when the guest reboots, powers off, panics, or misses its watchdog. */
export const setAction: QmpCommand<SetAction, JsonObject> = {
  name: 'set-action',
  accepts: isObject,
}
