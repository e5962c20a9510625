import { err, ok } from 'neverthrow'
import { ErrorDomain, ErrorNumber, virError, type VirResult } from '../errors/index.ts'
import { linkAll, type MomentRecord } from './load.ts'
import { Branch, type Moment, MomentNode } from './moment.ts'
import { type MomentSelection, select } from './selection.ts'

/** What a removal takes away: one moment, all below it, or both. */
export type RemovalScope = 'moment' | 'descendants' | 'subtree'

/** What {@link MomentTree.commitRemoval} is going to do; good until the tree changes. */
export interface RemovalPlan<D> {
  /** What goes: descendants before the moment itself, parents before their children. */
  readonly removed: readonly Moment<D>[]
  /** What gets another parent: the one that the removed moment had. */
  readonly moved: readonly Moment<D>[]
  /** Where they go; absent: they become roots. */
  readonly newParent: Moment<D> | undefined
  /** What is current afterwards. */
  readonly current: Moment<D> | undefined
}

/**
 * The snapshots or the checkpoints of a domain; libvirt's `virDomainMomentObjList`.
 *
 * A forest with at most one current moment, which becomes the parent of the next new one. Adding and finding take constant
 * time, and no operation recurses: chains may be as long as they like. What can fail is checked before anything changes.
 */
export class MomentTree<D> {
  readonly #root = new Branch<D>()
  /** By name, in the order of creation. */
  #nodes = new Map<string, MomentNode<D>>()
  #current: MomentNode<D> | undefined
  /** Whether a definition names a parent that does not exist. */
  #hasDanglingParents = false

  get size(): number {
    return this.#nodes.size
  }

  /** The parent of the next new moment; absent: that one becomes a root. */
  get current(): Moment<D> | undefined {
    return this.#current
  }

  /** The number of moments without a parent. */
  get rootCount(): number {
    return this.#root.childCount
  }

  has(name: string): boolean {
    return this.#nodes.has(name)
  }

  get(name: string): Moment<D> | undefined {
    return this.#nodes.get(name)
  }

  /** All moments, in the order of creation. */
  values(): IterableIterator<Moment<D>> {
    return this.#nodes.values()
  }

  /**
   * Adds a moment in front of the other children of its parent. A parent that does not exist makes it a root.
   *
   * @errors OPERATION_FAILED - the name is taken
   */
  insert(name: string, parent: string | undefined, data: D): VirResult<Moment<D>> {
    if (this.#nodes.has(name)) {
      const text = `domain moment ${name} already exists`
      return err(virError(ErrorNumber.OPERATION_FAILED, ErrorDomain.DOMAIN, text))
    }
    return ok(this.#add(name, parent, data))
  }

  /**
   * Whether a moment can be redefined to have a parent; libvirt's `virDomainMomentCheckCycles`.
   *
   * @errors INVALID_ARG - the parent is the moment itself, does not exist, or descends from it
   */
  checkParent(name: string, parent: string | undefined): VirResult<void> {
    if (parent === undefined) return ok(undefined)
    if (parent === name) return refuse(`cannot set moment ${name} as its own parent`)
    let ancestor = this.#nodes.get(parent)
    if (ancestor === undefined) return refuse(`parent ${parent} for moment ${name} not found`)
    // Nothing descends from a name that is new, unless a stored definition names it.
    if (!this.#nodes.has(name) && !this.#hasDanglingParents) return ok(undefined)
    while (ancestor?.declaredParent !== undefined) {
      if (ancestor.declaredParent === name) {
        return refuse(`parent ${ancestor.name} would create cycle to ${name}`)
      }
      ancestor = ancestor.parent
    }
    return ok(undefined)
  }

  /**
   * Puts a moment under a parent, in front of its other children, with new data. One that exists keeps its children and
   * its place in the order of creation. Check with {@link MomentTree.checkParent} first.
   */
  redefine(name: string, parent: string | undefined, data: D): Moment<D> {
    const node = this.#nodes.get(name)
    if (node === undefined) return this.#add(name, parent, data)
    node.data = data
    node.unlink()
    this.#link(node, parent)
    return node
  }

  /** Gives a moment other data. */
  update(name: string, data: D): void {
    this.#node(name).data = data
  }

  /** Makes a moment current, or none. */
  setCurrent(name: string | undefined): void {
    this.#current = name === undefined ? undefined : this.#node(name)
  }

  /** Says what a removal would do, and changes nothing. */
  planRemoval(name: string, scope: RemovalScope): RemovalPlan<D> {
    const node = this.#node(name)
    const removed: MomentNode<D>[] = scope === 'moment' ? [] : [...node.descendants()]
    const losesCurrent = removed.some((moment) => moment === this.#current)
    if (scope === 'descendants') {
      const current = losesCurrent ? node : this.#current
      return { removed, moved: [], newParent: undefined, current }
    }
    const moved = scope === 'moment' ? [...node.children()] : []
    const current = losesCurrent || node === this.#current ? node.parent : this.#current
    removed.push(node)
    return { removed, moved, newParent: node.parent, current }
  }

  /** Does what a plan says. */
  commitRemoval(plan: RemovalPlan<D>): void {
    for (const { name } of plan.moved) this.#node(name).declaredParent = plan.newParent?.name
    for (const { name } of plan.removed) {
      const node = this.#node(name)
      node.moveChildrenTo(node.link ?? this.#root)
      node.unlink()
      this.#nodes.delete(name)
    }
    this.setCurrent(plan.current?.name)
  }

  /** Takes a moment away that was only just added and has no children yet; what is current stays. */
  withdraw(name: string): void {
    this.#node(name).unlink()
    this.#nodes.delete(name)
  }

  /** Lists moments; which and in what order, the selection says. */
  select(selection: MomentSelection<D>): Moment<D>[] {
    if (selection.below === undefined) return select(this.#root, this.#nodes.values(), selection)
    return select(this.#node(selection.below), undefined, selection)
  }

  /**
   * Replaces the whole content by stored moments, oldest first. Where they contradict each other, by parents that do not
   * exist or by cycles, moments become roots. Current becomes the only leaf, if there is just one chain.
   *
   * @returns Whether the stored relations are consistent
   */
  load(records: Iterable<MomentRecord<D>>): boolean {
    this.#root.firstChild = undefined
    this.#root.childCount = 0
    this.#nodes = new Map()
    const consistent = linkAll(this.#root, this.#nodes, records)
    this.#hasDanglingParents = !consistent
    this.#current = onlyLeaf(this.#root)
    return consistent
  }

  #add(name: string, parent: string | undefined, data: D): MomentNode<D> {
    const node = new MomentNode(name, parent, data)
    this.#nodes.set(name, node)
    this.#link(node, parent)
    return node
  }

  #link(node: MomentNode<D>, parent: string | undefined): void {
    const under = parent === undefined ? this.#root : this.#nodes.get(parent)
    if (under === undefined) this.#hasDanglingParents = true
    node.declaredParent = parent
    node.linkUnder(under ?? this.#root)
  }

  #node(name: string): MomentNode<D> {
    const node = this.#nodes.get(name)
    if (node === undefined) throw new Error(`No moment is called ${name}`)
    return node
  }
}

/** The leaf that is reached by going down as long as there is one child only. */
function onlyLeaf<D>(root: Branch<D>): MomentNode<D> | undefined {
  let branch = root
  while (branch.childCount === 1 && branch.firstChild !== undefined) branch = branch.firstChild
  return branch instanceof MomentNode && branch.childCount === 0 ? branch : undefined
}

function refuse(detail: string): VirResult<never> {
  return err(virError(ErrorNumber.INVALID_ARG, ErrorDomain.DOMAIN, detail))
}
