import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'

const AT_ONCE = 1 << 16

/** How popular items were in training, as metrics of lists need it: values [2, items]. */
export const POPULARITY_METRICS = ['novelty', 'popularityPercentile'] as const

/**
 * Two numbers of each item, one row of items each:
 * - novelty: its self-information in bits, -log2(users who had it / users) (Zhou et al. 2010, "Solving the apparent
 *   diversity-accuracy dilemma of recommender systems"); an item that nobody had counts as one that a single user had
 * - popularityPercentile: the share of the items that fewer users had, and half of those that as many had, itself among them
 * @param seen what each user had in training [users, items]
 * @returns [2, items]
 * @throws ERR_ABORTED
 */
export async function popularityOf(seen: Csr, signal: AbortSignal | undefined): Promise<Float64Array> {
  const items = seen.cols
  const counts = new Int32Array(items)
  await new LoopYielder(signal).over(seen.indices.length, AT_ONCE, (begin, end) => {
    for (let n = begin; n < end; n++) counts[seen.indices[n]!]!++
  })
  // itemsWith[c]: items that c users had; below[c]: items that fewer had.
  const itemsWith = new Int32Array(seen.rows + 1)
  for (const count of counts) itemsWith[count]!++
  const below = new Int32Array(seen.rows + 1)
  for (let count = 1; count <= seen.rows; count++) below[count] = below[count - 1]! + itemsWith[count - 1]!
  const values = new Float64Array(2 * items)
  for (let item = 0; item < items; item++) {
    const count = counts[item]!
    values[item] = Math.log2(seen.rows) - Math.log2(Math.max(1, count))
    values[items + item] = (below[count]! + itemsWith[count]! / 2) / items
  }
  return values
}
