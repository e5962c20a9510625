import { describe, expect, it } from 'vitest'
import { ErrorDomain, ErrorNumber, type VirResult } from '../../../src/errors/index.ts'
import { type DomainDef, parseDomain } from '../../../src/xml/index.ts'

function read(features: string): VirResult<DomainDef> {
  return parseDomain(
    `<domain type='qemu'><name>v</name><memory>1024</memory><os><type>hvm</type></os>
      <features>${features}</features></domain>`,
  )
}

describe('parseDomain', () => {
  const missing = (name: string, attribute: string) =>
    `Missing required attribute '${attribute}' in element '${name}'`
  const wrong = (name: string, attribute: string, value = 'bogus') =>
    `Invalid value for attribute '${attribute}' in element '${name}': '${value}'.`

  // Recorded from libvirt 9.0.0.
  it.each([
    ['<htm/>', missing('htm', 'state')],
    ['<nested-hv/>', missing('nested-hv', 'state')],
    ['<ccf-assist/>', missing('ccf-assist', 'state')],
    ['<msrs/>', missing('msrs', 'unknown')],
    ["<htm value='on'/>", missing('htm', 'state')],
    ["<htm state='on'/><htm/>", missing('htm', 'state')],
    ['<htm/><bogus/>', missing('htm', 'state')],
    ["<htm state='bogus'/>", wrong('htm', 'state')],
    ["<htm state=''/>", wrong('htm', 'state', '')],
    ["<msrs unknown='bogus'/>", wrong('msrs', 'unknown')],
    ["<smm state='bogus'/>", wrong('smm', 'state')],
    ["<vmport state='bogus'/>", wrong('vmport', 'state')],
    ["<apic eoi='bogus'/>", wrong('apic', 'eoi')],
    ["<gic version='0'/>", wrong('gic', 'version', '0')],
    ["<hpt resizing='bogus'/>", wrong('hpt', 'resizing')],
    ["<ioapic driver='bogus'/>", wrong('ioapic', 'driver')],
    ["<capabilities policy='bogus'/>", wrong('capabilities', 'policy')],
    ["<hyperv mode='none'/>", wrong('hyperv', 'mode', 'none')],
    ["<cfpc value='fixed-na'/>", wrong('cfpc', 'value', 'fixed-na')],
    ["<ibs value='fixed'/>", wrong('ibs', 'value', 'fixed')],
  ])('refuses the features %s', (features, detail) => {
    expect(read(features)._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.XML_ERROR,
      domain: ErrorDomain.XML,
      str2: detail,
    })
  })

  const expected = 'Expected non-negative integer value'
  const on = (feature: string, part: string, more = '') =>
    `<${feature}><${part} state='on' ${more}/></${feature}>`

  // Recorded from libvirt 9.0.0.
  it.each([
    ['<hyperv><relaxed/></hyperv>', missing('relaxed', 'state')],
    ["<hyperv mode='passthrough'><relaxed/></hyperv>", missing('relaxed', 'state')],
    ["<hyperv><avic state='x'/></hyperv>", wrong('avic', 'state', 'x')],
    ["<hyperv mode='bogus'><bogus/></hyperv>", wrong('hyperv', 'mode')],
    ["<hyperv><stimer state='on'><direct/></stimer></hyperv>", missing('direct', 'state')],
    [on('hyperv', 'spinlocks'), missing('spinlocks', 'retries')],
    [on('hyperv', 'spinlocks', "retries='x'"), `${wrong('spinlocks', 'retries', 'x')} ${expected}`],
    ['<kvm><hidden/></kvm>', missing('hidden', 'state')],
    ["<kvm><pv-ipi state='x'/></kvm>", wrong('pv-ipi', 'state', 'x')],
    [on('kvm', 'dirty-ring'), missing('dirty-ring', 'size')],
    [on('kvm', 'dirty-ring', "size='-1'"), `${wrong('dirty-ring', 'size', '-1')} ${expected}`],
    ['<xen><e820_host/></xen>', missing('e820_host', 'state')],
    [on('xen', 'passthrough', "mode='default'"), wrong('passthrough', 'mode', 'default')],
    ["<capabilities><mknod state='x'/></capabilities>", wrong('mknod', 'state', 'x')],
    [
      '<tcg><tb-cache>-1</tb-cache></tcg>',
      "Invalid value '-1' for element or attribute './tb-cache'",
    ],
    [
      '<smm><tseg>x</tseg></smm>',
      "Invalid value 'x' for element or attribute 'string(./features/smm/tseg)'",
    ],
  ])('refuses what stands in the features %s', (features, detail) => {
    expect(read(features)._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.XML_ERROR,
      domain: ErrorDomain.XML,
      str2: detail,
    })
  })

  const { CONFIG_UNSUPPORTED, XML_ERROR } = ErrorNumber

  // Recorded from libvirt 9.0.0.
  it.each<[string, ErrorNumber, string]>([
    [
      '<hyperv><bogus/></hyperv>',
      CONFIG_UNSUPPORTED,
      'unsupported HyperV Enlightenment feature: bogus',
    ],
    ['<kvm><bogus/></kvm>', CONFIG_UNSUPPORTED, 'unsupported KVM feature: bogus'],
    ['<xen><bogus/></xen>', CONFIG_UNSUPPORTED, 'unsupported Xen feature: bogus'],
    [
      "<hyperv><stimer state='on'><bogus/></stimer></hyperv>",
      CONFIG_UNSUPPORTED,
      'unsupported Hyper-V stimer feature: bogus',
    ],
    [
      "<capabilities><bogus state='on'/></capabilities>",
      CONFIG_UNSUPPORTED,
      "unexpected capability feature 'bogus'",
    ],
    [
      '<hpt><maxpagesize>x</maxpagesize></hpt>',
      CONFIG_UNSUPPORTED,
      'Unable to parse HPT maxpagesize setting',
    ],
    [
      on('hyperv', 'spinlocks', "retries='4094'"),
      XML_ERROR,
      'HyperV spinlock retry count must be at least 4095',
    ],
    [
      on('hyperv', 'vendor_id'),
      XML_ERROR,
      "missing 'value' attribute for HyperV feature 'vendor_id'",
    ],
    [
      on('hyperv', 'vendor_id', "value='1234567890123'"),
      XML_ERROR,
      'HyperV vendor_id value must not be more than 12 characters.',
    ],
    [on('hyperv', 'vendor_id', "value='a,b'"), XML_ERROR, 'HyperV vendor_id value is invalid'],
    ...['512', '1000', '131072'].map((size): [string, ErrorNumber, string] => [
      on('kvm', 'dirty-ring', `size='${size}'`),
      XML_ERROR,
      'dirty ring must be power of 2 and ranges [1024, 65536]',
    ]),
  ])('refuses the parts of features %s', (features, code, detail) => {
    expect(read(features)._unsafeUnwrapErr()).toMatchObject({
      code,
      domain: ErrorDomain.DOMAIN,
      str2: detail,
    })
  })

  it.each([
    '<acpi/>',
    "<hyperv><spinlocks state='off' retries='x'/><vendor_id state='off'/></hyperv>",
    "<hyperv><spinlocks state='on' retries='0x2000'/><vendor_id state='on' value=''/></hyperv>",
    "<hyperv><stimer state='off'><bogus/></stimer></hyperv>",
    "<kvm><dirty-ring state='on' size='65536'/></kvm>",
    "<xen><passthrough state='on' mode='share_pt'/></xen>",
    '<capabilities><mknod/></capabilities>',
    '<hpt><maxpagesize/><bogus/></hpt>',
    "<smm state='off'><tseg>x</tseg></smm>",
    "<tcg><tb-cache unit='MiB'>5</tb-cache><bogus/></tcg>",
    "<acpi state='bogus'/>",
    "<htm state='on'/>",
    "<msrs unknown='fault'/>",
    '<smm/>',
    '<hpt/>',
    "<hpt state='bogus'/>",
    "<ibs value='fixed-na'/>",
    "<hyperv mode='passthrough'/>",
    "<tcg state='bogus'/>",
  ])('takes the features %s', (features) => {
    expect(read(features).isOk()).toBe(true)
  })
})
