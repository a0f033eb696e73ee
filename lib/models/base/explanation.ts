import type { IdMap } from '../../data/id-map.js'
import type { Explanation } from './recommend-options.js'

/** The parts of one score: dense rows, of items or of users, and what each adds. */
export interface Contributions {
  from: 'item' | 'user'
  rows: Int32Array
  values: Float64Array
}

/** The `k` largest parts in the caller's ids, and the sum of the others. */
export function explanationOf({ from, rows, values }: Contributions, k: number, ids: IdMap): Explanation {
  const order = Array.from(values.keys()).filter((n) => values[n] !== 0)
  order.sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!) || rows[a]! - rows[b]!)
  const sum = (places: number[]) => places.reduce((total, n) => total + values[n]!, 0)
  return {
    score: sum(order),
    contributions: order.slice(0, k).map((n) => ({ from, id: ids.idAt(rows[n]!), contribution: values[n]! })),
    rest: sum(order.slice(k)),
  }
}
