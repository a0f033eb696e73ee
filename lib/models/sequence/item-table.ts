import type { Features } from '../../data/features.js'
import type { IdMap } from '../../data/id-map.js'
import { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import type { Graph, Tensor } from '../../nn/graph/graph.js'
import { add } from '../../nn/ops/layers/elementwise.js'
import { linear } from '../../nn/ops/layers/linear.js'
import { SMALL } from './attention-network.js'
import type { NetworkWeight } from './sequence-network.js'
import type { ItemVectors } from './sequence-options.js'

/** How the vectors of items are learnt. */
export interface ItemTable {
  /** Weights by name, those that are no parameters among them. */
  readonly weights: ReadonlyMap<string, NetworkWeight>
  /** Names of weights that training leaves as they are, with their numbers. */
  readonly given: ReadonlyMap<string, Float32Array>
  /** [items, dims] */
  record(graph: Graph): Tensor
}

/** What features of items are projected with. */
export const PROJECTION = 'projection'

/**
 * Vectors of `items` items, from numbers alone, or with features.
 * @param features [items, any] rows of length 1, or 0 for items without
 */
export function itemTable(items: number, dims: number, features: Matrix | undefined, how: ItemVectors): ItemTable {
  const own: NetworkWeight = { shape: [items, dims], begin: SMALL }
  if (features === undefined)
    return { weights: new Map([['items', own]]), given: new Map(), record: (graph) => graph.parameter('items') }
  const given = new Map([['features', features.data]])
  const weights = new Map<string, NetworkWeight>([['features', { shape: [items, features.cols], begin: 'zeros' }]])
  if (how === 'frozen') return { weights, given, record: (graph) => graph.parameter('features') }
  weights.set(PROJECTION, { shape: [dims, features.cols], begin: SMALL })
  const projected = (graph: Graph) => linear(graph.parameter('features'), graph.parameter(PROJECTION))
  if (how === 'projected') return { weights, given, record: projected }
  weights.set('items', own)
  return { weights, given, record: (graph) => add(graph.parameter('items'), projected(graph)) }
}

/** The features of these items [items, dims], each of length 1; 0 for items without. @throws ERR_ABORTED */
export async function featuresOf(
  ids: readonly (string | number)[],
  features: Features,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  const out = new Matrix(ids.length, features.dims)
  await new LoopYielder(signal).over(ids.length, 256, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const row = features.ids.indexOf(ids[i]!)
      if (row >= 0) setUnit(out.row(i), features.matrix.row(row))
    }
  })
  return out
}

/** Gives `out` the direction of `vector` and the length 1, or 0. */
function setUnit(out: Float32Array, vector: Float32Array): void {
  const length = Math.hypot(...vector)
  if (length > 0) for (let i = 0; i < out.length; i++) out[i] = vector[i]! / length
}

/**
 * The vectors of items known by their features alone [items, dims].
 * @param projection [dims, feature dims]; null: features are vectors of items as they are
 * @throws ERR_ABORTED
 */
export async function placedVectors(
  features: Features,
  projection: Matrix | null,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  const units = await featuresOf([...features.ids], features, signal)
  if (projection === null) return units
  const mapped = await nativeCall(signal, (native, abort) => native.similarityMatrix(units, projection, 'dot', abort))
  return new Matrix(units.rows, projection.rows, mapped)
}

/** @throws ERR_SHAPE unless the features have as many numbers as at `fit`, or as vectors of items if they are such */
export function checkFeatureDims(where: string, features: Features, dims: number, why: string): void {
  if (features.dims !== dims)
    throw new KindredError(
      'ERR_SHAPE',
      `${where}: expected vectors of ${dims} numbers, ${why}, but they have ${features.dims}.`,
    )
}

/** @throws ERR_DATA unless some item has features: a projection would not be learnt; ERR_ABORTED */
export async function checkDescribed(items: IdMap, features: Features, signal: AbortSignal | undefined): Promise<void> {
  let described = 0
  await new LoopYielder(signal).over(items.size, 1024, (begin, end) => {
    for (let row = begin; described === 0 && row < end; row++) if (features.ids.has(items.idAt(row))) described++
  })
  if (described === 0)
    throw new KindredError(
      'ERR_DATA',
      `itemFeatures: none of the log's ${items.size} items is among the ${features.size} with features. Do their ids have the same type?`,
    )
}
