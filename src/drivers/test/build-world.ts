import { ImageStore } from '../../block/index.ts'
import { SecretStore } from '../../driver/index.ts'
import type { VirResult } from '../../errors/index.ts'
import { formatCapabilities } from '../../xml/index.ts'
import { testCapabilities } from './capabilities.ts'
import { AutomaticClock, type Clock } from './clock.ts'
import { defaultCells, defaultDomainXml, defaultNodeInfo } from './default-world.ts'
import { addDomain, readDefinition } from './domain-list.ts'
import type { HostPort } from './host-port.ts'
import { type SemanticsName, semanticsByName } from './semantics.ts'
import { startDomain } from './start.ts'
import type { HypervisorConfig } from './tls-files.ts'
import { randomUuids, type UuidSource } from './uuid-source.ts'
import { World, type WorldHost } from './world.ts'

/** How a hypervisor is made. */
export interface BuildWorldOptions {
  readonly semantics: SemanticsName
  readonly clock: Clock
  readonly newUuid: UuidSource
  readonly host: WorldHost
  readonly config?: HypervisorConfig | undefined
  readonly port?: HostPort | undefined
}

/** Makes a hypervisor without domains. */
export function buildWorld(options: BuildWorldOptions): World {
  return new World({
    semantics: semanticsByName[options.semantics],
    clock: options.clock,
    images: new ImageStore(),
    secrets: new SecretStore(),
    host: options.host,
    newUuid: options.newUuid,
    config: options.config ?? {},
    ...(options.port !== undefined && { port: options.port }),
  })
}

/** The host of `test:///default`. */
export function defaultHost(): WorldHost {
  return {
    info: defaultNodeInfo,
    cellsKiB: defaultCells.map(({ memoryKiB }) => memoryKiB),
    // libvirt's test driver reports half of the cells' memory, in KiB, as the bytes that are free.
    freeMemory: defaultCells.reduce((sum, { memoryKiB }) => sum + memoryKiB / 2, 0),
    capabilities: formatCapabilities(testCapabilities(defaultCells)),
  }
}

/** Makes the hypervisor of `test:///default`, with its one running domain. */
export function buildDefaultWorld(port: HostPort | undefined): World {
  const world = buildWorld({
    semantics: 'test',
    clock: new AutomaticClock(),
    newUuid: randomUuids(),
    host: defaultHost(),
    port,
  })
  const loaded = loadDefaultDomain(world)
  if (loaded.isErr()) throw new Error('the default domain does not start', { cause: loaded.error })
  return world
}

/** Defines and starts the domain of `test:///default`. */
export function loadDefaultDomain(world: World): VirResult<void> {
  return readDefinition(world, defaultDomainXml, false)
    .andThen((def) => addDomain(world, def, { refuseActive: true }))
    .andThen(({ domain }) => {
      domain.persistent = true
      return startDomain(world, domain, 0)
    })
}
