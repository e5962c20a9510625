import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DomainState, ErrorDomain, ErrorNumber, open, unwrap } from '../../../src/index.ts'
import {
  diskXml,
  domainXml,
  errorOf,
  isMissing,
  type Lab,
  makeLab,
  note,
  pidOf,
  recordLifecycle,
  runFiles,
  startDomain,
  until,
} from './lab.ts'

/** A program that opens the root, starts the domain `vm`, says so, and waits to be killed. */
const program = `
import { open, unwrap } from ${JSON.stringify(join(import.meta.dirname, '../../../src/index.ts'))}
const connection = unwrap(await open(process.env.URI))
const domain = unwrap(await connection.domainDefineXML(process.env.XML))
if (process.env.START === 'before') console.log('ready')
unwrap(await domain.create())
console.log('ready')
setInterval(() => undefined, 1000)
`

/** Runs another process on a root until it says that it is ready. */
async function otherProcess(lab: Lab, xml: string, start = ''): Promise<ChildProcess> {
  const path = join(lab.root, 'other.mts')
  writeFileSync(path, program)
  const tsx = join(import.meta.dirname, '../../../node_modules/tsx/dist/cli.mjs')
  const child = spawn(process.execPath, [tsx, path], {
    env: { ...process.env, URI: lab.uri, XML: xml, START: start },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  onTestFinished(() => killGroup(child))
  await once(child.stdout ?? child, 'data')
  return child
}

/** Kills a process with those that it runs in, but not the QEMUs: they have sessions of their own. */
async function killGroup({ pid = 0 }: ChildProcess): Promise<void> {
  const send = (signal: 'SIGKILL' | 0): boolean => {
    try {
      return process.kill(-pid, signal)
    } catch {
      return false
    }
  }
  send('SIGKILL')
  await until(() => !send(0))
}

describe.skipIf(isMissing)(`a root of which a connection was closed${note}`, () => {
  it('gives its running domains to the next one', async () => {
    const lab = makeLab()
    const first = await lab.connect()
    const disk = lab.image('top.qcow2', '', 'qcow2', lab.image('base.qcow2', '16M'))
    const domain = await startDomain(first, {
      devices: `${diskXml('vda', disk)}<serial type='pty'/><channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>`,
      more: '<metadata><a:b xmlns:a="http://a"/></metadata>',
    })
    const xml = unwrap(await domain.getXMLDesc())
    const persistent = unwrap(await domain.getXMLDesc(2))
    const pid = pidOf(lab)
    unwrap(await domain.suspend())
    unwrap(await first.close())
    expect(lab.processes()).toStrictEqual([pid])

    const second = await lab.connect()
    const events = recordLifecycle(second)
    const found = unwrap(await second.domainLookupByID(domain.getID()))
    expect(unwrap(await found.getState())).toStrictEqual({ state: DomainState.PAUSED, reason: 1 })
    expect(unwrap(await found.getXMLDesc())).toBe(xml)
    expect(unwrap(await found.getXMLDesc(2))).toBe(persistent)
    expect(unwrap(await found.isPersistent())).toBe(true)
    unwrap(await found.resume())
    unwrap(await found.blockResize('vda', 32 * 1024))
    unwrap(await found.destroy())
    expect(events).toStrictEqual([
      [4, 0],
      [6, 2],
      [5, 1],
    ])
    expect(runFiles(lab)).toStrictEqual([])
  })

  it('goes on with the ids', async () => {
    const lab = makeLab()
    const first = await lab.connect()
    await startDomain(first, { name: 'one' })
    await startDomain(first, { name: 'two' })
    unwrap(await first.close())
    const second = await lab.connect()
    const three = await startDomain(second, { name: 'three' })
    expect(three.getID()).toBe(3)
    for (const name of ['one', 'two', 'three']) {
      unwrap(await unwrap(await second.domainLookupByName(name)).destroy())
    }
  })

  it('notes what ended meanwhile', async () => {
    const lab = makeLab()
    const first = await lab.connect()
    await startDomain(first)
    unwrap(await first.domainCreateXML(domainXml({ name: 'transient' })))
    const pids = [pidOf(lab), pidOf(lab, 'transient')]
    unwrap(await first.close())
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    await until(() => lab.processes().length === 0)
    const second = await lab.connect()
    const domains = unwrap(await second.listAllDomains())
    expect(domains.map((domain) => domain.getName())).toStrictEqual(['vm'])
    const [domain] = domains
    expect(domain && unwrap(await domain.getState())).toStrictEqual({
      state: DomainState.SHUTOFF,
      reason: 3,
    })
    expect(runFiles(lab)).toStrictEqual([])
  })

  it('takes no other process for its QEMU', async () => {
    const lab = makeLab()
    const first = await lab.connect()
    await startDomain(first)
    const pid = pidOf(lab)
    unwrap(await first.close())
    process.kill(pid, 'SIGKILL')
    await until(() => lab.processes().length === 0)
    const status = join(lab.root, 'run/qemu/vm.xml')
    // The pid now belongs to somebody else: to this very process.
    writeFileSync(
      status,
      readFileSync(status, 'utf8').replace(`pid='${pid}'`, `pid='${process.pid}'`),
    )
    const second = await lab.connect()
    expect(unwrap(await unwrap(await second.domainLookupByName('vm')).isActive())).toBe(false)
  })

  it('passes over documents that cannot be read', async () => {
    const lab = makeLab()
    const first = await lab.connect()
    unwrap(await first.domainDefineXML(domainXml()))
    unwrap(await first.close())
    writeFileSync(join(lab.root, 'etc/qemu/broken.xml'), '<domain')
    writeFileSync(join(lab.root, 'run/qemu/broken.xml'), '\0')
    const second = await lab.connect()
    expect(unwrap(await second.listAllDomains()).map((each) => each.getName())).toStrictEqual([
      'vm',
    ])
  })
})

describe.skipIf(isMissing)(`a domain that ends with its connection${note}`, () => {
  it('is destroyed when that is closed, and no other', async () => {
    const lab = makeLab()
    const [one, two] = [await lab.connect(), await lab.connect()]
    const events = recordLifecycle(two)
    const bound = unwrap(await one.domainCreateXML(domainXml({ name: 'bound' }), 2))
    const free = unwrap(await one.domainCreateXML(domainXml({ name: 'free' })))
    events.length = 0
    unwrap(await one.close())
    expect(events).toStrictEqual([
      [6, 2],
      [5, 1],
    ])
    const left = unwrap(await two.listAllDomains())
    expect(left.map((domain) => domain.getName())).toStrictEqual([free.getName()])
    expect(bound.getName()).toBe('bound')
    for (const domain of left) unwrap(await domain.destroy())
  })
})

describe.skipIf(isMissing)(`a root that another process has${note}`, () => {
  it('is refused until that process is gone, however it goes', async () => {
    const lab = makeLab()
    const disk = lab.image('a.qcow2', '16M')
    const other = await otherProcess(lab, domainXml({ devices: diskXml('vda', disk) }))
    const pid = pidOf(lab)
    expect(await errorOf(open(lab.uri))).toStrictEqual({
      code: ErrorNumber.SYSTEM_ERROR,
      domain: ErrorDomain.NONE,
      message: `Failed to acquire pid file '${lab.root}/run/qemu/driver.pid': Resource temporarily unavailable`,
    })
    await killGroup(other)
    const connection = await lab.connect()
    const domain = unwrap(await connection.domainLookupByName('vm'))
    expect(unwrap(await domain.getState())).toStrictEqual({ state: DomainState.RUNNING, reason: 1 })
    expect(lab.processes()).toStrictEqual([pid])
    unwrap(await domain.destroy())
  }, 60_000)

  it.each([0, 20, 60, 100, 150])(
    'has no QEMU that nobody knows, when the process is killed %d ms into a start',
    async (delay) => {
      const lab = makeLab()
      const other = await otherProcess(lab, domainXml(), 'before')
      await new Promise((resolve) => setTimeout(resolve, delay))
      await killGroup(other)
      const connection = await lab.connect()
      const domain = unwrap(await connection.domainLookupByName('vm'))
      const isActive = unwrap(await domain.isActive())
      expect(lab.processes()).toHaveLength(isActive ? 1 : 0)
      if (!isActive) unwrap(await domain.create())
      unwrap(await domain.destroy())
      expect(runFiles(lab)).toStrictEqual([])
    },
    60_000,
  )

  it('is shared by the connections of one process', async () => {
    const lab = makeLab()
    const [one, two] = await Promise.all([lab.connect(), lab.connect()])
    const events = recordLifecycle(two)
    const domain = unwrap(await one.domainDefineXML(domainXml()))
    expect(events).toStrictEqual([[0, 0]])
    unwrap(await one.close())
    unwrap(await unwrap(await two.domainLookupByName(domain.getName())).undefine())
    unwrap(await two.close())
    expect(existsSync(join(lab.root, 'etc/qemu/vm.xml'))).toBe(false)
    rmSync(join(lab.root, 'run/qemu/driver.lock'))
    await lab.connect()
  })
})
