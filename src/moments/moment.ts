/** A snapshot or checkpoint in the tree of its domain. What it shows follows the tree as it changes. */
export interface Moment<D> {
  readonly name: string
  /** What the tree's owner keeps about it. */
  readonly data: D
  /** Absent for a root. */
  readonly parent: Moment<D> | undefined
  /** The parent that its definition names; it differs from {@link Moment.parent} only where that one does not exist. */
  readonly declaredParent: string | undefined
  readonly childCount: number
  /** The direct children, the one that was linked last first. */
  children(): Iterable<Moment<D>>
  /** All below it: each before its children, siblings as {@link Moment.children} has them. */
  descendants(): Iterable<Moment<D>>
}

/** What has children: a moment, or the hidden root. Siblings form a list, so that linking and unlinking take constant time. */
export class Branch<D> {
  /** Absent for the hidden root, and while a node is not linked. */
  link: Branch<D> | undefined
  firstChild: MomentNode<D> | undefined
  childCount = 0

  /** Gives all children to another branch, before those that it has, in the order they are in. */
  moveChildrenTo(branch: Branch<D>): void {
    let last: MomentNode<D> | undefined
    for (const child of this.children()) {
      child.link = branch
      last = child
    }
    if (last === undefined) return
    last.next = branch.firstChild
    if (last.next !== undefined) last.next.previous = last
    branch.firstChild = this.firstChild
    branch.childCount += this.childCount
    this.firstChild = undefined
    this.childCount = 0
  }

  *children(): Generator<MomentNode<D>> {
    for (let child = this.firstChild; child !== undefined; child = child.next) yield child
  }

  *descendants(): Generator<MomentNode<D>> {
    let node: MomentNode<D> | undefined = this.firstChild
    while (node !== undefined) {
      yield node
      node = node.firstChild ?? followerOf(node, this)
    }
  }
}

/** The tree's own view of a moment. */
export class MomentNode<D> extends Branch<D> implements Moment<D> {
  readonly name: string
  data: D
  declaredParent: string | undefined
  next: MomentNode<D> | undefined
  previous: MomentNode<D> | undefined

  constructor(name: string, declaredParent: string | undefined, data: D) {
    super()
    this.name = name
    this.declaredParent = declaredParent
    this.data = data
  }

  get parent(): MomentNode<D> | undefined {
    return this.link instanceof MomentNode ? this.link : undefined
  }

  /** Becomes the first child of a branch. */
  linkUnder(branch: Branch<D>): void {
    this.link = branch
    this.next = branch.firstChild
    if (this.next !== undefined) this.next.previous = this
    branch.firstChild = this
    branch.childCount++
  }

  /** Leaves its parent; its own children stay with it. */
  unlink(): void {
    if (this.link === undefined) return
    if (this.previous === undefined) this.link.firstChild = this.next
    else this.previous.next = this.next
    if (this.next !== undefined) this.next.previous = this.previous
    this.link.childCount--
    this.link = undefined
    this.next = undefined
    this.previous = undefined
  }
}

/** What comes after a node and all below it, in the walk over what is below `top`. */
function followerOf<D>(node: MomentNode<D>, top: Branch<D>): MomentNode<D> | undefined {
  let current: Branch<D> | undefined = node
  while (current instanceof MomentNode && current !== top) {
    if (current.next !== undefined) return current.next
    current = current.link
  }
  return undefined
}
