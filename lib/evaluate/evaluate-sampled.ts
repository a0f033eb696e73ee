import type { Id } from '../data/id-map.js'
import type { Interactions } from '../data/log/interactions.js'
import { LoopYielder } from '../data/yield-to-event-loop.js'
import type { Ids } from '../models/base/recommend-options.js'
import type { RankingModel } from '../models/base/recommender.js'
import { checkInteger, checkOptions } from '../native/argument-checks.js'
import { KindredError } from '../native/errors.js'
import { EVALUATE_OPTIONS, type EvaluateOptions, evaluateSettings } from './evaluate-options.js'
import { type EvaluationReport, intervalsOf, reportOf, withHidden } from './evaluation.js'
import { groundTruthOf } from './ground-truth.js'
import type { ListMetric } from './measures/metrics.js'
import { addGiven, CandidateBlock, givenNegatives, negativeSampler } from './negatives.js'
import { perUserMetrics } from './per-user-metrics.js'
import { rankingOf } from './ranking.js'
import { snapshotOf } from './row-scorer.js'
import type { Interval } from './statistics/bootstrap.js'

/** Options of {@link evaluateSampled}. */
export interface EvaluateSampledOptions
  extends Omit<EvaluateOptions, 'candidates' | 'unknown' | 'exclude' | 'diversity'> {
  /**
   * How many items to sample for each user, uniformly among those that are neither in the user's training items nor
   * held out; or the negatives themselves, as [user, items] or a Map. A given negative that is among the user's held-out
   * items is dropped and counted.
   */
  negatives: number | Iterable<readonly [user: Id, items: Ids]>
}

const NOT_SAMPLED = ['candidates', 'unknown', 'exclude', 'diversity']
const LEGAL = [...EVALUATE_OPTIONS.filter((name) => !NOT_SAMPLED.includes(name)), 'negatives']
const NOTHING_KNOWN = { popularity: null, vectors: null, catalogue: null }

/** Metric -> mean over users with its interval; the metrics of hits of {@link Evaluation}, labelled. */
export interface SampledEvaluation {
  [metric: `sampled ${ListMetric}@${number}`]: Interval
  /** Area under the ROC curve, over held-out items and negatives. */
  'sampled auc': Interval
  /** Not enumerable. */
  readonly report: EvaluationReport & {
    /** Mean number of negatives a user. */
    negatives: number
    /** Given negatives that were held-out items of the same user, dropped. */
    droppedNegatives: number
    /**
     * Given negatives that the model does not know. They are left out: in the lists that is as if they ranked behind all
     * others, and `sampled auc` is over the negatives that the model knows.
     */
    unknownNegatives: number
    /** Users of the test log to whom no negatives were given; not evaluated. */
    withoutNegatives: number
  }
  /** The figures of each user, with `perUser: true`. Not enumerable. */
  readonly perUser?: SampledPerUserFigures
}

/** {@link PerUserFigures} of sampled evaluation. */
export interface SampledPerUserFigures {
  /** Evaluated users, in the order of the arrays: integers first, ascending, then strings. */
  users: readonly Id[]
  /** For each metric its numbers [users]. */
  metrics: {
    readonly [metric: `sampled ${ListMetric}@${number}`]: Float64Array
    /** Area under the ROC curve of each user. */
    readonly 'sampled auc': Float64Array
  }
}

/** A sampled evaluation with the figures of each user. */
export interface DetailedSampledEvaluation extends SampledEvaluation {
  readonly perUser: SampledPerUserFigures
}

/**
 * The protocol of He et al. 2017 ("Neural collaborative filtering", section 4.1): each held-out item is ranked among a
 * few negatives instead of all items. Its figures are much higher than those of full ranking and can order models
 * wrongly (Krichene, Rendle 2020), so that every metric is labelled `sampled`. Use it to compare with published tables.
 * @throws as {@link evaluate}; ERR_DATA if the model knows none of the given negatives
 */
export async function evaluateSampled(
  model: RankingModel,
  test: Interactions,
  options: EvaluateSampledOptions & { perUser: true },
): Promise<DetailedSampledEvaluation>
export async function evaluateSampled(
  model: RankingModel,
  test: Interactions,
  options: EvaluateSampledOptions,
): Promise<SampledEvaluation>
export async function evaluateSampled(
  evaluated: RankingModel,
  test: Interactions,
  options: EvaluateSampledOptions,
): Promise<SampledEvaluation> {
  const model = snapshotOf(evaluated)
  options = checkOptions('evaluateSampled', options, LEGAL)
  const settings = evaluateSettings('evaluateSampled', options, LEGAL)
  const { signal } = settings
  const { negatives } = options
  if (typeof negatives === 'number') checkInteger('negatives', negatives, { min: 1 })
  const given = typeof negatives === 'number' ? undefined : givenNegatives(negatives)
  const groundTruth = await groundTruthOf(model, test, given ? { only: (user) => given.has(user), signal } : { signal })
  const { users, userRows } = groundTruth
  const add = given
    ? (block: CandidateBlock, i: number) => addGiven(block, i, model, given.get(users[i]!)!)
    : await negativeSampler(model, negatives as number, settings.bootstrap.seed, signal)
  const counts = { negatives: 0, dropped: 0, unknown: 0 }
  const ranking = rankingOf(model, userRows, 'none', async (begin, end) => {
    const yielder = new LoopYielder(signal)
    const block = new CandidateBlock(groundTruth, begin, end, model.items.size, counts)
    for (let i = begin; i < end; i++) {
      add(block, i)
      if (yielder.due) await yielder.yieldToLoop()
    }
    return block.bits
  })
  const metrics = await perUserMetrics(ranking, groundTruth, NOTHING_KNOWN, settings)
  if (given && counts.negatives === 0)
    throw new KindredError('ERR_DATA', 'negatives: the model knows none of them. Do their ids have the same type?')
  const names = [...metrics.values.keys()]
  const intervals = await intervalsOf(metrics, settings)
  const report = {
    ...reportOf(groundTruth, metrics, 'sampled negatives', settings, 0),
    unknownUsers: [...test.users].filter((user) => !model.users.has(user)).length,
    negatives: counts.negatives / users.length,
    droppedNegatives: counts.dropped,
    unknownNegatives: counts.unknown,
    withoutNegatives: given ? [...test.users].filter((user) => model.users.has(user) && !given.has(user)).length : 0,
  }
  const labelled = Object.fromEntries(names.map((name, i) => [`sampled ${name}`, intervals[i]!]))
  const figures = Object.fromEntries(names.map((name) => [`sampled ${name}`, metrics.values.get(name)!]))
  const perUser = { users, metrics: figures as SampledPerUserFigures['metrics'] }
  return withHidden<SampledEvaluation>(labelled, report, settings.perUser ? perUser : undefined)
}
