import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ErrorDomain, ErrorNumber, unwrap } from '../../../src/index.ts'
import { requireProgram } from '../require.ts'
import {
  destroyAll,
  diskXml,
  domainXml,
  errorOf,
  isMissing,
  makeLab,
  note,
  qemuImg,
  startDomain,
  until,
} from './lab.ts'
import { storeSecret } from './secret.ts'

const qemuNbd = requireProgram('nbd', 'QEMU_NBD', 'qemu-nbd')

const MiB = 1024 ** 2
const acpi = '<features><acpi/></features>'

/** qemu-img measures how fast the host is, and gives up where others keep it busy. */
function createEncrypted(path: string): void {
  const options = 'encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10'
  const secret = ['--object', 'secret,id=s,data=pass word']
  for (let left = 20; ; left--) {
    try {
      execFileSync(
        qemuImg.path,
        ['create', '-q', ...secret, '-f', 'qcow2', '-o', options, path, '4M'],
        { stdio: 'pipe' },
      )
      return
    } catch (error) {
      if (left === 0) throw error
    }
  }
}
describe.skipIf(isMissing)(`buses, formats and sources${note}`, () => {
  it.each(['pc', 'q35'])('are all understood by QEMU on %s', async (machine) => {
    const lab = makeLab()
    const ide = machine === 'pc' ? diskXml('hda', lab.image('ide.qcow2', '4M'), 'qcow2', 'ide') : ''
    const connection = await lab.connect()
    const domain = await startDomain(connection, {
      machine,
      more: `${acpi}<iothreads>1</iothreads><clock offset='localtime'/><on_reboot>destroy</on_reboot><pm><suspend-to-mem enabled='no'/></pm>`,
      devices: [
        ide,
        diskXml('sda', lab.image('sata.raw', '4M', 'raw'), 'raw', 'sata'),
        diskXml('sdb', lab.image('scsi.qcow2', '4M'), 'qcow2', 'scsi').replace(
          '</disk>',
          '<serial>S1</serial><wwn>5000c50015ea71ad</wwn></disk>',
        ),
        diskXml('vda', lab.image('virtio.qcow2', '4M')).replace(
          "type='qcow2'",
          "type='qcow2' cache='none' discard='unmap' detect_zeroes='unmap' iothread='1' queues='2'",
        ),
        diskXml('vdb', lab.image('ro.qcow2', '4M')).replace('</disk>', '<readonly/></disk>'),
        diskXml('fda', lab.image('floppy.raw', '1440k', 'raw'), 'raw', 'fdc').replace(
          "device='disk'",
          "device='floppy'",
        ),
        "<controller type='scsi' model='virtio-scsi'/>",
        "<interface type='user'><model type='virtio'/></interface>",
        "<serial type='null'/><rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>",
        "<graphics type='vnc' passwd='secret'/>",
      ].join(''),
    })
    const xml = unwrap(await domain.getXMLDesc())
    expect(
      xml.match(/<alias name='(?:ide0|sata0|scsi0|virtio-disk|fdc0)[^']*'/g)?.length,
    ).toBeGreaterThan(4)
    expect(xml).not.toContain('secret')
    expect(unwrap(await domain.getXMLDesc(1))).toContain("passwd='secret'")
    await destroyAll(connection)
  })

  it.skipIf(qemuNbd.isMissing)(`may be served by NBD${qemuNbd.note}`, async () => {
    const lab = makeLab()
    const socket = `${lab.root}/nbd.sock`
    const path = lab.image('served.qcow2', '4M')
    const server = spawn(qemuNbd.path, ['-k', socket, '-x', 'name', '-f', 'qcow2', '-t', path])
    onTestFinished(() => void server.kill('SIGKILL'))
    await until(() => existsSync(socket))
    const connection = await lab.connect()
    const domain = await startDomain(connection, {
      devices: `<disk type='network' device='disk'><driver name='qemu' type='raw'/><source protocol='nbd' name='name'><host transport='unix' socket='${socket}'/></source><target dev='vda' bus='virtio'/></disk>`,
    })
    expect(unwrap(await domain.getBlockInfo('vda')).capacity).toBe(4 * MiB)
    await destroyAll(connection)
  })

  it('are refused when this driver would have to drop them', async () => {
    const connection = await makeLab().connect()
    const texts: string[] = []
    for (const devices of [
      "<sound model='ich6'/>",
      "<interface type='bridge'><source bridge='br0'/></interface>",
      "<graphics type='spice'/>",
      "<input type='tablet' bus='usb'/>",
      "<watchdog model='i6300esb'/>",
      diskXml('vda', '/x').replace(
        '</disk>',
        '<iotune><total_iops_sec>5</total_iops_sec></iotune></disk>',
      ),
      diskXml('vda', '/x', 'vmdk'),
    ]) {
      const { code, domain, message } = await errorOf(
        connection.domainDefineXML(domainXml({ devices })),
      )
      expect([code, domain]).toStrictEqual([ErrorNumber.CONFIG_UNSUPPORTED, ErrorDomain.QEMU])
      texts.push(message)
    }
    for (const more of [
      '<memoryBacking><hugepages/></memoryBacking>',
      '<features><hyperv/></features>',
      "<cpu mode='host-model'/>",
      '<genid/>',
      '<sysinfo type="smbios"/>',
      '<cputune><shares>9</shares></cputune>',
    ]) {
      texts.push((await errorOf(connection.domainDefineXML(domainXml({ more })))).message)
    }
    expect(texts.filter((text) => !text.startsWith('unsupported configuration: '))).toStrictEqual(
      [],
    )
    expect(new Set(texts).size).toBe(texts.length)
    expect(unwrap(await connection.listAllDomains())).toStrictEqual([])
  })

  it('are encrypted with the secrets of the root', async () => {
    const lab = makeLab()
    const path = `${lab.root}/luks.qcow2`
    const uuid = '3f6f1a5e-6d43-4a0e-9a7b-0c6f7f0a1b2c'
    createEncrypted(path)
    const disk = diskXml('vda', path).replace(
      /<source (.*?)\/>/,
      `<source $1><encryption format='luks'><secret type='passphrase' uuid='${uuid}'/></encryption></source>`,
    )
    const connection = await lab.connect()
    const domain = unwrap(await connection.domainDefineXML(domainXml({ devices: disk })))
    expect((await errorOf(domain.create())).message).toBe(
      `Secret not found: no secret with matching uuid '${uuid}'`,
    )
    storeSecret(lab.root, uuid, 'pass word')
    unwrap(await domain.create())
    expect(unwrap(await domain.getBlockInfo('vda')).capacity).toBe(4 * MiB)
    await destroyAll(connection)
  })
})
