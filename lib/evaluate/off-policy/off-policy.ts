import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { normalQuantile } from '../../features/scale/normal-distribution.js'
import { checkInteger, checkNumber, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, show } from '../../native/errors.js'
import { percentiles, resampledMeans } from '../statistics/bootstrap.js'
import { ESTIMATORS, type OffPolicyEstimator, type Terms, termsOf, WITHOUT_MODEL } from './estimators.js'
import { type LoggedFeedback, type Rounds, readFeedback } from './logged-feedback.js'
import { tuned } from './tune-bounds.js'

/** Options of {@link offPolicy}. */
export interface OffPolicyOptions extends AbortOptions {
  /** The estimators; by default all that the log allows: those but 'ips' and 'snips' need `expectedRewards`. */
  estimators?: readonly OffPolicyEstimator[]
  /** The most that a weight counts for 'ips' and 'dr', above 0; default Infinity. */
  clip?: number
  /** The weight above which 'switch-dr' trusts the model alone, at least 0; by default the least squared error decides. */
  switchAt?: number
  /** λ of 'dros', at least 0; by default the least squared error decides. 0 is 'dm', Infinity is 'dr'. */
  shrinkage?: number
  /**
   * 'bootstrap', percentiles of means over resampled rounds (default), or 'normal', the mean and its standard error. Both
   * take into account that self-normalised estimators are ratios.
   */
  interval?: 'bootstrap' | 'normal'
  /** Resamples; default 1000. */
  resamples?: number
  /** Of the interval; default 0.95. */
  confidence?: number
  /** Of the resamples; default 0. */
  seed?: number
}

/** The value of a policy, the mean reward of a round, by one estimator. */
export interface PolicyValue {
  /** The mean reward that the policy would have earned. */
  value: number
  /** Lower end of the interval. */
  low: number
  /** Upper end. */
  high: number
}

/** What {@link offPolicy} found. */
export interface OffPolicyEvaluation {
  /** By estimator. */
  estimates: Partial<Record<OffPolicyEstimator, PolicyValue>>
  /** Rounds of the log. */
  rounds: number
  /** The mean reward of the policy that made the log. */
  loggedReward: number
  /** The largest weight, the policy's probability over the propensity. */
  largestWeight: number
  /** (sum w)² / sum w²: as many rounds of equal weights would tell as much. */
  effectiveRounds: number
  /** What 'switch-dr' used; NaN where it was not asked. */
  switchAt: number
  /** What 'dros' used; NaN where it was not asked. */
  shrinkage: number
}

const OPTIONS = [
  'estimators',
  'clip',
  'switchAt',
  'shrinkage',
  'interval',
  'resamples',
  'confidence',
  'seed',
  'signal',
] as const

/** @throws ERR_VALUE */
function checkBound(name: string, value: number, min: number): number {
  return value === Infinity ? value : checkNumber(name, value, { min })
}

const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length

function estimateOf({ base, correction, normalizer }: Terms): number {
  return (base === undefined ? 0 : mean(base)) + mean(correction) / (normalizer === undefined ? 1 : mean(normalizer))
}

/**
 * The interval of the mean and its standard error. A ratio of means a / b varies as (a_i - a / b b_i) / b does (delta method).
 */
function normalInterval(terms: Terms, confidence: number): { low: number; high: number } {
  const { base, correction, normalizer } = terms
  const value = estimateOf(terms)
  const own = normalizer === undefined ? 1 : mean(normalizer)
  const ratio = mean(correction) / own
  const center = base === undefined ? 0 : mean(base)
  let squares = 0
  for (let round = 0; round < correction.length; round++) {
    const apart = (correction[round]! - ratio * (normalizer?.[round] ?? 1)) / own + (base?.[round] ?? 0) - center
    squares += apart * apart
  }
  const n = correction.length
  const half = -normalQuantile((1 - confidence) / 2) * Math.sqrt(squares / Math.max(1, n - 1) / n)
  return { low: value - half, high: value + half }
}

/** The intervals of several estimates over the same resamples. */
async function bootstrapIntervals(
  all: readonly Terms[],
  options: { resamples: number; confidence: number; seed: number },
  signal: AbortSignal | undefined,
): Promise<{ low: number; high: number }[]> {
  const columns = all.flatMap(({ base, correction, normalizer }) => [
    correction,
    ...(base === undefined ? [] : [base]),
    ...(normalizer === undefined ? [] : [normalizer]),
  ])
  const means = await resampledMeans(columns, options, signal)
  const intervals: { low: number; high: number }[] = []
  let at = 0
  for (const { base, normalizer } of all) {
    const corrections = means[at++]!
    const bases = base === undefined ? undefined : means[at++]!
    const normalizers = normalizer === undefined ? undefined : means[at++]!
    const values = corrections.map((value, i) => (bases?.[i] ?? 0) + value / (normalizers?.[i] ?? 1))
    intervals.push(await percentiles(values, options.confidence, signal))
  }
  return intervals
}

/** @throws ERR_VALUE for an estimator that there is not, or that lacks its model */
function checkEstimators(given: readonly OffPolicyEstimator[] | undefined, hasModel: boolean): OffPolicyEstimator[] {
  if (given === undefined) return [...(hasModel ? ESTIMATORS : WITHOUT_MODEL)]
  if (!Array.isArray(given) || given.length === 0)
    throw new KindredError('ERR_VALUE', `estimators: expected a list of estimators but received ${show(given)}.`)
  for (const estimator of given) {
    checkOneOf('estimators', estimator, ESTIMATORS)
    if (!hasModel && !WITHOUT_MODEL.some((name) => name === estimator))
      throw new KindredError(
        'ERR_VALUE',
        `estimators: '${estimator}' needs expectedRewards, such as those of ridgeRewards, or use one of 'ips', 'snips'.`,
      )
  }
  return [...new Set(given)]
}

function diagnostics({ weights, rewards, count }: Rounds) {
  let [sum, squares, largest] = [0, 0, 0]
  for (const weight of weights) {
    sum += weight
    squares += weight * weight
    if (weight > largest) largest = weight
  }
  return {
    rounds: count,
    loggedReward: mean(rewards),
    largestWeight: largest,
    effectiveRounds: squares === 0 ? 0 : sum ** 2 / squares,
  }
}

/**
 * What a policy would have earned, judged by the log of another policy, whose propensities it holds. The estimates are those
 * of the Open Bandit Pipeline (Saito et al., Open Bandit Dataset and Pipeline, 2021), to rounding.
 *
 * @example
 * const { estimates } = await offPolicy({ arms, rewards, propensities, policy, expectedRewards })
 * console.log(estimates.dr) // { value, low, high }
 *
 * @throws ERR_VALUE for an illegal option, or an estimator that lacks `expectedRewards`; ERR_SHAPE for lists of different
 * lengths, ERR_DATA for arms, propensities or probabilities that are none; ERR_ABORTED
 */
export async function offPolicy(
  feedback: LoggedFeedback,
  options: OffPolicyOptions = {},
): Promise<OffPolicyEvaluation> {
  const given = checkOptions('offPolicy', options, OPTIONS)
  const { interval = 'bootstrap', resamples = 1000, confidence = 0.95, seed = 0, signal } = given
  const clip = checkBound('clip', given.clip ?? Infinity, Number.MIN_VALUE)
  if (given.switchAt !== undefined) checkBound('switchAt', given.switchAt, 0)
  if (given.shrinkage !== undefined) checkBound('shrinkage', given.shrinkage, 0)
  checkOneOf('interval', interval, ['bootstrap', 'normal'])
  checkInteger('resamples', resamples, { min: 1, max: 1_000_000 })
  checkNumber('confidence', confidence, { min: Number.MIN_VALUE, max: 1 - Number.EPSILON })
  checkInteger('seed', seed, { min: 0 })
  const estimators = checkEstimators(given.estimators, feedback?.expectedRewards !== undefined)
  const rounds = await readFeedback(feedback, signal)
  const yielder = new LoopYielder(signal)
  const bound = async (estimator: OffPolicyEstimator, own: number | undefined, kind: 'switch' | 'shrinkage') =>
    estimators.includes(estimator) ? (own ?? (await tuned(rounds, kind, yielder))) : Number.NaN
  const switchAt = await bound('switch-dr', given.switchAt, 'switch')
  const shrinkage = await bound('dros', given.shrinkage, 'shrinkage')
  const terms = estimators.map((estimator) => termsOf(estimator, rounds, { clip, switchAt, shrinkage }))
  const intervals =
    interval === 'normal'
      ? terms.map((own) => normalInterval(own, confidence))
      : await bootstrapIntervals(terms, { resamples, confidence, seed }, signal)
  const estimates: OffPolicyEvaluation['estimates'] = {}
  for (const [i, estimator] of estimators.entries())
    estimates[estimator] = { value: estimateOf(terms[i]!), ...intervals[i]! }
  return { estimates, ...diagnostics(rounds), switchAt, shrinkage }
}
