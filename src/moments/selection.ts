import type { Branch, Moment, MomentNode } from './moment.ts'

/** Which moments to list. */
export interface MomentSelection<D> {
  /** What to look below; absent: the whole tree. */
  readonly below?: string
  /** Whether to take all descendants instead of the direct children, which are the roots for the whole tree. */
  readonly deep: boolean
  /** Whether parents come before their children. Otherwise the whole tree comes in the order of creation. */
  readonly topological?: boolean
  /** Leaves out what has children. Together with {@link MomentSelection.noLeaves} nothing is left. */
  readonly leaves?: boolean
  /** Leaves out what has none. */
  readonly noLeaves?: boolean
  /** Leaves out what it says no to. */
  readonly matches?: (moment: Moment<D>) => boolean
}

/**
 * Lists moments below a branch.
 *
 * In libvirt the order of the whole tree is that of a hash table, different in each process.
 */
export function select<D>(
  branch: Branch<D>,
  inCreationOrder: Iterable<MomentNode<D>> | undefined,
  selection: MomentSelection<D>,
): Moment<D>[] {
  const result: Moment<D>[] = []
  for (const moment of candidates(branch, inCreationOrder, selection)) {
    if (selection.leaves === true && moment.childCount > 0) continue
    if (selection.noLeaves === true && moment.childCount === 0) continue
    if (selection.matches?.(moment) ?? true) result.push(moment)
  }
  return result
}

function candidates<D>(
  branch: Branch<D>,
  inCreationOrder: Iterable<MomentNode<D>> | undefined,
  selection: MomentSelection<D>,
): Iterable<MomentNode<D>> {
  if (!selection.deep) return branch.children()
  if (selection.topological === true) return branch.descendants()
  return inCreationOrder ?? branch.descendants()
}
