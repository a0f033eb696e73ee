import { Features } from '../../data/features.js'
import { gatherRows } from '../../data/gather-rows.js'
import type { IdMap } from '../../data/id-map.js'
import { idOrder } from '../../data/id-order.js'
import type { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { type SavedTensors, vectorTensor } from '../../data/storage/saved-tensors.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError } from '../../native/errors.js'
import { FeatureMap, type FeatureMapSettings, KERNEL_ITEMS } from '../als/feature-map.js'
import { kindWeights, scaledKinds } from './kind-weights.js'
import type { FeatureGroup } from './tower-features.js'

/** Penalty of that regression: vectors of the log's items are surer than those of a factorisation. */
const REGULARIZATION = 0.3

/** A regression from features to vectors of items, in which each kind of features counts by its own weight. */
export class ColdItemMap {
  /**
   * @param map from scaled features
   * @param weights [kinds] how much each counts
   */
  constructor(
    private readonly map: FeatureMap,
    private readonly kinds: readonly FeatureGroup[],
    readonly weights: Float64Array,
  ) {}

  /** Vectors [rows, dims + 1] of items by their features [rows, width]. @throws ERR_ABORTED */
  async apply(features: Matrix, signal: AbortSignal | undefined): Promise<Matrix> {
    return this.map.apply(await scaledKinds(features, this.kinds, this.weights, signal), signal)
  }

  toTensors(): Record<string, Tensor> {
    return { ...this.map.toTensors('map'), 'map.kinds': vectorTensor(this.weights) }
  }

  /** The map that {@link toTensors} stored, or null if there is none. @throws ERR_MODEL_FILE */
  static fromTensors(tensors: SavedTensors, kinds: readonly FeatureGroup[], dims: number): ColdItemMap | null {
    const map = FeatureMap.fromTensors(tensors, 'map', dims)
    if (map === null) return null
    const width = kinds.reduce((sum, kind) => sum + kind.dims, 0)
    const weights = tensors.vector('map.kinds', Float64Array, kinds.length)
    if (map.dims !== width || !weights.every((weight) => weight > 0 && Number.isFinite(weight)))
      throw new KindredError(
        'ERR_MODEL_FILE',
        `map: expected ${width} features and weights above 0 of ${kinds.length} kinds but there are ${map.dims} and ${[...weights].join(', ')}.`,
      )
    return new ColdItemMap(map, kinds, weights)
  }
}

/** What the map is learnt from. */
export interface KnownItems {
  readonly items: IdMap
  /** [items, width] */
  readonly features: Matrix
  /** [items, dims + 1] */
  readonly vectors: Matrix
  /** [users, dims + 1], of those who choose among the items */
  readonly users: Matrix
  /** [items] 1 for those learnt from interactions */
  readonly learned: Uint8Array
  /** [items] 1 for those with features */
  readonly described: Uint8Array
}

/**
 * A regression from features to the vectors of the items that have both, learnt in the order of their ids.
 * @returns null if no item has both, or the option `mapShare` is 0
 */
export async function coldItemMap(
  { items, features, vectors, users, learned, described }: KnownItems,
  kinds: readonly FeatureGroup[],
  mapShare: number,
  signal: AbortSignal | undefined,
): Promise<ColdItemMap | null> {
  const rows = (await idOrder(items, signal)).filter((row) => learned[row] === 1 && described[row] === 1)
  if (rows.length === 0 || mapShare === 0) return null
  const isKernel = rows.length <= KERNEL_ITEMS
  const settings: FeatureMapSettings = {
    featureMap: 'auto',
    featureRegularization: isKernel ? REGULARIZATION : null,
  }
  const weights = await kindWeights({ items, features, vectors, users, rows, kinds, settings }, signal)
  const given = await Features.fromAsync(items, await scaledKinds(features, kinds, weights, signal), { signal })
  const map = await FeatureMap.learn(given, { of: items.size, rows, featureRows: rows }, vectors, settings, signal)
  return new ColdItemMap(map, kinds, weights)
}

/** Rows of vectors become the mean of themselves and of what the map gives, which counts `share`. */
export async function blend(
  vectors: Matrix,
  rows: Int32Array,
  map: ColdItemMap | null,
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
