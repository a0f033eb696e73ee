import { type Id, IdMap } from '../data/id-map.js'
import type { Interactions } from '../data/log/interactions.js'
import { LoopYielder } from '../data/yield-to-event-loop.js'
import { checkOneOf, checkOptions } from '../native/argument-checks.js'
import { KindredError, show } from '../native/errors.js'
import { bootstrapSettings } from './evaluate-options.js'
import { withHidden } from './evaluation.js'
import { checkTestLog } from './ground-truth.js'
import { positionsById } from './id-order.js'
import { type Interval, percentiles, resampledMeans } from './statistics/bootstrap.js'

const ROWS_AT_ONCE = 1 << 14

/** What `evaluateRatings` needs of a model: `MatrixFactorization` has it, as has any model of yours that implements it. */
export interface RatingModel {
  /** Users of the training log. */
  readonly users: IdMap
  /** Items of the training log. */
  readonly items: IdMap
  /** A prediction for each pair of the log, in its order [pairs], NaN where there is none. */
  scoreMany(
    pairs: Interactions,
    options?: { unknown?: 'nan' | 'mean'; signal?: AbortSignal },
  ): Promise<ArrayLike<number>>
}

/** Options of {@link evaluateRatings}. */
export interface EvaluateRatingsOptions {
  /**
   * Pairs of a user or item that the model does not know: 'ignore' (default) leaves them out and counts them, 'mean' asks the
   * model for what it predicts of them, the mean rating and the biases known.
   */
  unknown?: 'ignore' | 'mean'
  /** Confidence level of the intervals, 0 to 1. Default 0.95. */
  confidence?: number
  /** Bootstrap resamples of the users, 1 to 1e6. Default 1000. */
  resamples?: number
  /** Seed of the resampling, an integer from 0. Default 0. */
  seed?: number
  /** Aborts the evaluation with ERR_ABORTED. */
  signal?: AbortSignal
}

/** Errors of predicted ratings. */
export interface RatingsEvaluation {
  /** Root of the mean squared error, over ratings. */
  rmse: Interval
  /** Mean absolute error, over ratings. */
  mae: Interval
  /** Not enumerable. */
  readonly report: {
    /** Ratings that the figures are over. */
    ratings: number
    /** Users who gave them. */
    users: number
    /** Ratings of a user or item that the model does not know; left out, or predicted with `unknown: 'mean'`. */
    unknownPairs: number
    /** Ratings of known users and items for which the model gave NaN; left out. */
    withoutPrediction: number
  }
}

/**
 * Errors of a model's predictions of held-out ratings, the weights of the test log: each rating counts the same, as in the
 * tables of Koren, Bell, Volinsky 2009. Intervals are over users: they resample users with all their ratings, which are
 * not independent of one another.
 * @throws ERR_VALUE for an illegal option or a model without `scoreMany`, ERR_DATA if no rating has a prediction,
 * ERR_SHAPE for a model that gives another number of predictions, ERR_NOT_FITTED, ERR_ABORTED
 */
export async function evaluateRatings(
  model: RatingModel,
  test: Interactions,
  options: EvaluateRatingsOptions = {},
): Promise<RatingsEvaluation> {
  options = checkOptions('evaluateRatings', options, ['unknown', 'confidence', 'resamples', 'seed', 'signal'])
  const unknown = checkOneOf('unknown', options.unknown ?? 'ignore', ['ignore', 'mean'])
  const bootstrap = bootstrapSettings(options)
  const { signal } = options
  checkRatingModel(model)
  checkTestLog(test)
  const { users, items } = model
  const predicted = await model.scoreMany(test, { unknown: unknown === 'mean' ? 'mean' : 'nan', signal })
  if (predicted?.length !== test.size)
    throw new KindredError(
      'ERR_SHAPE',
      `scoreMany: expected a number for each of ${test.size} pairs but received ${predicted?.length ?? show(predicted)}.`,
    )
  const ids: Id[] = [...test.users]
  const order = await positionsById(ids, signal)
  const rank = new Int32Array(order.length)
  for (const [i, position] of order.entries()) rank[position] = i
  const knownUsers = Uint8Array.from(ids, (id) => (users.has(id) ? 1 : 0))
  const knownItems = Uint8Array.from(test.items, (id) => (items.has(id) ? 1 : 0))
  // Of each user: squared errors, absolute errors, ratings.
  const [squares, sizes, counts] = [0, 1, 2].map(() => new Float64Array(order.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const report = { ratings: 0, users: 0, unknownPairs: 0, withoutPrediction: 0 }
  await new LoopYielder(signal).over(test.size, ROWS_AT_ONCE, (begin, end) => {
    for (let n = begin; n < end; n++) {
      const isKnown = knownUsers[test.userRows[n]!]! && knownItems[test.itemRows[n]!]!
      if (!isKnown) report.unknownPairs++
      const error = predicted[n]! - test.weights[n]!
      if (Number.isNaN(error) || (!isKnown && unknown === 'ignore')) {
        if (isKnown) report.withoutPrediction++
        continue
      }
      const user = rank[test.userRows[n]!]!
      squares[user]! += error * error
      sizes[user]! += Math.abs(error)
      counts[user]!++
      report.ratings++
    }
  })
  if (report.ratings === 0)
    throw new KindredError(
      'ERR_DATA',
      `evaluateRatings: the model predicts none of the ${test.size} ratings. Do ids have the same type as in training?`,
    )
  const rated = Int32Array.from(counts.keys()).filter((user) => counts[user]! > 0)
  report.users = rated.length
  const of = (sums: Float64Array) => Float64Array.from(rated, (user) => sums[user]!)
  const [squaredMeans, sizeMeans, countMeans] = await resampledMeans(
    [of(squares), of(sizes), of(counts)],
    bootstrap,
    signal,
  )
  const total = (sums: Float64Array) => sums.reduce((sum, each) => sum + each, 0) / report.ratings
  const interval = async (value: number, resampled: Float64Array): Promise<Interval> => ({
    value,
    ...(await percentiles(resampled, bootstrap.confidence, signal)),
    users: report.users,
  })
  const evaluation = {
    rmse: await interval(
      Math.sqrt(total(squares)),
      squaredMeans!.map((mean, r) => Math.sqrt(mean / countMeans![r]!)),
    ),
    mae: await interval(
      total(sizes),
      sizeMeans!.map((mean, r) => mean / countMeans![r]!),
    ),
  }
  return withHidden<RatingsEvaluation>(evaluation, report)
}

/** @throws ERR_VALUE unless `model` has what evaluation needs, ERR_NOT_FITTED */
function checkRatingModel(model: unknown): asserts model is RatingModel {
  const { scoreMany } = (model ?? {}) as Partial<RatingModel>
  if (
    typeof scoreMany !== 'function' ||
    !((model as RatingModel).users instanceof IdMap) ||
    !((model as RatingModel).items instanceof IdMap)
  )
    throw new KindredError(
      'ERR_VALUE',
      `evaluateRatings: expected a model with scoreMany, users and items as IdMap, such as MatrixFactorization, but received ${show(model)}.`,
    )
}
