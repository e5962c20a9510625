import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSettings } from '../../../../src/drivers/qemu/state/settings.ts'
import { ErrorDomain, ErrorNumber } from '../../../../src/errors/index.ts'

describe('the settings of a root', () => {
  it('are read in the format of libvirt', () => {
    const settings = parseSettings(
      '/r/qemu.conf',
      `# a comment
vnc_listen = "0.0.0.0" # another
backup_tls_x509_cert_dir='/etc/pki "x"'
  remote_display_port_min = 5901
namespaces = [
  "mount", # one
  "ipc",
]
empty = []
backup_tls_x509_verify = 0
`,
    )._unsafeUnwrap()
    expect(settings.text('vnc_listen')._unsafeUnwrap()).toBe('0.0.0.0')
    expect(settings.text('backup_tls_x509_cert_dir')._unsafeUnwrap()).toBe('/etc/pki "x"')
    expect(settings.count('remote_display_port_min')._unsafeUnwrap()).toBe(5901)
    expect(settings.flag('backup_tls_x509_verify')._unsafeUnwrap()).toBe(false)
    expect(settings.text('absent')._unsafeUnwrap()).toBeUndefined()
  })

  it.each([
    ['= 1', 'expecting a name', 1],
    ['a 1', 'expecting an assignment', 1],
    ['a = \n', 'expecting a value', 1],
    ['a = 1\n\nb = "x', 'expecting a value', 3],
    ['a = "x" y', 'expecting a separator', 1],
    ['a = [1 2]', 'expecting a value', 1],
    ['a = [1, 2', 'expecting a value', 1],
    ['a = 99999999999999999999', 'expecting a value', 1],
  ])('are refused with the line: %j', (text, complaint, line) => {
    const error = parseSettings('/r/qemu.conf', text)._unsafeUnwrapErr()
    expect(error).toMatchObject({ code: ErrorNumber.CONF_SYNTAX, domain: ErrorDomain.CONF })
    expect(error.message).toBe(
      `configuration file syntax error: /r/qemu.conf:${line}: ${complaint}`,
    )
  })

  it('say when one is of another type', () => {
    const settings = parseSettings('/r/qemu.conf', 'a = 7\nb = "x"\n')._unsafeUnwrap()
    expect(settings.text('a')._unsafeUnwrapErr().message).toBe(
      "internal error: /r/qemu.conf: expected a string for 'a' parameter",
    )
    expect(settings.count('b').isErr()).toBe(true)
    expect(settings.flag('a').isErr()).toBe(true)
  })

  it('give what was written, whatever it is', () => {
    const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/)
    const text = fc.string().filter((value) => !/["\n]/.test(value))
    fc.assert(
      fc.property(fc.dictionary(name, fc.oneof(text, fc.nat())), (values) => {
        const lines = Object.entries(values).map(([key, value]) =>
          typeof value === 'string' ? `${key} = "${value}"` : `${key} = ${value}`,
        )
        const settings = parseSettings('/x', lines.join('\n'))._unsafeUnwrap()
        for (const [key, value] of Object.entries(values)) {
          const read = typeof value === 'string' ? settings.text(key) : settings.count(key)
          expect(read._unsafeUnwrap()).toBe(value)
        }
      }),
    )
  })

  it('never throw', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('a=1"\'[],# \n\t;-')) }),
        (text) => {
          expect(() => parseSettings('/x', text)).not.toThrow()
        },
      ),
    )
  })
})
