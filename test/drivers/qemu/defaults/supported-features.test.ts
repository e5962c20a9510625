import { describe, expect, it } from 'vitest'
import { checkSupported } from '../../../../src/drivers/qemu/defaults/supported.ts'
import { checkFeatures } from '../../../../src/drivers/qemu/defaults/supported-features.ts'
import { ErrorDomain, ErrorNumber } from '../../../../src/errors/index.ts'
import { type DomainDef, parseDomain } from '../../../../src/xml/index.ts'

function definition(
  features: string,
  { type = 'qemu', machine = 'pc-i440fx-7.2' } = {},
): DomainDef {
  return parseDomain(
    `<domain type='${type}'><name>v</name><memory>1024</memory>
      <os><type arch='x86_64' machine='${machine}'>hvm</type></os>
      <features>${features}</features></domain>`,
  )._unsafeUnwrap()
}

const foreign = (name: string, machine = 'pc-i440fx-7.2') =>
  `The '${name}' feature is not supported for architecture 'x86_64' or machine type '${machine}'`
const tseg = 'SMM TSEG is only supported with q35 machine type'

// Recorded from libvirt 9.0.0.
describe('the features of an x86 machine', () => {
  it.each([
    ["<htm state='off'/>", foreign('htm')],
    ["<nested-hv state='on'/>", foreign('nested-hv')],
    ["<ccf-assist state='on'/>", foreign('ccf-assist')],
    ["<cfpc value='broken'/>", foreign('cfpc')],
    ["<sbbc value='broken'/>", foreign('sbbc')],
    ["<ibs value='broken'/>", foreign('ibs')],
    ['<gic/>', foreign('gic')],
    ["<gic version='2'/>", foreign('gic')],
    ["<hpt resizing='enabled'/>", foreign('hpt')],
    ['<hpt><maxpagesize>5</maxpagesize></hpt>', foreign('hpt')],
    ["<htm state='on'/><gic version='2'/>", foreign('gic')],
    ["<sbbc value='broken'/><ccf-assist state='on'/>", foreign('ccf-assist')],
    ["<nested-hv state='on'/><hpt resizing='enabled'/>", foreign('hpt')],
    ['<smm><tseg>0</tseg></smm>', tseg],
    ["<gic version='2'/><smm><tseg>5</tseg></smm>", tseg],
    ['<tcg><tb-cache>5</tb-cache></tcg>', 'tb-cache size must be an integer multiple of MiB'],
    ["<cfpc value='broken'/><tcg><tb-cache>5</tb-cache></tcg>", foreign('cfpc')],
  ])('are not %s', (features, detail) => {
    expect(checkFeatures(definition(features))).toMatchObject({
      code: ErrorNumber.CONFIG_UNSUPPORTED,
      domain: ErrorDomain.QEMU,
      str2: detail,
    })
  })

  it("are refused in libvirt's words before in our own", () => {
    const refused = checkSupported(definition("<pmu state='on'/><htm state='on'/>"))
    expect(refused._unsafeUnwrapErr().str2).toBe(foreign('htm'))
  })

  it('do not go with other machines and accelerators', () => {
    const q35 = { machine: 'pc-q35-7.2' }
    expect(checkFeatures(definition("<htm state='on'/>", q35))?.str2).toBe(
      foreign('htm', 'pc-q35-7.2'),
    )
    const cache = "<tcg><tb-cache unit='MiB'>5</tb-cache></tcg>"
    expect(checkFeatures(definition(cache, { type: 'kvm' }))?.str2).toBe(
      "TCG features are incompatible with domain type 'kvm'",
    )
    expect(checkFeatures(definition("<smm><tseg unit='MiB'>16</tseg></smm>", q35))).toBeUndefined()
  })

  it.each([
    '<acpi/><apic/><pae/>',
    '<cfpc/><sbbc/><ibs/><hpt/>',
    '<hpt><maxpagesize>0</maxpagesize></hpt>',
    "<smm/><smm state='on'><tseg/></smm>",
    "<smm state='off'><tseg>5</tseg></smm>",
    "<tcg/><tcg><tb-cache unit='MiB'>5</tb-cache></tcg>",
  ])('may be %s', (features) => {
    expect(checkFeatures(definition(features))).toBeUndefined()
  })
})
