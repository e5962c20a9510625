import { describe, expect, it } from 'vitest'
import { DomainMetadataType, ErrorDomain, ErrorNumber, unwrap } from '../../../src/index.ts'
import { destroyAll, domainXml, errorOf, isMissing, makeLab, note, startDomain } from './lab.ts'

const { DESCRIPTION, TITLE, ELEMENT } = DomainMetadataType

describe.skipIf(isMissing)(`a definition on QEMU${note}`, () => {
  it('is completed as libvirt completes it', async () => {
    const connection = await makeLab().connect()
    const xml = domainXml({
      uuid: '5f51dd5f-5b4c-48b7-bf00-421378fa5b0d',
      devices: `<interface type='user'><mac address='52:54:00:72:43:c7'/><model type='virtio'/></interface><channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel><graphics type='vnc'/>`,
    })
    const domain = unwrap(await connection.domainDefineXML(xml))
    const text = unwrap(await domain.getXMLDesc())
    expect(text.replace(/pc-i440fx-[\d.]+/, 'MACHINE').replace(/<emulator>.*</, '<emulator>QEMU<'))
      .toBe(`<domain type='qemu'>
  <name>vm</name>
  <uuid>5f51dd5f-5b4c-48b7-bf00-421378fa5b0d</uuid>
  <memory unit='KiB'>32768</memory>
  <currentMemory unit='KiB'>32768</currentMemory>
  <vcpu placement='static'>1</vcpu>
  <os>
    <type arch='x86_64' machine='MACHINE'>hvm</type>
    <boot dev='hd'/>
  </os>
  <cpu mode='custom' match='exact' check='none'>
    <model fallback='forbid'>qemu64</model>
  </cpu>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <emulator>QEMU</emulator>
    <controller type='usb' index='0' model='piix3-uhci'>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x2'/>
    </controller>
    <controller type='pci' index='0' model='pci-root'/>
    <controller type='virtio-serial' index='0'>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x04' function='0x0'/>
    </controller>
    <interface type='user'>
      <mac address='52:54:00:72:43:c7'/>
      <model type='virtio'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/>
    </interface>
    <channel type='unix'>
      <target type='virtio' name='org.qemu.guest_agent.0'/>
      <address type='virtio-serial' controller='0' bus='0' port='1'/>
    </channel>
    <input type='mouse' bus='ps2'/>
    <input type='keyboard' bus='ps2'/>
    <graphics type='vnc' port='-1' autoport='yes'>
      <listen type='address'/>
    </graphics>
    <audio id='1' type='none'/>
    <video>
      <model type='cirrus' vram='16384' heads='1' primary='yes'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>
    </video>
    <memballoon model='virtio'>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x05' function='0x0'/>
    </memballoon>
  </devices>
</domain>
`)
    const again = unwrap(await connection.domainDefineXML(text))
    expect(unwrap(await again.getXMLDesc())).toBe(text)
  })

  it('can be renamed, with its file and its autostart', async () => {
    const lab = makeLab()
    const connection = await lab.connect()
    const domain = unwrap(await connection.domainDefineXML(domainXml()))
    unwrap(await domain.setAutostart(true))
    const seen: unknown[] = []
    connection.on('lifecycle', ({ domain: about, event, detail }) =>
      seen.push([about.getName(), event, detail]),
    )
    unwrap(await domain.rename('other'))
    expect(seen).toStrictEqual([
      ['vm', 1, 1],
      ['other', 0, 2],
    ])
    unwrap(await connection.close())
    const second = await lab.connect()
    const names = unwrap(await second.listAllDomains()).map((each) => each.getName())
    expect(names).toStrictEqual(['other'])
    const found = unwrap(await second.domainLookupByName('other'))
    expect(unwrap(await found.getAutostart())).toBe(true)
  })

  it.each([
    ['machine', { machine: 'nosuch' }, "does not support machine type 'nosuch'"],
    ['kind', { type: 'vmware' }, "does not support virt type 'vmware'"],
  ])('of another %s is refused', async (_, options, text) => {
    const connection = await makeLab().connect()
    const error = await errorOf(connection.domainDefineXML(domainXml(options)))
    expect(error).toMatchObject({
      code: ErrorNumber.CONFIG_UNSUPPORTED,
      domain: ErrorDomain.QEMU,
    })
    expect(error.message).toMatch(/^unsupported configuration: Emulator '.*' /)
    expect(error.message).toContain(text)
  })

  it('of a program that is not there is refused', async () => {
    const connection = await makeLab().connect()
    const xml = domainXml().replace(/<emulator>.*<\/emulator>/, '<emulator>/nonexist</emulator>')
    expect(await errorOf(connection.domainDefineXML(xml))).toStrictEqual({
      code: ErrorNumber.SYSTEM_ERROR,
      domain: ErrorDomain.QEMU,
      message: 'Cannot check QEMU binary /nonexist: No such file or directory',
    })
  })
})

describe.skipIf(isMissing)(`metadata of a domain on QEMU${note}`, () => {
  it('is kept in the definition that is meant', async () => {
    const lab = makeLab()
    const connection = await lab.connect()
    const domain = await startDomain(connection)
    const changes: unknown[] = []
    connection.on('metadataChange', ({ type, nsuri }) => changes.push([type, nsuri]))
    const missing = {
      code: ErrorNumber.NO_DOMAIN_METADATA,
      domain: ErrorDomain.DOMAIN,
      message: 'metadata not found: Requested metadata element is not present',
    }
    expect(await errorOf(domain.getMetadata(DESCRIPTION))).toStrictEqual(missing)
    unwrap(await domain.setMetadata(DESCRIPTION, 'a text'))
    unwrap(await domain.setMetadata(TITLE, 'a title', undefined, undefined, 3))
    unwrap(await domain.setMetadata(ELEMENT, '<a x="1"><b/>t</a>', 'k', 'http://u', 2))
    expect(unwrap(await domain.getMetadata(DESCRIPTION))).toBe('a text')
    expect(await errorOf(domain.getMetadata(DESCRIPTION, undefined, 2))).toStrictEqual(missing)
    expect(unwrap(await domain.getMetadata(TITLE, undefined, 2))).toBe('a title')
    expect(await errorOf(domain.getMetadata(ELEMENT, 'http://u'))).toStrictEqual(missing)
    expect(unwrap(await domain.getMetadata(ELEMENT, 'http://u', 2))).toBe('<a x="1"><b/>t</a>')
    expect(unwrap(await domain.getXMLDesc(2))).toContain(
      '<k:a xmlns:k="http://u" x="1"><b/>t</k:a>',
    )
    expect(changes).toStrictEqual([
      [DESCRIPTION, undefined],
      [TITLE, undefined],
      [ELEMENT, 'http://u'],
    ])
    unwrap(await domain.destroy())
    unwrap(await connection.close())
    const again = await lab.connect()
    const found = unwrap(await again.domainLookupByName('vm'))
    expect(unwrap(await found.getMetadata(ELEMENT, 'http://u'))).toBe('<a x="1"><b/>t</a>')
    unwrap(await found.setMetadata(ELEMENT, undefined, 'k', 'http://u'))
    expect(await errorOf(found.getMetadata(ELEMENT, 'http://u'))).toStrictEqual(missing)
  })
})

describe.skipIf(isMissing)(`hostile texts${note}`, () => {
  it.each(['..', '.', 'a\nb', '\u0001'])('are no names: %j', async (name) => {
    const connection = await makeLab().connect()
    const escaped = name.replace('\u0001', '').replace('\n', '&#10;')
    if (escaped !== '') {
      const defined = await connection.domainDefineXML(domainXml({ name: escaped }))
      expect(defined.isErr()).toBe(true)
    }
    const domain = unwrap(await connection.domainDefineXML(domainXml()))
    expect((await errorOf(domain.rename(name))).code).toBe(ErrorNumber.XML_ERROR)
  })

  it('are no metadata', async () => {
    const connection = await makeLab().connect()
    const domain = unwrap(await connection.domainDefineXML(domainXml()))
    const xml = unwrap(await domain.getXMLDesc())
    for (const call of [
      () => domain.setMetadata(TITLE, '\u0001'),
      () => domain.setMetadata(DESCRIPTION, '\uD800'),
      () => domain.setMetadata(ELEMENT, '<a/>', 'k l', 'http://u'),
      () => domain.setMetadata(ELEMENT, '<a/>', 'k', 'http://\u0002'),
      () => domain.setMetadata(ELEMENT, '<a></b>', 'k', 'http://u'),
    ]) {
      expect((await call()).isErr()).toBe(true)
    }
    expect(unwrap(await domain.getXMLDesc())).toBe(xml)
  })
})

describe.skipIf(isMissing)(`QEMU's own monitor${note}`, () => {
  it('answers QMP and lines', async () => {
    const connection = await makeLab().connect()
    const domain = await startDomain(connection)
    const answer = JSON.parse(unwrap(await domain.qemuMonitorCommand('{"execute":"query-status"}')))
    expect(answer.return).toMatchObject({ status: 'running', running: true })
    const refused = JSON.parse(unwrap(await domain.qemuMonitorCommand('{"execute":"nope"}')))
    expect(refused.error).toStrictEqual({
      class: 'CommandNotFound',
      desc: 'The command nope has not been found',
    })
    expect(unwrap(await domain.qemuMonitorCommand('info status', 1))).toBe('VM status: running\r\n')
    expect((await errorOf(domain.qemuMonitorCommand('{"exec'))).code).toBe(
      ErrorNumber.INTERNAL_ERROR,
    )
    await destroyAll(connection)
  })

  it('reports its events to those who ask', async () => {
    const connection = await makeLab().connect()
    const domain = await startDomain(connection)
    const seen: string[] = []
    const id = unwrap(
      await connection.domainQemuMonitorEventRegister(
        domain,
        '^(stop|resume)$',
        ({ event }) => seen.push(event),
        3,
      ),
    )
    unwrap(await domain.suspend())
    unwrap(await domain.resume())
    unwrap(await connection.domainQemuMonitorEventDeregister(id))
    unwrap(await domain.suspend())
    expect(seen).toStrictEqual(['STOP', 'RESUME'])
    await destroyAll(connection)
  })
})

describe.skipIf(isMissing)(`the host of a QEMU driver${note}`, () => {
  it('is described', async () => {
    const connection = await makeLab().connect()
    expect(unwrap(await connection.getType())).toBe('QEMU')
    expect(unwrap(await connection.getVersion())).toBeGreaterThan(5_000_000)
    const capabilities = unwrap(await connection.getCapabilities())
    expect(capabilities).toContain("<arch name='x86_64'>")
    const { memory, cpus } = unwrap(await connection.nodeGetInfo())
    expect(memory).toBeGreaterThan(0)
    expect(unwrap(await connection.nodeGetCPUMap(true, true)).cpus).toBe(cpus)
    expect(unwrap(await connection.nodeGetFreeMemory())).toBeLessThanOrEqual(memory * 1024)
  })
})
