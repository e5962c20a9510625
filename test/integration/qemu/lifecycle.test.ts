import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type Domain,
  DomainState,
  ErrorDomain,
  ErrorNumber,
  unwrap,
  type VirResultAsync,
} from '../../../src/index.ts'
import { QMP_SEND_CHANNEL } from '../../../src/qmp/index.ts'
import { isSent } from './backup-lab.ts'
import {
  destroyAll,
  diskXml,
  domainXml,
  errorOf,
  isMissing,
  makeLab,
  note,
  pidOf,
  recordLifecycle,
  runFiles,
  startDomain,
  until,
} from './lab.ts'

const notRunning = {
  code: ErrorNumber.OPERATION_INVALID,
  domain: ErrorDomain.DOMAIN,
  message: 'Requested operation is not valid: domain is not running',
}

describe.skipIf(isMissing)(`the life cycle of a domain on QEMU${note}`, () => {
  it('reports each step as libvirt does', async () => {
    const lab = makeLab()
    const connection = await lab.connect()
    const events = recordLifecycle(connection)
    const domain = await startDomain(connection, {
      devices: diskXml('vda', lab.image('a.qcow2', '16M')),
    })
    unwrap(await domain.suspend())
    unwrap(await domain.suspend())
    unwrap(await domain.resume())
    unwrap(await domain.destroy())
    unwrap(await domain.undefine())
    expect(events).toStrictEqual([
      [0, 0],
      [4, 0],
      [2, 0],
      [3, 0],
      [4, 0],
      [6, 2],
      [5, 1],
      [1, 0],
    ])
  })

  it('starts paused when that is asked for', async () => {
    const connection = await makeLab().connect()
    const domain = unwrap(await connection.domainDefineXML(domainXml()))
    const events = recordLifecycle(connection)
    unwrap(await domain.createWithFlags(1))
    expect(unwrap(await domain.getState())).toStrictEqual({ state: DomainState.PAUSED, reason: 1 })
    unwrap(await domain.resume())
    expect(events).toStrictEqual([
      [2, 0],
      [3, 0],
      [4, 0],
    ])
    unwrap(await domain.destroy())
  })

  it('says in which state a domain is, and why', async () => {
    const domain = await startDomain(await makeLab().connect())
    const states = [unwrap(await domain.getState())]
    for (const change of ['suspend', 'resume', 'destroy'] as const) {
      unwrap(await domain[change]())
      states.push(unwrap(await domain.getState()))
    }
    expect(states).toStrictEqual([
      { state: DomainState.RUNNING, reason: 1 },
      { state: DomainState.PAUSED, reason: 1 },
      { state: DomainState.RUNNING, reason: 5 },
      { state: DomainState.SHUTOFF, reason: 2 },
    ])
  })

  it.each<[string, (domain: Domain) => VirResultAsync<unknown>, object]>([
    ['suspend', (domain) => domain.suspend(), notRunning],
    ['resume', (domain) => domain.resume(), notRunning],
    ['destroy', (domain) => domain.destroy(), notRunning],
    ['reboot', (domain) => domain.reboot(), notRunning],
    ['reset', (domain) => domain.reset(), notRunning],
    ['shutdown', (domain) => domain.shutdown(), { ...notRunning, domain: ErrorDomain.QEMU }],
  ])('refuses to %s an inactive domain', async (_, call, expected) => {
    const connection = await makeLab().connect()
    const domain = unwrap(await connection.domainDefineXML(domainXml()))
    expect(await errorOf(call(domain))).toStrictEqual(expected)
  })

  it('gives every start a new id, and forgets a transient domain that stops', async () => {
    const connection = await makeLab().connect()
    const domain = unwrap(await connection.domainCreateXML(domainXml()))
    expect(domain.getID()).toBe(1)
    unwrap(await domain.destroy())
    expect(await errorOf(domain.getState())).toStrictEqual({
      code: ErrorNumber.NO_DOMAIN,
      domain: ErrorDomain.QEMU,
      message: `Domain not found: no domain with matching uuid '${domain.getUUIDString()}' (vm)`,
    })
    const again = unwrap(await connection.domainCreateXML(domainXml()))
    expect(again.getID()).toBe(2)
    unwrap(await again.destroy())
  })

  it('starts a domain once when two callers ask at the same time', async () => {
    const lab = makeLab()
    const connection = await lab.connect()
    const domain = unwrap(await connection.domainDefineXML(domainXml()))
    const [first, second] = await Promise.all([domain.create(), domain.create()])
    expect(first.isOk()).toBe(true)
    expect(second._unsafeUnwrapErr().message).toBe(
      'Requested operation is not valid: domain is already running',
    )
    expect(lab.processes()).toHaveLength(1)
    unwrap(await domain.destroy())
  })

  it('notices that QEMU was killed', async () => {
    const lab = makeLab()
    const connection = await lab.connect()
    const domain = await startDomain(connection)
    const events = recordLifecycle(connection)
    process.kill(pidOf(lab), 'SIGKILL')
    await until(() => events.length > 0)
    expect(events).toStrictEqual([[5, 5]])
    expect(unwrap(await domain.getState())).toStrictEqual({ state: DomainState.SHUTOFF, reason: 3 })
    expect(runFiles(lab)).toStrictEqual([])
    unwrap(await domain.create())
    unwrap(await domain.destroy())
  })

  it('notices that QEMU was told to quit', async () => {
    const lab = makeLab()
    const connection = await lab.connect()
    const domain = await startDomain(connection)
    const events = recordLifecycle(connection)
    unwrap(await domain.qemuMonitorCommand('{"execute":"quit"}'))
    await until(() => events.length > 1)
    expect(events).toStrictEqual([
      [6, 2],
      [5, 0],
    ])
    expect(unwrap(await domain.getState())).toStrictEqual({ state: DomainState.SHUTOFF, reason: 1 })
  })

  it('ends a QEMU that does not react', async () => {
    const lab = makeLab()
    const domain = await startDomain(await lab.connect())
    process.kill(pidOf(lab), 'SIGSTOP')
    const graceful = await errorOf(domain.destroyFlags(1))
    expect(graceful.message).toMatch(
      /^Failed to terminate process \d+ with SIGTERM: Device or resource busy$/,
    )
    unwrap(await domain.destroy())
    expect(lab.processes()).toStrictEqual([])
  }, 40_000)

  it('shows the guest its power button, and starts it anew when it resets', async () => {
    const connection = await makeLab().connect()
    const domain = await startDomain(connection, { more: '<features><acpi/></features>' })
    let reboots = 0
    connection.on('reboot', () => {
      reboots += 1
    })
    unwrap(await domain.reset())
    await until(() => reboots > 0)
    unwrap(await domain.shutdown())
    expect(unwrap(await domain.isActive())).toBe(true)
    unwrap(await domain.destroy())
  })
})

/** What libvirt was seen sending in a recorded scenario, less questions. */
function recordedCommands(name: string): unknown[] {
  const path = join(import.meta.dirname, `../../fixtures/qmp-traces/${name}.jsonl`)
  const lines = readFileSync(path, 'utf8').trim().split('\n').slice(1)
  return lines
    .map((line) => JSON.parse(line))
    .filter(({ dir, msg }) => dir === 'send' && !msg.execute.startsWith('query-'))
    .map(({ msg }) => ({ command: msg.execute, arguments: msg.arguments ?? {} }))
}

describe.skipIf(isMissing)(`what is sent to QEMU${note}`, () => {
  it('for a start is what libvirt sends', async () => {
    const lab = makeLab()
    const connection = await lab.connect()
    const disks = ['vda', 'vdb'].map((dev) => diskXml(dev, lab.image(`${dev}.qcow2`, '4M')))
    const xml = domainXml({ devices: disks.join('') })
    const domain = unwrap(await connection.domainDefineXML(xml))
    const sent: { readonly command: string }[] = []
    const listen = (message: unknown): void => {
      if (isSent(message)) sent.push(message)
    }
    subscribe(QMP_SEND_CHANNEL, listen)
    unwrap(await domain.create())
    unsubscribe(QMP_SEND_CHANNEL, listen)
    expect(sent.filter(({ command }) => !command.startsWith('query-'))).toStrictEqual(
      recordedCommands('01-domain-start'),
    )
    unwrap(await domain.destroy())
  })
})

describe.skipIf(isMissing)(`a start that fails${note}`, () => {
  it.each([
    [
      'an image that is not there',
      (folder: string) => diskXml('vda', join(folder, 'none.qcow2')),
      /^Cannot access storage file '.*none\.qcow2': No such file or directory$/,
      { code: ErrorNumber.SYSTEM_ERROR, domain: ErrorDomain.STORAGE },
    ],
    [
      'an image of another format',
      (folder: string) => {
        const path = join(folder, 'raw.img')
        writeFileSync(path, new Uint8Array(65_536))
        return diskXml('vda', path, 'qcow2')
      },
      /^internal error: qemu unexpectedly closed the monitor: [\dTZ:.-]+ qemu-system-x86_64: -blockdev .*: Image is not in qcow2 format$/,
      { code: ErrorNumber.INTERNAL_ERROR, domain: ErrorDomain.QEMU },
    ],
    [
      'a server that is not there',
      () =>
        "<disk type='network' device='disk'><driver name='qemu' type='raw'/><source protocol='nbd' name='x'><host transport='unix' socket='/nonexistent/nbd.sock'/></source><target dev='vda' bus='virtio'/></disk>",
      /^internal error: qemu unexpectedly closed the monitor: .*Failed to connect to '\/nonexistent\/nbd\.sock': No such file or directory$/,
      { code: ErrorNumber.INTERNAL_ERROR, domain: ErrorDomain.QEMU },
    ],
  ])(
    'says what is wrong with %s, and leaves nothing behind',
    async (_, devices, text, expected) => {
      const lab = makeLab()
      const connection = await lab.connect()
      const xml = domainXml({ devices: devices(lab.root) })
      const domain = unwrap(await connection.domainDefineXML(xml))
      const { message, ...others } = await errorOf(domain.create())
      expect(message).toMatch(text)
      expect(others).toStrictEqual(expected)
      expect(unwrap(await domain.isActive())).toBe(false)
      expect(runFiles(lab)).toStrictEqual([])
      expect(lab.processes()).toStrictEqual([])
    },
  )

  it('forgets a transient domain', async () => {
    const lab = makeLab()
    const connection = await lab.connect()
    const xml = domainXml({ devices: diskXml('vda', join(lab.root, 'none.qcow2')) })
    expect((await connection.domainCreateXML(xml)).isErr()).toBe(true)
    expect(unwrap(await connection.listAllDomains())).toStrictEqual([])
  })
})

describe.skipIf(isMissing)(`what a root holds${note}`, () => {
  it('is for its owner only', async () => {
    const lab = makeLab()
    const connection = await lab.connect()
    await startDomain(connection, {
      devices: `<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>`,
    })
    const modes = ['etc/qemu', 'run/qemu', 'lib/qemu', 'lib/qemu/domain-1-vm', 'log/qemu'].map(
      (path) => statSync(join(lab.root, path)).mode & 0o777,
    )
    expect(modes).toStrictEqual(modes.map(() => 0o700))
    const files = ['etc/qemu/vm.xml', 'run/qemu/vm.xml', 'lib/qemu/domain-1-vm/monitor.sock'].map(
      (path) => statSync(join(lab.root, path)).mode & 0o777,
    )
    expect(files).toStrictEqual(files.map(() => 0o600))
    await destroyAll(connection)
  })

  it('is read again by the next connection', async () => {
    const lab = makeLab()
    const first = await lab.connect()
    const domain = unwrap(await first.domainDefineXML(domainXml()))
    unwrap(await domain.setAutostart(true))
    const xml = unwrap(await domain.getXMLDesc())
    unwrap(await first.close())
    const second = await lab.connect()
    const found = unwrap(await second.domainLookupByName('vm'))
    expect(unwrap(await found.getXMLDesc())).toBe(xml)
    expect(unwrap(await found.getAutostart())).toBe(true)
    // The host has not been started since; libvirt starts such domains once.
    expect(unwrap(await found.isActive())).toBe(false)
    unwrap(await found.undefine())
    expect(existsSync(join(lab.root, 'etc/qemu/vm.xml'))).toBe(false)
    expect(existsSync(join(lab.root, 'etc/qemu/autostart/vm.xml'))).toBe(false)
  })

  it('starts with the host what is marked for that', async () => {
    const lab = makeLab()
    const first = await lab.connect()
    const domain = unwrap(await first.domainDefineXML(domainXml()))
    unwrap(await domain.setAutostart(true))
    unwrap(await first.close())
    rmSync(join(lab.root, 'run/qemu/autostarted'))
    const second = await lab.connect()
    const found = unwrap(await second.domainLookupByName('vm'))
    expect(unwrap(await found.isActive())).toBe(true)
    unwrap(await found.destroy())
  })

  it('keeps no definition that could not be written', async () => {
    const lab = makeLab()
    const connection = await lab.connect()
    // Where a folder is in the way nobody can put a file, root neither.
    mkdirSync(join(lab.root, 'etc/qemu/vm.xml'))
    const { code } = await errorOf(connection.domainDefineXML(domainXml()))
    expect(code).toBe(ErrorNumber.SYSTEM_ERROR)
    expect(unwrap(await connection.listAllDomains())).toStrictEqual([])
  })

  it('has the log of QEMU', async () => {
    const lab = makeLab()
    const connection = await lab.connect()
    const domain = await startDomain(connection)
    expect(readFileSync(join(lab.root, 'log/qemu/vm.log'), 'utf8')).toContain('guest=vm')
    unwrap(await domain.destroy())
  })
})
