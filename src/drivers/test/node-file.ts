import { err, ok, safeTry } from 'neverthrow'
import { DomainState } from '../../constants/index.ts'
import type { ConnectAuth, NodeInfo } from '../../driver/index.ts'
import {
  Errno,
  ErrorNumber,
  type VirError,
  type VirResult,
  type VirResultAsync,
} from '../../errors/index.ts'
import {
  formatCapabilities,
  type NodeCpu,
  type NodeDef,
  type NodeDomainDef,
  readNode,
} from '../../xml/index.ts'
import { authenticate } from './authenticate.ts'
import { buildWorld } from './build-world.ts'
import { testCapabilities } from './capabilities.ts'
import { AutomaticClock } from './clock.ts'
import { defaultNodeInfo } from './default-world.ts'
import { addDomain, complete } from './domain-list.ts'
import type { HostPort } from './host-port.ts'
import { startDomain } from './start.ts'
import { randomUuids } from './uuid-source.ts'
import type { World } from './world.ts'

/**
 * Makes the hypervisor that a node document describes; each connection gets its own.
 *
 * @param path - Absolute path of the document
 * @errors AUTH_FAILED when the document names users and the caller is none of them; those of the document
 */
export function loadNodeFile(
  path: string,
  port: HostPort,
  auth: ConnectAuth | undefined,
): VirResultAsync<World> {
  return safeTry(async function* () {
    const node = yield* readNode(path, (file) => readText(port, file))
    yield* authenticate(node.users, auth)
    return worldOf(node, port)
  })
}

function readText(port: HostPort, path: string): VirResultAsync<string> {
  return (
    port
      .readFile(path)
      // What is no UTF-8 becomes a character that the document's own checks refuse or show.
      .map((bytes) => new TextDecoder().decode(bytes))
      // libxml2 opens a directory as it does a file, and takes the failure to read it for its end.
      .orElse((error) => (isDirectory(error) ? ok('') : err(error)))
  )
}

function isDirectory({ code, int1 }: VirError): boolean {
  return code === ErrorNumber.SYSTEM_ERROR && int1 === Errno.EISDIR
}

function worldOf(node: NodeDef, port: HostPort): VirResult<World> {
  const world = buildWorld({
    semantics: 'test',
    clock: new AutomaticClock(),
    newUuid: randomUuids(),
    port,
    host: {
      info: nodeInfoOf(node),
      cellsKiB: [],
      freeMemory: 0,
      capabilities: formatCapabilities(testCapabilities([])),
    },
  })
  for (const domain of node.domains) {
    const added = addNodeDomain(world, domain)
    if (added.isErr()) return err(added.error)
  }
  return ok(world)
}

function nodeInfoOf({ cpu, memoryKiB }: NodeDef): NodeInfo {
  const merged = { ...defaultNodeInfo, ...withoutActive(cpu) }
  const cpus = merged.nodes * merged.sockets * merged.cores * merged.threads
  return {
    ...merged,
    cpus: Math.min(cpus, cpu.active ?? cpus),
    memory: memoryKiB ?? defaultNodeInfo.memory,
  }
}

function withoutActive({ active: _active, ...cpu }: NodeCpu): Omit<NodeCpu, 'active'> {
  return cpu
}

/** Domains of a node document run, unless it says otherwise; nobody is told that they started. */
function addNodeDomain(world: World, node: NodeDomainDef): VirResult<void> {
  return complete(world, node.definition)
    .andThen((def) => addDomain(world, def, { refuseActive: true }))
    .andThen(({ domain }) => {
      domain.persistent = !node.transient
      if (node.state === DomainState.SHUTOFF) return ok(undefined)
      return startDomain(world, domain, 0).map(() => {
        const state = Object.values(DomainState).find((value) => value === node.state)
        domain.setState(state ?? DomainState.RUNNING, 0)
      })
    })
}
