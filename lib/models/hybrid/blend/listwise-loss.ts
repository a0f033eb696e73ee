import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import type { CategoryShares } from './categories.js'
import type { Pool } from './validation-pools.js'

/** What is learnt: the weights of members, and what is added to the score of each category's items. */
export interface ListwiseParameters {
  /** [members] */
  weights: Float64Array
  /** [categories], none without categories */
  offsets: Float64Array
}

/** The Jensen-Shannon divergence of lists' categories from a target, as a part of the loss. */
export interface DivergenceTerm {
  categories: CategoryShares
  /** [categories] of a user, by row */
  target(user: number): Float64Array
  /** What it counts for. */
  weight: number
  /** L2 penalty of offsets. */
  penalty: number
}

/**
 * The mean over users of the cross-entropy of what they chose and the softmax of scores over their pool (ListNet's top-one
 * probabilities; Cao et al. 2007, "Learning to rank: from pairwise approach to listwise approach", section 4.2), and its
 * gradient. With a term of divergence it adds weight * JS(c | t) for each user, where c is the distribution of categories
 * that is expected of an item drawn by the softmax, and t the target, in nats (Lin 1991, "Divergence measures based on the
 * Shannon entropy").
 * @returns the loss, its gradient, and its parts
 */
export async function listwiseLoss(
  pools: readonly Pool[],
  { weights, offsets }: ListwiseParameters,
  term: DivergenceTerm | undefined,
  signal: AbortSignal | undefined,
): Promise<{ loss: number; divergence: number; gradient: ListwiseParameters }> {
  const gradient = { weights: new Float64Array(weights.length), offsets: new Float64Array(offsets.length) }
  let [ranking, divergence] = [0, 0]
  await new LoopYielder(signal).over(pools.length, 8, (begin, end) => {
    for (const pool of pools.slice(begin, end)) {
      const { chosen, items } = pool
      const p = poolScores(pool, weights)
      if (term !== undefined)
        for (let i = 0; i < p.length; i++) {
          const own = term.categories.of[items[i]!]!
          for (const category of own) p[i]! += offsets[category]! / own.length
        }
      softmax(p)
      // dL/ds: the probabilities, less the share of what was chosen.
      const slope = p.slice()
      for (const i of chosen) {
        ranking -= Math.log(p[i]!) / chosen.length
        slope[i]! -= 1 / chosen.length
      }
      if (term !== undefined) divergence += addDivergence(pool, p, slope, term)
      backward(pool, slope, gradient, term)
    }
  })
  const users = pools.length
  let loss = ranking / users + ((term?.weight ?? 0) * divergence) / users
  for (const key of ['weights', 'offsets'] as const)
    for (let j = 0; j < gradient[key].length; j++) gradient[key][j]! /= users
  if (term !== undefined)
    for (let j = 0; j < offsets.length; j++) {
      loss += (term.penalty / 2) * offsets[j]! ** 2
      gradient.offsets[j]! += term.penalty * offsets[j]!
    }
  return { loss, divergence: divergence / users, gradient }
}

/** The weighted sums of a pool's points [n]. */
export function poolScores({ points, items }: Pool, weights: ArrayLike<number>): Float64Array {
  const members = weights.length
  const scores = new Float64Array(items.length)
  for (let i = 0, at = 0; i < scores.length; i++)
    for (let m = 0; m < members; m++, at++) scores[i]! += weights[m]! * points[at]!
  return scores
}

/** Softmax in place, none of it 0. */
function softmax(scores: Float64Array): void {
  let most = -Infinity
  for (const score of scores) if (score > most) most = score
  let sum = 0
  for (let i = 0; i < scores.length; i++) {
    scores[i] = Math.exp(scores[i]! - most)
    sum += scores[i]!
  }
  for (let i = 0; i < scores.length; i++) scores[i] = Math.max(scores[i]! / sum, Number.MIN_VALUE)
}

/** Adds the gradient of the divergence to that of the scores. @returns the divergence, without its weight */
function addDivergence(
  { user, items }: Pool,
  p: Float64Array,
  slope: Float64Array,
  { categories, target, weight }: DivergenceTerm,
): number {
  const t = target(user)
  const c = new Float64Array(t.length)
  for (let i = 0; i < p.length; i++) {
    const own = categories.of[items[i]!]!
    for (const category of own) c[category]! += p[i]! / own.length
  }
  let divergence = 0
  // dJS/dc = log(c / m) / 2, where m is the mean of c and t.
  const of = new Float64Array(t.length)
  let mean = 0
  for (let j = 0; j < t.length; j++) {
    const m = (c[j]! + t[j]!) / 2
    if (t[j]! > 0) divergence += (t[j]! / 2) * Math.log(t[j]! / m)
    if (c[j]! <= 0) continue
    of[j] = Math.log(c[j]! / m) / 2
    divergence += c[j]! * of[j]!
    mean += c[j]! * of[j]!
  }
  for (let i = 0; i < p.length; i++) {
    const own = categories.of[items[i]!]!
    let value = 0
    for (const category of own) value += of[category]! / own.length
    slope[i]! += weight * p[i]! * (value - mean)
  }
  return divergence
}

function backward(
  { points, items }: Pool,
  slope: Float64Array,
  { weights, offsets }: ListwiseParameters,
  term: DivergenceTerm | undefined,
): void {
  const members = weights.length
  for (let i = 0, at = 0; i < slope.length; i++) {
    for (let m = 0; m < members; m++, at++) weights[m]! += slope[i]! * points[at]!
    if (term === undefined) continue
    const own = term.categories.of[items[i]!]!
    for (const category of own) offsets[category]! += slope[i]! / own.length
  }
}
