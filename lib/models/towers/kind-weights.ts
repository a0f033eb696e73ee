import { Features } from '../../data/features.js'
import { gatherRows } from '../../data/gather-rows.js'
import type { IdMap } from '../../data/id-map.js'
import { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { nativeCall } from '../../native/native-call.js'
import { FeatureMap, type FeatureMapSettings } from '../als/feature-map.js'
import type { FeatureGroup } from './tower-features.js'

/** Items that weights are chosen by, at most. */
const SAMPLED_ITEMS = 2048
/** Users whose scores are compared, at most. */
const SAMPLED_USERS = 256
/** Each so many of these items is held out. */
const HELD_OUT = 5
/** What a kind can count, beside 1. */
const WEIGHTS = [0.03, 0.1, 0.3, 1, 3]
const ROUNDS = 2

/** What the weights of kinds are chosen by. */
export interface KindChoice {
  readonly items: IdMap
  /** [items, width] */
  readonly features: Matrix
  /** [items, dims] what the features shall tell */
  readonly vectors: Matrix
  /** [users, dims] */
  readonly users: Matrix
  /** The items that have both. */
  readonly rows: Int32Array
  readonly kinds: readonly FeatureGroup[]
  readonly settings: FeatureMapSettings
}

/** Features [rows, width] in which the mean square of a kind's distances is in proportion to its weight. */
export async function scaledKinds(
  features: Matrix,
  kinds: readonly FeatureGroup[],
  weights: ArrayLike<number>,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  // The numbers of each column vary by 1.
  const factors = Float32Array.from(
    kinds.flatMap(({ dims }, n) => new Array<number>(dims).fill(Math.sqrt(weights[n]! / dims))),
  )
  const out = new Matrix(features.rows, features.cols)
  await new LoopYielder(signal).over(out.rows, 1 << 8, (begin, end) => {
    for (let row = begin; row < end; row++) {
      const [source, target] = [features.row(row), out.row(row)]
      for (let d = 0; d < target.length; d++) target[d] = source[d]! * factors[d]!
    }
  })
  return out
}

/** Some numbers of an array, evenly spread. */
function spread(rows: Int32Array, most: number): Int32Array {
  if (rows.length <= most) return rows
  return Int32Array.from({ length: most }, (_, n) => rows[Math.floor((n * rows.length) / most)]!)
}

/**
 * How much each kind of features counts in the regression: by turns each kind takes the weight with which a regression from
 * four fifths of the items tells best what users score the others by.
 * @returns [kinds]; 1 where there is but one, or too few items to tell
 * @throws ERR_ABORTED
 */
export async function kindWeights(choice: KindChoice, signal: AbortSignal | undefined): Promise<Float64Array> {
  const { kinds, settings } = choice
  const weights = new Float64Array(kinds.length).fill(1)
  const rows = spread(choice.rows, SAMPLED_ITEMS)
  const [known, heldOut] = [0, 1].map((kept) =>
    Int32Array.from(rows.keys()).filter((n) => Number((n + 1) % HELD_OUT === 0) === kept),
  ) as [Int32Array, Int32Array]
  if (kinds.length < 2 || heldOut.length < kinds.length) return weights
  const users = gatherRows(
    choice.users,
    spread(
      Int32Array.from({ length: choice.users.rows }, (_, n) => n),
      SAMPLED_USERS,
    ),
  )
  const ids = Array.from(rows, (row) => choice.items.idAt(row))
  const features = gatherRows(choice.features, rows)
  const vectors = gatherRows(choice.vectors, rows)
  const lossOf = async () => {
    const scaled = await scaledKinds(features, kinds, weights, signal)
    const given = await Features.fromAsync(ids, scaled, { signal })
    const described = { of: rows.length, rows: known, featureRows: known }
    const map = await FeatureMap.learn(given, described, vectors, settings, signal)
    const told = await map.apply(gatherRows(scaled, heldOut), signal)
    const true_ = gatherRows(vectors, heldOut)
    for (let i = 0; i < told.data.length; i++) told.data[i]! -= true_.data[i]!
    const errors = await nativeCall(signal, (native, abort) => native.similarityMatrix(told, users, 'dot', abort))
    return errors.reduce((sum, error) => sum + error * error, 0)
  }
  let least = await lossOf()
  for (let round = 0; round < ROUNDS; round++) {
    const before = [...weights]
    for (const kind of kinds.keys()) {
      let best = weights[kind]!
      for (const weight of WEIGHTS) {
        if (weight === best) continue
        const kept = weights[kind]!
        weights[kind] = weight
        const loss = await lossOf()
        if (loss < least) {
          least = loss
          best = weight
        } else weights[kind] = kept
      }
      weights[kind] = best
    }
    if (weights.every((weight, n) => weight === before[n])) break
  }
  return weights
}
