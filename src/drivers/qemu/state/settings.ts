/**
 * The settings of a root: `qemu.conf`, in libvirt's format.
 *
 * @module
 */
import { err, ok } from 'neverthrow'
import {
  ErrorDomain,
  ErrorNumber,
  type VirError,
  virError,
  type VirResult,
  type VirResultAsync,
} from '../../../errors/index.ts'
import type { RootLayout } from './root-layout.ts'
import { readTextFile } from './state-files.ts'

/** A value of a setting. */
export type SettingValue = string | number | readonly (string | number)[]

/** The settings of a root; names are libvirt's. */
export class QemuSettings {
  readonly #path: string
  readonly #values: ReadonlyMap<string, SettingValue>

  constructor(path: string, values: ReadonlyMap<string, SettingValue>) {
    this.#path = path
    this.#values = values
  }

  /** Gives a text; nothing when it is not set. */
  text(name: string): VirResult<string | undefined> {
    const value = this.#values.get(name)
    if (value === undefined || typeof value === 'string') return ok(value)
    return err(this.#wrongType(name, 'a string'))
  }

  /** Gives a whole number that is not negative; nothing when it is not set. */
  count(name: string): VirResult<number | undefined> {
    const value = this.#values.get(name)
    if (value === undefined || (typeof value === 'number' && value >= 0)) return ok(value)
    return err(this.#wrongType(name, 'an unsigned integer'))
  }

  /** Gives a switch, 0 or 1 in the file; nothing when it is not set. */
  flag(name: string): VirResult<boolean | undefined> {
    const value = this.#values.get(name)
    if (value === undefined) return ok(undefined)
    return value === 0 || value === 1 ? ok(value === 1) : err(this.#wrongType(name, 'a boolean'))
  }

  #wrongType(name: string, type: string): VirError {
    const detail = `${this.#path}: expected ${type} for '${name}' parameter`
    return virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.CONF, detail)
  }
}

/** Reads the settings of a root; there are none without a file. */
export function loadSettings({ settings }: RootLayout): VirResultAsync<QemuSettings> {
  const [first, second] = settings
  return readTextFile(first).andThen((text) =>
    text === undefined
      ? readTextFile(second).andThen((other) => parseSettings(second, other ?? ''))
      : parseSettings(first, text),
  )
}

/** A value with the white space and comments around it; strings end on their line, lists may go over several. */
const blank = /(?:[ \t\r\n]|#[^\n]*)*/y
const inLine = /[ \t]*/y
const name = /[A-Za-z_][\w.-]*/y
const quoted = /"([^"\n]*)"|'([^'\n]*)'/y
const number = /-?\d+/y

/**
 * Reads the text of a settings file.
 *
 * @param path - What messages name
 * @errors CONF_SYNTAX with the line
 */
export function parseSettings(path: string, text: string): VirResult<QemuSettings> {
  const values = new Map<string, SettingValue>()
  const reader = new SettingsReader(text)
  for (reader.take(blank); !reader.isAtEnd; reader.take(blank)) {
    const complaint = reader.readInto(values)
    if (complaint === undefined) continue
    const detail = `${path}:${reader.line}: ${complaint}`
    return err(virError(ErrorNumber.CONF_SYNTAX, ErrorDomain.CONF, detail))
  }
  return ok(new QemuSettings(path, values))
}

class SettingsReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length
  }

  get line(): number {
    return this.#text.slice(0, this.#at).split('\n').length
  }

  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found === null) return undefined
    this.#at += found[0].length
    return found
  }

  /** Reads one setting; gives what is wrong with it. */
  readInto(values: Map<string, SettingValue>): string | undefined {
    const key = this.take(name)?.[0]
    if (key === undefined) return 'expecting a name'
    this.take(inLine)
    if (!this.#takeText('=')) return 'expecting an assignment'
    this.take(inLine)
    const value = this.#readValue()
    if (value === undefined) return 'expecting a value'
    values.set(key, value)
    this.take(inLine)
    return this.isAtEnd || /[\r\n#;]/.test(this.#text.charAt(this.#at))
      ? undefined
      : 'expecting a separator'
  }

  #readValue(): SettingValue | undefined {
    if (!this.#takeText('[')) return this.#readScalar()
    const items: (string | number)[] = []
    for (this.take(blank); !this.#takeText(']'); this.take(blank)) {
      if (items.length > 0) {
        if (!this.#takeText(',')) return undefined
        this.take(blank)
        if (this.#takeText(']')) return items
      }
      const item = this.#readScalar()
      if (item === undefined) return undefined
      items.push(item)
    }
    return items
  }

  #readScalar(): string | number | undefined {
    const text = this.take(quoted)
    if (text !== undefined) return text[1] ?? text[2] ?? ''
    const digits = this.take(number)
    const value = Number(digits?.[0])
    return Number.isSafeInteger(value) ? value : undefined
  }

  #takeText(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }
}
