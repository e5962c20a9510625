/**
 * Pictures for a terminal: the tree of checkpoints, which parts of a disk are dirty, and how far a job is.
 *
 * @module
 */

/** One node of a tree to draw. */
export interface PictureNode {
  readonly name: string
  /** Name of the parent; absent for a root. A parent that is not among the nodes makes a root, too. */
  readonly parent?: string
}

interface Branch {
  readonly name: string
  readonly lead: string
  readonly indent: string
}

/** Draws a forest: one name a line, children below their parent, siblings in the order in which they are given. */
export function drawTree(nodes: readonly PictureNode[]): string {
  const names = new Set(nodes.map(({ name }) => name))
  const childrenOf = new Map<string | undefined, string[]>()
  for (const { name, parent } of nodes) {
    const key = parent !== undefined && names.has(parent) ? parent : undefined
    const children = childrenOf.get(key)
    if (children === undefined) childrenOf.set(key, [name])
    else children.push(name)
  }
  const branchesOf = (parent: string | undefined, indent: string): Branch[] => {
    const children = childrenOf.get(parent) ?? []
    return children.map((name, index) => ({
      name,
      lead: parent === undefined ? '' : `${indent}${index < children.length - 1 ? '├─ ' : '└─ '}`,
      indent: parent === undefined ? '' : `${indent}${index < children.length - 1 ? '│  ' : '   '}`,
    }))
  }
  // A stack and not recursion: a chain of checkpoints can be thousands long.
  const waiting = branchesOf(undefined, '').toReversed()
  const lines: string[] = []
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    lines.push(`${next.lead}${next.name}`)
    waiting.push(...branchesOf(next.name, next.indent).toReversed())
  }
  return lines.join('\n')
}

/** Bytes of a disk. */
export interface PictureExtent {
  readonly offset: number
  readonly length: number
}

const shades = [' ', '░', '▒', '▓', '█'] as const

/**
 * Draws a disk as one line: the darker a cell, the more of it is dirty. A cell with any dirty byte is never blank.
 *
 * @param size - Bytes of the disk
 * @param width - Cells of the line
 */
export function drawDirtyMap(
  dirty: Iterable<PictureExtent>,
  size: number,
  width: number = 64,
): string {
  const bytesPerCell = Math.max(1, size / width)
  const dirtyBytes = new Float64Array(width)
  for (const { offset, length } of dirty) {
    const end = Math.min(offset + length, size)
    for (let at = offset; at < end;) {
      const cell = Math.min(width - 1, Math.floor(at / bytesPerCell))
      const cellEnd = cell === width - 1 ? end : Math.min(end, (cell + 1) * bytesPerCell)
      dirtyBytes[cell] = (dirtyBytes[cell] ?? 0) + cellEnd - at
      at = Math.max(cellEnd, at + 1)
    }
  }
  const cells = Array.from(dirtyBytes, (bytes) => {
    const level = Math.ceil((bytes / bytesPerCell) * (shades.length - 1))
    return shades[Math.min(level, shades.length - 1)] ?? ' '
  })
  return `[${cells.join('')}]`
}

/**
 * Draws how far a job is as one line.
 *
 * @param done - In the unit of `total`; a job without anything to do is complete
 */
export function drawProgress(done: number, total: number, width: number = 40): string {
  const part = total <= 0 ? 1 : Math.min(1, Math.max(0, done / total))
  const filled = Math.floor(part * width)
  const percent = String(Math.floor(part * 100)).padStart(3)
  return `[${'='.repeat(filled)}${' '.repeat(width - filled)}] ${percent} %`
}
