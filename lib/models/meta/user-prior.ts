import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError } from '../../native/errors.js'
import { addOuter, cholesky, choleskyInverse, choleskySolve, dot, times } from './positive-definite.js'

/** What heads of users are distributed by, and what a rating differs from its head's by. */
export interface UserPrior {
  /** [dims] */
  mean: Float64Array
  /** [dims, dims] */
  covariance: Float64Array
  /** The variance of ratings about their head's. */
  noise: number
}

/** What one user says. */
export interface Answers {
  /** [n][dims] vectors of the items */
  vectors: readonly Float32Array[]
  /** [n] */
  targets: ArrayLike<number>
}

/** All items that a user says nothing of, as answers of 0. */
export interface Unobserved {
  /** What one of them counts for beside an answer; 0: nothing. */
  weight: number
  /** [dims, dims] the sum of x x' over all items */
  gram: Float64Array
  /** How many items. */
  count: number
}

/** The distribution of a user's head after some answers. */
export interface Posterior {
  /** [dims] */
  mean: Float64Array
  /** [dims, dims] */
  covariance: Float64Array
}

/** The inverse of a covariance. @throws ERR_NOT_POSITIVE_DEFINITE */
export function inverseOf(covariance: Float64Array, dims: number): Float64Array {
  const lower = covariance.slice()
  if (cholesky(lower, dims)) return choleskyInverse(lower, dims)
  throw new KindredError(
    'ERR_NOT_POSITIVE_DEFINITE',
    'FewShotHeads: the covariance of heads has no inverse. Take fewer dims or iterations.',
  )
}

/**
 * The posterior of a linear head: precision P = covariance^-1 + X'X / noise, mean P^-1 (covariance^-1 mean + X'y / noise).
 * @param precision the inverse of the prior's covariance
 * @throws ERR_NOT_POSITIVE_DEFINITE
 */
export function posteriorOf(
  prior: UserPrior,
  precision: Float64Array,
  { vectors, targets }: Answers,
  unobserved: Unobserved,
): Posterior {
  const dims = prior.mean.length
  const a = precision.slice()
  const mean = times(precision, prior.mean, dims)
  for (const [n, vector] of vectors.entries()) {
    addOuter(a, vector, 1 / prior.noise, dims)
    for (let d = 0; d < dims; d++) mean[d]! += (vector[d]! * targets[n]!) / prior.noise
  }
  if (unobserved.weight > 0) {
    const scale = unobserved.weight / prior.noise
    for (let i = 0; i < a.length; i++) a[i]! += scale * unobserved.gram[i]!
  }
  if (!cholesky(a, dims))
    throw new KindredError(
      'ERR_NOT_POSITIVE_DEFINITE',
      'FewShotHeads: a head has no single best value. Take fewer dims, or vectors of a smaller range.',
    )
  choleskySolve(a, mean, dims)
  return { mean, covariance: choleskyInverse(a, dims) }
}

/**
 * Learns the prior over users by expectation maximisation: heads given the prior, then the prior of the greatest likelihood given
 * the heads (Zhang and Koren 2007, "Efficient Bayesian hierarchical user modeling for recommendation systems", section 3).
 * @param answersOf gives those of the user at each place
 * @param onIteration called after each
 */
export async function learnPrior(
  users: number,
  answersOf: (place: number) => Answers,
  unobserved: Unobserved,
  start: UserPrior,
  iterations: number,
  signal: AbortSignal | undefined,
  onIteration: () => void,
): Promise<UserPrior> {
  const dims = start.mean.length
  let prior = start
  const yielder = new LoopYielder(signal)
  for (let n = 0; n < iterations; n++) {
    const precision = inverseOf(prior.covariance, dims)
    const mean = new Float64Array(dims)
    const second = new Float64Array(dims * dims)
    let [squares, count] = [0, 0]
    await yielder.over(users, 1, (place) => {
      const answers = answersOf(place)
      const own = posteriorOf(prior, precision, answers, unobserved)
      for (let d = 0; d < dims; d++) mean[d]! += own.mean[d]! / users
      addOuter(second, own.mean, 1 / users, dims)
      for (let i = 0; i < second.length; i++) second[i]! += own.covariance[i]! / users
      squares += expectedSquares(answers, own, unobserved)
      count += answers.vectors.length + unobserved.weight * unobserved.count
    })
    addOuter(second, mean, -1, dims)
    // What no head differs in has no variance, and the covariance no inverse.
    for (let d = 0; d < dims; d++) second[d * dims + d]! += 1e-8 * (1 + second[d * dims + d]!)
    prior = { mean, covariance: second, noise: Math.max(squares / count, 1e-8) }
    onIteration()
  }
  return prior
}

/** The expected sum of squared differences of answers from the head's, over the posterior. */
function expectedSquares(
  { vectors, targets }: Answers,
  { mean, covariance }: Posterior,
  unobserved: Unobserved,
): number {
  const dims = mean.length
  let sum = 0
  for (const [n, vector] of vectors.entries()) {
    sum += (targets[n]! - dot(vector, mean, dims)) ** 2
    sum += dot(vector, times(covariance, vector, dims), dims)
  }
  if (unobserved.weight === 0) return sum
  let all = dot(mean, times(unobserved.gram, mean, dims), dims)
  for (let i = 0; i < covariance.length; i++) all += unobserved.gram[i]! * covariance[i]!
  return sum + unobserved.weight * all
}
