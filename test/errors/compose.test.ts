import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  checkFlags,
  Errno,
  errnoOf,
  errorDomainNames,
  ErrorDomain,
  ErrorLevel,
  ErrorNumber,
  errorTexts,
  invalidArgument,
  noSupport,
  systemError,
  unsupportedFlags,
  virError,
  VirError,
} from '../../src/errors/index.ts'

describe('virError', () => {
  it('puts the detail behind the text of the code', () => {
    const error = virError(
      ErrorNumber.OPERATION_FAILED,
      ErrorDomain.DOMAIN,
      'domain moment a already exists',
    )
    expect(error).toBeInstanceOf(VirError)
    expect(error).toMatchObject({
      name: 'VirError',
      code: 9,
      domain: 20,
      level: ErrorLevel.ERROR,
      message: 'operation failed: domain moment a already exists',
      str1: 'operation failed: %s',
      str2: 'domain moment a already exists',
      str3: undefined,
      int1: -1,
      int2: -1,
    })
  })

  it('uses the text without detail when there is none', () => {
    expect(virError(ErrorNumber.NO_DOMAIN, ErrorDomain.TEST)).toMatchObject({
      message: 'Domain not found',
      str1: 'Domain not found',
      str2: undefined,
    })
  })

  it('takes a detail literally that looks like a replacement pattern', () => {
    expect(virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.QEMU, "$& $1 $' %s").message).toBe(
      "internal error: $& $1 $' %s",
    )
  })

  it('says that no message was provided for the code OK', () => {
    expect(virError(ErrorNumber.OK, ErrorDomain.NONE).message).toBe('No error message provided')
  })

  it('keeps the cause', () => {
    const cause = new Error('below')
    const error = virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.QEMU, 'x', { cause })
    expect(error.cause).toBe(cause)
  })
})

describe('invalidArgument', () => {
  it('adds no prefix, names function and argument, and sets both integers to 0', () => {
    const text = 'disk in virDomainBlockPull must not be NULL'
    const error = invalidArgument(ErrorDomain.DOMAIN, 'virDomainBlockPull', 'disk', text)
    expect(error).toMatchObject({
      code: ErrorNumber.INVALID_ARG,
      message: text,
      str1: 'virDomainBlockPull',
      str2: 'disk',
      int1: 0,
      int2: 0,
    })
  })
})

describe('systemError', () => {
  it('puts what the errno means behind the text', () => {
    expect(
      systemError(ErrorDomain.QEMU, Errno.ENOENT, "failed to create image file '/x'"),
    ).toMatchObject({
      code: ErrorNumber.SYSTEM_ERROR,
      message: "failed to create image file '/x': No such file or directory",
      str1: '%s',
      str2: "failed to create image file '/x': No such file or directory",
      int1: 2,
      int2: -1,
    })
  })

  it('is the meaning of the errno alone when there is no text', () => {
    expect(systemError(ErrorDomain.NONE, Errno.ENOSPC).message).toBe('No space left on device')
  })
})

describe('errnoOf', () => {
  it('finds the number of a system error by its code', () => {
    expect(errnoOf(Object.assign(new Error('x'), { code: 'EROFS' }))).toBe(Errno.EROFS)
  })

  it.each([[new Error('x')], ['ENOENT'], [undefined], [{ code: 'EWEIRD' }]])(
    'is EIO for %o',
    (value) => {
      expect(errnoOf(value)).toBe(Errno.EIO)
    },
  )
})

describe('unsupportedFlags and checkFlags', () => {
  it('prints the bits in lower-case hex, the highest one too', () => {
    expect(unsupportedFlags(ErrorDomain.QEMU, 'qemuBackupBegin', 0x8000_00a0 | 0).message).toBe(
      'unsupported flags (0x800000a0) in function qemuBackupBegin',
    )
  })

  it('names only the bits that are not supported', () => {
    const refused = checkFlags(0x7, 0x5, 'qemuBackupBegin', ErrorDomain.QEMU)
    expect(refused._unsafeUnwrapErr().message).toBe(
      'unsupported flags (0x2) in function qemuBackupBegin',
    )
  })

  it('accepts any part of the supported bits', () => {
    expect(checkFlags(0x4, 0x5, 'f', ErrorDomain.QEMU).isOk()).toBe(true)
    expect(checkFlags(0, 0, 'f', ErrorDomain.QEMU).isOk()).toBe(true)
  })
})

describe('noSupport', () => {
  it('names the public function', () => {
    expect(noSupport('virDomainBackupBegin')).toMatchObject({
      code: 3,
      domain: 20,
      message: 'this function is not supported by the connection driver: virDomainBackupBegin',
    })
  })
})

describe('the tables', () => {
  it('have texts for every error number but OK', () => {
    const withTexts = [...errorTexts.keys(), ErrorNumber.OK].toSorted((a, b) => a - b)
    expect(withTexts).toStrictEqual(Object.values(ErrorNumber).toSorted((a, b) => a - b))
  })

  it('have one %s in each text with detail', () => {
    for (const { withDetail, noDetail } of errorTexts.values()) {
      expect(withDetail.split('%s')).toHaveLength(2)
      expect(noDetail).not.toContain('%')
    }
  })

  it('have a name for every error domain', () => {
    expect(new Set(errorDomainNames.keys())).toStrictEqual(new Set(Object.values(ErrorDomain)))
    expect(errorDomainNames.get(ErrorDomain.DOMAIN)).toBe('Domain Config')
  })

  const recorded = new URL('../../../shared/spec/errors.json', import.meta.url)
  it.skipIf(!existsSync(recorded))(
    'equal the recorded ones (skipped when ../shared/spec/errors.json is missing)',
    () => {
      const { messages } = JSON.parse(readFileSync(recorded, 'utf8'))
      for (const row of Object.values<{
        code: ErrorNumber
        noDetail: string | null
        withDetail: string
      }>(messages)) {
        if (row.noDetail === null) continue
        expect(errorTexts.get(row.code)).toStrictEqual({
          noDetail: row.noDetail,
          withDetail: row.withDetail,
        })
      }
    },
  )
})
