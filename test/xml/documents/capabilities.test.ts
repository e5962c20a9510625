import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ErrorDomain, ErrorNumber } from '../../../src/errors/index.ts'
import { formatCapabilities, parseCapabilities } from '../../../src/xml/documents/capabilities.ts'
import type { CapabilitiesDef } from '../../../src/xml/documents/capabilities.ts'

// Recorded with `virsh capabilities` of libvirt 9.0.0; the host's UUID is replaced.
function recorded(name: string): string {
  return readFileSync(new URL(`../../fixtures/xml/${name}`, import.meta.url), 'utf8')
}

const guest = {
  arch: 'i686',
  wordSize: 32,
  emulator: '/usr/bin/test-hv',
  machines: [],
  domains: [{ type: 'test', machines: [] }],
  features: [{ name: 'pae' }, { name: 'nonpae' }],
}

const withoutCells: CapabilitiesDef = {
  host: {
    arch: 'i686',
    features: ['pae', 'nonpae'],
    pageSizesKiB: [4, 8, 2048, 1_048_576],
    powerManagement: [],
    iommu: false,
    cells: [],
    securityModels: [{ model: 'testSecurity', doi: '' }],
  },
  guests: [
    { osType: 'hvm', ...guest },
    { osType: 'xen', ...guest },
  ],
}

describe('formatCapabilities', () => {
  it('writes an empty topology over two lines, as test:///node.xml shows it', () => {
    const text = recorded('capabilities-test-default.xml')
    const expected = text.replace(
      / {6}<cells num='2'>[^]*<\/cells>/,
      `      <cells num='0'>\n      </cells>`,
    )
    expect(formatCapabilities(withoutCells)).toBe(expected)
  })

  it.each(['capabilities-test-default.xml', 'capabilities-qemu.xml'])(
    'gives %s back byte for byte',
    (file) => {
      const text = recorded(file)
      expect(formatCapabilities(parseCapabilities(text)._unsafeUnwrap())).toBe(text)
    },
  )

  it('writes what a driver does not know not at all', () => {
    const { host } = withoutCells
    const text = formatCapabilities({
      host: { arch: host.arch, pageSizesKiB: [], iommu: true, securityModels: [] },
      guests: [],
    })
    expect(text).toBe(`<capabilities>

  <host>
    <cpu>
      <arch>i686</arch>
    </cpu>
    <iommu support='yes'/>
  </host>

</capabilities>
`)
  })
})

describe('parseCapabilities', () => {
  it('reads cells, processors and guests', () => {
    const def = parseCapabilities(recorded('capabilities-test-default.xml'))._unsafeUnwrap()
    expect(def.guests).toStrictEqual(withoutCells.guests)
    expect(def.host).toMatchObject({ ...withoutCells.host, cells: [{}, {}] })
    expect(def.host.cells?.[1]).toMatchObject({
      id: 1,
      memoryKiB: 4_194_304,
      pages: [
        { sizeKiB: 8, count: 524_288 },
        { sizeKiB: 2048, count: 0 },
        { sizeKiB: 1_048_576, count: 0 },
      ],
    })
    expect(def.host.cells?.[1]?.cpus[0]).toStrictEqual({
      id: 8,
      socketId: 1,
      dieId: 0,
      coreId: 0,
      siblings: '8',
    })
  })

  it.each([
    ['malformed text', '<capabilities>', ErrorNumber.XML_DETAIL],
    ['no host', '<capabilities/>', ErrorNumber.XML_ERROR],
    ['no processor', '<capabilities><host/></capabilities>', ErrorNumber.XML_ERROR],
    [
      'a size that is no number',
      `<capabilities><host><cpu><pages size='x'/></cpu></host></capabilities>`,
      ErrorNumber.XML_ERROR,
    ],
  ])('refuses %s', (_, text, code) => {
    const error = parseCapabilities(text)._unsafeUnwrapErr()
    expect(error).toMatchObject({ code, domain: ErrorDomain.CAPABILITIES })
  })
})
