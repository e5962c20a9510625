import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ErrorDomain, ErrorNumber } from '../../../src/errors/index.ts'
import {
  formatDomainCheckpoint,
  parseDomainCheckpoint,
} from '../../../src/xml/documents/checkpoint.ts'
import type {
  DomainCheckpointDef,
  DomainCheckpointDiskDef,
} from '../../../src/xml/documents/checkpoint.ts'
import { hostileText } from '../arbitraries.ts'
import { listShared, readShared, sharedFixtures } from '../shared-fixtures.ts'

const checkpoint = (content: string) => `<domaincheckpoint>${content}</domaincheckpoint>`

function extra(name: string): string {
  return `Extra element ${name} in interleave\nElement domaincheckpoint failed to validate content`
}

describe('parseDomainCheckpoint', () => {
  it('takes the empty document', () => {
    expect(parseDomainCheckpoint('<domaincheckpoint/>')._unsafeUnwrap()).toStrictEqual({})
  })

  it('reads the names of disks as targets or paths, in any order of elements', () => {
    const text = checkpoint(
      `<disks><disk name='vda'/><disk name='/x/y' checkpoint='no'/><disk name='sdb' bitmap=''/></disks><name>c.1</name>`,
    )
    expect(parseDomainCheckpoint(text)._unsafeUnwrap()).toStrictEqual({
      name: 'c.1',
      disks: [
        { name: 'vda', checkpoint: 'bitmap' },
        { name: '/x/y', checkpoint: 'no' },
        { name: 'sdb', checkpoint: 'bitmap', bitmap: '' },
      ],
    })
  })

  const history = checkpoint(
    `<name>c</name><parent><name>p</name></parent><creationTime>007</creationTime><disks><disk name='vda' size='5'/></disks>`,
  )

  it('leaves out time, parent and sizes, but for a redefinition', () => {
    expect(parseDomainCheckpoint(history)._unsafeUnwrap()).toStrictEqual({
      name: 'c',
      disks: [{ name: 'vda', checkpoint: 'bitmap' }],
    })
    expect(parseDomainCheckpoint(history, { redefine: true })._unsafeUnwrap()).toStrictEqual({
      name: 'c',
      parent: 'p',
      creationTime: 7,
      disks: [{ name: 'vda', checkpoint: 'bitmap' }],
    })
  })

  it('reads sizes and the mark of the current one in internal documents', () => {
    const text = history.replace('</domaincheckpoint>', '<active>1</active></domaincheckpoint>')
    expect(parseDomainCheckpoint(text, { internal: true })._unsafeUnwrap()).toMatchObject({
      active: true,
      disks: [{ name: 'vda', size: 5 }],
    })
  })

  it('takes a time of 0 for none, as libvirt does when it writes', () => {
    const text = checkpoint('<name>c</name><creationTime>0</creationTime>')
    expect(parseDomainCheckpoint(text, { redefine: true })._unsafeUnwrap()).toStrictEqual({
      name: 'c',
    })
  })

  // What libvirt 9.0.0's test driver answered.
  it.each([
    [
      'malformed text',
      '<domaincheckpoint>',
      false,
      35,
      ErrorDomain.DOMAIN_CHECKPOINT,
      '(domain_checkpoint):1: Premature end of data in tag domaincheckpoint line 1\n<domaincheckpoint>\n------------------^',
    ],
    [
      'another root',
      '<foo/>',
      false,
      27,
      ErrorDomain.XML,
      "XML error: expecting root element of 'domaincheckpoint', not 'foo'",
    ],
    [
      'a redefinition without a name',
      checkpoint('<creationTime>1</creationTime>'),
      true,
      27,
      ErrorDomain.DOMAIN_CHECKPOINT,
      'XML error: a redefined checkpoint must have a name',
    ],
    [
      'a redefinition without a time',
      checkpoint('<name>c</name>'),
      true,
      1,
      ErrorDomain.DOMAIN_CHECKPOINT,
      'internal error: missing creationTime from existing checkpoint',
    ],
    [
      'a time of 64 bits',
      checkpoint('<name>c</name><creationTime>9223372036854775808</creationTime>'),
      true,
      1,
      ErrorDomain.DOMAIN_CHECKPOINT,
      'internal error: missing creationTime from existing checkpoint',
    ],
    [
      'an embedded domain without an os',
      checkpoint(
        `<name>c</name><creationTime>1</creationTime><domain type='test'><name>q</name></domain>`,
      ),
      true,
      27,
      ErrorDomain.DOMAIN,
      'XML error: an os <type> must be specified',
    ],
  ] as const)('refuses %s', (_, text, redefine, code, domain, message) => {
    const error = parseDomainCheckpoint(text, { redefine })._unsafeUnwrapErr()
    expect(error).toMatchObject({ code, domain, message })
  })

  it('refuses a time that is no safe integer', () => {
    const text = checkpoint('<name>c</name><creationTime>9223372036854775807</creationTime>')
    const error = parseDomainCheckpoint(text, { redefine: true })._unsafeUnwrapErr()
    expect(error.code).toBe(ErrorNumber.OVERFLOW)
  })

  const uuid = '<uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>'
  const embedded = (parts: string) =>
    checkpoint(
      `<name>c</name><creationTime>1</creationTime><domain type='qemu'><name>q</name>${parts}<os><type>hvm</type></os></domain>`,
    )

  // Recorded from libvirt 9.0.0.
  it.each([
    '<uuid>bogus</uuid><memory>1</memory>',
    '<uuid/><memory>1</memory>',
    `${uuid}<memory>x</memory>`,
    `${uuid}<memory>1</memory><vcpu>0</vcpu>`,
    `${uuid}<memory>1</memory><clock offset='bogus'/>`,
    `${uuid}<memory>1</memory><cpu mode='bogus'/>`,
    `${uuid}<memory>1</memory><features><htm/></features>`,
    `${uuid}<memory>1</memory><devices><disk device='bogus'><target dev='vda'/></disk></devices>`,
    `${uuid}<memory>1</memory><devices><disk><target dev='foo'/></disk></devices>`,
  ])('refuses an embedded domain with a value that the schema refuses: %s', (parts) => {
    for (const redefine of [true, false]) {
      const error = parseDomainCheckpoint(embedded(parts), { redefine })._unsafeUnwrapErr()
      expect(error.code).toBe(ErrorNumber.XML_INVALID_SCHEMA)
      expect(error.message).toContain(extra('domain'))
    }
  })

  it('keeps what no part of an embedded domain is known by', () => {
    const text = embedded(`${uuid}<memory>1</memory><foo/>`)
    const def = parseDomainCheckpoint(text, { redefine: true })._unsafeUnwrap()
    expect(formatDomainCheckpoint(def)).toContain('<foo/>')
  })

  it('does not look into an embedded domain that only breaks rules beyond the schema', () => {
    const text = checkpoint(`<domain type='test'><name>q</name></domain>`)
    expect(parseDomainCheckpoint(text).isOk()).toBe(true)
  })

  // Recorded from libvirt 9.0.0.
  it.each([
    ['<foo/>', 'Element domaincheckpoint has extra content: foo'],
    ['text', 'Element domaincheckpoint has extra content: text'],
    ['<name>a/b</name>', extra('name')],
    ['<name> a </name>', extra('name')],
    ['<name>a\n</name>', extra('name')],
    ['<name>.a</name>', extra('name')],
    ['<name/>', extra('name')],
    ['<name>a</name><name>b</name>', extra('name')],
    ['<description>x<y/></description>', extra('description')],
    ['<creationTime>x</creationTime>', extra('creationTime')],
    ['<creationTime> 7 </creationTime>', extra('creationTime')],
    ['<creationTime>18446744073709551616</creationTime>', extra('creationTime')],
    ['<parent/>', extra('parent')],
    ['<parent/><disks/>', extra('disks')],
    ['<disks/><parent/>', extra('disks')],
    ['<disks/><foo/>', extra('disks')],
    ['<name>a</name><foo/><disks/>', 'Element domaincheckpoint has extra content: foo'],
    [`<disks><disk name='vda'/><disk/></disks>`, extra('disks')],
    [`<disks><disk name='vda' checkpoint='no' bitmap='x'/></disks>`, extra('disks')],
    [`<disks><disk name='vda' checkpoint='no' size='5'/></disks>`, extra('disks')],
    [`<domain/>`, extra('domain')],
    [`<domain><name>q</name></domain>`, extra('domain')],
    [`<domain type='bogus'><name>q</name></domain>`, extra('domain')],
  ])('refuses by the schema: %s', (content, lines) => {
    expect(parseDomainCheckpoint(checkpoint(content))._unsafeUnwrapErr()).toMatchObject({
      code: ErrorNumber.XML_INVALID_SCHEMA,
      domain: ErrorDomain.XML,
      message: `XML document failed to validate against schema: Unable to validate doc against /usr/share/libvirt/schemas/domaincheckpoint.rng\n${lines}\n`,
    })
  })

  it('refuses attributes of the root', () => {
    const error = parseDomainCheckpoint(`<domaincheckpoint a='1'/>`)._unsafeUnwrapErr()
    expect(error.message).toContain('Invalid attribute a for element domaincheckpoint\n')
  })
})

describe('formatDomainCheckpoint', () => {
  const def: DomainCheckpointDef = {
    name: 'c',
    description: 'd',
    parent: 'p',
    creationTime: 12,
    disks: [{ name: 'vda', checkpoint: 'bitmap', bitmap: 'c', size: 65_536 }],
    active: true,
  }

  it('writes elements and attributes in libvirt’s order', () => {
    expect(formatDomainCheckpoint(def, { size: true })).toBe(`<domaincheckpoint>
  <name>c</name>
  <description>d</description>
  <parent>
    <name>p</name>
  </parent>
  <creationTime>12</creationTime>
  <disks>
    <disk name='vda' checkpoint='bitmap' bitmap='c' size='65536'/>
  </disks>
</domaincheckpoint>
`)
  })

  it('writes sizes and the mark of the current one only when asked', () => {
    expect(formatDomainCheckpoint(def)).not.toMatch(/size|active/)
    expect(formatDomainCheckpoint(def, { internal: true })).toContain('  <active>1</active>\n')
  })

  const record = { noNullPrototype: true }
  const name = fc.stringMatching(/^[a-zA-Z0-9_-][a-zA-Z0-9_.-]{0,8}$/)
  const diskName = fc.oneof(
    fc.constantFrom('vda', 'sdb', 'hdc'),
    name.map((text) => `/${text}`),
  )
  const disk: fc.Arbitrary<DomainCheckpointDiskDef> = fc.oneof(
    fc.record({ name: diskName, checkpoint: fc.constant('no' as const) }, record),
    fc.record(
      { name: diskName, checkpoint: fc.constant('bitmap' as const), bitmap: hostileText },
      { ...record, requiredKeys: ['name', 'checkpoint'] },
    ),
  )
  const redefinition: fc.Arbitrary<DomainCheckpointDef> = fc.record(
    {
      name,
      description: hostileText.filter((text) => text !== ''),
      parent: name,
      creationTime: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      disks: fc.array(disk, { minLength: 1, maxLength: 3 }),
    },
    { ...record, requiredKeys: ['name', 'creationTime'] },
  )

  it('is read back as it was', () => {
    fc.assert(
      fc.property(redefinition, (one) => {
        const text = formatDomainCheckpoint(one)
        expect(parseDomainCheckpoint(text, { redefine: true })._unsafeUnwrap()).toStrictEqual(one)
      }),
    )
  })
})

describe.skipIf(sharedFixtures.missing)(
  `libvirt's checkpoint documents${sharedFixtures.note}`,
  () => {
    it.each(listShared('checkpoint-out'))('%s is given back byte for byte', (file) => {
      const internal = file.includes('internal') || file === 'size.xml'
      const text = readShared(`checkpoint-out/${file}`)
      const def = parseDomainCheckpoint(text, { redefine: true, internal })._unsafeUnwrap()
      expect(formatDomainCheckpoint(def, { secure: true, size: true, internal })).toBe(text)
    })

    it('drops the domain when asked', () => {
      const text = readShared('checkpoint-out/redefine.xml')
      const def = parseDomainCheckpoint(text, { redefine: true })._unsafeUnwrap()
      expect(formatDomainCheckpoint(def, { noDomain: true })).not.toContain('<domain ')
    })

    // libvirt's own test sets the time, the parent and what alignment with its domain gives.
    const made: DomainCheckpointDef = { name: '1525889631', creationTime: 1_525_889_631 }
    const child = { ...made, parent: '1525111885' }
    const vda = { name: 'vda', checkpoint: 'bitmap', bitmap: '1525889631' } as const
    it.each<[string, DomainCheckpointDef]>([
      ['empty.xml', { ...made, disks: [vda] }],
      ['disk-default.xml', { ...child, disks: [vda] }],
      ['sample.xml', { ...child, disks: [vda, { name: 'vdb', checkpoint: 'no' }] }],
      [
        'size.xml',
        {
          creationTime: 1_553_648_510,
          parent: '1525111885',
          disks: [{ ...vda, bitmap: 'c2', size: 1_048_576 }],
        },
      ],
    ])('%s gives libvirt’s output', (file, added) => {
      const def = parseDomainCheckpoint(readShared(`checkpoint-in/${file}`))._unsafeUnwrap()
      expect(formatDomainCheckpoint({ ...def, ...added }, { size: true })).toBe(
        readShared(`checkpoint-out/${file}`),
      )
    })

    it.each(['name-invalid.xml', 'disk-invalid.xml'])('%s is refused by the schema', (file) => {
      const error = parseDomainCheckpoint(readShared(`checkpoint-in/${file}`))._unsafeUnwrapErr()
      expect(error.code).toBe(ErrorNumber.XML_INVALID_SCHEMA)
    })
  },
)
