/** Memory that is not in `<memory>`: that of NUMA cells and of memory modules. @module */
import { err, ok } from 'neverthrow'
import { VirError } from '../../errors/index.ts'
import type { VirResult } from '../../errors/index.ts'
import { childElement, childElements, textContent } from '../element.ts'
import type { XmlElement } from '../element.ts'
import { parseScaled } from '../scaled.ts'
import type { DomainDef } from './domain-def.ts'

/** KiB of a domain's NUMA cells and of its memory modules. */
export interface NumaMemory {
  readonly cells: number
  readonly modules: number
}

/** Sums up the memory of NUMA cells and of memory modules. */
export function numaMemoryKiB(def: DomainDef): VirResult<NumaMemory> {
  const cells = sum(numaCells(def), (cell) => [
    cell.attributes.get('memory'),
    cell.attributes.get('unit'),
    './@memory',
  ])
  const modules = sum(memoryModules(def), (target) => {
    const size = childElement(target, 'size')
    return [size && textContent(size), size?.attributes.get('unit'), './size']
  })
  if (cells instanceof VirError) return err(cells)
  return modules instanceof VirError ? err(modules) : ok({ cells, modules })
}

function numaCells({ rest }: DomainDef): XmlElement[] {
  const cpu = rest?.children?.find(({ node }) => node.name === 'cpu')?.node
  const numa = cpu && childElement(cpu, 'numa')
  return numa === undefined ? [] : childElements(numa, 'cell')
}

function memoryModules({ devices }: DomainDef): XmlElement[] {
  return devices.others
    .filter(({ kind }) => kind === 'memory')
    .flatMap(({ rest }) => rest?.children ?? [])
    .filter(({ node }) => node.name === 'target')
    .map(({ node }) => node)
}

function sum(
  elements: readonly XmlElement[],
  read: (element: XmlElement) => readonly [string | undefined, string | undefined, string],
): number | VirError {
  let total = 0
  for (const element of elements) {
    const [text, unit, path] = read(element)
    if (text === undefined || text === '') continue
    const bytes = parseScaled(text, unit, path, { scale: 1024n, maximum: 0x7fff_ffff_ffff_ffffn })
    if (bytes instanceof VirError) return bytes
    total += Number((bytes + 1023n) / 1024n)
  }
  return total
}
