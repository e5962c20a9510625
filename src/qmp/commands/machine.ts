import type { NoArguments, OpenEnum, QmpCommand } from '../command.ts'
import type { JsonObject, QmpInteger } from '../json.ts'
import {
  isArrayOf,
  isBoolean,
  isInteger,
  isNumber,
  isObject,
  isRecord,
  isString,
  optional,
} from '../guard.ts'

/** Resets the machine, as its reset button does. */
export const systemReset: QmpCommand<NoArguments, JsonObject> = {
  name: 'system_reset',
  accepts: isObject,
}

/** Presses the power button; the guest may do with it what it likes. */
export const systemPowerdown: QmpCommand<NoArguments, JsonObject> = {
  name: 'system_powerdown',
  accepts: isObject,
}

/** Wakes a suspended guest. */
export const systemWakeup: QmpCommand<NoArguments, JsonObject> = {
  name: 'system_wakeup',
  accepts: isObject,
}

/** Injects a non-maskable interrupt in the default processor. */
export const injectNmi: QmpCommand<NoArguments, JsonObject> = {
  name: 'inject-nmi',
  accepts: isObject,
}

/** QAPI `KvmInfo` (qapi/machine.json). */
export interface KvmInfo {
  /** Whether this guest runs on it. */
  readonly enabled: boolean
  /** Whether this QEMU could use it. */
  readonly present: boolean
}

/** Reports whether the guest runs on KVM. */
export const queryKvm: QmpCommand<NoArguments, KvmInfo> = {
  name: 'query-kvm',
  accepts: isRecord<KvmInfo>({ enabled: isBoolean, present: isBoolean }),
}

/** QAPI `TargetInfo` (qapi/machine.json). */
export interface TargetInfo {
  readonly arch: string
}

/** Reports the architecture that is emulated. */
export const queryTarget: QmpCommand<NoArguments, TargetInfo> = {
  name: 'query-target',
  accepts: isRecord<TargetInfo>({ arch: isString }),
}

/** QAPI `UuidInfo` (qapi/machine.json). */
export interface UuidInfo {
  readonly UUID: string
}

/** Reports the guest's UUID; all zeros without `-uuid`. */
export const queryUuid: QmpCommand<NoArguments, UuidInfo> = {
  name: 'query-uuid',
  accepts: isRecord<UuidInfo>({ UUID: isString }),
}

/** QAPI `MachineInfo` (qapi/machine.json). */
export interface MachineInfo {
  readonly name: string
  readonly alias?: string
  readonly 'is-default'?: boolean
  readonly 'cpu-max': QmpInteger
  readonly 'hotpluggable-cpus': boolean
  readonly deprecated: boolean
}

/** Lists the machine types. */
export const queryMachines: QmpCommand<NoArguments, readonly MachineInfo[]> = {
  name: 'query-machines',
  accepts: isArrayOf(
    isRecord<MachineInfo>({
      name: isString,
      alias: optional(isString),
      'is-default': optional(isBoolean),
      'cpu-max': isInteger,
      'hotpluggable-cpus': isBoolean,
      deprecated: isBoolean,
    }),
  ),
}

/** QAPI `CpuInfoFast` (qapi/machine.json, since 2.12). */
export interface CpuInfoFast {
  readonly 'cpu-index': number
  readonly 'qom-path': string
  /** The host's thread id. */
  readonly 'thread-id': number
  readonly target: OpenEnum<'x86_64' | 'i386' | 'aarch64' | 's390x' | 'ppc64' | 'riscv64'>
}

/** Lists the virtual processors without stopping them. */
export const queryCpusFast: QmpCommand<NoArguments, readonly CpuInfoFast[]> = {
  name: 'query-cpus-fast',
  accepts: isArrayOf(
    isRecord<CpuInfoFast>({
      'cpu-index': isNumber,
      'qom-path': isString,
      'thread-id': isNumber,
      target: isString,
    }),
  ),
}

/** QAPI `MemoryInfo` (qapi/machine.json, since 2.11). */
export interface MemoryInfo {
  /** Bytes. */
  readonly 'base-memory': QmpInteger
  /** Bytes of plugged modules; absent when the target has no such thing. */
  readonly 'plugged-memory'?: QmpInteger
}

/** Reports how much memory the guest has. */
export const queryMemorySizeSummary: QmpCommand<NoArguments, MemoryInfo> = {
  name: 'query-memory-size-summary',
  accepts: isRecord<MemoryInfo>({
    'base-memory': isInteger,
    'plugged-memory': optional(isInteger),
  }),
}

/** QAPI `BalloonInfo` (qapi/machine.json). */
export interface BalloonInfo {
  /** Bytes that the guest has left. */
  readonly actual: QmpInteger
}

/** Reports the guest's memory less its balloon. */
export const queryBalloon: QmpCommand<NoArguments, BalloonInfo> = {
  name: 'query-balloon',
  accepts: isRecord<BalloonInfo>({ actual: isInteger }),
}

/** Asks the guest to give memory back until `value` bytes are left. */
export const balloon: QmpCommand<{ readonly value: QmpInteger }, JsonObject> = {
  name: 'balloon',
  accepts: isObject,
}
