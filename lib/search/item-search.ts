import type { Id } from '../data/id-map.js'
import { checkIterable } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { KindredError, show } from '../native/errors.js'
import type { Neighbors } from './index-options.js'
import type { RowIds } from './row-ids.js'

/** Several ids: an array, a Set, an IdMap or any other iterable, but not a string. */
export type ItemIds = Iterable<Id> & object

/** What {@link SimilarityIndex.searchItems} lists. */
export interface SearchItemsOptions extends AbortOptions {
  /** How many items to list for each query; default 10. */
  k?: number
  /** Items that must not be listed, for all queries, or an array with a list for each; ids without a row are excluded anyway. */
  exclude?: ItemIds | readonly ItemIds[]
  /** Items that may be listed, likewise; all if absent. */
  candidates?: ItemIds | readonly ItemIds[]
  /** What to do with candidates that the index does not have: refuse the call or leave them out. Default 'error'. */
  unknown?: 'error' | 'ignore'
}

/** One entry of a list of items. */
export interface FoundItem {
  /** Id of an item of the index. */
  item: Id
  /** Its score, by the metric of the index. */
  score: number
}

/**
 * Rows for ids: a list for all queries, or one for each.
 * @param refuse an error for an id without a row; others are left out
 * @throws ERR_VALUE, ERR_UNKNOWN_ID
 */
export function rowsOfItems(
  name: string,
  given: SearchItemsOptions['exclude'],
  ids: RowIds,
  refuse: boolean,
): Int32Array | Int32Array[] | undefined {
  if (given === undefined) return undefined
  const rowsOf = (list: unknown) => {
    const rows: number[] = []
    for (const id of checkIterable(
      name,
      list as ItemIds,
      'a list of item ids, or an array with a list for each query',
    )) {
      const row = ids.rowOf(id)
      if (row >= 0) rows.push(row)
      else if (refuse)
        throw new KindredError(
          'ERR_UNKNOWN_ID',
          `${name}: item ${show(id)} is not in the index. unknown: 'ignore' leaves such out.`,
        )
    }
    return Int32Array.from(rows)
  }
  const isPerQuery = Array.isArray(given) && typeof given[0] === 'object' && given[0] !== null
  return isPerQuery ? (given as readonly ItemIds[]).map(rowsOf) : rowsOf(given)
}

/** Lists of rows [queries, k] by their ids. */
export function namedLists({ indices, scores }: Neighbors, queries: number, ids: RowIds): FoundItem[][] {
  const k = queries === 0 ? 0 : indices.length / queries
  return Array.from({ length: queries }, (_, q) => {
    const list: FoundItem[] = []
    for (let i = q * k; i < (q + 1) * k && indices[i]! >= 0; i++)
      list.push({ item: ids.idAt(indices[i]!), score: scores[i]! })
    return list
  })
}
