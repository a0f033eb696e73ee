import { Features } from '../../data/features.js'
import { gatherRows } from '../../data/gather-rows.js'
import type { IdMap } from '../../data/id-map.js'
import { idOrder } from '../../data/id-order.js'
import type { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { FeatureMap, KERNEL_ITEMS } from '../als/feature-map.js'
import type { TowerSettings } from './tower-options.js'

/** Penalty of that regression: vectors of the log's items are surer than those of a factorisation. */
const REGULARIZATION = 0.3

/**
 * A regression from features to the vectors of the items that have both, learnt in the order of their ids.
 * @param features [items, width]
 * @param vectors [items, dims + 1]
 * @param learned [items] 1 for those learnt from interactions
 * @param described [items] 1 for those with features
 * @returns null if no item has both, or the option `mapShare` is 0
 */
export async function coldItemMap(
  items: IdMap,
  features: Matrix,
  vectors: Matrix,
  learned: Uint8Array,
  described: Uint8Array,
  { mapShare }: TowerSettings,
  signal: AbortSignal | undefined,
): Promise<FeatureMap | null> {
  const rows = (await idOrder(items, signal)).filter((row) => learned[row] === 1 && described[row] === 1)
  if (rows.length === 0 || mapShare === 0) return null
  const given = await Features.fromAsync(items, features, { signal })
  const isKernel = rows.length <= KERNEL_ITEMS
  const settings = { featureMap: 'auto' as const, featureRegularization: isKernel ? REGULARIZATION : null }
  return FeatureMap.learn(given, { of: items.size, rows, featureRows: rows }, vectors, settings, signal)
}

/** Rows of vectors become the mean of themselves and of what the map gives, which counts `share`. */
export async function blend(
  vectors: Matrix,
  rows: Int32Array,
  map: FeatureMap | null,
  features: Matrix,
  share: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (map === null || rows.length === 0) return
  const mapped = await map.apply(gatherRows(features, rows), signal)
  await new LoopYielder(signal).over(rows.length, 1 << 8, (begin, end) => {
    for (let n = begin; n < end; n++) {
      const [target, own] = [vectors.row(rows[n]!), mapped.row(n)]
      for (let d = 0; d < target.length; d++) target[d] = (1 - share) * target[d]! + share * own[d]!
    }
  })
}
