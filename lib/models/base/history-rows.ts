import type { IdMap } from '../../data/id-map.js'
import { checkIterable, ownFields } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { rowOf } from './list-filters.js'
import type { HistoryEntry } from './recommend-options.js'

/** A history as item row -> weight, and in its order. */
export class OrderedHistory extends Map<number, number> {
  /** Rows of the entries with a weight above 0, one after the other; an item may come more than once. */
  readonly order: number[] = []
}

/** Rows of the entries with a weight above 0 in the order of a history, or that of its entries where it has none of its own. */
export function orderOfHistory(history: ReadonlyMap<number, number>): readonly number[] {
  if (history instanceof OrderedHistory) return history.order
  return [...history].filter(([, weight]) => weight > 0).map(([row]) => row)
}

/** A history, and its order where it has one, in other rows. @param places [items] the row of each item, -1 for one that falls away */
export function translatedHistory(
  history: ReadonlyMap<number, number>,
  places: Int32Array,
): ReadonlyMap<number, number> {
  const own = new OrderedHistory()
  for (const [row, weight] of history) if (places[row]! >= 0) own.set(places[row]!, weight)
  if (!(history instanceof OrderedHistory)) return new Map(own)
  for (const row of history.order) if (places[row]! >= 0) own.order.push(places[row]!)
  return own
}

/** A history as item row -> weight; the weights of an item that comes twice add up. @throws ERR_VALUE, ERR_UNKNOWN_ID */
export function historyRows(
  history: Iterable<HistoryEntry>,
  items: IdMap,
  unknown: 'error' | 'ignore',
): OrderedHistory {
  const rows = new OrderedHistory()
  for (const entry of checkIterable('history', history, 'a list of { item, weight? }')) {
    if (entry === null || typeof entry !== 'object' || !('item' in entry))
      throw new KindredError('ERR_VALUE', `history: expected entries { item, weight? } but received ${show(entry)}.`)
    const { item, weight: given } = ownFields(entry, ['item', 'weight'])
    const weight = given ?? 1
    if (typeof weight !== 'number' || !Number.isFinite(Math.fround(weight)))
      throw new KindredError('ERR_VALUE', `history: expected a finite weight but received ${show(weight)}.`)
    if (unknown === 'ignore' && !items.has(item)) continue
    const row = rowOf(items, item, 'item', " unknown: 'ignore' skips such entries.")
    const sum = (rows.get(row) ?? 0) + weight
    if (!Number.isFinite(Math.fround(sum)))
      throw new KindredError(
        'ERR_VALUE',
        `history: the weights of item ${show(item)} add up to ${sum}, beyond the range of 32-bit floats. Lower them.`,
      )
    rows.set(row, sum)
    if (weight > 0) rows.order.push(row)
  }
  return rows
}
