import { LoopYielder } from '../../data/yield-to-event-loop.js'

/** The weights of a log: their mean, from which predictions start, the lowest, the highest, and how many are above 0. */
export interface WeightScale {
  mean: number
  low: number
  high: number
  positive: number
}

/** Of models whose scores are no weights. */
export const NO_SCALE = Object.freeze({ mean: 0, low: -Infinity, high: Infinity })

/** Mean 0 without weights. @throws ERR_ABORTED */
export async function scaleOfWeights(weights: Float32Array, signal?: AbortSignal): Promise<WeightScale> {
  let [total, low, high, positive] = [0, Infinity, -Infinity, 0]
  await new LoopYielder(signal).over(weights.length, 1 << 16, (begin, end) => {
    for (let n = begin; n < end; n++) {
      const weight = weights[n]!
      total += weight
      if (weight < low) low = weight
      if (weight > high) high = weight
      if (weight > 0) positive++
    }
  })
  return { mean: total / Math.max(1, weights.length), low, high, positive }
}
