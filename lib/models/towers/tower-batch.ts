import type { Matrix } from '../../data/matrix.js'
import { createRandom, type Random } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import { nativeCall } from '../../native/native-call.js'
import type { JobBatch } from '../../nn/train/fit-network.js'
import { transposed } from '../base/positive-rows.js'
import type { TowerSizes } from './tower-network.js'

/** What batches are made of. */
export interface TowerData {
  readonly sizes: TowerSizes
  /** [users, items] of ones. */
  readonly histories: Csr
  /** [items] how many users had each, over the number of all interactions. */
  readonly shares: Float64Array
  /** [items, itemWidth] */
  readonly itemFeatures: Matrix
  /** [users, userWidth] */
  readonly userFeatures: Matrix
}

/** How batches are drawn. */
export interface TowerDraws {
  /** Most items of a user that are wanted in one step. */
  readonly targets: number
  /** Probability with which an id counts for nothing in a step. */
  readonly idDropout: number
}

/** What takes a candidate out of a user's softmax. */
const HIDDEN = -1e4

/** Histories of unit length as inputs of a graph, and what the features of their items come to. */
export async function historyInputsOf(
  histories: Csr,
  itemFeatures: Matrix,
  signal: AbortSignal | undefined,
): Promise<{ values: Float32Array; pastFeatures: Float32Array }> {
  const values = new Float32Array(histories.indices.length)
  for (let row = 0; row < histories.rows; row++) {
    const [begin, end] = [histories.indptr[row]!, histories.indptr[row + 1]!]
    values.fill(1 / Math.sqrt(end - begin), begin, end)
  }
  const { cols } = itemFeatures
  if (cols === 0) return { values, pastFeatures: new Float32Array(0) }
  // The mean of the features, times the root of their number up to a few: a sum would grow without end.
  const pastFeatures = await nativeCall(signal, (native, abort) =>
    native.csrMultiply({ ...histories, cols: itemFeatures.rows, values }, itemFeatures, abort),
  )
  return { values, pastFeatures }
}

/** A user's items in two: those that are wanted, and those that are known; at most half of them, but one at least, wanted. */
function parted(items: Int32Array, most: number, random: Random): { wanted: Int32Array; known: Int32Array } {
  const order = random.shuffle(items.slice())
  const count = Math.min(most, Math.ceil(items.length / 2))
  return { wanted: order.slice(0, count).sort(), known: order.slice(count).sort() }
}

/**
 * A batch of users for {@link towerLoss}: of each user's items some are wanted and the others are the history. Candidates are
 * all items that anyone of the batch wants.
 * @param seed of this step
 * @returns the rows of the candidates besides
 */
export async function towerBatch(
  data: TowerData,
  chosen: Int32Array,
  { targets, idDropout }: TowerDraws,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<JobBatch & { candidates: Int32Array }> {
  const { histories, sizes, shares } = data
  const random = createRandom(seed)
  const yielder = new LoopYielder(signal)
  const parts: ReturnType<typeof parted>[] = []
  await yielder.over(chosen.length, 8, (begin, end) => {
    for (let n = begin; n < end; n++) {
      const user = chosen[n]!
      parts.push(
        parted(histories.indices.subarray(histories.indptr[user], histories.indptr[user + 1]), targets, random),
      )
    }
  })
  const placeOf = new Int32Array(sizes.items).fill(-1)
  for (const { wanted } of parts) for (const item of wanted) placeOf[item] = 0
  const candidates = Int32Array.from(placeOf.keys()).filter((item) => placeOf[item] === 0)
  for (const [place, item] of candidates.entries()) placeOf[item] = place
  await yielder.yieldToLoop()
  const places: number[] = []
  const hidden: number[] = []
  const indptr = new Int32Array(chosen.length + 1)
  for (const [n, { wanted, known }] of parts.entries()) {
    for (const item of wanted) places.push(n * candidates.length + placeOf[item]!)
    for (const item of known) if (placeOf[item]! >= 0) hidden.push(n * candidates.length + placeOf[item]!)
    indptr[n + 1] = indptr[n]! + known.length
  }
  const indices = new Int32Array(indptr[chosen.length]!)
  for (const [n, { known }] of parts.entries()) indices.set(known, indptr[n])
  const known: Csr = { rows: chosen.length, cols: sizes.items, indptr, indices, values: null }
  const { values, pastFeatures } = await historyInputsOf(known, data.itemFeatures, signal)
  const byItem = transposed({ ...known, values })
  // Features of a history learn to stand for ids as well, in half as many steps.
  const pastDropout = sizes.itemWidth > 0 ? idDropout / 2 : 0
  const kept = (rows: number, rate = idDropout) =>
    Float32Array.from({ length: rows }, () => (random.next() < rate ? 0 : 1))
  // How likely an item is to be among so many draws of interactions.
  const correction = Float32Array.from(
    candidates,
    (item) => -Math.log(-Math.expm1(places.length * Math.log1p(-shares[item]!))),
  )
  return {
    candidates,
    terms: places.length,
    inputs: {
      userIds: chosen,
      userKeep: kept(chosen.length),
      pastKeep: kept(chosen.length, pastDropout),
      itemIds: candidates,
      itemKeep: kept(candidates.length),
      offsets: indptr,
      columns: indices,
      values,
      itemOffsets: byItem.indptr,
      itemColumns: byItem.indices,
      itemValues: byItem.values!,
      pastFeatures,
      userFeatures: rowsOf(data.userFeatures, chosen),
      itemFeatures: rowsOf(data.itemFeatures, candidates),
      ones: new Float32Array(chosen.length).fill(1),
      correction,
      hiddenValues: new Float32Array(hidden.length).fill(HIDDEN),
      hiddenPlaces: Int32Array.from(hidden),
      places: Int32Array.from(places),
      shares: new Float32Array(places.length).fill(1 / places.length),
      perUser: Float32Array.of(1 / chosen.length),
      perCandidate: Float32Array.of(1 / candidates.length),
    },
    sizes: {
      users: chosen.length,
      candidates: candidates.length,
      cells: chosen.length * candidates.length,
      entries: indices.length,
      hidden: hidden.length,
      wanted: places.length,
    },
  }
}

function rowsOf({ data, cols }: Matrix, rows: Int32Array): Float32Array {
  const out = new Float32Array(rows.length * cols)
  for (const [n, row] of rows.entries()) out.set(data.subarray(row * cols, (row + 1) * cols), n * cols)
  return out
}
