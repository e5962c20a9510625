import { beforeEach, describe, expect, it } from 'vitest'
import type { Connection, Domain, VirError, VirResultAsync } from '../../../src/index.ts'
import {
  DomainAbortJobFlagsValues,
  DomainBackupBeginFlags,
  DomainBlockResizeFlags,
  DomainCreateFlags,
  DomainDestroyFlagsValues,
  DomainEventDefinedDetailType,
  DomainEventStoppedDetailType,
  DomainEventType,
  DomainJobType,
  DomainRebootFlagValues,
  DomainShutdownFlagValues,
  DomainState,
  DomainXMLFlags,
  ErrorDomain,
  ErrorNumber,
  open,
  unwrap,
} from '../../../src/index.ts'
import { diskXml, domainXml, type Lab, makeLab, MiB, startDomain } from './fixture.ts'

// Each of these was asked of libvirt 9.0.0 with QEMU 7.2 on a domain like this one.

const agentChannel = `
  <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>`
const devices =
  diskXml('vda') + diskXml('vdb', { format: 'raw', path: '/vm/vdb.raw' }) + agentChannel

let lab: Lab
let domain: Domain

beforeEach(async () => {
  lab = await makeLab()
  unwrap(lab.hypervisor.images.create('/vm/vdb.raw', { virtualSize: 32 * MiB }))
  domain = await startDomain(lab, domainXml({ devices }))
})

const seen = ({ code, domain: from, message }: VirError) => ({ code, domain: from, message })
const errorOf = async (call: VirResultAsync<unknown>) => seen((await call)._unsafeUnwrapErr())
const invalid = (detail: string, from: ErrorDomain = ErrorDomain.QEMU) => ({
  code: ErrorNumber.OPERATION_INVALID,
  domain: from,
  message: `Requested operation is not valid: ${detail}`,
})

describe('a guest that is paused', () => {
  beforeEach(async () => {
    unwrap(await domain.suspend())
  })

  it('stays paused when it is to reboot', async () => {
    unwrap(await domain.reboot())
    expect(unwrap(await domain.getState()).state).toBe(DomainState.PAUSED)
  })

  it('cannot be asked through its agent', async () => {
    expect(await errorOf(domain.fsFreeze())).toStrictEqual(invalid('domain is not running'))
  })
})

describe('the agent', () => {
  it('is not asked in a domain that does not run', async () => {
    unwrap(await domain.destroy())
    const expected = invalid('domain is not running', ErrorDomain.DOMAIN)
    for (const call of [domain.fsFreeze(), domain.fsThaw(), domain.getFSInfo()]) {
      expect(await errorOf(call)).toStrictEqual(expected)
    }
    expect(await errorOf(domain.fsTrim())).toStrictEqual(invalid('domain is not running'))
  })

  it('is not asked to thaw or trim only a part, whatever the domain does', async () => {
    unwrap(await domain.destroy())
    const refused = (detail: string): object => ({
      code: ErrorNumber.ARGUMENT_UNSUPPORTED,
      domain: ErrorDomain.QEMU,
      message: `argument unsupported: ${detail}`,
    })
    expect(await errorOf(domain.fsThaw(['/']))).toStrictEqual(
      refused('specifying mountpoints is not supported'),
    )
    expect(await errorOf(domain.fsTrim('/'))).toStrictEqual(
      refused('Specifying mount point is not supported for now'),
    )
  })

  it('freezes what it knows of the mount points that it is given', async () => {
    expect(unwrap(await domain.fsFreeze(['/none']))).toBe(0)
    expect(unwrap(await domain.fsFreeze(['/boot', '/none']))).toBe(1)
    expect(lab.hypervisor.agent('vm')?.frozen).toStrictEqual(['/boot'])
    expect(unwrap(await domain.fsThaw())).toBe(1)
  })

  it.each<[string, string, (guest: Domain) => VirResultAsync<unknown>]>([
    ['freeze all', 'guest-fsfreeze-freeze', (guest) => guest.fsFreeze()],
    ['freeze more', 'guest-fsfreeze-freeze-list', (guest) => guest.fsFreeze(['/boot'])],
    ['trim', 'guest-fstrim', (guest) => guest.fsTrim()],
    ['tell its file systems', 'guest-get-fsinfo', (guest) => guest.getFSInfo()],
    [
      'shut down',
      'guest-shutdown',
      (guest) => guest.shutdownFlags(DomainShutdownFlagValues.GUEST_AGENT),
    ],
    [
      'back up quiesced',
      'guest-fsfreeze-freeze',
      (guest) => guest.backupBegin(undefined, undefined, DomainBackupBeginFlags.QUIESCE),
    ],
  ])('refuses to %s while something is frozen', async (_, command, call) => {
    expect(unwrap(await domain.fsFreeze(['/']))).toBe(1)
    expect(await errorOf(call(domain))).toStrictEqual({
      code: ErrorNumber.INTERNAL_ERROR,
      domain: ErrorDomain.QEMU,
      message:
        `internal error: unable to execute QEMU agent command '${command}': ` +
        `Command ${command} has been disabled: the agent is in frozen state`,
    })
    expect(lab.hypervisor.agent('vm')?.frozen).toStrictEqual(['/'])
    expect(unwrap(await domain.getJobInfo()).type).toBe(DomainJobType.NONE)
    expect(unwrap(await domain.fsThaw())).toBe(1)
  })

  it("counts what changes, under the test driver's rules", async () => {
    await using connection = unwrap(await open('test:///default'))
    const test = unwrap(await connection.domainLookupByName('test'))
    expect(unwrap(await test.fsFreeze())).toBe(2)
    expect(unwrap(await test.fsFreeze())).toBe(0)
    expect(unwrap(await test.fsThaw(['/']))).toBe(1)
    expect(await errorOf(test.fsFreeze(['/none']))).toStrictEqual(
      invalid('mount point not found: /none', ErrorDomain.TEST),
    )
    expect(unwrap(await test.fsThaw())).toBe(1)
  })

  it.each<[string, (guest: Domain) => VirResultAsync<void>]>([
    ['reboot', (guest) => guest.reboot(DomainRebootFlagValues.GUEST_AGENT)],
    ['shut down', (guest) => guest.shutdownFlags(DomainShutdownFlagValues.GUEST_AGENT)],
  ])('must be there to %s the guest', async (_, call) => {
    lab.hypervisor.setAgent('vm', 'absent')
    expect(await errorOf(call(domain))).toStrictEqual({
      code: ErrorNumber.AGENT_UNRESPONSIVE,
      domain: ErrorDomain.QEMU,
      message: 'Guest agent is not responding: QEMU guest agent is not connected',
    })
    lab.hypervisor.setAgent('vm', 'present')
    expect((await call(domain)).isOk()).toBe(true)
  })

  it('is not needed where the power button may be pressed instead', async () => {
    lab.hypervisor.setAgent('vm', 'absent')
    const { ACPI_POWER_BTN, GUEST_AGENT } = DomainShutdownFlagValues
    unwrap(await domain.shutdownFlags(ACPI_POWER_BTN | GUEST_AGENT))
    expect(unwrap(await domain.isActive())).toBe(false)
  })
})

describe('flags', () => {
  it.each([4, 8, 16, 32])('refuses to reboot with 0x%x', async (flags) => {
    expect((await errorOf(domain.reboot(flags))).message).toBe(
      `unsupported flags (0x${flags.toString(16)}) in function qemuDomainReboot`,
    )
  })

  it('destroys a domain with its logs, of which there are none', async () => {
    unwrap(await domain.destroyFlags(DomainDestroyFlagsValues.REMOVE_LOGS))
    expect(unwrap(await domain.isActive())).toBe(false)
  })

  it('says that nothing migrates before it says that nothing runs', async () => {
    const aborted = domain.abortJobFlags(DomainAbortJobFlagsValues.POSTCOPY)
    expect(await errorOf(aborted)).toStrictEqual(
      invalid('current job is not outgoing migration in post-copy mode'),
    )
  })
})

describe('a running domain that is undefined', () => {
  it('does not start with the host any more', async () => {
    unwrap(await domain.setAutostart(true))
    unwrap(await domain.undefine())
    expect(unwrap(await domain.getAutostart())).toBe(false)
  })
})

describe('the size of a disk', () => {
  it('is rounded up to a whole sector', async () => {
    unwrap(await domain.blockResize('vdb', 513, DomainBlockResizeFlags.BYTES))
    expect(unwrap(await domain.getBlockInfo('vdb')).capacity).toBe(1024)
  })

  it('is refused where it cannot be told exactly', async () => {
    const { BYTES } = DomainBlockResizeFlags
    const resized = domain.blockResize('vdb', Number.MAX_SAFE_INTEGER, BYTES)
    expect((await errorOf(resized)).code).toBe(ErrorNumber.OVERFLOW)
    expect(unwrap(await domain.getBlockInfo('vdb')).capacity).toBe(32 * MiB)
  })
})

describe('a definition', () => {
  it('is added to a transient domain, and updated from then on', async () => {
    const details: number[] = []
    lab.connection.on('lifecycle', ({ event, detail }) => {
      if (event === DomainEventType.DEFINED) details.push(detail)
    })
    unwrap(await domain.undefine())
    const xml = unwrap(await domain.getXMLDesc(DomainXMLFlags.INACTIVE))
    for (let round = 0; round < 2; round += 1) unwrap(await lab.connection.domainDefineXML(xml))
    expect(unwrap(await domain.isPersistent())).toBe(true)
    const { ADDED, UPDATED } = DomainEventDefinedDetailType
    expect(details).toStrictEqual([ADDED, UPDATED])
  })

  it('has a name of one line', async () => {
    expect(
      await errorOf(lab.connection.domainDefineXML(domainXml({ name: 'a\nb' }))),
    ).toStrictEqual({
      code: ErrorNumber.XML_DETAIL,
      domain: ErrorDomain.XML,
      message: 'invalid char in name: \n',
    })
  })

  it('is checked as for QEMU when it is defined and when it is run at once', async () => {
    const xml = domainXml({ name: 'other', devices: diskXml('vdb', { more: '<shareable/>' }) })
    const { connection } = lab
    for (const call of [connection.domainDefineXML(xml), connection.domainCreateXML(xml)]) {
      expect(await errorOf(call)).toStrictEqual({
        code: ErrorNumber.CONFIG_UNSUPPORTED,
        domain: ErrorDomain.QEMU,
        message:
          "unsupported configuration: shared access for disk 'vdb' requires use of supported storage format",
      })
    }
    expect(unwrap(await connection.listAllDomains())).toHaveLength(1)
  })

  it("is not so checked by the rules of libvirt's test driver", async () => {
    const { connection } = await makeLab({ semantics: 'test' })
    const xml = domainXml({ devices: diskXml('vdb', { more: '<shareable/>' }) })
    expect((await connection.domainDefineXML(xml)).isOk()).toBe(true)
  })
})

describe('a domain that is to end with its connection', () => {
  const { START_AUTODESTROY } = DomainCreateFlags
  const started: readonly [string, (owner: Connection) => VirResultAsync<unknown>][] = [
    ['create', (owner) => createByName(owner)],
    [
      'createXML',
      (owner) =>
        owner.domainCreateXML(
          domainXml({ name: 'own', devices: diskXml('vda', { path: '/vm/own.qcow2' }) }),
          START_AUTODESTROY,
        ),
    ],
  ]

  function createByName(owner: Connection): VirResultAsync<void> {
    const xml = domainXml({ name: 'own', devices: diskXml('vda', { path: '/vm/own.qcow2' }) })
    return owner.domainDefineXML(xml).andThen((own) => own.createWithFlags(START_AUTODESTROY))
  }

  it.each(started)('does, when it was started by %s', async (_, start) => {
    const events: object[] = []
    const owner = unwrap(await lab.hypervisor.connect())
    unwrap(await start(owner))
    lab.connection.on('lifecycle', ({ event, detail }) => events.push({ event, detail }))
    unwrap(await lab.connection.numOfDomains())
    expect(unwrap(await lab.connection.numOfDomains())).toBe(2)
    unwrap(await owner.close())
    expect(unwrap(await lab.connection.numOfDomains())).toBe(1)
    expect(events).toStrictEqual([
      {
        event: DomainEventType.STOPPED,
        detail: DomainEventStoppedDetailType.DESTROYED,
      },
    ])
  })

  it('does not, when somebody else has started it again', async () => {
    const owner = unwrap(await lab.hypervisor.connect())
    unwrap(await createByName(owner))
    const own = unwrap(await lab.connection.domainLookupByName('own'))
    unwrap(await own.destroy())
    unwrap(await own.create())
    unwrap(await owner.close())
    expect(unwrap(await own.isActive())).toBe(true)
  })
})
