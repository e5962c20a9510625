import { okAsync } from 'neverthrow'
import type { ImageStore } from '../block/index.ts'
import { type Connection, createConnection } from '../connection/index.ts'
import {
  type AgentBehaviour,
  AutomaticClock,
  buildWorld,
  connectionDriver,
  crashDomain,
  defaultHost,
  dirtyExtents,
  Guest,
  type GuestAgent,
  type HostPort,
  type HypervisorConfig,
  loadDefaultDomain,
  ManualClock,
  randomUuids,
  type SecretStore,
  seededUuids,
  type SemanticsName,
  type World,
} from '../drivers/test/index.ts'
import { unwrap, type VirResult, type VirResultAsync } from '../errors/index.ts'
import type { NbdExport } from '../nbd/in-process.ts'
import { thisMachine } from './machine.ts'

/** How a test hypervisor is made. */
export interface TestHypervisorOptions {
  /**
   * `automatic` (the default): jobs run by themselves. `manual`: nothing moves until {@link TestHypervisor.step} or
   * {@link TestHypervisor.runUntilIdle}, time stands still, and UUIDs are the same in each run.
   */
  readonly clock?: 'automatic' | 'manual'
  /** Whose rules hold where libvirt's QEMU and test drivers differ; `qemu` when absent. */
  readonly semantics?: SemanticsName
  /** `empty` (the default): no domains; `default`: the world of `test:///default`. */
  readonly world?: 'empty' | 'default'
  /** Of the UUIDs of a hypervisor with a manual clock; 1 when absent. */
  readonly seed?: number
  /** Settings, named as in libvirt's qemu.conf. */
  readonly config?: HypervisorConfig
  /** How the hypervisor reaches files of the machine; absent: by Node's own modules, where there is Node. */
  readonly port?: HostPort
}

/** How a connection to a test hypervisor is made. */
export interface TestConnectOptions {
  readonly readOnly?: boolean
}

/**
 * A hypervisor in memory, as a test holds it: its guests, images, clock and faults, beside the connections to it.
 *
 * Any number of hypervisors live beside each other and share nothing.
 */
export class TestHypervisor {
  readonly #world: World
  readonly #clock: ManualClock | undefined

  private constructor(world: World, clock: ManualClock | undefined) {
    this.#world = world
    this.#clock = clock
  }

  /** Makes a hypervisor. */
  static create(options: TestHypervisorOptions = {}): TestHypervisor {
    const manual = options.clock === 'manual' ? new ManualClock() : undefined
    const world = buildWorld({
      semantics: options.semantics ?? 'qemu',
      clock: manual ?? new AutomaticClock(),
      newUuid: manual === undefined ? randomUuids() : seededUuids(options.seed ?? 1),
      host: defaultHost(),
      config: options.config,
      port: options.port ?? thisMachine(),
    })
    if (options.world === 'default') unwrap(loadDefaultDomain(world))
    return new TestHypervisor(world, manual)
  }

  /** The disk images of the host, by path: sources, targets of backups, and whatever else the library writes. */
  get images(): ImageStore {
    return this.#world.images
  }

  /** The secrets that open encrypted images. */
  get secrets(): SecretStore {
    return this.#world.secrets
  }

  /** Milliseconds since the epoch, by the hypervisor's clock. */
  now(): number {
    return this.#world.clock.now()
  }

  /** Connects, as `open` would. */
  connect(options: TestConnectOptions = {}): VirResultAsync<Connection> {
    const driver = connectionDriver(this.#world, () => undefined)
    return okAsync(
      createConnection(driver, 'test:///hypervisor', { readOnly: options.readOnly ?? false }),
    )
  }

  /** The guest in the domain of that name, which need not run yet, or even be there. */
  guest(name: string): Guest {
    return new Guest(this.#world, name)
  }

  /**
   * The agent in the guest of a domain.
   *
   * @returns `undefined` when there is no such domain
   */
  agent(name: string): GuestAgent | undefined {
    return this.#world.domains.byName(name)?.agent
  }

  /** Sets how the agent in the guest of a domain behaves. */
  setAgent(name: string, behaviour: AgentBehaviour): void {
    const agent = this.agent(name)
    if (agent !== undefined) agent.behaviour = behaviour
  }

  /**
   * Ends a domain as a SIGKILL of its process does: bitmaps that were not stored are lost, those in use are inconsistent.
   *
   * @errors NO_DOMAIN, OPERATION_INVALID when it does not run
   */
  crash(name: string): VirResult<void> {
    return crashDomain(this.#world, name)
  }

  /**
   * What has changed on a disk since a checkpoint, as its bitmap has it: in order, lazily.
   *
   * @param disk - Target name: `vda`
   * @returns Nothing when the domain does not run, or there is no such bitmap
   */
  dirtyExtents(
    name: string,
    disk: string,
    checkpoint: string,
  ): Iterable<{ readonly offset: number; readonly length: number }> {
    return dirtyExtents(this.#world, name, disk, checkpoint)
  }

  /**
   * What the pull backup of a domain serves, for readers in the same process: where there are no sockets, as in a browser.
   *
   * @returns Nothing when no pull backup runs
   */
  exports(name: string): readonly NbdExport[] {
    return this.#world.domains.byName(name)?.running?.backup?.server?.exports() ?? []
  }

  /** Runs the next thing that is due; `false` when there is none, or the clock moves by itself. */
  step(): boolean {
    return this.#clock?.step() ?? false
  }

  /** Runs everything that is due until nothing is left; gives how many steps that took. */
  runUntilIdle(): number {
    return this.#clock?.runUntilIdle() ?? 0
  }

  /** The same, waiting for peers outside of the hypervisor, such as an NBD server. */
  async runUntilSettled(): Promise<number> {
    return (await this.#clock?.runUntilSettled()) ?? 0
  }

  /** Lets time pass on a manual clock, running what becomes due. */
  advance(milliseconds: number): void {
    this.#clock?.advance(milliseconds)
  }
}
