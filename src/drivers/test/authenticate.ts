import { err, ok, ResultAsync } from 'neverthrow'
import type { Result } from 'neverthrow'
import { ConnectCredentialType } from '../../constants/index.ts'
import type { ConnectAuth } from '../../driver/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  virError,
  type VirResultAsync,
} from '../../errors/index.ts'
import type { NodeUser } from '../../xml/index.ts'

/**
 * Asks who wants in, where a node document names users: for the name, and for the password of a user who has one.
 *
 * @errors AUTH_FAILED
 */
export function authenticate(
  users: readonly NodeUser[],
  auth: ConnectAuth | undefined,
): VirResultAsync<void> {
  return new ResultAsync(admit(users, auth))
}

async function admit(
  users: readonly NodeUser[],
  auth: ConnectAuth | undefined,
): Promise<Result<void, VirError>> {
  if (users.length === 0) return ok(undefined)
  const name = await ask(auth, ConnectCredentialType.AUTHNAME, 'Enter username for localhost')
  const user = users.find((each) => each.name === name)
  // Whoever guesses names does not learn which exist: an unknown one is asked for a password, too.
  if (user !== undefined && user.password === undefined) return ok(undefined)
  const prompt = `Enter ${name ?? ''}'s password for localhost`
  const password =
    name === undefined ? undefined : await ask(auth, ConnectCredentialType.PASSPHRASE, prompt)
  return user !== undefined && password === user.password ? ok(undefined) : err(refused())
}

/** What the caller's callback answers; nothing when there is none, it gives up, or it throws. */
async function ask(
  auth: ConnectAuth | undefined,
  type: ConnectCredentialType,
  prompt: string,
): Promise<string | undefined> {
  if (auth === undefined || !auth.credentialTypes.includes(type)) return undefined
  try {
    const answers = await auth.callback([{ type, prompt }])
    return answers?.[0]
  } catch {
    return undefined
  }
}

function refused(): VirError {
  return virError(
    ErrorNumber.AUTH_FAILED,
    ErrorDomain.TEST,
    'authentication failed, see test XML for the correct username/password',
  )
}
