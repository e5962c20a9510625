import type { Result, ResultAsync } from 'neverthrow'
import { expect, it } from 'vitest'
import { estimateBackup, type NbdError, NbdServer, readCertificates } from '../../src/nbd/index.ts'

/** What plain JavaScript may pass where an object or a path belongs. */
const strangers: readonly unknown[] = [null, 5, true]

const entries = {
  'NbdServer.create': (options: never) => NbdServer.create(options),
  'NbdServer.listen': (address: never) => NbdServer.listen(address),
  estimateBackup: (reader: never) => estimateBackup(reader),
  readCertificates: (directory: never) => readCertificates(directory, 'client'),
} satisfies Record<
  string,
  (argument: never) => Result<unknown, NbdError> | ResultAsync<unknown, NbdError>
>

it.each(
  Object.entries(entries).flatMap(([name, entry]) =>
    strangers.map((stranger) => [name, stranger, entry] as const),
  ),
)('%s refuses %j', async (_, stranger, entry) => {
  const answer: Result<unknown, NbdError> = await Reflect.apply(entry, undefined, [stranger])
  expect(answer._unsafeUnwrapErr().kind).toBe('invalid')
})
