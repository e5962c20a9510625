/**
 * The directories of an image store: all exist, unless a rule says otherwise.
 *
 * @module
 */
import type { Errno as ErrnoValue } from '../errors/index.ts'
import { Errno } from '../errors/index.ts'
import { SpaceAccount } from './space.ts'

/** How a directory behaves. */
export interface DirectoryRule {
  /** `missing`: nothing can be created in it (ENOENT); `read-only`: EROFS; `denied`: EACCES. */
  readonly state?: 'missing' | 'read-only' | 'denied'
  /** Bytes of image data that fit in it, all images together; ENOSPC beyond. */
  readonly capacity?: number
}

const maxPathBytes = 4095
const maxNameBytes = 255

/** The rules of the directories of one store. The nearest rule above a path holds for it. */
export class DirectoryRules {
  readonly #rules = new Map<string, DirectoryRule>()
  readonly #accounts = new Map<string, SpaceAccount>()

  /** Sets the rule of a directory, or lifts it; gives the account of its space, if it is limited. */
  set(path: string, rule: DirectoryRule | undefined): SpaceAccount | undefined {
    this.#accounts.delete(path)
    if (rule === undefined) {
      this.#rules.delete(path)
      return undefined
    }
    this.#rules.set(path, rule)
    if (rule.capacity === undefined) return undefined
    const account = new SpaceAccount(rule.capacity)
    this.#accounts.set(path, account)
    return account
  }

  /** The errno with which a file cannot be created or changed at a path. */
  refusal(path: string): ErrnoValue | undefined {
    if (this.#rules.size === 0) return undefined
    const rule = parentsOf(path)
      .map((parent) => this.#rules.get(parent))
      .find((found) => found?.state !== undefined)
    switch (rule?.state) {
      case undefined:
        return undefined
      case 'missing':
        return Errno.ENOENT
      case 'read-only':
        return Errno.EROFS
      case 'denied':
        return Errno.EACCES
    }
  }

  /** The accounts of all limited directories above a path. */
  accountsOf(path: string): readonly SpaceAccount[] {
    if (this.#accounts.size === 0) return []
    return parentsOf(path).flatMap((parent) => this.#accounts.get(parent) ?? [])
  }
}

/**
 * Brings a path into its shortest form; relative ones start at the root.
 *
 * @returns The errno of a path that no file can have, instead
 */
export function normalizePath(path: string): string | ErrnoValue {
  if (path === '') return Errno.ENOENT
  if (path.includes('\0')) return Errno.EINVAL
  const names: string[] = []
  for (const name of path.split('/')) {
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  const encoder = new TextEncoder()
  const normal = `/${names.join('/')}`
  const tooLong =
    encoder.encode(normal).length > maxPathBytes ||
    names.some((name) => encoder.encode(name).length > maxNameBytes)
  return tooLong ? Errno.ENAMETOOLONG : normal
}

/** The directory that a path is in. */
export function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}

/** Nearest first, the root last. */
function parentsOf(path: string): string[] {
  const parents: string[] = []
  for (let parent = path; parent !== '/';) {
    parent = directoryOf(parent)
    parents.push(parent)
  }
  return parents
}
