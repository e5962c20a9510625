import { err, ok } from 'neverthrow'
import type { VirError, VirResult } from '../errors/index.ts'
import { ErrorDomain, ErrorNumber, virError } from '../errors/index.ts'

const aliasName = /^[a-zA-Z0-9_-]*$/

function malformed(entry: string, rule: string): VirError {
  return virError(
    ErrorNumber.CONF_SYNTAX,
    ErrorDomain.URI,
    `Malformed 'uri_aliases' config entry '${entry}', ${rule}`,
  )
}

/**
 * Finds the URI that a name stands for.
 *
 * Entries are read in order, and no further than the first that matches: a malformed one behind it is not noticed.
 *
 * @param entries - `alias=uri`, as in `uri_aliases` of libvirt.conf
 * @returns `undefined` when no entry matches the whole name
 * @errors `CONF_SYNTAX` in the domain `URI` for an entry without `=`, or with other characters than letters, digits,
 * `_` and `-` in its alias
 */
export function findAlias(entries: readonly string[], name: string): VirResult<string | undefined> {
  for (const entry of entries) {
    const equals = entry.indexOf('=')
    if (equals === -1) return err(malformed(entry, "expected 'alias=uri://host/path'"))
    const alias = entry.slice(0, equals)
    if (!aliasName.test(alias)) {
      return err(malformed(entry, "aliases may only contain 'a-Z, 0-9, _, -'"))
    }
    if (alias === name) return ok(entry.slice(equals + 1))
  }
  return ok(undefined)
}
