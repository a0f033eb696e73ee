import { selectRows } from '../../data/csr.js'
import type { Features } from '../../data/features.js'
import { gatherRows } from '../../data/gather-rows.js'
import { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import { withRows } from '../base/factor-model.js'
import { withItems } from '../base/grown-log.js'
import { copyIds } from '../base/merge-log.js'
import type { AddItemsReport } from '../base/recommend-options.js'
import type { AlsSettings } from './als-options.js'
import type { AlsState } from './als-state.js'
import { checkFinite, gram, halfSweep } from './als-train.js'
import type { DescribedItems } from './described-items.js'
import type { FeatureMap } from './feature-map.js'

/** Items whose features are gathered and mapped at once. */
const ITEMS_AT_A_TIME = 1024

/**
 * Solves for the items with features once more, regularised toward a map of the features: unobserved pairs and the penalty pull an item with n interactions not
 * toward zero but toward the vector with the direction of its mapped features and the length of the factors learned from
 * interactions, times featureWeight / (featureWeight + n). Few interactions say little about an item's direction but
 * something about its popularity, which is the length.
 * @param Ciu weights [items, users]
 * @param X [users, factors]
 * @param Y [items, factors], learned from interactions alone; overwritten
 * @param described the items of Y that have features
 */
export async function refineItems(
  Ciu: Csr,
  X: Matrix,
  Y: Matrix,
  described: DescribedItems,
  features: Features,
  map: FeatureMap,
  settings: AlsSettings,
  signal?: AbortSignal,
): Promise<void> {
  if (settings.featureWeight === 0) return
  const { rows, featureRows } = described
  const factors = gatherRows(Y, rows)
  const prior = new Matrix(rows.length, Y.cols)
  for (let begin = 0; begin < rows.length; begin += ITEMS_AT_A_TIME) {
    const some = featureRows.subarray(begin, begin + ITEMS_AT_A_TIME)
    const mapped = await map.apply(gatherRows(features.matrix, some), signal)
    for (let n = 0; n < some.length; n++) {
      const row = rows[begin + n]!
      const share = featureShare(Ciu.indptr[row + 1]! - Ciu.indptr[row]!, settings)
      const length = norm(mapped.row(n))
      scaleBy(mapped.row(n), length > 0 ? (share * norm(factors.row(begin + n))) / length : 0)
      prior.row(begin + n).set(mapped.row(n))
    }
  }
  const gramOfX = await gram(X, signal)
  await halfSweep(selectRows(Ciu, rows), X, gramOfX, factors, { ...settings, solver: 'cholesky' }, signal, prior)
  await checkFinite(factors, signal)
  for (let i = 0; i < rows.length; i++) Y.row(rows[i]!).set(factors.row(i))
}

/**
 * The factors of an item that was placed by its features and has its first `count` interactions since: a direction
 * between the two, weighted by their evidence, and the length of the longer one, since its popularity is not known yet.
 * What `scale`, the map's, has added to the length of `placed` fades with the weight of the features.
 * `learned` [factors], from those interactions alone, is overwritten; where `placed` is zero it stays.
 */
export function mixWithPlaced(
  learned: Float32Array,
  placed: Float32Array,
  count: number,
  settings: FeatureShare,
  scale = 1,
): void {
  const lengths = [norm(learned), norm(placed)] as const
  if (lengths[0] === 0 || lengths[1] === 0 || settings.featureWeight === 0) return
  const share = featureShare(count, settings)
  for (let t = 0; t < learned.length; t++)
    learned[t] = ((1 - share) * learned[t]!) / lengths[0] + (share * placed[t]!) / lengths[1]
  const length = norm(learned)
  const faded = lengths[1] * (share + (1 - share) / scale)
  if (length > 0) scaleBy(learned, Math.max(lengths[0], faded) / length)
}

type FeatureShare = Pick<AlsSettings, 'featureWeight'>

const featureShare = (count: number, { featureWeight }: FeatureShare): number => featureWeight / (featureWeight + count)

function norm(row: Float32Array): number {
  let squares = 0
  for (const value of row) squares += value * value
  return Math.sqrt(squares)
}

function scaleBy(row: Float32Array, factor: number): void {
  for (let t = 0; t < row.length; t++) row[t]! *= factor
}

/** The state with the items of `features` that have no interactions placed by the feature map. @throws ERR_SHAPE */
export async function placedByFeatures(
  state: AlsState,
  featureMap: FeatureMap,
  features: Features,
  signal?: AbortSignal,
): Promise<{ state: AlsState; report: AddItemsReport }> {
  const mapped = await featureMap.apply(features.matrix, signal)
  const yielder = new LoopYielder(signal)
  const items = await copyIds(state.log.items, yielder)
  const report: AddItemsReport = { added: 0, replaced: 0, kept: 0 }
  const rows = new Int32Array(features.size)
  for (let i = 0; i < features.size; i++) {
    const known = items.size
    const row = items.add(features.ids.idAt(i))
    const learned = state.learned[row] === 1
    rows[i] = learned ? -1 : row
    report[learned ? 'kept' : row < known ? 'replaced' : 'added']++
    if (yielder.due) await yielder.yieldToLoop()
  }
  const Y = withRows(state.itemFactors, items.size)
  for (let i = 0; i < rows.length; i++) {
    if (rows[i]! >= 0) Y.row(rows[i]!).set(mapped.row(i))
    if (yielder.due) await yielder.yieldToLoop()
  }
  const learned = new Uint8Array(items.size)
  learned.set(state.learned)
  const log = withItems(state.log, items)
  return { state: { ...state, log, itemFactors: Y, learned, featureMap, gramOfItems: undefined }, report }
}
