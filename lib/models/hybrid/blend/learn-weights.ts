import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import { type DivergenceTerm, type ListwiseParameters, listwiseLoss, poolScores } from './listwise-loss.js'
import type { Pool } from './validation-pools.js'

/** What weights are chosen by. */
export interface WeightMetric {
  metric: 'ndcg' | 'recall'
  k: number
}

/** Weights, and what they make of the validation. */
export interface LearntWeights {
  /** [members], sum 1 */
  weights: Float64Array
  /** [categories] */
  offsets: Float64Array
  /** The metric of the weighted sum. */
  value: number
  /** [members] the metric of each member alone */
  alone: number[]
  /** The mean Jensen-Shannon divergence, in nats, where there is a term of it. */
  divergence: number | undefined
}

/** Steps of the gradient at most. */
const STEPS = 100
/** What a weight is multiplied by in turn. */
const FACTORS = [0, 0.5, 0.8, 1.25, 2]
/** What a weight of 0 is first raised to, among weights that sum up to 1. */
const FIRST = 0.05
/** Rounds over all weights at most. */
const ROUNDS = 8

/**
 * Weights of at least 0 for the members' points. Without a term of divergence: from the best member alone to equal weights, to
 * those of the least listwise loss, and on by coordinate ascent on the metric (Metzler and Croft 2007, "Linear feature-based
 * models for information retrieval", section 4.2), wherever that is better by more than the standard error of the
 * difference, twice that in the ascent, which tries many; so that none of the members ranks the validation better. With it: those
 * of the least loss.
 */
export async function learnWeights(
  pools: readonly Pool[],
  members: number,
  { metric, k }: WeightMetric,
  term: DivergenceTerm | undefined,
  signal: AbortSignal | undefined,
): Promise<LearntWeights> {
  const measure = (weights: ArrayLike<number>, offsets?: Float64Array) =>
    metricOfUsers(pools, weights, { metric, k }, offsets && term && { offsets, term }, signal)
  const equal = new Float64Array(members).fill(1 / members)
  const singles = Array.from({ length: members }, (_, m) => equal.map((_, other) => (other === m ? 1 : 0)))
  const ofSingles: Float64Array[] = []
  for (const single of singles) ofSingles.push(await measure(single))
  const alone = ofSingles.map(meanOf)
  const least = await leastLoss(pools, members, term, signal)
  if (term !== undefined) {
    const { weights, offsets, divergence } = least
    return { weights, offsets, divergence, alone, value: meanOf(await measure(weights, offsets)) }
  }
  const top = alone.indexOf(Math.max(...alone))
  let best = { weights: singles[top]!, values: ofSingles[top]! }
  const consider = async (weights: Float64Array<ArrayBuffer>, errors: number) => {
    const values = await measure(weights)
    const isBetter = exceeds(values, best.values, errors)
    if (isBetter) best = { weights, values }
    return isBetter
  }
  await consider(equal, 1)
  await consider(least.weights, 1)
  for (let round = 0, improved = true; improved && round < ROUNDS; round++) {
    improved = false
    for (let m = 0; m < members; m++)
      for (const factor of FACTORS) {
        // A weight of 0 cannot grow by a factor.
        const changed = best.weights.map((weight, other) => (other === m ? (weight || FIRST) * factor : weight))
        if (changed.some((weight) => weight > 0) && (await consider(normalized(changed), 2))) improved = true
      }
  }
  const { weights, values } = best
  return { weights, value: meanOf(values), offsets: new Float64Array(0), divergence: undefined, alone }
}

const meanOf = (values: Float64Array) => values.reduce((a, b) => a + b, 0) / values.length

/** Whether the mean of paired differences is above 0 by more than so many of its standard errors: less is taken for noise. */
function exceeds(values: Float64Array, before: Float64Array, errors: number): boolean {
  const differences = values.map((value, user) => value - before[user]!)
  const mean = meanOf(differences)
  const squares = differences.reduce((sum, difference) => sum + (difference - mean) ** 2, 0)
  return mean > (errors * Math.sqrt(squares)) / differences.length
}

function normalized(weights: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const sum = weights.reduce((a, b) => a + b, 0)
  return weights.map((weight) => weight / sum)
}

/** The metric of each user; ties in the order of items. */
async function metricOfUsers(
  pools: readonly Pool[],
  weights: ArrayLike<number>,
  { metric, k }: WeightMetric,
  categories: { offsets: Float64Array; term: DivergenceTerm } | undefined,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const values = new Float64Array(pools.length)
  await new LoopYielder(signal).over(pools.length, 16, (begin, end) => {
    for (let user = begin; user < end; user++) {
      const pool = pools[user]!
      const scores = poolScores(pool, weights)
      if (categories !== undefined)
        for (let i = 0; i < scores.length; i++) {
          const own = categories.term.categories.of[pool.items[i]!]!
          for (const category of own) scores[i]! += categories.offsets[category]! / own.length
        }
      let [gain, ideal] = [0, 0]
      for (const [n, i] of pool.chosen.entries()) {
        let rank = 1
        const score = scores[i]!
        for (let j = 0; j < scores.length; j++) if (scores[j]! > score || (scores[j] === score && j < i)) rank++
        if (metric === 'recall') {
          gain += rank <= k ? 1 : 0
          ideal++
        } else {
          gain += rank <= k ? 1 / Math.log2(rank + 1) : 0
          ideal += n < k ? 1 / Math.log2(n + 2) : 0
        }
      }
      values[user] = gain / ideal
    }
  })
  return values
}

/** Parameters of the least loss, and the divergence there. */
interface LeastLoss {
  weights: Float64Array<ArrayBuffer>
  offsets: Float64Array<ArrayBuffer>
  divergence: number
}

/**
 * Projected gradient descent with the steps of Barzilai and Borwein (1988), halved until the loss falls enough: weights stay at
 * least 0. Points are brought to one scale first, which the weights take back.
 */
async function leastLoss(
  pools: readonly Pool[],
  members: number,
  term: DivergenceTerm | undefined,
  signal: AbortSignal | undefined,
): Promise<LeastLoss> {
  let [squares, count] = [0, 0]
  for (const { points } of pools) {
    for (const point of points) squares += point * point
    count += points.length
  }
  const scale = squares > 0 ? Math.sqrt(count / squares) : 1
  let now = {
    weights: new Float64Array(members).fill(scale / members),
    offsets: new Float64Array(term?.categories.names.length ?? 0),
  }
  // Weights count in units of the scale.
  const metricOf = (key: keyof ListwiseParameters) => (key === 'weights' ? scale * scale : 1)
  const KEYS = ['weights', 'offsets'] as const
  let at = await listwiseLoss(pools, now, term, signal)
  let step = 1
  for (let n = 0; n < STEPS; n++) {
    let next = now
    let reached = at
    for (;;) {
      next = { weights: moved('weights', step), offsets: moved('offsets', step) }
      let decrease = 0
      for (const key of KEYS)
        for (let j = 0; j < now[key].length; j++) decrease += at.gradient[key][j]! * (now[key][j]! - next[key][j]!)
      reached = await listwiseLoss(pools, next, term, signal)
      if (reached.loss <= at.loss - 1e-4 * decrease || step < 1e-6) break
      step /= 2
    }
    if (!(reached.loss < at.loss - 1e-9)) break
    let [moves, curvature] = [0, 0]
    for (const key of KEYS)
      for (let j = 0; j < now[key].length; j++) {
        const move = next[key][j]! - now[key][j]!
        moves += (move * move) / metricOf(key)
        curvature += move * (reached.gradient[key][j]! - at.gradient[key][j]!)
      }
    step = curvature > 0 ? Math.min(100, Math.max(1e-4, moves / curvature)) : Math.min(100, 2 * step)
    now = next
    at = reached
  }
  const sum = now.weights.reduce((a, b) => a + b, 0)
  if (!(sum > 0))
    return { weights: new Float64Array(members).fill(1 / members), offsets: now.offsets, divergence: at.divergence }
  const divided = (values: Float64Array<ArrayBuffer>) => values.map((value) => value / sum)
  return { weights: divided(now.weights), offsets: divided(now.offsets), divergence: at.divergence }

  function moved(key: keyof ListwiseParameters, by: number): Float64Array<ArrayBuffer> {
    const from = now[key]
    const to = from.map((value, j) => value - by * metricOf(key) * at.gradient[key][j]!)
    return key === 'weights' ? to.map((value) => Math.max(0, value)) : to
  }
}
