import type { BitmapStatus, BitmapSurvey } from '../../checkpoint/index.ts'
import type { VirResultAsync } from '../../errors/index.ts'
import {
  type BlockDeviceInfo,
  type BlockDirtyInfo,
  type QmpClient,
  type QmpInteger,
  queryNamedBlockNodes,
} from '../../qmp/index.ts'
import { monitored } from './qmp-error.ts'

/** What QEMU says of the nodes that it has open, at one moment. */
export class NodeSurvey implements BitmapSurvey {
  readonly #nodes: ReadonlyMap<string, BlockDeviceInfo>

  constructor(nodes: readonly BlockDeviceInfo[]) {
    this.#nodes = new Map(nodes.map((node) => [node['node-name'] ?? '', node]))
  }

  /** A node by its name. */
  node(name: string): BlockDeviceInfo | undefined {
    return this.#nodes.get(name)
  }

  /** The names of all nodes. */
  get nodeNames(): Iterable<string> {
    return this.#nodes.keys()
  }

  find(node: string, bitmap: string): BitmapStatus | undefined {
    const found = this.#bitmaps(node).find(({ name }) => name === bitmap)
    return found && statusOf(found)
  }

  names(node: string): string[] {
    return this.#bitmaps(node).flatMap(({ name }) =>
      // Those without a name belong to jobs.
      name === undefined || name === '' ? [] : [name],
    )
  }

  size(node: string): number | undefined {
    const size = this.#nodes.get(node)?.image['virtual-size']
    return size === undefined ? undefined : safeNumber(size)
  }

  #bitmaps(node: string): readonly BlockDirtyInfo[] {
    return this.#nodes.get(node)?.['dirty-bitmaps'] ?? []
  }
}

function statusOf({
  recording,
  persistent,
  inconsistent,
  granularity,
  count,
}: BlockDirtyInfo): BitmapStatus {
  return {
    recording,
    persistent,
    ...(inconsistent !== undefined && { inconsistent }),
    granularity: safeNumber(granularity),
    count: safeNumber(count),
  }
}

/** A size as a number: no disk is so large that it has none. */
export function safeNumber(value: QmpInteger): number {
  return Number(value)
}

/** Asks QEMU what it has open. */
export function surveyNodes(monitor: QmpClient): VirResultAsync<NodeSurvey> {
  return monitored(monitor.execute(queryNamedBlockNodes, { flat: true })).map(
    (nodes) => new NodeSurvey(nodes),
  )
}
