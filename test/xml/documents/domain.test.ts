import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ErrorNumber } from '../../../src/errors/index.ts'
import { toInactiveDomain } from '../../../src/xml/documents/domain-inactive.ts'
import { checkDomainName } from '../../../src/xml/documents/domain-checks.ts'
import { formatDomain, parseDomain } from '../../../src/xml/documents/domain.ts'
import { withInterfaceTargets } from '../../../src/xml/documents/interface-targets.ts'
import { hostileText } from '../arbitraries.ts'
import { listShared, readRecorded, readShared, sharedFixtures } from '../shared-fixtures.ts'
import { domain } from './domain-arbitraries.ts'

type Verdict = string | readonly [number, number, string]

function isVerdict(value: unknown): value is Verdict {
  return typeof value === 'string' || (Array.isArray(value) && value.length === 3)
}

/** What reading and writing a text gives, in the form in which libvirt's verdicts were recorded. */
function verdictOf(text: string): Verdict {
  const validate = text.startsWith('validate ')
  const result = parseDomain(validate ? text.slice('validate '.length) : text, {
    inactive: true,
    validate,
    defaults: { arch: 'i686' },
  })
  if (result.isOk()) return formatDomain(result.value, { secure: true })
  const { code, domain: raisedBy, message } = result.error
  return [code, raisedBy, code === 92 ? (message.split('\n')[0] ?? '') : message]
}

function wrap(devices: string, top = ''): string {
  return `<domain type='test'><name>d</name><memory>1024</memory>${top}<os><type>hvm</type></os><devices>${devices}</devices></domain>`
}

const disk = "<disk><source file='/a'/><target dev='vda'/></disk>"

describe('parseDomain and formatDomain', () => {
  it.each(readRecorded('domain.json', isVerdict))(
    'say what libvirt said of %s',
    (text, verdict) => {
      expect(verdictOf(text)).toStrictEqual(verdict)
    },
  )

  it('read back any definition that they write', () => {
    fc.assert(
      fc.property(domain, (def) => {
        const parsed = parseDomain(formatDomain(def, { secure: true }))
        expect(parsed._unsafeUnwrap()).toStrictEqual(def)
      }),
    )
  })

  it('answer with a value or an error, whatever the text', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (one, other) => {
        for (const text of [
          `<domain ${one}`,
          wrap(`<disk type='${one}'><source file='${other}'/>`),
          `${one}${wrap(disk)}${other}`,
        ]) {
          const result = parseDomain(text)
          expect(result.isOk() || result.error.message !== '').toBe(true)
        }
      }),
    )
  })
})

describe('parseDomain', () => {
  it('makes what the driver has a maker for', () => {
    const nic = "<interface type='user'/>"
    const parsed = parseDomain(wrap(nic), {
      defaults: { uuid: () => 'u-u', mac: () => '52:54:00:00:00:01', arch: 'x86_64' },
    })._unsafeUnwrap()
    expect(parsed.uuid).toBe('u-u')
    expect(parsed.os.arch).toBe('x86_64')
    expect(parsed.devices.interfaces[0]?.mac).toBe('52:54:00:00:00:01')
  })

  it('leaves out what no maker is given for', () => {
    const parsed = parseDomain(wrap("<interface type='user'/>"))._unsafeUnwrap()
    expect(parsed.uuid).toBeUndefined()
    expect(parsed.devices.interfaces[0]).not.toHaveProperty('mac')
  })

  it('keeps what it does not know, in place', () => {
    const text = formatDomain(
      parseDomain(
        wrap(
          "<foo a='1'><bar/></foo><disk><x/><source file='/a' y='2'/><target dev='vda'/><z/></disk><sound model='ac97'/>",
          "<qemu:commandline xmlns:qemu='urn:q'><qemu:arg value='-x'/></qemu:commandline>",
        ),
      )._unsafeUnwrap(),
    )
    expect(text).toContain(`  <devices>
    <foo a='1'>
      <bar/>
    </foo>
    <disk type='file' device='disk'>
      <x/>
      <source file='/a' y='2'/>
      <target dev='vda' bus='virtio'/>
      <z/>
    </disk>
    <sound model='ac97'/>
  </devices>`)
    expect(text).toContain("<qemu:commandline xmlns:qemu='urn:q'>")
  })

  it.each([
    ["<domain type=''>", '', ErrorNumber.INTERNAL_ERROR, 'missing domain type attribute'],
    [
      "<domain type='qemu'>",
      '<features><acpi/><bogus/></features>',
      ErrorNumber.CONFIG_UNSUPPORTED,
      "unexpected feature 'bogus'",
    ],
    [
      "<domain type='qemu'>",
      "<cpu mode='bogus'/>",
      ErrorNumber.CONFIG_UNSUPPORTED,
      "Invalid mode attribute 'bogus'",
    ],
  ])('refuses words that libvirt does not know: %s %s', (start, part, code, detail) => {
    const text = `${start}<name>v</name><memory>1024</memory>
      <os><type arch='x86_64' machine='pc'>hvm</type></os>${part}</domain>`
    expect(parseDomain(text)._unsafeUnwrapErr()).toMatchObject({ code, str2: detail })
  })

  it.each(['<features><htm/></features>', '<features><bogus/></features>', "<cpu mode='bogus'/>"])(
    'finds %s by the schema when validation is asked for',
    (part) => {
      const { code } = parseDomain(wrap('', part), { validate: true })._unsafeUnwrapErr()
      expect(code).toBe(ErrorNumber.XML_INVALID_SCHEMA)
    },
  )

  it('refuses unknown parts only when validation is asked for', () => {
    const text = wrap("<disk><source file='/a'/><target dev='vda'/><x/></disk>")
    expect(parseDomain(text).isOk()).toBe(true)
    const { code, message } = parseDomain(text, { validate: true })._unsafeUnwrapErr()
    expect(code).toBe(ErrorNumber.XML_INVALID_SCHEMA)
    expect(message.split('\n')[0]).toBe(
      'XML document failed to validate against schema: Unable to validate doc against /usr/share/libvirt/schemas/domain.rng',
    )
  })

  it('reads what only a running domain has unless it is to be left out', () => {
    const text = wrap(
      "<disk><source file='/a' index='1'/><mirror type='file' job='copy'><format type='raw'/><source file='/b'/></mirror><target dev='vda'/><alias name='virtio-disk0'/></disk>",
    )
    const live = parseDomain(text)._unsafeUnwrap().devices.disks[0]
    expect(live).toMatchObject({
      alias: 'virtio-disk0',
      source: { index: 1 },
      mirror: { job: 'copy', source: { type: 'file', path: '/b', format: 'raw' } },
    })
    const inactive = parseDomain(text, { inactive: true })._unsafeUnwrap().devices.disks[0]
    expect(inactive).not.toHaveProperty('alias')
    expect(inactive).not.toHaveProperty('mirror')
    expect(inactive?.source).not.toHaveProperty('index')
  })

  it('reads the old form of a mirror', () => {
    const text = wrap(
      "<disk><source file='/a'/><mirror file='/b' format='qcow2' ready='yes'/><target dev='vda'/></disk>",
    ).replace("type='test'", "type='test' id='1'")
    const def = parseDomain(text)._unsafeUnwrap()
    expect(def.devices.disks[0]?.mirror).toStrictEqual({
      job: 'copy',
      ready: 'yes',
      source: { type: 'file', path: '/b', format: 'qcow2' },
    })
    expect(formatDomain(def)).toContain(
      "<mirror type='file' file='/b' format='qcow2' job='copy' ready='yes'>",
    )
  })

  it('answers soon to many disks and many unknown children', () => {
    const disks = Array.from({ length: 2000 }, (_, at) => {
      const dev = `vd${letters(at)}`
      return `<disk><source file='/${at}'/><target dev='${dev}' bus='virtio'/></disk>`
    })
    const unknown = '<foo/>'.repeat(20_000)
    const parsed = parseDomain(wrap(disks.toReversed().join('') + unknown))._unsafeUnwrap()
    expect(parsed.devices.disks[0]?.target.dev).toBe('vda')
    expect(parsed.devices.disks).toHaveLength(2000)
    expect(formatDomain(parsed).split('<foo/>')).toHaveLength(20_001)
  })

  it('refuses a disk on a controller that is out of all reason', () => {
    const address = "<address type='drive' controller='4294967295'/>"
    const text = wrap(`<disk><source file='/a'/><target dev='sda' bus='scsi'/>${address}</disk>`)
    expect(parseDomain(text)._unsafeUnwrapErr().code).toBe(ErrorNumber.OVERFLOW)
  })
})

function letters(index: number): string {
  const last = String.fromCharCode(97 + (index % 26))
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last
}

describe('formatDomain', () => {
  it('writes secrets only when asked', () => {
    const def = parseDomain(wrap("<graphics type='vnc' passwd='s3cret'/>"))._unsafeUnwrap()
    expect(formatDomain(def)).not.toContain('s3cret')
    expect(formatDomain(def, { secure: true })).toContain("passwd='s3cret'")
  })

  it('writes a changed copy with what it kept', () => {
    const def = parseDomain(
      wrap(`${disk}<foo/><sound model='ac97'/>`, '<title>t</title><features><acpi/></features>'),
    )._unsafeUnwrap()
    const changed = { ...def, title: 'u', devices: { ...def.devices, disks: [] } }
    const text = formatDomain(changed)
    expect(text).toContain('<title>u</title>')
    expect(text).toContain('  <features>\n    <acpi/>\n  </features>\n  <clock')
    expect(text).toContain("  <devices>\n    <foo/>\n    <sound model='ac97'/>\n  </devices>")
  })

  it('leaves the names of a running domain out of an inactive form, but for those that the user chose', () => {
    const def = parseDomain(
      wrap(
        "<disk><source file='/a' index='2'/><target dev='vda'/><alias name='ua-mine'/></disk><controller type='scsi' index='0'><alias name='scsi0'/></controller>",
      ).replace("type='test'", "type='test' id='4'"),
    )._unsafeUnwrap()
    expect(formatDomain(def)).toContain("<alias name='scsi0'/>")
    const text = formatDomain(def, { inactive: true })
    expect(text).toContain("<domain type='test'>")
    expect(text).toContain("<alias name='ua-mine'/>")
    expect(text).not.toContain('scsi0')
    expect(text).not.toContain("index='2'")
  })

  it('follows the source when its format changes', () => {
    const def = parseDomain(
      wrap("<disk><driver name='qemu' type='raw'/><source file='/a'/><target dev='vda'/></disk>"),
    )._unsafeUnwrap()
    const disks = def.devices.disks.map((one) => ({
      ...one,
      source: { type: 'file' as const, path: '/b', format: 'qcow2' },
    }))
    const text = formatDomain({ ...def, devices: { ...def.devices, disks } })
    expect(text).toContain("<driver name='qemu' type='qcow2'/>\n      <source file='/b'/>")
  })
})

describe('toInactiveDomain', () => {
  it('gives what is left when a domain stops', () => {
    const text = wrap(
      "<serial type='pty'><source path='/dev/pts/3'/><target port='0'/><alias name='serial0'/></serial>",
    ).replace("type='test'", "type='test' id='4'")
    const running = parseDomain(text)._unsafeUnwrap()
    expect(running.devices.consoles[0]).toMatchObject({ tty: '/dev/pts/3', alias: 'serial0' })
    const stopped = toInactiveDomain(running)._unsafeUnwrap()
    expect(stopped.id).toBeUndefined()
    expect(stopped.devices.serials).toStrictEqual([
      { type: 'pty', sources: [], target: { port: 0 } },
    ])
    expect(formatDomain(stopped)).not.toContain('pts')
  })
})

describe('withInterfaceTargets', () => {
  it('takes the first free numbers', () => {
    const nics = "<interface type='user'/><interface type='user'><target dev='t0'/></interface>"
    const def = parseDomain(wrap(nics + "<interface type='user'/>"))._unsafeUnwrap()
    const named = withInterfaceTargets(def, 't')._unsafeUnwrap()
    expect(named.devices.interfaces.map(({ target }) => target)).toStrictEqual(['t1', 't0', 't2'])
  })
})

describe('checkDomainName', () => {
  it('refuses a line end', () => {
    expect(checkDomainName('a\nb')._unsafeUnwrapErr().message).toBe('invalid char in name: \n')
    expect(checkDomainName('a b').isOk()).toBe(true)
  })
})

describe(`libvirt's own domains${sharedFixtures.note}`, () => {
  it.each(listShared('domain-out'))('%s is written as it was read', (file) => {
    const text = readShared(`domain-out/${file}`)
    expect(formatDomain(parseDomain(text)._unsafeUnwrap(), { secure: true })).toBe(text)
  })

  const refused: ReadonlyMap<string, ErrorNumber> = new Map([
    ['disk-fdc-incompatible-address.xml', ErrorNumber.CONFIG_UNSUPPORTED],
    ['disk-missing-target-invalid.xml', ErrorNumber.NO_TARGET],
    ['disk-network-source-auth-both.xml', ErrorNumber.CONFIG_UNSUPPORTED],
    ['minimal-no-memory.xml', ErrorNumber.XML_ERROR],
    ['pci-bridge-negative-index-invalid.xml', ErrorNumber.XML_ERROR],
    ['q35-dmi-bad-address1.xml', ErrorNumber.XML_ERROR],
  ])

  it.each(listShared('domain-in'))('%s is refused, or stays as it is once written', (file) => {
    const first = parseDomain(readShared(`domain-in/${file}`))
    const code = refused.get(file)
    if (first.isErr() || code !== undefined) {
      expect(first._unsafeUnwrapErr().code).toBe(code)
      return
    }
    const text = formatDomain(first.value, { secure: true })
    const again = parseDomain(text)._unsafeUnwrap()
    expect(formatDomain(again, { secure: true })).toBe(text)
  })

  it.skipIf(sharedFixtures.missing)('are all there', () => {
    expect(listShared('domain-out')).toHaveLength(92)
    expect(listShared('domain-in')).toHaveLength(188)
  })
})
