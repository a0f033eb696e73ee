import { rowIndices } from '../../../data/csr.js'
import { createRandom, type Random } from '../../../data/random.js'
import type { FittedLog } from '../../base/fitted-log.js'

/** How items that were not clicked are drawn. */
export type NegativeSampling = 'retrieved' | 'uniform' | 'popularity'

/** Clicks and what was not clicked, of users one after the other. */
export interface SampledClicks {
  /** [rows] rows of users */
  users: Int32Array
  /** [rows] rows of items */
  items: Int32Array
  /** [rows] 1 for a click */
  labels: Uint8Array
  /** [rows] the item whose click the row belongs to, the row's own for a click: they share its context. */
  clicked: Int32Array
}

/** Draws for one user: not what they had or chose, and none twice for one click. */
export function drawNegatives(
  count: number,
  pool: ArrayLike<number>,
  isLeftOut: (item: number) => boolean,
  random: Random,
): number[] {
  const drawn = new Set<number>()
  // Of a pool that is left out all but, this ends without enough.
  for (let tries = 0; drawn.size < count && tries < 20 * (count + 1) && pool.length > 0; tries++) {
    const item = pool[random.integer(pool.length)]!
    if (!isLeftOut(item)) drawn.add(item)
  }
  return [...drawn]
}

/** The items that negatives of all users are drawn from: each once, or once for each user who had it. */
export function samplingPool(sampling: NegativeSampling, { seen, items }: FittedLog): Int32Array {
  if (sampling === 'popularity') return seen.indices
  return Int32Array.from({ length: items.size }, (_, row) => row)
}

/**
 * The clicks of users with the negatives of each.
 * @param retrieved the items that a user's negatives are drawn from, by place among `users`; undefined: `pool`. Clicks that are
 * not among them are left out: where only what is not clicked comes from the top of the retriever, its scores seem to tell the
 * reverse of what they do.
 */
export function sampleClicks(
  users: Int32Array,
  choices: ReadonlyMap<number, ReadonlySet<number>>,
  {
    log,
    negatives,
    pool,
    retrieved,
    seed,
  }: {
    log: FittedLog
    negatives: number
    pool: Int32Array
    retrieved: ((place: number) => Int32Array) | undefined
    seed: number
  },
): SampledClicks {
  const rows: [user: number, item: number, label: number, clicked: number][] = []
  for (const [place, user] of users.entries()) {
    // One stream per user: the draws do not depend on how users are put into blocks.
    const random = createRandom(seed * 2 ** 24 + user)
    const own = choices.get(user)!
    const had = new Set(rowIndices(log.seen, user))
    const list = retrieved?.(place)
    const isFound = list && new Set(list)
    const from = list ?? pool
    for (const item of Int32Array.from(own).sort()) {
      if (isFound !== undefined && !isFound.has(item)) continue
      rows.push([user, item, 1, item])
      for (const other of drawNegatives(negatives, from, (row) => own.has(row) || had.has(row), random))
        rows.push([user, other, 0, item])
    }
  }
  const column = (n: number) => Int32Array.from(rows, (row) => row[n]!)
  return { users: column(0), items: column(1), labels: Uint8Array.from(column(2)), clicked: column(3) }
}
