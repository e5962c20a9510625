import type { BlockEvent, Cancel, JobScheduler } from '../../src/block/index.ts'
import { BlockGraph, ImageStore } from '../../src/block/index.ts'
import { pattern } from './bytes.ts'

interface Task {
  readonly at: number
  readonly order: number
  readonly run: () => void | PromiseLike<void>
}

/** A clock and a queue that move only when they are told to. */
export class ManualScheduler implements JobScheduler {
  #now = 0
  #order = 0
  #tasks: readonly Task[] = []

  now(): number {
    return this.#now
  }

  schedule(run: () => void | PromiseLike<void>, delayMs: number): Cancel {
    const task: Task = { at: this.#now + delayMs, order: this.#order++, run }
    this.#tasks = [...this.#tasks, task].toSorted((a, b) => a.at - b.at || a.order - b.order)
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== task)
    }
  }

  /** Runs the next task; false when there is none. */
  step(): boolean {
    return this.#next() !== undefined
  }

  /** Runs the next task and waits for it; false when there is none. */
  async stepAsync(): Promise<boolean> {
    const answer = this.#next()
    if (answer === undefined) return false
    await answer.waitFor
    return true
  }

  get isIdle(): boolean {
    return this.#tasks.length === 0
  }

  #next(): { readonly waitFor: void | PromiseLike<void> } | undefined {
    const [task, ...rest] = this.#tasks
    if (task === undefined) return undefined
    this.#tasks = rest
    this.#now = Math.max(this.#now, task.at)
    return { waitFor: task.run() }
  }
}

export const cluster = 64 * 1024

/** A store, a graph and a scheduler, with all events written down. */
export class Machine {
  readonly store: ImageStore
  readonly scheduler = new ManualScheduler()
  readonly events: BlockEvent[] = []
  readonly graph: BlockGraph

  constructor(store: ImageStore = new ImageStore()) {
    this.store = store
    this.graph = new BlockGraph({
      store,
      scheduler: this.scheduler,
      onEvent: (event) => this.events.push(event),
    })
  }

  /** A qcow2 disk `drv0` over node `d0`, and an image `/t0` open as node `t0`. */
  static withDisk(clusters: number, options: { readonly targetCluster?: number } = {}): Machine {
    const machine = new Machine()
    const virtualSize = clusters * cluster
    machine.store.create('/d0', { format: 'qcow2', virtualSize })._unsafeUnwrap()
    machine.graph.addNode({ name: 'd0', path: '/d0', discard: 'unmap' })._unsafeUnwrap()
    machine.graph.addDevice('drv0', 'd0')._unsafeUnwrap()
    machine.addTarget('t0', virtualSize, options.targetCluster)
    return machine
  }

  addTarget(name: string, virtualSize: number, clusterSize?: number): void {
    this.store
      .create(`/${name}`, { format: 'qcow2', virtualSize, ...(clusterSize && { clusterSize }) })
      ._unsafeUnwrap()
    this.graph.addNode({ name, path: `/${name}` })._unsafeUnwrap()
  }

  /** Fills whole clusters of a disk with bytes that the seed decides. */
  fill(seed: number, clusters: readonly number[], device = 'drv0'): void {
    for (const index of clusters) {
      this.graph
        .device(device)
        ?.write(index * cluster, pattern(cluster, seed))
        ._unsafeUnwrap()
    }
  }

  /** The clusters that are dirty in a bitmap of `d0`, as 64 KiB each. */
  dirty(name: string, node = 'd0'): number[] {
    const bits = this.graph.node(node)?.bitmaps?.find(name)?.bits
    const found: number[] = []
    for (let at = bits?.nextDirty(0); at !== undefined; at = bits?.nextDirty(at + cluster)) {
      found.push(at / cluster)
    }
    return found
  }

  step(count: number = 1): void {
    for (let i = 0; i < count; i++) this.scheduler.step()
  }

  run(): void {
    for (let i = 0; i < 100_000; i++) if (!this.scheduler.step()) return
    throw new Error('the jobs do not come to an end')
  }

  async runAsync(): Promise<void> {
    for (let i = 0; i < 100_000; i++) if (!(await this.scheduler.stepAsync())) return
    throw new Error('the jobs do not come to an end')
  }

  /** The events so far as short words, and forgets them: statuses as they are, others in capitals. */
  takeEvents(): string[] {
    return this.events.splice(0).map(shorten)
  }
}

function shorten(event: BlockEvent): string {
  if (event.event === 'JOB_STATUS_CHANGE') return event.data.status
  const name = event.event.replace('BLOCK_JOB_', '')
  return 'error' in event.data && event.data.error !== undefined ? `${name}!` : name
}
