import { describe, expect, it } from 'vitest'
import { ErrorDomain } from '../../src/errors/index.ts'
import { parseXml } from '../../src/xml/element.ts'
import { readRecorded } from './shared-fixtures.ts'

const options = { label: 'domain_checkpoint', domain: ErrorDomain.DOMAIN_CHECKPOINT }

function messageOf(text: string): string | null {
  return parseXml(text, options).match(
    () => null,
    (error) => error.message,
  )
}

function isMessage(value: unknown): value is string | null {
  return value === null || typeof value === 'string'
}

describe('the message of malformed text', () => {
  // Recorded from libvirt 9.0.0 with libxml2 2.9.14; see record.py beside the file.
  const rows = readRecorded('malformed.json', isMessage)

  it(`is libvirt’s for ${rows.length} texts`, () => {
    expect(rows.map(([text]) => [text, messageOf(text)])).toStrictEqual(rows)
  })

  it('has the form that matrix row 2 shows', () => {
    expect(messageOf('<domainbackup>')).toBe(
      '(domain_checkpoint):1: Premature end of data in tag domainbackup line 1\n<domainbackup>\n--------------^',
    )
  })

  it('counts bytes and keeps tabs below the line', () => {
    expect(messageOf('<a>\u00e9\t\u{1f600}</b>')?.split('\n')[2]).toBe('-----\t--------^')
  })
})
