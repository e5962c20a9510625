import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  type Domain,
  DomainBackupBeginFlags,
  DomainState,
  ErrorDomain,
  ErrorNumber,
  unwrap,
  type VirResultAsync,
} from '../../../src/index.ts'
import {
  destroyAll,
  diskXml,
  domainXml,
  errorOf,
  isMissing,
  type Lab,
  makeLab,
  note,
  qemu,
  recordLifecycle,
  startDomain,
  until,
} from './lab.ts'

const agentChannel =
  "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"

const notConnected = {
  code: ErrorNumber.AGENT_UNRESPONSIVE,
  domain: ErrorDomain.QEMU,
  message: 'Guest agent is not responding: QEMU guest agent is not connected',
}

/** What an agent says to each command; a string is an error. */
type Answers = Readonly<Record<string, unknown>>

/** An agent at the end of a socket, and what it was asked. */
async function makeAgent(
  path: string,
  answers: Answers,
): Promise<{ server: Server; asked: unknown[] }> {
  const asked: unknown[] = []
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    let text = ''
    socket.setEncoding('latin1').on('data', (more: string) => {
      const lines = (text + more).split('\n')
      text = lines.pop() ?? ''
      for (const line of lines.filter((each) => each.includes('{'))) {
        const { execute, arguments: args } = JSON.parse(line.slice(line.indexOf('{')))
        if (execute === 'guest-sync-delimited') {
          socket.write(
            Buffer.concat([
              Buffer.from([0xff]),
              Buffer.from(`${JSON.stringify({ return: args.id })}\n`),
            ]),
          )
          continue
        }
        asked.push(args === undefined ? execute : [execute, args])
        const answer = answers[execute]
        if (answer === undefined) continue
        const reply =
          typeof answer === 'string'
            ? { error: { class: 'GenericError', desc: answer } }
            : { return: answer }
        socket.write(`${JSON.stringify(reply)}\n`)
      }
    })
  })
  server.listen(path)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { server, asked }
}

/** A QEMU that is nobody's: with a disk, and a channel whose guest's end is a serial port, which is always open. */
async function foreignQemu(
  lab: Lab,
  disk: string,
  agent: string,
  drive = namedDrive(disk),
): Promise<ChildProcess> {
  const socket = join(lab.root, 'foreign.sock')
  const child = spawn(
    qemu.path,
    [
      '-machine',
      'pc',
      '-accel',
      'tcg',
      '-m',
      '32',
      '-display',
      'none',
      '-nodefaults',
      '-name',
      'guest=foreign',
      '-uuid',
      '9c5e1f0e-6d43-4a0e-9a7b-0c6f7f0a1b2c',
      '-qmp',
      `unix:${socket},server=on,wait=off`,
      ...drive,
      '-chardev',
      `socket,id=charchannel0,path=${agent}`,
      '-device',
      'isa-serial,chardev=charchannel0',
    ],
    { stdio: 'ignore' },
  )
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  })
  await until(() => existsSync(socket))
  return child
}

/** A disk whose nodes have names. */
function namedDrive(disk: string): readonly string[] {
  return [
    '-blockdev',
    `driver=file,filename=${disk},node-name=my-file`,
    '-blockdev',
    'driver=qcow2,file=my-file,node-name=my-format',
    '-device',
    'virtio-blk-pci,drive=my-format,id=my-disk',
  ]
}

/** Attaches to a QEMU whose agent gives these answers. */
async function withAgent(
  answers: Answers,
): Promise<{ readonly domain: Domain; readonly asked: unknown[] }> {
  const lab = makeLab()
  const disk = lab.image('a.qcow2', '8M')
  const path = join(lab.root, 'agent.sock')
  const { asked } = await makeAgent(path, answers)
  await foreignQemu(lab, disk, path)
  const connection = await lab.connect()
  const xml = domainXml({
    devices: `${diskXml('vda', disk)}<channel type='unix'><source mode='bind' path='${path}'/><target type='virtio' name='org.qemu.guest_agent.0'/></channel>`,
  })
  const target = { monitorPath: join(lab.root, 'foreign.sock'), xml }
  const domain = unwrap(await connection.domainQemuAttach(target))
  onTestFinished(async () => {
    unwrap(await domain.destroy())
  })
  return { domain, asked }
}

const calls: [string, (domain: Domain) => VirResultAsync<unknown>][] = [
  ['fsFreeze', (domain) => domain.fsFreeze()],
  ['fsThaw', (domain) => domain.fsThaw()],
  ['fsTrim', (domain) => domain.fsTrim()],
  ['getFSInfo', (domain) => domain.getFSInfo()],
  ['getTime', (domain) => domain.getTime()],
  ['qemuAgentCommand', (domain) => domain.qemuAgentCommand('{"execute":"guest-ping"}', 1)],
]

describe.skipIf(isMissing)(`an agent that is not there${note}`, () => {
  it('is reported as libvirt does', async () => {
    const connection = await makeLab().connect()
    const domain = await startDomain(connection, { devices: agentChannel })
    for (const [, call] of calls) expect(await errorOf(call(domain))).toStrictEqual(notConnected)
    expect(await errorOf(domain.shutdownFlags(2))).toStrictEqual(notConnected)
    expect(await errorOf(domain.reboot(2))).toStrictEqual(notConnected)
    unwrap(await domain.suspend())
    for (const [, call] of calls) {
      expect((await errorOf(call(domain))).message).toBe(
        'Requested operation is not valid: domain is not running',
      )
    }
    await destroyAll(connection)
  })

  it('is told from one that the definition has no channel for', async () => {
    const connection = await makeLab().connect()
    const domain = await startDomain(connection)
    for (const [, call] of calls) {
      expect(await errorOf(call(domain))).toStrictEqual({
        code: ErrorNumber.ARGUMENT_UNSUPPORTED,
        domain: ErrorDomain.QEMU,
        message: 'argument unsupported: QEMU guest agent is not configured',
      })
    }
    await destroyAll(connection)
  })

  it('cannot be waited for in negative time', async () => {
    const connection = await makeLab().connect()
    const domain = await startDomain(connection, { devices: agentChannel })
    expect((await errorOf(domain.agentSetResponseTimeout(-3))).message).toBe(
      "invalid argument: guest agent timeout '-3' is less than the minimum '-2'",
    )
    unwrap(await domain.agentSetResponseTimeout(1))
    await destroyAll(connection)
  })
})

describe.skipIf(isMissing)(`an agent that answers${note}`, () => {
  it('freezes, thaws, trims and tells', async () => {
    const { domain, asked } = await withAgent({
      'guest-fsfreeze-freeze': 2,
      'guest-fsfreeze-freeze-list': 1,
      'guest-fsfreeze-thaw': 3,
      'guest-fstrim': { paths: [] },
      'guest-ping': {},
      'guest-get-time': 1_700_000_000_000_000_000,
      'guest-get-fsinfo': [{ name: 'vda1', mountpoint: '/', type: 'ext4', disk: [] }],
    })
    expect(unwrap(await domain.fsFreeze())).toBe(2)
    expect(unwrap(await domain.fsFreeze(['/a']))).toBe(1)
    expect(unwrap(await domain.fsThaw())).toBe(3)
    unwrap(await domain.fsTrim(undefined, 4096))
    expect(unwrap(await domain.getFSInfo())).toStrictEqual([
      { mountpoint: '/', name: 'vda1', fstype: 'ext4', devAlias: [] },
    ])
    expect(unwrap(await domain.getTime())).toStrictEqual({ seconds: 1_700_000_000, nseconds: 0 })
    expect(unwrap(await domain.qemuAgentCommand('{"execute":"guest-ping"}', 5))).toBe(
      '{"return":{}}',
    )
    expect(asked).toStrictEqual([
      'guest-fsfreeze-freeze',
      ['guest-fsfreeze-freeze-list', { mountpoints: ['/a'] }],
      'guest-fsfreeze-thaw',
      ['guest-fstrim', { minimum: 4096 }],
      'guest-get-fsinfo',
      'guest-get-time',
      'guest-ping',
    ])
  })

  it('may refuse', async () => {
    const { domain } = await withAgent({ 'guest-fsfreeze-freeze': 'frozen already' })
    expect(await errorOf(domain.fsFreeze())).toStrictEqual({
      code: ErrorNumber.INTERNAL_ERROR,
      domain: ErrorDomain.QEMU,
      message:
        "internal error: unable to execute QEMU agent command 'guest-fsfreeze-freeze': frozen already",
    })
  })

  it('leaves frozen what it refuses to freeze again for a backup', async () => {
    const { domain, asked } = await withAgent({
      'guest-fsfreeze-freeze': 'frozen already',
      'guest-fsfreeze-thaw': 2,
    })
    const { QUIESCE } = DomainBackupBeginFlags
    const refused = await errorOf(domain.backupBegin(undefined, undefined, QUIESCE))
    expect(refused.message).toBe(
      "internal error: unable to execute QEMU agent command 'guest-fsfreeze-freeze': frozen already",
    )
    expect(asked).toStrictEqual(['guest-fsfreeze-freeze'])
  })

  it('neither thaws nor trims only a part', async () => {
    const { domain, asked } = await withAgent({})
    expect(await errorOf(domain.fsThaw(['/a']))).toStrictEqual({
      code: ErrorNumber.ARGUMENT_UNSUPPORTED,
      domain: ErrorDomain.QEMU,
      message: 'argument unsupported: specifying mountpoints is not supported',
    })
    expect(await errorOf(domain.fsTrim('/a'))).toStrictEqual({
      code: ErrorNumber.ARGUMENT_UNSUPPORTED,
      domain: ErrorDomain.QEMU,
      message: 'argument unsupported: Specifying mount point is not supported for now',
    })
    expect(asked).toStrictEqual([])
  })

  it('may hang', async () => {
    const { domain } = await withAgent({})
    unwrap(await domain.agentSetResponseTimeout(1))
    expect(await errorOf(domain.fsFreeze())).toStrictEqual({
      ...notConnected,
      message: 'Guest agent is not responding: Guest agent not available for now',
    })
  })
})

describe.skipIf(isMissing)(`a QEMU that something else has started${note}`, () => {
  it('is described by what it tells', async () => {
    const lab = makeLab()
    const disk = lab.image('a.qcow2', '8M')
    await makeAgent(join(lab.root, 'agent.sock'), {})
    const child = await foreignQemu(lab, disk, join(lab.root, 'agent.sock'))
    const connection = await lab.connect()
    const events = recordLifecycle(connection)
    const target = { monitorPath: join(lab.root, 'foreign.sock') }
    const domain = unwrap(await connection.domainQemuAttach(target))
    expect(domain.getName()).toBe('foreign')
    expect(domain.getUUIDString()).toBe('9c5e1f0e-6d43-4a0e-9a7b-0c6f7f0a1b2c')
    expect(unwrap(await domain.isPersistent())).toBe(false)
    expect(unwrap(await domain.getState())).toStrictEqual({ state: DomainState.RUNNING, reason: 0 })
    expect(unwrap(await domain.getXMLDesc())).toContain(`<source file='${disk}'`)
    expect(unwrap(await domain.getBlockInfo('vda')).capacity).toBe(8 * 1024 * 1024)
    unwrap(await domain.suspend())
    unwrap(await domain.destroy())
    expect(child.exitCode ?? child.signalCode).not.toBeNull()
    expect(events).toStrictEqual([
      [2, 0],
      [3, 0],
      [6, 2],
      [5, 1],
    ])
  }, 40_000)

  it('is backed up also when nobody has named its nodes', async () => {
    const lab = makeLab()
    const disk = lab.image('a.qcow2', '8M')
    const agent = join(lab.root, 'agent.sock')
    await makeAgent(agent, {})
    await foreignQemu(lab, disk, agent, ['-drive', `file=${disk},format=qcow2,if=virtio`])
    const connection = await lab.connect()
    const target = { monitorPath: join(lab.root, 'foreign.sock') }
    const domain = unwrap(await connection.domainQemuAttach(target))
    const backUp = async (name: string, since: string): Promise<void> => {
      const file = join(lab.root, name)
      const disks = `<disks><disk name='vda' type='file'><target file='${file}'/></disk></disks>`
      const checkpoint = `<domaincheckpoint><name>${name}</name></domaincheckpoint>`
      const xml = `<domainbackup>${since}${disks}</domainbackup>`
      const id = unwrap(await domain.backupBegin(xml, checkpoint))
      await until(async () => unwrap(await domain.getJobInfo()).type === 0)
      expect(unwrap(await domain.backupEnd(id))).toBe(true)
      expect(existsSync(file)).toBe(true)
    }
    await backUp('full', '')
    await backUp('increment', '<incremental>full</incremental>')
    unwrap(await domain.destroy())
  })

  it('is not found by its process id', async () => {
    const connection = await makeLab().connect()
    expect(await errorOf(connection.domainQemuAttach(process.pid))).toStrictEqual({
      code: ErrorNumber.OPERATION_UNSUPPORTED,
      domain: ErrorDomain.QEMU,
      message:
        'Operation not supported: a QEMU can only be attached to by its QMP socket, not by its process id',
    })
  })
})
