import { LoopYielder } from '../../data/yield-to-event-loop.js'

/** The weights of a log: their mean, from which predictions start, the lowest and the highest. */
export interface WeightScale {
  mean: number
  low: number
  high: number
}

/** Of models whose scores are no weights. */
export const NO_SCALE: Readonly<WeightScale> = Object.freeze({ mean: 0, low: -Infinity, high: Infinity })

/** Mean 0 without weights. @throws ERR_ABORTED */
export async function scaleOfWeights(weights: Float32Array, signal?: AbortSignal): Promise<WeightScale> {
  let [total, low, high] = [0, Infinity, -Infinity]
  await new LoopYielder(signal).over(weights.length, 1 << 16, (begin, end) => {
    for (let n = begin; n < end; n++) {
      const weight = weights[n]!
      total += weight
      if (weight < low) low = weight
      if (weight > high) high = weight
    }
  })
  return { mean: total / Math.max(1, weights.length), low, high }
}
