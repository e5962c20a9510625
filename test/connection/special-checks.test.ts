import { inspect } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ObjectKind } from '../../src/connection/checks.ts'
import { ErrorNumber } from '../../src/errors/index.ts'
import { call, errorOf, objectsOf, type Objects, RecordingDriver } from './recording-driver.ts'

/** A call that is refused: object, method, arguments, code, the whole message, and the argument that is named. */
type Refusal = readonly [
  kind: ObjectKind,
  method: string,
  args: readonly unknown[],
  code: number,
  message: string,
  argument?: string,
]

const { INVALID_ARG, OVERFLOW, OPERATION_DENIED, INVALID_DOMAIN_SNAPSHOT, INVALID_STREAM } =
  ErrorNumber

const exclusive = (one: string, other: string): string =>
  `Flags '${one}' and '${other}' are mutually exclusive`
/** The row with the call in front, as a title. */
function titled<Row extends readonly [ObjectKind, string, readonly unknown[], ...unknown[]]>(
  rows: readonly Row[],
): (readonly [string, Row])[] {
  return rows.map((row) => [`${row[0]}.${row[1]}(${inspect(row[2])})`, row])
}

const stream = { send: () => undefined, receive: () => undefined }
const longName = 'n'.repeat(80)

/** What only some arguments bring about, on a connection that may write. */
// prettier-ignore
const refusals: readonly Refusal[] = [
  ['domain', 'rename', ['', 0], INVALID_ARG, 'string new_name in virDomainRename must not be empty', 'new_name'],
  ['domain', 'getBlockInfo', ['', 0], INVALID_ARG, 'string disk in virDomainGetBlockInfo must not be empty', 'disk'],
  ['domain', 'blockPeek', ['', 0, 1, 0], INVALID_ARG, 'string disk in virDomainBlockPeek must not be empty', 'disk'],
  ['domain', 'setMaxMemory', [2 ** 53 - 1], OVERFLOW, 'numerical overflow: input too large: 9007199254740991'],
  ['domain', 'setMemory', [2 ** 53 - 1], OVERFLOW, 'numerical overflow: input too large: 9007199254740991'],
  ['domain', 'setMemoryFlags', [2 ** 60, 0], OVERFLOW, 'numerical overflow: input too large: 1152921504606846976'],
  ['domain', 'blockResize', ['vda', 2 ** 53, 0], OVERFLOW, 'numerical overflow: input too large: 9007199254740992'],
  ['domain', 'blockResize', ['vda', 2n ** 64n, 0], OVERFLOW, 'numerical overflow: input too large: 18446744073709551616'],
  ['domain', 'blockResize', ['vda', -1, 0], INVALID_ARG, 'size in virDomainBlockResize must be zero or greater', 'size'],
  ['domain', 'blockResize', ['vda', 0.5, 0], INVALID_ARG, 'size in virDomainBlockResize must be an integer number', 'size'],
  ['domain', 'blockResize', ['vda', '5', 0], INVALID_ARG, 'size in virDomainBlockResize must be a number', 'size'],
  ['domain', 'blockResize', [5, 5, 0], INVALID_ARG, 'disk in virDomainBlockResize must be a string', 'disk'],
  ['domain', 'blockResize', ['vda', 5, '0'], INVALID_ARG, 'flags in virDomainBlockResize must be an integer number', 'flags'],
  ['domain', 'setVcpus', [2 ** 32], OVERFLOW, 'numerical overflow: input too large: 4294967296'],
  ['domain', 'memoryPeek', [-1n, 1, 1], INVALID_ARG, 'start in virDomainMemoryPeek must be zero or greater', 'start'],
  ['domain', 'memoryPeek', [2n ** 64n, 1, 1], OVERFLOW, 'numerical overflow: input too large: 18446744073709551616'],
  ['domain', 'setMetadata', [1, 'a\nb', undefined, undefined, 0], INVALID_ARG, "metadata title can't contain newlines", 'metadata'],
  ['domain', 'setMetadata', [1, 'a\nb', 'k', 'u', 0], INVALID_ARG, "metadata title can't contain newlines", 'metadata'],
  ['domain', 'setMetadata', [1, 'a', 'k', 'u', 0], INVALID_ARG, 'uri in virDomainSetMetadata must be NULL', 'uri'],
  ['domain', 'setMetadata', [0, 'a', 'k', undefined, 0], INVALID_ARG, 'key in virDomainSetMetadata must be NULL', 'key'],
  ['domain', 'setMetadata', [2, '<a/>', 'k', undefined, 0], INVALID_ARG, 'uri in virDomainSetMetadata must not be NULL', 'uri'],
  ['domain', 'setMetadata', [2, '<a/>', undefined, 'u', 0], INVALID_ARG, 'key in virDomainSetMetadata must not be NULL', 'key'],
  ['domain', 'getMetadata', [1, 'u', 0], INVALID_ARG, 'uri in virDomainGetMetadata must be NULL', 'uri'],
  ['domain', 'getMetadata', [2, undefined, 0], INVALID_ARG, 'uri in virDomainGetMetadata must not be NULL', 'uri'],
  ['domain', 'getMetadata', [2, undefined, 3], INVALID_ARG, exclusive('VIR_DOMAIN_AFFECT_LIVE', 'VIR_DOMAIN_AFFECT_CONFIG'), 'ctl'],
  ['domain', 'coreDumpWithFormat', ['/x', 5, 3], INVALID_ARG, "dumpformat '5' is not supported", 'flags'],
  ['domain', 'coreDumpWithFormat', ['/x', 4, 3], INVALID_ARG, exclusive('VIR_DUMP_CRASH', 'VIR_DUMP_LIVE'), 'ctl'],
  ['domain', 'blockRebase', ['vda', undefined, 0, 8], INVALID_ARG, 'base in virDomainBlockRebase must not be NULL', 'base'],
  ['domain', 'blockRebase', ['vda', undefined, 0, 1], INVALID_ARG, 'use of flags requires a copy job', 'flags'],
  ['domain', 'blockRebase', ['vda', '/b', 0, 2], INVALID_ARG, 'use of flags requires a copy job', 'flags'],
  ['domain', 'blockRebase', ['vda', '/b', 0, 4], INVALID_ARG, 'use of flags requires a copy job', 'flags'],
  ['domain', 'blockRebase', ['vda', '/b', 0, 32], INVALID_ARG, 'use of flags requires a copy job', 'flags'],
  ['domain', 'backupBegin', ['<domainbackup/>', undefined, 0x1000_0000], INVALID_ARG, 'checkpointXml in virDomainBackupBegin must not be NULL', 'checkpointXml'],
  ['domain', 'backupEnd', [-1, 0], INVALID_ARG, 'id in virDomainBackupEnd must be zero or greater', 'id'],
  ['domain', 'backupGetXMLDesc', [-1, 0], INVALID_ARG, 'id in virDomainBackupGetXMLDesc must be zero or greater', 'id'],
  ['domain', 'backupEnd', [2 ** 31, 0], OVERFLOW, 'numerical overflow: input too large: 2147483648'],
  ['domain', 'revertToSnapshot', [undefined, 0], INVALID_DOMAIN_SNAPSHOT, 'Invalid domain snapshot: virDomainRevertToSnapshot'],
  ['domain', 'revertToSnapshot', [{}, 0], INVALID_DOMAIN_SNAPSHOT, 'Invalid domain snapshot: virDomainRevertToSnapshot'],
  ['domain', 'setLifecycleAction', [3, 6, 0], INVALID_ARG, "invalid argument: invalid lifecycle type '3'"],
  ['domain', 'setLifecycleAction', [2, 6, 0], INVALID_ARG, "invalid argument: invalid lifecycle action '6'"],
  ['domain', 'sendKey', [10, 0, [1], 0], INVALID_ARG, "Unsupported codeset '10'", 'codeset'],
  ['domain', 'sendKey', [0, 0, Array(17).fill(1), 0], INVALID_ARG, 'nkeycodes must be <= 16', 'nkeycodes'],
  ['domain', 'sendKey', [0, 0, [], 0], INVALID_ARG, 'nkeycodes in virDomainSendKey must be greater than zero', 'nkeycodes'],
  ['domain', 'getCPUStats', [-1, 2, 0], INVALID_ARG, 'ncpus must be 1 when start_cpu is -1', 'start_cpu'],
  ['domain', 'getCPUStats', [-2, 2, 0], INVALID_ARG, 'start_cpu in virDomainGetCPUStats must be zero or greater', 'start_cpu'],
  ['domain', 'authorizedSSHKeysSet', ['u', undefined, 1], INVALID_ARG, 'keys in virDomainAuthorizedSSHKeysSet must not be NULL', 'keys'],
  ['domain', 'authorizedSSHKeysSet', ['u', [5], 0], INVALID_ARG, 'keys in virDomainAuthorizedSSHKeysSet must be a string', 'keys'],
  ['domain', 'openConsole', [undefined, undefined, 0], INVALID_STREAM, 'invalid stream pointer in virDomainOpenConsole'],
  ['domain', 'openChannel', [undefined, {}, 0], INVALID_STREAM, 'invalid stream pointer in virDomainOpenChannel'],
  ['domain', 'screenshot', [undefined, 0, 0], INVALID_STREAM, 'invalid stream pointer in virDomainScreenshot'],
  ['domain', 'setBlkioParameters', [{ [longName]: 1 }, 0], INVALID_ARG, `string parameter name '${longName}' too long`, 'params'],
  ['domain', 'setBlkioParameters', [{ weight: undefined }, 0], INVALID_ARG, "NULL string parameter 'weight'", 'params'],
  ['domain', 'setBlkioParameters', [{ weight: {} }, 0], INVALID_ARG, "parameter 'weight' must be a number, boolean or string", 'params'],
  ['domain', 'setBlkioParameters', ['x', 0], INVALID_ARG, 'params in virDomainSetBlkioParameters must be a record', 'params'],
  ['domain', 'checkpointReconcile', [{}], INVALID_ARG, 'dryRun in virDomainCheckpointReconcile must be a boolean', 'options'],
  ['connection', 'nodeGetCPUStats', [-2, 0], INVALID_ARG, 'cpuNum in virNodeGetCPUStats only accepts -1 as a negative value', 'cpuNum'],
  ['connection', 'nodeGetMemoryStats', [-2, 0], INVALID_ARG, 'cpuNum in virNodeGetMemoryStats only accepts -1 as a negative value', 'cpuNum'],
  ['connection', 'domainQemuAttach', [2 ** 31, 0], INVALID_ARG, 'pid_value in virDomainQemuAttach is too large', 'pid_value'],
  ['connection', 'domainQemuAttach', [{}, 0], INVALID_ARG, 'monitorPath in virDomainQemuAttach must not be NULL', 'monitorPath'],
]

/** What a connection that is read-only refuses only for some arguments. */
// prettier-ignore
const denials: readonly Refusal[] = [
  ['domain', 'getXMLDesc', [1], OPERATION_DENIED, 'operation forbidden: virDomainGetXMLDesc with secure flag'],
  ['domain', 'getXMLDesc', [8], OPERATION_DENIED, 'operation forbidden: virDomainGetXMLDesc with secure flag'],
  ['domain', 'managedSaveGetXMLDesc', [1], OPERATION_DENIED, 'operation forbidden: virDomainManagedSaveGetXMLDesc with secure flag'],
  ['checkpoint', 'getXMLDesc', [1], OPERATION_DENIED, 'operation forbidden: virDomainCheckpointGetXMLDesc with secure flag'],
  ['snapshot', 'getXMLDesc', [1], OPERATION_DENIED, 'operation forbidden: virDomainSnapshotGetXMLDesc with secure flag'],
  ['domain', 'getVcpusFlags', [8], OPERATION_DENIED, 'operation forbidden: read only access prevents virDomainGetVcpusFlags'],
  ['domain', 'interfaceAddresses', [1, 0], OPERATION_DENIED, 'operation forbidden: read only access prevents virDomainInterfaceAddresses'],
  ['domain', 'checkpointReconcile', [{ dryRun: true }], OPERATION_DENIED, 'operation forbidden: read only access prevents virDomainCheckpointReconcile'],
  // Before the snapshot is looked at comes only whether it is one.
  ['domain', 'revertToSnapshot', [undefined, 0], INVALID_DOMAIN_SNAPSHOT, 'Invalid domain snapshot: virDomainRevertToSnapshot'],
]

/** What passes although it looks like something above. */
// prettier-ignore
const passes: readonly (readonly [ObjectKind, string, readonly unknown[]])[] = [
  ['domain', 'getXMLDesc', [2]],
  ['domain', 'getVcpusFlags', [1]],
  ['domain', 'interfaceAddresses', [0, 0]],
  ['domain', 'getMetadata', [7, undefined, 0]],
  ['domain', 'checkpointDiagnose', []],
  ['checkpoint', 'getXMLDesc', [2]],
]

// prettier-ignore
const writablePasses: readonly (readonly [ObjectKind, string, readonly unknown[]])[] = [
  ['domain', 'setMetadata', [2, undefined, undefined, 'u', 0]],
  ['domain', 'setMetadata', [2, null, null, 'u', 0]],
  ['domain', 'setMaxMemory', [2 ** 53 - 2]],
  ['domain', 'memoryPeek', [2n ** 64n - 1n, 1, 1]],
  ['domain', 'blockRebase', ['vda', '/b', 0, 8 | 1]],
  ['domain', 'blockRebase', ['vda', undefined, 0, 0]],
  ['domain', 'backupBegin', []],
  ['domain', 'backupBegin', [undefined, '<domaincheckpoint/>', 0x1000_0000]],
  ['domain', 'backupEnd', []],
  ['domain', 'getCPUStats', [-1, 1, 0]],
  ['domain', 'sendKey', [9, 0, Array(16).fill(1), 0]],
  ['domain', 'openConsole', [null, stream, 0]],
  ['domain', 'setBlkioParameters', [{}, 0]],
  ['domain', 'setBlkioParameters', [{ [longName.slice(1)]: 'text' }, 0]],
  ['domain', 'checkpointReconcile', [{ dryRun: false }]],
  ['connection', 'nodeGetCPUStats', [-1, 0]],
  ['connection', 'domainQemuAttach', [{ monitorPath: '/run/qmp' }, 0]],
]

describe('the public functions', () => {
  let writable: Objects
  let readOnly: Objects

  beforeAll(async () => {
    writable = await objectsOf(new RecordingDriver().driver)
    readOnly = await objectsOf(new RecordingDriver().driver, true)
  })

  it.each(titled(refusals))(
    'refuse %s',
    async (_, [kind, method, args, code, message, argument]) => {
      const error = errorOf(await call(writable[kind], method, args))
      expect([error.code, error.message]).toStrictEqual([code, message])
      expect(error.str2).toBe(argument ?? error.str2)
    },
  )

  it.each(titled(denials))(
    'refuse %s when read-only',
    async (_, [kind, method, args, code, message]) => {
      const error = errorOf(await call(readOnly[kind], method, args))
      expect([error.code, error.message]).toStrictEqual([code, message])
    },
  )

  it.each(titled(passes))('let %s pass when read-only', async (_, [kind, method, args]) => {
    expect((await call(readOnly[kind], method, args)).isOk()).toBe(true)
  })

  it.each(titled(writablePasses))('let %s pass', async (_, [kind, method, args]) => {
    expect((await call(writable[kind], method, args)).isOk()).toBe(true)
  })

  it('look at the flags of virDomainManagedSaveDefineXML before its domain', async () => {
    const { connection, domain } = await objectsOf(new RecordingDriver().driver)
    await connection.close()
    expect(errorOf(await domain.managedSaveDefineXML('<x/>', 6)).str2).toBe('ctl')
    expect(errorOf(await domain.managedSaveDefineXML('<x/>', 2)).code).toBe(
      ErrorNumber.INVALID_DOMAIN,
    )
  })

  it('hand absent optional arguments on as undefined, whatever stands for absent', async () => {
    const recording = new RecordingDriver()
    const { domain } = await objectsOf(recording.driver)
    await call(domain, 'backupBegin', [null, null])
    expect(recording.calls.at(-1)?.args.slice(1)).toStrictEqual([undefined, undefined, 0])
  })

  it('revert to a snapshot by its domain and name', async () => {
    const recording = new RecordingDriver()
    const { domain, snapshot } = await objectsOf(recording.driver)
    expect((await domain.revertToSnapshot(snapshot, 1)).isOk()).toBe(true)
    expect(recording.calls.at(-1)).toMatchObject({
      member: 'domainRevertToSnapshot',
      args: [{ name: 'vm' }, 1],
    })
    const both = errorOf(await domain.revertToSnapshot(snapshot, 3))
    expect(both.message).toBe(
      exclusive('VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING', 'VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED'),
    )
    expect(both.domain).toBe(35)
  })
})
