import { beforeAll, describe, expect, it } from 'vitest'
import type { ObjectKind } from '../../src/connection/checks.ts'
import { ErrorNumber } from '../../src/errors/index.ts'
import { call, errorOf, objectsOf, type Objects, RecordingDriver, vm } from './recording-driver.ts'
import { type Wrapper, wrappers } from './wrapper-table.ts'

/** The error domain of the file that libvirt has a function in. */
function fileDomain(name: string): number {
  if (/Qemu|Lxc/.test(name) || name === 'virConnectClose') return 0
  if (/Checkpoint/.test(name)) return 69
  return /Snapshot/.test(name) && !name.includes('ManagedSave') ? 35 : 20
}

function functionName(member: string): string {
  return `vir${member.charAt(0).toUpperCase()}${member.slice(1)}`
}

/** What an invalid object gives: code, error domain, message. */
function invalid(kind: ObjectKind, name: string): readonly [number, number, string] {
  switch (kind) {
    case 'connection':
      return [6, fileDomain(name), `invalid connection pointer in ${name}`]
    case 'domain':
      return [7, 6, `invalid domain pointer in ${name}`]
    case 'checkpoint':
      return [102, 69, `Invalid domain checkpoint: ${name}`]
    case 'snapshot':
      return [71, 35, `Invalid domain snapshot: ${name}`]
  }
}

/** The bits of flags, by the names that the table has. */
const bits: Readonly<Record<string, number>> = {
  AFFECT_LIVE: 1,
  AFFECT_CONFIG: 2,
  SAVE_RUNNING: 2,
  SAVE_PAUSED: 4,
  DUMP_CRASH: 1,
  DUMP_LIVE: 2,
  DUMP_RESET: 8,
  VCPU_MAXIMUM: 4,
  VCPU_GUEST: 8,
  MEMORY_VIRTUAL: 1,
  MEMORY_PHYSICAL: 2,
  SNAPSHOT_CREATE_REDEFINE: 1,
  SNAPSHOT_CREATE_CURRENT: 2,
  SNAPSHOT_CREATE_NO_METADATA: 4,
  SNAPSHOT_CREATE_HALT: 8,
  SNAPSHOT_DELETE_CHILDREN: 1,
  SNAPSHOT_DELETE_CHILDREN_ONLY: 4,
  CHECKPOINT_CREATE_REDEFINE: 1,
  CHECKPOINT_CREATE_QUIESCE: 2,
  CHECKPOINT_CREATE_REDEFINE_VALIDATE: 4,
  CHECKPOINT_DELETE_CHILDREN: 1,
  CHECKPOINT_DELETE_CHILDREN_ONLY: 4,
  JOB_STATS_COMPLETED: 1,
  JOB_STATS_KEEP_COMPLETED: 2,
  DIRTYRATE_MODE_PAGE_SAMPLING: 0,
  DIRTYRATE_MODE_DIRTY_BITMAP: 1,
  DIRTYRATE_MODE_DIRTY_RING: 2,
  AUTHORIZED_SSH_KEYS_SET_APPEND: 1,
  AUTHORIZED_SSH_KEYS_SET_REMOVE: 2,
}

function bitsOf(flag: string): number {
  const found = bits[flag]
  if (found === undefined) throw new Error(`no bits for ${flag}`)
  return found
}

function symbol(flag: string): string {
  return /^(DUMP|MEMORY)_/.test(flag) ? `VIR_${flag}` : `VIR_DOMAIN_${flag}`
}

/** One check, how to fail it, and what that gives. */
interface Violation {
  readonly check: string
  readonly readOnly?: true
  readonly flags?: number
  /** The argument that is replaced, and by what. */
  readonly argument?: string
  readonly value?: unknown
  readonly code: number
  readonly message: string
  readonly str2: string
}

/** Which argument holds what C counts beside it. */
const counted: Readonly<Record<string, readonly string[]>> = {
  nparams: ['params'],
  npages: ['pages', 'pageSizes'],
  nfds: ['fds'],
  nkeycodes: ['keycodes'],
  maplen: ['cpumap'],
}

const texts: Readonly<Record<string, string>> = {
  NN: 'must not be NULL',
  NE: 'must not be NULL',
  NZ: 'must not be zero',
  POS: 'must be greater than zero',
  GE0: 'must be zero or greater',
}

function flagViolation(check: string, kind: string, inner: string): Violation | undefined {
  const [one = '', other = ''] = inner.split(kind === 'X' ? ', ' : ' needs ')
  // Page sampling has no bit, so nothing excludes it.
  if (bitsOf(one) === 0) return undefined
  const message =
    kind === 'X'
      ? `Flags '${symbol(one)}' and '${symbol(other)}' are mutually exclusive`
      : `Flag '${symbol(other)}' is required by flag '${symbol(one)}'`
  const flags = kind === 'X' ? bitsOf(one) | bitsOf(other) : bitsOf(one)
  return { check, flags, code: 8, message, str2: 'ctl' }
}

function violation(check: string, wrapper: Wrapper): Violation | undefined {
  const [, , member, args] = wrapper
  const name = functionName(member)
  if (check === 'RO') {
    const str2 = `read only access prevents ${name}`
    return { check, readOnly: true, code: 29, message: `operation forbidden: ${str2}`, str2 }
  }
  const [, kind = '', inner = ''] = /^(\w+)\((.*)\)$/.exec(check) ?? []
  if (kind === 'X' || kind === 'R') return flagViolation(check, kind, inner)
  const argument = inner in args ? inner : counted[inner]?.find((candidate) => candidate in args)
  if (argument === undefined) throw new Error(`${name}: no argument for ${check}`)
  const empty = args[argument] instanceof Uint8Array ? new Uint8Array() : []
  const values: Readonly<Record<string, unknown>> = { NN: undefined, NE: undefined, GE0: -1 }
  const value = kind in values ? values[kind] : argument === inner ? 0 : empty
  const message = `${inner} in ${name} ${texts[kind]}`
  return {
    check,
    argument,
    value: argument === 'params' && kind === 'POS' ? {} : value,
    code: 8,
    message,
    str2: inner,
  }
}

function violationsOf(wrapper: Wrapper): readonly Violation[] {
  const [, , , , checks] = wrapper
  const found = checks
    .split('; ')
    .filter((check) => check !== '')
    .flatMap((check) => violation(check, wrapper) ?? [])
  // Where C looks at the count first, an argument that is absent counts nothing and fails there.
  return found.filter(
    ({ argument, str2 }, index) =>
      argument !== str2 ||
      !found
        .slice(0, index)
        .some((earlier) => earlier.argument === argument && earlier.str2 !== argument),
  )
}

/** The arguments with these checks violated. */
function violate([, , , args]: Wrapper, violations: readonly Violation[]): readonly unknown[] {
  const changed: Record<string, unknown> = { ...args }
  for (const { argument, value, flags } of violations) {
    if (argument !== undefined) changed[argument] = value
    if (flags !== undefined) changed['flags'] = Number(changed['flags']) | flags
  }
  return Object.values(changed)
}

/** Pairs that can be violated together, the earlier first. */
function pairsOf(violations: readonly Violation[]): readonly (readonly [Violation, Violation])[] {
  return violations.flatMap((first, index) =>
    violations
      .slice(index + 1)
      .filter((second) => first.argument === undefined || first.argument !== second.argument)
      .filter((second) => first.flags === undefined || second.flags === undefined)
      .map((second) => [first, second] as const),
  )
}

const title = ([, , member]: Wrapper): string => functionName(member)
const rows = wrappers.map((wrapper) => [title(wrapper), wrapper] as const)

describe.each(rows)('%s', (name, wrapper) => {
  const [kind, method, member, args] = wrapper
  const recording = new RecordingDriver()
  let writable: Objects
  let readOnly: Objects

  beforeAll(async () => {
    writable = await objectsOf(recording.driver)
    readOnly = await objectsOf(new RecordingDriver().driver, true)
  })

  it('hands its arguments to the driver', async () => {
    recording.calls.length = 0
    const result = await call(writable[kind], method, Object.values(args))
    expect(result.isOk()).toBe(true)
    const [recorded] = recording.calls
    expect(recorded?.member).toBe(member)
    const ref = kind === 'domain' ? [vm] : kind === 'connection' ? [] : [{ domain: vm, name: 'vm' }]
    expect(recorded?.args).toStrictEqual([...ref, ...Object.values(args)])
  })

  it('says so when the driver lacks it', async () => {
    const lacking = new RecordingDriver()
    const objects = await objectsOf(lacking.driver)
    Reflect.defineProperty(lacking.driver, member, { value: undefined })
    const error = errorOf(await call(objects[kind], method, Object.values(args)))
    expect([error.code, error.domain, error.message, error.str2]).toStrictEqual([
      ErrorNumber.NO_SUPPORT,
      fileDomain(name),
      `this function is not supported by the connection driver: ${name}`,
      name,
    ])
  })

  it('is invalid once the connection is closed', async () => {
    const closed = await objectsOf(new RecordingDriver().driver)
    await closed.connection.close()
    const error = errorOf(await call(closed[kind], method, Object.values(args)))
    expect([error.code, error.domain, error.message]).toStrictEqual(invalid(kind, name))
  })

  const violations = violationsOf(wrapper)

  it.each(violations.map((one) => [one.check, one] as const))('checks %s', async (_, one) => {
    const objects = one.readOnly === true ? readOnly : writable
    const error = errorOf(await call(objects[kind], method, violate(wrapper, [one])))
    expect([error.code, error.domain, error.message, error.str2]).toStrictEqual([
      one.code,
      fileDomain(name),
      one.message,
      one.str2,
    ])
    // Two paths: a coded report keeps its format, an argument check the function's name.
    expect([error.str1, error.int1]).toStrictEqual(
      one.readOnly === true ? ['operation forbidden: %s', -1] : [name, 0],
    )
  })

  const pairs = pairsOf(violations)

  it.each(pairs.map(([first, second]) => [first.check, second.check, first, second] as const))(
    'checks %s before %s',
    async (_, _later, first, second) => {
      const objects = first.readOnly === true || second.readOnly === true ? readOnly : writable
      const error = errorOf(await call(objects[kind], method, violate(wrapper, [first, second])))
      expect(error.message).toBe(first.message)
    },
  )

  it('answers garbage with an error or hands it on, and never throws', async () => {
    const symbolic = Symbol('garbage')
    for (const garbage of [
      null,
      {},
      [],
      'x',
      -1,
      1.5,
      Number.NaN,
      10n,
      2 ** 60,
      symbolic,
      () => 1,
    ]) {
      for (const position of Object.keys(args).keys()) {
        const values = Object.values(args).with(position, garbage)
        // oxlint-disable-next-line no-await-in-loop -- a call must have settled before the next
        const result = await call(writable[kind], method, values)
        const code = result.isOk() ? ErrorNumber.OK : result.error.code
        expect([
          ErrorNumber.OK,
          ErrorNumber.INVALID_ARG,
          ErrorNumber.OVERFLOW,
          ErrorNumber.INVALID_STREAM,
        ]).toContain(code)
      }
    }
  })
})

describe.each(rows.filter(([, [, , , args]]) => 'flags' in args))(
  '%s',
  (name, [kind, method, member, args]) => {
    it('refuses flags of more than 32 bits', async () => {
      const objects = await objectsOf(new RecordingDriver().driver)
      const error = errorOf(
        await call(objects[kind], method, Object.values({ ...args, flags: 2 ** 32 })),
      )
      expect(error.message).toBe(`unsupported use of long flags in function ${name}`)
    })

    it('hands all 32 bits of the flags on', async () => {
      const recording = new RecordingDriver()
      const objects = await objectsOf(recording.driver)
      await call(
        objects[kind],
        method,
        Object.values({ ...args, flags: 0x4000_0000 | -0x8000_0000 }),
      )
      const handedOn = recording.calls.findLast((recorded) => recorded.member === member)
      expect(Number(handedOn?.args.at(-1)) >>> 0).toBe(0xc000_0000)
    })
  },
)

/** Methods that have tests of their own: what they hand on is not what they were given, or no driver is asked. */
const special: Readonly<Record<ObjectKind, readonly string[]>> = {
  connection: [
    'constructor',
    'toDomain',
    'withDomain',
    'call',
    'callUnchecked',
    'getURI',
    'supports',
    'getType',
    'getLibVersion',
    'registerCloseCallback',
    'unregisterCloseCallback',
    'close',
    'domainLookupByUUID',
    'domainLookupByUUIDString',
    'getAllDomainStats',
    'domainListGetStats',
    'on',
    'once',
    'off',
    'subscribe',
    'events',
    'domainEventRegisterAny',
    'domainEventRegister',
    'domainEventDeregister',
    'domainQemuMonitorEventRegister',
  ],
  domain: [
    'constructor',
    'ref',
    'name',
    'uuid',
    'id',
    'getName',
    'getUUID',
    'getUUIDString',
    'getID',
    'getConnect',
    'call',
    'callUnchecked',
    'update',
    'refreshId',
    'revertToSnapshot',
    'checkpointDiagnose',
    'checkpointReconcile',
  ],
  checkpoint: ['constructor', 'call'],
  snapshot: ['constructor', 'call'],
}

describe('the table', () => {
  it.each(['connection', 'domain', 'checkpoint', 'snapshot'] as const)(
    'has every method of a %s',
    async (kind) => {
      const objects = await objectsOf(new RecordingDriver().driver)
      const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(objects[kind]))
      const tested = wrappers.flatMap(([of, method]) => (of === kind ? [method] : []))
      const untested = methods.filter(
        (method) => !tested.includes(method) && !special[kind].includes(method),
      )
      expect(untested).toStrictEqual([])
    },
  )
})
