import { gatherRows } from '../../data/gather-rows.js'
import type { Matrix } from '../../data/matrix.js'
import type { FactorState } from '../base/factor-model.js'
import type { AlsParameters } from './als-options.js'
import { gram } from './als-train.js'
import type { FeatureMap } from './feature-map.js'

/** What a fitted AlternatingLeastSquares holds. */
export interface AlsState extends FactorState {
  /** [items] 1 where the factors were learned from interactions, 0 where they come from features */
  learned: Uint8Array
  featureMap: FeatureMap | null
  losses: number[]
  /** As they were when the factors were learned. */
  parameters: AlsParameters
  /** [factors, factors] of {@link gramOfLearned}, once it was needed */
  gramOfItems?: Promise<Float64Array>
}

/** Y'Y over the items that took part in training: those known by their features only did not. */
export function gramOfLearned(Y: Matrix, learned: Uint8Array, signal?: AbortSignal): Promise<Float64Array> {
  if (learned.every((flag) => flag === 1)) return gram(Y, signal)
  const rows = Int32Array.from(learned.keys()).filter((row) => learned[row] === 1)
  return gram(gatherRows(Y, rows), signal)
}

/** Y'Y of {@link gramOfLearned}, kept once computed. */
export function gramOfItemsOf(state: AlsState): Promise<Float64Array> {
  state.gramOfItems ??= gramOfLearned(state.itemFactors, state.learned).catch((error) => {
    state.gramOfItems = undefined
    throw error
  })
  return state.gramOfItems
}
