import { err, errAsync, ok, okAsync, type ResultAsync } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { bracket, unwrap } from '../../src/errors/index.ts'

describe('unwrap', () => {
  it('gives the value', () => {
    expect(unwrap(ok(1))).toBe(1)
  })

  it('throws the error itself', () => {
    const error = new Error('no')
    expect(() => unwrap(err(error))).toThrow(error)
  })
})

describe('bracket', () => {
  const steps = (
    log: string[],
    used: ResultAsync<string, Error>,
    released: ResultAsync<void, Error>,
  ) =>
    bracket(
      () => {
        log.push('acquire')
        return okAsync<string, Error>('resource')
      },
      (resource) => {
        log.push(`use ${resource}`)
        return used
      },
      (resource) => {
        log.push(`release ${resource}`)
        return released
      },
    )
  const everyStep = ['acquire', 'use resource', 'release resource']

  it('releases after success', async () => {
    const log: string[] = []
    expect(await steps(log, okAsync('done'), okAsync(undefined))).toStrictEqual(ok('done'))
    expect(log).toStrictEqual(everyStep)
  })

  it('releases after failure and gives the error of the use', async () => {
    const log: string[] = []
    const result = await steps(log, errAsync(new Error('use')), errAsync(new Error('release')))
    expect(result._unsafeUnwrapErr().message).toBe('use')
    expect(log).toStrictEqual(everyStep)
  })

  it('gives the error of the release when the use succeeded', async () => {
    const result = await steps([], okAsync('done'), errAsync(new Error('release')))
    expect(result._unsafeUnwrapErr().message).toBe('release')
  })

  it('neither uses nor releases what could not be acquired', async () => {
    const log: string[] = []
    const note = (step: string) => {
      log.push(step)
      return okAsync<void, Error>(undefined)
    }
    const result = await bracket(
      () => errAsync<string, Error>(new Error('acquire')),
      () => note('use'),
      () => note('release'),
    )
    expect(result._unsafeUnwrapErr().message).toBe('acquire')
    expect(log).toStrictEqual([])
  })
})
