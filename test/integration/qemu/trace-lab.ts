/** Holds what is sent to QEMU against what libvirt was seen sending, up to names, paths and queries. */
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DomainCheckpointXMLFlags, unwrap, VirError } from '../../../src/index.ts'
import { isObject, type JsonObject, type JsonValue } from '../../../src/qmp/index.ts'
import { compareQmpTrace } from '../../../src/testing/qmp-matcher.ts'
import { parseQmpTrace, type QmpTrace } from '../../../src/testing/qmp-trace.ts'
import { type BackupLab, checkpointXml } from './backup-lab.ts'

const folder = join(import.meta.dirname, '../../fixtures/qmp-traces')
const { NO_DOMAIN, SIZE } = DomainCheckpointXMLFlags

/** Reads a recorded conversation. */
export function readTrace(name: string): QmpTrace {
  return unwrap(parseQmpTrace(readFileSync(join(folder, `${name}.jsonl`), 'utf8')))
}

/** Names that need not be the same: paths, numbers of nodes and ports, and what is made of them. */
function isRenamable(text: string): boolean {
  return text.startsWith('/') || /libvirt-\d+-/.test(text) || /^\d+$/.test(text)
}

/**
 * Puts what happens to disks whose jobs have ended in the order of the disks: which of them ends first is chance. Each part
 * begins with a `job-dismiss`.
 */
function inOrderOfDisks(messages: readonly JsonObject[]): JsonObject[] {
  const isEnd = ({ execute, arguments: args }: JsonObject): boolean =>
    execute === 'job-dismiss' && JSON.stringify(args).includes('backup-')
  const first = messages.findIndex(isEnd)
  if (first === -1) return [...messages]
  const parts: JsonObject[][] = []
  for (const message of messages.slice(first)) {
    if (isEnd(message)) parts.push([])
    parts.at(-1)?.push(message)
  }
  const keyOf = ([message]: JsonObject[]): string => JSON.stringify(message?.['arguments'])
  return [
    ...messages.slice(0, first),
    ...parts.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)).flat(),
  ]
}

/** The differences between what was sent and a trace. */
function differences(name: string, sent: readonly JsonObject[]): readonly string[] {
  const trace = readTrace(name)
  const isQuery = ({ execute }: JsonObject): boolean =>
    typeof execute === 'string' && execute.startsWith('query-')
  const wanted = trace.steps
    .filter(({ direction, message }) => direction === 'send' && !isQuery(message))
    .map(({ message }) => message)
  const steps = inOrderOfDisks(wanted).map((message) => ({ direction: 'send' as const, message }))
  const given = inOrderOfDisks(sent.filter((message) => !isQuery(message)))
  return compareQmpTrace({ ...trace, steps }, given, { isRenamable, freeQueries: true })
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** A lab in which scenarios of traces are played. */
export class TraceLab {
  readonly lab: BackupLab
  /** Where something else was sent or answered than in a trace, in words. */
  readonly mismatches: string[] = []
  readonly #ports = new Map<string, number>()

  constructor(lab: BackupLab) {
    this.lab = lab
    for (const name of ['bk', 'img', 'ro', 'tiny']) mkdirSync(lab.path(name), { recursive: true })
  }

  /** A document of a trace, with our own paths and ports. */
  xml(name: string, part: 'backup' | 'checkpoint' = 'backup'): string | undefined {
    const { xml } = readTrace(name).header
    const text = isObject(xml) ? textOf(xml[part]) : part === 'backup' ? textOf(xml) : undefined
    return text
      ?.replaceAll('/vm/', `${this.lab.folder}/`)
      .replaceAll(/port='(\d+)'/g, (_, port: string) => `port='${this.#ports.get(port) ?? port}'`)
  }

  /** Finds a free port to stand for one of a trace. */
  async findPort(port: string): Promise<void> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    this.#ports.set(port, typeof address === 'object' && address !== null ? address.port : 0)
    await new Promise((resolve) => server.close(resolve))
  }

  portOf(port: string): number {
    return this.#ports.get(port) ?? Number(port)
  }

  /** The ends of disks that were heard of. */
  get diskEvents(): string[] {
    return this.lab.events.filter((event) => event.startsWith('disk'))
  }

  /**
   * Does something, and compares what was sent meanwhile.
   *
   * @param options - `besides`: a command that is sent here, and was not in the recorded scenario
   */
  async same(
    name: string,
    act: () => Promise<unknown>,
    options: { readonly besides?: string } = {},
  ): Promise<void> {
    this.lab.forget()
    const result = await act()
    const { error } = readTrace(name).header
    if (isObject(error)) this.#compareError(name, error, result)
    const sent = this.lab.sent.filter(({ execute }) => execute !== options.besides)
    this.mismatches.push(...differences(name, sent).map((each) => `${name}: ${each}`))
  }

  #compareError(name: string, expected: JsonObject, result: unknown): void {
    if (!(result instanceof VirError)) {
      this.mismatches.push(`${name}: did not fail`)
      return
    }
    const { code, domain, message } = result
    const given = [code, domain, message.replaceAll(`${this.lab.folder}/`, '/vm/')].join(' ')
    const wanted = ['code', 'domain', 'message']
      .map((field) => expected[field])
      .filter((part) => typeof part !== 'object')
      .join(' ')
    if (given !== wanted) this.mismatches.push(`${name}: expected ${wanted}, got ${given}`)
  }

  /** Begins the backup of a trace; gives the error when it fails. */
  async begin(name: string, flags = 0): Promise<unknown> {
    const begun = await this.lab.domain.backupBegin(
      this.xml(name) ?? '',
      this.xml(name, 'checkpoint'),
      flags,
    )
    return begun.isErr() ? begun.error : begun.value
  }

  /** Begins the push of a trace and waits for its end. */
  push(name: string, flags = 0, options: { readonly besides?: string } = {}): Promise<void> {
    const act = async (): Promise<void> => {
      const id = await this.begin(name, flags)
      await this.isOver(Number(id))
    }
    return this.same(name, act, options)
  }

  async isOver(id: number): Promise<void> {
    await this.lab.until(async () => !(await this.lab.isBackingUp()))
    await this.lab.domain.backupEnd(id)
  }

  async create(name: string | undefined, flags = 0): Promise<void> {
    unwrap(await this.lab.domain.checkpointCreateXML(checkpointXml(name) ?? '', flags))
  }

  async remove(name: string, flags = 0): Promise<unknown> {
    const checkpoint = unwrap(await this.lab.domain.checkpointLookupByName(name))
    const removed = await checkpoint.delete(flags)
    return removed.isErr() ? removed.error : undefined
  }

  async size(name: string): Promise<string> {
    const checkpoint = unwrap(await this.lab.domain.checkpointLookupByName(name))
    return unwrap(await checkpoint.getXMLDesc(NO_DOMAIN | SIZE))
  }
}
