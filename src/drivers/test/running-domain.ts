import { err, ok } from 'neverthrow'
import { BlockGraph } from '../../block/index.ts'
import type { VirResult, VirResultAsync } from '../../errors/index.ts'
import type { BackupRun } from './backup-run.ts'
import type { StalledWrite } from './guest-error.ts'
import { openDisks, startError } from './open-disks.ts'
import type { TestDisk } from './test-disk.ts'
import type { TestDomain } from './test-domain.ts'
import type { World } from './world.ts'

/** What exists only while a domain runs: its block graph with disks and jobs. */
export class RunningDomain {
  readonly startedAtMs: number
  readonly graph: BlockGraph
  /** By target name. */
  readonly disks: Map<string, TestDisk>
  /** The backup that runs. */
  backup: BackupRun | undefined
  /** The write at which the guest has stopped. */
  stalled: StalledWrite | undefined
  readonly #world: World
  #lastNode: number
  #beginning = false
  /** What waits for somebody outside, and is given up when the domain stops. */
  #waiting: AbortController | undefined

  private constructor(
    world: World,
    graph: BlockGraph,
    disks: Map<string, TestDisk>,
    lastNode: number,
  ) {
    this.#world = world
    this.startedAtMs = world.clock.now()
    this.graph = graph
    this.disks = disks
    this.#lastNode = lastNode
  }

  /** Opens what a domain needs to run; when that fails nothing stays open. */
  static start(world: World, domain: TestDomain): VirResult<RunningDomain> {
    const graph = new BlockGraph({
      store: world.images,
      scheduler: world.clock,
      onEvent: ({ event, data }) => {
        // libvirt listens to nothing else either.
        if (event !== 'JOB_STATUS_CHANGE' || data.status !== 'concluded') return
        domain.running?.backup?.concluded(data.id)
      },
    })
    let lastNode = 0
    const nextNode = (): number => (lastNode += 1)
    const context = { world, graph, domainName: domain.name, nextNode, refused: startError }
    return openDisks(context, domain.definition)
      .orElse((error) => {
        graph.close()
        return err(error)
      })
      .andThen((disks) => ok(new RunningDomain(world, graph, disks, lastNode)))
  }

  /** Whether a job has the domain for itself. */
  get isBusy(): boolean {
    return this.#beginning || this.backup !== undefined
  }

  /** Does something that takes a while, keeping other jobs from beginning meanwhile. */
  whileBusy<T>(operation: () => VirResultAsync<T>): VirResultAsync<T> {
    this.#beginning = true
    const done = (): void => {
      this.#beginning = false
    }
    return operation().andTee(done).orTee(done)
  }

  /** Waits for somebody outside, with a signal that fires when the domain stops. */
  waitOutside<T>(wait: (stopped: AbortSignal) => VirResultAsync<T>): VirResultAsync<T> {
    const waiting = new AbortController()
    const done = (): void => {
      this.#waiting = undefined
    }
    this.#waiting = waiting
    return wait(waiting.signal).andTee(done).orTee(done)
  }

  /** The next of the numbers in `libvirt-N-format`; they are never used again while the domain runs. */
  nextNodeNumber(): number {
    this.#lastNode += 1
    return this.#lastNode
  }

  /**
   * Ends the jobs and closes the disks.
   *
   * @param clean - Whether bitmaps are stored; after a kill or a power loss they are not
   */
  close(clean: boolean): void {
    this.#waiting?.abort()
    this.backup?.domainStops()
    this.backup = undefined
    if (clean) this.graph.close()
    else this.graph.kill()
    for (const { overlay } of this.disks.values()) {
      if (overlay !== undefined) this.#world.images.remove(overlay)
    }
  }
}
