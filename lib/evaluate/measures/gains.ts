import type { Id } from '../../data/id-map.js'
import { KindredError, show } from '../../native/errors.js'

/** What a hit counts in NDCG: 1, the weight w of the held-out interaction, or 2^w - 1. */
export type Gain = 'binary' | 'linear' | 'exponential'

export const GAINS: readonly Gain[] = ['binary', 'linear', 'exponential']

/** The largest weight whose exponential gains can be summed. */
const MOST = { linear: Infinity, exponential: 1000 }

/** The gain of a weight; exponential as in Burges et al. 2005, "Learning to rank using gradient descent". */
export function gainOf(gain: Gain, weight: number): number {
  if (gain === 'binary') return 1
  return gain === 'linear' ? weight : 2 ** weight - 1
}

/** @throws ERR_DATA for a weight that is no gain, naming its user */
export function checkGains(gain: Gain, weights: Float32Array, user: Id): void {
  if (gain === 'binary') return
  const wrong = weights.find((weight) => !(weight >= 0 && weight <= MOST[gain]))
  if (wrong === undefined) return
  const range = gain === 'linear' ? 'of at least 0' : `from 0 to ${MOST[gain]}`
  throw new KindredError(
    'ERR_DATA',
    `gain '${gain}': expected weights ${range} in the test log but user ${show(user)} has one of ${wrong}. Change the weights, or take gain 'binary'.`,
  )
}

/** Gains of weights. */
export function gainsOf(gain: Gain, weights: Float32Array): Float64Array {
  return Float64Array.from(weights, (weight) => gainOf(gain, weight))
}
