import { type Branch, MomentNode } from './moment.ts'

/** A moment as it is stored. */
export interface MomentRecord<D> {
  readonly name: string
  readonly parent?: string
  readonly data: D
}

/**
 * Makes nodes of stored moments and links them, later ones in front of earlier ones. Of several with one name the first
 * counts.
 *
 * @returns Whether every name is unique, every parent exists, and no moment descends from itself
 */
export function linkAll<D>(
  root: Branch<D>,
  nodes: Map<string, MomentNode<D>>,
  records: Iterable<MomentRecord<D>>,
): boolean {
  let consistent = true
  for (const { name, parent, data } of records) {
    if (nodes.has(name)) consistent = false
    else nodes.set(name, new MomentNode(name, parent, data))
  }
  const roots = cycleBreakers(nodes)
  for (const node of nodes.values()) {
    const parent = node.declaredParent === undefined ? root : nodes.get(node.declaredParent)
    if (parent === undefined || roots.has(node)) consistent = false
    node.linkUnder(parent === undefined || roots.has(node) ? root : parent)
  }
  return consistent
}

/** Of each cycle the moment that came last: made a root, it breaks the cycle. */
function cycleBreakers<D>(nodes: ReadonlyMap<string, MomentNode<D>>): Set<MomentNode<D>> {
  const breakers = new Set<MomentNode<D>>()
  const order = new Map([...nodes.values()].map((node, index) => [node, index]))
  const visitedBy = new Map<MomentNode<D>, MomentNode<D>>()
  for (const start of nodes.values()) {
    let node: MomentNode<D> | undefined = start
    while (node !== undefined && !visitedBy.has(node)) {
      visitedBy.set(node, start)
      node = node.declaredParent === undefined ? undefined : nodes.get(node.declaredParent)
    }
    if (node !== undefined && visitedBy.get(node) === start) {
      breakers.add(lastOfCycle(node, nodes, order))
    }
  }
  return breakers
}

function lastOfCycle<D>(
  entry: MomentNode<D>,
  nodes: ReadonlyMap<string, MomentNode<D>>,
  order: ReadonlyMap<MomentNode<D>, number>,
): MomentNode<D> {
  let last = entry
  let node = entry
  do {
    if ((order.get(node) ?? 0) > (order.get(last) ?? 0)) last = node
    const parent: MomentNode<D> | undefined = nodes.get(node.declaredParent ?? '')
    if (parent === undefined) throw new Error('A cycle has no loose end')
    node = parent
  } while (node !== entry)
  return last
}
