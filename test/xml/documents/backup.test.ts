import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ErrorDomain, ErrorNumber } from '../../../src/errors/index.ts'
import { formatDomainBackup, parseDomainBackup } from '../../../src/xml/documents/backup.ts'
import type { DomainBackupDef, DomainBackupDiskDef } from '../../../src/xml/documents/backup.ts'
import { listShared, readRecorded, readShared, sharedFixtures } from '../shared-fixtures.ts'
import { domainBackupDef } from './backup-arbitraries.ts'

function parse(text: string): DomainBackupDef {
  return parseDomainBackup(text)._unsafeUnwrap()
}

const disks = (content: string) => `<domainbackup><disks>${content}</disks></domainbackup>`
const pull = (server: string, rest = '') =>
  `<domainbackup mode='pull'>${server}${rest}</domainbackup>`
const unix = `<server transport='unix' socket='/s'/>`
const schemaLine =
  'XML document failed to validate against schema: Unable to validate doc against /usr/share/libvirt/schemas/domainbackup.rng\n'

describe('parseDomainBackup', () => {
  it('takes the empty document for a push of all disks', () => {
    expect(parse('<domainbackup/>')).toStrictEqual({ mode: 'push' })
  })

  it('reads the push example of the format’s description', () => {
    const text = `
<domainbackup>
  <disks>
    <disk name='vda' backup='yes'/>
    <disk name='vdb' type='file'>
      <target file='/path/to/vdb.backup'/>
      <driver type='raw'/>
    </disk>
    <disk name='vdc' backup='no'/>
  </disks>
</domainbackup>`
    expect(parse(text)).toStrictEqual({
      mode: 'push',
      disks: [
        { name: 'vda', backup: true },
        {
          name: 'vdb',
          backup: true,
          type: 'file',
          format: 'raw',
          store: { path: '/path/to/vdb.backup' },
        },
        { name: 'vdc', backup: false },
      ],
    })
  })

  it('reads the pull example of the format’s description', () => {
    const text = `
<domainbackup mode="pull">
  <incremental>1525889631</incremental>
  <server transport="unix" socket="/path/to/server"/>
  <disks>
    <disk name='vda' backup='yes' type='file'>
      <scratch file='/path/to/file1.scratch'/>
    </disk>
  </disks>
</domainbackup>`
    expect(parse(text)).toStrictEqual({
      mode: 'pull',
      incremental: '1525889631',
      server: { transport: 'unix', socket: '/path/to/server' },
      disks: [
        { name: 'vda', backup: true, type: 'file', store: { path: '/path/to/file1.scratch' } },
      ],
    })
  })

  it.each([
    ['with its type alone', disks(`<disk name='vda' type='file'/>`)],
    ['with its name alone', disks(`<disk name='vda'/>`)],
    ['with backup=yes alone', disks(`<disk name='vda' backup='yes'/>`)],
    ['with its name alone in a pull', pull(unix, `<disks><disk name='vda'/></disks>`)],
    [
      'with backup=yes alone in a pull',
      pull(unix, `<disks><disk name='vda' backup='yes'/></disks>`),
    ],
  ])('leaves the store of a disk open that is listed %s', (_, text) => {
    expect(parse(text).disks?.[0]).toMatchObject({ name: 'vda', backup: true })
    expect(parse(text).disks?.[0]).not.toHaveProperty('store')
  })

  it('leaves the port open that is absent or 0', () => {
    const absent = parse(pull(`<server name='h'/>`)).server
    expect(absent).toStrictEqual({ transport: 'tcp', name: 'h' })
    expect(parse(pull(`<server name='h' port='0'/>`)).server).toStrictEqual(absent)
  })

  it('ignores the rest of a disk that does not take part', () => {
    const text = pull(
      unix,
      `<disks><disk name='vda' backup='no' exportname='e' incremental='c'/></disks>`,
    )
    expect(parse(text).disks).toStrictEqual([{ name: 'vda', backup: false }])
  })

  it('takes an empty incremental for none, and keeps empty attributes', () => {
    const text = pull(
      unix,
      `<incremental/><disks><disk name='vda' exportname='' incremental=''/></disks>`,
    )
    expect(parse(text)).not.toHaveProperty('incremental')
    expect(parse(text).disks?.[0]).toMatchObject({ exportName: '', incremental: '' })
  })

  it('reads labels and encryption, and writes the UUID with dashes', () => {
    const text = disks(`<disk name='vda' type='block'><target dev='/dev/x'>
      <encryption format='luks' engine='qemu'>
        <cipher name='aes' size='256'/><ivgen name='plain64' hash='sha256'/>
        <secret type='passphrase' uuid='0A81F5B284037B23C8D621CCC2F80D6F'/>
      </encryption>
      <seclabel model='dac' relabel='no'/><seclabel><label>l</label></seclabel><seclabel labelskip='yes'/>
    </target></disk>`)
    expect(parse(text).disks?.[0]?.store).toStrictEqual({
      path: '/dev/x',
      encryption: {
        format: 'luks',
        engine: 'qemu',
        secrets: [{ type: 'passphrase', uuid: '0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f' }],
        cipher: { name: 'aes', size: 256 },
        ivgen: { name: 'plain64', hash: 'sha256' },
      },
      seclabels: [
        { model: 'dac', relabel: false },
        { relabel: true, label: 'l' },
        { labelSkip: true },
      ],
    })
  })

  // What libvirt 9.0.0's QEMU driver answered.
  it.each([
    [
      'malformed text',
      '<domainbackup>',
      35,
      ErrorDomain.DOMAIN,
      '(domain_backup):1: Premature end of data in tag domainbackup line 1\n<domainbackup>\n--------------^',
    ],
    [
      'another root',
      '<foo/>',
      27,
      ErrorDomain.XML,
      "XML error: expecting root element of 'domainbackup', not 'foo'",
    ],
    [
      'a port above 65535',
      pull(`<server name='h' port='70000'/>`),
      8,
      ErrorDomain.NONE,
      "invalid argument: port '70000' out of range",
    ],
    [
      'a Windows socket',
      pull(`<server transport='unix' socket='C:\\x'/>`),
      27,
      ErrorDomain.DOMAIN,
      "XML error: backup socket path 'C:\\x' must be absolute",
    ],
    [
      'the format luks',
      disks(`<disk name='vda' type='file'><driver type='luks'/></disk>`),
      27,
      ErrorDomain.DOMAIN,
      "XML error: unknown storage source format 'luks'",
    ],
    [
      'a blank in a mode',
      `<domainbackup mode=' push '/>`,
      67,
      ErrorDomain.DOMAIN,
      "unsupported configuration: unknown backup mode ' push '",
    ],
    [
      'a blank in a type',
      disks(`<disk name='vda' type=' file'/>`),
      27,
      ErrorDomain.DOMAIN,
      "XML error: unknown storage source type ' file'",
    ],
    [
      'a blank in backup',
      disks(`<disk name='vda' type='file' backup=' yes'/>`),
      27,
      ErrorDomain.XML,
      "XML error: Invalid value for attribute 'backup' in element 'disk': ' yes'.",
    ],
    [
      'a blank in backupmode',
      disks(`<disk name='vda' type='file' backupmode=' full'/>`),
      27,
      ErrorDomain.XML,
      "XML error: Invalid value for attribute 'backupmode' in element 'disk': ' full'.",
    ],
    [
      'a blank in a transport',
      pull(`<server transport=' unix' socket='/x'/>`),
      67,
      ErrorDomain.DOMAIN,
      "unsupported configuration: unknown protocol transport type ' unix'",
    ],
    [
      'a blank in tls',
      pull(`<server name='x' tls=' no'/>`),
      27,
      ErrorDomain.XML,
      "XML error: Invalid value for attribute 'tls' in element 'server': ' no'.",
    ],
    [
      'a blank in a label',
      disks(
        `<disk name='vda' type='file'><target file='/t'><seclabel relabel=' no'/></target></disk>`,
      ),
      27,
      ErrorDomain.XML,
      "XML error: Invalid value for attribute 'relabel' in element 'seclabel': ' no'.",
    ],
    [
      'a blank in an encryption',
      disks(
        `<disk name='vda' type='file'><target file='/t'><encryption format=' luks'><secret type='passphrase' usage='u'/></encryption></target></disk>`,
      ),
      67,
      ErrorDomain.STORAGE,
      'unsupported configuration: unknown volume encryption format type  luks',
    ],
    [
      'a blank in a secret',
      disks(
        `<disk name='vda' type='file'><target file='/t'><encryption format='luks'><secret type=' passphrase' usage='u'/></encryption></target></disk>`,
      ),
      67,
      ErrorDomain.STORAGE,
      'unsupported configuration: unknown volume encryption secret type  passphrase',
    ],
  ] as const)('refuses %s', (_, text, code, domain, message) => {
    expect(parseDomainBackup(text)._unsafeUnwrapErr()).toMatchObject({ code, domain, message })
  })

  it.each([
    ['a number of 33 bits', `port='4294967296'`],
    ['a port of 2,000 digits', `port='${'9'.repeat(2_000)}'`],
    ['a sign', `port='+1'`],
  ])('lets the schema refuse %s', (_, port) => {
    const error = parseDomainBackup(pull(`<server name='h' ${port}/>`))._unsafeUnwrapErr()
    expect(error).toMatchObject({ code: ErrorNumber.XML_INVALID_SCHEMA, domain: ErrorDomain.XML })
  })

  it('answers a hostile address at once', () => {
    const name = `${'1:'.repeat(50_000)}x`
    expect(parseDomainBackup(pull(`<server name='${name}'/>`)).isErr()).toBe(true)
  })
})

function linesOf(text: string): string[] | null {
  return parseDomainBackup(text).match(
    () => null,
    ({ code, message }) =>
      code === ErrorNumber.XML_INVALID_SCHEMA
        ? message.slice(schemaLine.length).trimEnd().split('\n')
        : null,
  )
}

function areLines(value: unknown): value is string[] | null {
  return value === null || (Array.isArray(value) && value.every((line) => typeof line === 'string'))
}

describe('the schema of backups', () => {
  // Recorded with xmllint 2.9.14 and the schema of libvirt 9.0.0; see record.py beside the file.
  const rows = readRecorded('domainbackup.json', areLines)
  const shownByDescription = /<disk(?![^>]* backup='no')(?![^>]* type=)[^>]*>/
  const asLibvirt = rows.filter(([text]) => !shownByDescription.test(text))

  it(`decides and words as libxml2 does, for ${asLibvirt.length} documents`, () => {
    expect(asLibvirt.map(([text]) => [text, linesOf(text)])).toStrictEqual(asLibvirt)
  })

  const server = "<server transport='unix' socket='/s'/>"
  const scratch = "<disks><disk name='vda' type='file'><scratch file='/a'/></disk></disks>"
  const target = "<disks><disk name='vda' type='file'><target file='/a'/></disk></disks>"
  const foo = 'Element domainbackup has extra content: foo'
  const extra = (name: string) => `Extra element ${name} in interleave`

  // Recorded from libvirt 9.0.0.
  it.each([
    ["mode='pull'", `${server}<foo/>`, foo],
    ["mode='pull'", `${scratch}${server}<foo/>`, foo],
    ["mode='pull'", `${server}<incremental>x</incremental><foo/>`, foo],
    ["mode='pull'", `${server}text`, 'Element domainbackup has extra content: text'],
    ["mode='pull' x='1'", `${server}<foo/>`, foo],
    ["mode='push'", `${target}<foo/>`, foo],
    ["mode='pull'", `<server/><foo/>`, extra('server')],
    ["mode='pull'", `${server}${server}<foo/>`, extra('server')],
    ["mode='pull'", `${server}<disks/><foo/>`, extra('server')],
    ["mode='pull'", `${target}${server}<foo/>`, extra('server')],
    ["mode='pull'", `${scratch}<foo/>${server}`, extra('disks')],
    ["mode='pull'", `${scratch}<foo/>`, extra('disks')],
    ["mode='push'", `${server}<foo/>`, extra('server')],
    ['', `${server}<foo/>`, extra('server')],
  ])('names what libxml2 names where the schema ends: %s %s', (attributes, content, line) => {
    const text = `<domainbackup ${attributes}>${content}</domainbackup>`
    expect(linesOf(text)?.[0]).toBe(line)
  })

  it('ends the message as libvirt does', () => {
    expect(parseDomainBackup(disks(''))._unsafeUnwrapErr().message).toBe(
      `${schemaLine}Extra element disks in interleave\nElement domainbackup failed to validate content\n`,
    )
  })
})

describe('formatDomainBackup', () => {
  it('writes attributes in libvirt’s order', () => {
    const def: DomainBackupDef = {
      mode: 'pull',
      server: { transport: 'tcp', tls: true, name: 'h', port: 10_809 },
      disks: [
        {
          name: 'vda',
          backup: true,
          state: 'running',
          type: 'file',
          backupMode: 'incremental',
          incremental: 'c',
          exportName: 'e',
          exportBitmap: 'b',
          index: 3,
          format: 'qcow2',
          store: { path: '/s' },
        },
      ],
    }
    expect(formatDomainBackup(def)).toBe(`<domainbackup mode='pull'>
  <server transport='tcp' tls='yes' name='h' port='10809'/>
  <disks>
    <disk name='vda' backup='yes' type='file' backupmode='incremental' incremental='c' exportname='e' exportbitmap='b' index='3'>
      <driver type='qcow2'/>
      <scratch file='/s'/>
    </disk>
  </disks>
</domainbackup>
`)
    expect(formatDomainBackup(def, { internal: true })).toContain(
      `<disk name='vda' backup='yes' state='running' type='file'`,
    )
  })

  it('is read back as it was, in status documents', () => {
    fc.assert(
      fc.property(domainBackupDef({ internal: true }), (def) => {
        const text = formatDomainBackup(def, { internal: true })
        expect(parseDomainBackup(text, { internal: true })._unsafeUnwrap()).toStrictEqual(def)
      }),
    )
  })

  it('is read back as it was, and passes the schema, in documents of users', () => {
    fc.assert(
      fc.property(domainBackupDef({ internal: false }), (def) => {
        expect(parseDomainBackup(formatDomainBackup(def))._unsafeUnwrap()).toStrictEqual(def)
      }),
    )
  })
})

/** What alignment with a domain does in libvirt's own test of these documents, whose domain has one more disk. */
function aligned(def: DomainBackupDef): DomainBackupDef {
  const listed = (def.disks ?? []).map((disk): DomainBackupDiskDef => {
    if (!disk.backup) return disk
    const incremental = disk.incremental ?? def.incremental
    const isIncremental = disk.backupMode !== 'full' && incremental !== undefined
    return {
      ...disk,
      type: disk.type ?? 'file',
      backupMode: isIncremental ? 'incremental' : 'full',
      ...(isIncremental && { incremental }),
    }
  })
  const store = { path: '/fake/vdextradisk.qcow2.SUFFIX' }
  const extra: DomainBackupDiskDef =
    def.disks === undefined
      ? { name: 'vdextradisk', backup: true, type: 'file', backupMode: 'full', store }
      : { name: 'vdextradisk', backup: false }
  return { ...def, disks: [...listed, extra] }
}

describe.skipIf(sharedFixtures.missing)(`libvirt's backup documents${sharedFixtures.note}`, () => {
  it.each(listShared('backup-in'))('%s gives libvirt’s output', (file) => {
    const internal = file.includes('internal')
    const text = readShared(`backup-in/${file}`)
    const def = parseDomainBackup(text, { internal })._unsafeUnwrap()
    expect(formatDomainBackup(aligned(def), { internal })).toBe(readShared(`backup-out/${file}`))
  })

  it.each(listShared('backup-out'))('%s is given back byte for byte', (file) => {
    const internal = file.includes('internal')
    const text = readShared(`backup-out/${file}`)
    const def = parseDomainBackup(text, { internal })._unsafeUnwrap()
    expect(formatDomainBackup(def, { internal })).toBe(text)
  })

  it('refuses the internal form from users', () => {
    const text = readShared('backup-in/backup-pull-internal-invalid.xml')
    expect(parseDomainBackup(text)._unsafeUnwrapErr().code).toBe(ErrorNumber.XML_INVALID_SCHEMA)
  })
})
