import { NBD_BASE_ALLOCATION } from '../codec/constants.ts'
import type { NbdMetaContext } from '../codec/option-data.ts'
import { contextsOf, type NbdExport } from './export.ts'

/** QEMU keeps 0 and 1 for contexts of its own; those of an export are numbered from 2 on, in their order. */
const FIRST_OWN_ID = 2

/**
 * Gives the contexts of an export that a client's queries name, in the order of their numbers.
 *
 * A query that ends in a colon names all contexts that start with it, but only in a listing. A listing without a query
 * names all; a selection without one, none.
 */
export function matchingContexts(
  source: NbdExport,
  queries: readonly string[],
  selecting: boolean,
): readonly NbdMetaContext[] {
  const all = numbered(source)
  if (queries.length === 0) return selecting ? [] : all
  return all.filter(({ name }) => queries.some((query) => matches(name, query, selecting)))
}

function numbered(source: NbdExport): readonly NbdMetaContext[] {
  let next = FIRST_OWN_ID
  return contextsOf(source).map((name) => {
    if (name === NBD_BASE_ALLOCATION) return { id: 0, name }
    return { id: name === 'qemu:allocation-depth' ? 1 : next++, name }
  })
}

function matches(name: string, query: string, selecting: boolean): boolean {
  if (name === query) return true
  return !selecting && query.endsWith(':') && name.startsWith(query)
}
