import { err, errAsync, ok, okAsync } from 'neverthrow'
import type {
  BitmapAction,
  BitmapChange,
  BitmapStatus,
  BitmapSurvey,
  CheckpointPort,
  DomainFacts,
  StoredCheckpoint,
} from '../../src/checkpoint/index.ts'
import {
  ErrorDomain,
  ErrorNumber,
  unwrap,
  virError,
  type VirError,
  type VirResult,
  type VirResultAsync,
} from '../../src/errors/index.ts'
import { type DomainDef, parseDomain } from '../../src/xml/index.ts'

export const uuid = 'f788228a-200b-4924-b3de-b726727df4ed'

/** A domain definition with the given `<disk>` elements. */
export function domainOf(...disks: readonly string[]): DomainDef {
  return unwrap(
    parseDomain(`<domain type='qemu'>
      <name>vm</name>
      <uuid>${uuid}</uuid>
      <memory unit='KiB'>1024</memory>
      <os><type>hvm</type></os>
      <devices>${disks.join('')}</devices>
    </domain>`),
  )
}

/** A `<disk>` with a qcow2 file called after its target; `extra` are further child elements. */
export function disk(dev: string, extra = '', format = 'qcow2'): string {
  return `<disk type='file' device='disk'>
    <driver name='qemu' type='${format}'/>
    <source file='/vm/${dev}.${format}'/>
    <target dev='${dev}' bus='virtio'/>${extra}
  </disk>`
}

type Bitmaps = Map<string, Map<string, BitmapStatus>>

const fresh: BitmapStatus = { recording: true, persistent: true, granularity: 65536, count: 0 }

export function refusal(detail: string): VirError {
  return virError(ErrorNumber.INTERNAL_ERROR, ErrorDomain.QEMU, detail)
}

/** The hypervisor's side of checkpoints: block nodes with bitmaps that are only names and numbers, and stored files. */
export class FakeDomain implements CheckpointPort {
  isActive = true
  snapshotCount = 0
  incrementalBackup = true
  now = 1_000_000_000
  definition: DomainDef
  readonly chains = new Map<string, string[]>()
  bitmaps: Bitmaps = new Map()
  readonly stored = new Map<string, StoredCheckpoint>()
  /** What was asked for, in order. */
  readonly log: string[] = []
  readonly changes: BitmapChange[] = []
  /** Requests that fail, as the log spells them. */
  readonly failing = new Set<string>()

  constructor(definition: DomainDef = domainOf(disk('vda'), disk('vdb'))) {
    this.definition = definition
    for (const { target } of definition.devices.disks)
      this.setChain(target.dev, [`${target.dev}-0`])
  }

  setChain(dev: string, nodes: string[]): void {
    this.chains.set(dev, nodes)
    for (const node of nodes) if (!this.bitmaps.has(node)) this.bitmaps.set(node, new Map())
  }

  put(node: string, name: string, status: Partial<BitmapStatus> = {}): void {
    this.bitmaps.get(node)?.set(name, { ...fresh, ...status })
  }

  /** All bitmaps, as `node/name`. */
  get bitmapNames(): string[] {
    return [...this.bitmaps].flatMap(([node, names]) =>
      [...names.keys()].map((name) => `${node}/${name}`),
    )
  }

  facts(): DomainFacts {
    const { isActive, definition, snapshotCount, incrementalBackup, now } = this
    const inactiveDefinition = definition
    return { uuid, isActive, definition, inactiveDefinition, snapshotCount, incrementalBackup, now }
  }

  images(dev: string): readonly string[] | undefined {
    return this.chains.get(dev)
  }

  survey(): VirResultAsync<BitmapSurvey> {
    const bitmaps = copyOf(this.bitmaps)
    return this.#request('survey').map(() => ({
      find: (node, name) => bitmaps.get(node)?.get(name),
      names: (node) => [...(bitmaps.get(node)?.keys() ?? [])],
    }))
  }

  change(change: BitmapChange): VirResultAsync<void> {
    this.changes.push(change)
    return this.#request('change').andThen(() => {
      const next = copyOf(this.bitmaps)
      for (const action of change.actions) {
        const done = act(next, action)
        if (done.isErr()) return err(done.error)
      }
      this.bitmaps = next
      return ok(undefined)
    })
  }

  save(checkpoint: StoredCheckpoint): VirResultAsync<void> {
    return this.#request(`save ${checkpoint.name}`).map(() => {
      this.stored.set(checkpoint.name, checkpoint)
    })
  }

  forget(name: string): VirResultAsync<void> {
    return this.#request(`forget ${name}`).map(() => {
      this.stored.delete(name)
    })
  }

  #request(what: string): VirResultAsync<void> {
    this.log.push(what)
    return this.failing.has(what) ? errAsync(refusal(`${what} failed`)) : okAsync(undefined)
  }
}

function copyOf(bitmaps: Bitmaps): Bitmaps {
  return new Map([...bitmaps].map(([node, names]) => [node, new Map(names)]))
}

function act(bitmaps: Bitmaps, action: BitmapAction): VirResult<void> {
  const names = bitmaps.get(action.node)
  if (names === undefined) return err(refusal(`Node '${action.node}' not found`))
  const known = names.get(action.name)
  if (action.do === 'add') {
    if (known !== undefined) return err(refusal(`Bitmap already exists: ${action.name}`))
    const { persistent, disabled, granularity = 65536 } = action
    names.set(action.name, { recording: !disabled, persistent, granularity, count: 0 })
    return ok(undefined)
  }
  if (known === undefined) return err(refusal(`Dirty bitmap '${action.name}' not found`))
  if (action.do === 'remove') names.delete(action.name)
  else {
    let { count } = known
    for (const source of action.sources)
      count += bitmaps.get(source.node)?.get(source.name)?.count ?? 0
    names.set(action.name, { ...known, count })
  }
  return ok(undefined)
}
