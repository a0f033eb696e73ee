// Metrics are named by template literals; a model of the user's own is evaluated as the built-in ones are.
import {
  type Comparison,
  compare,
  type Evaluation,
  evaluate,
  evaluateFoldIn,
  evaluateLists,
  evaluateRatings,
  evaluateSampled,
  type Id,
  IdMap,
  type Ids,
  type Interactions,
  type Interval,
  type ListsEvaluation,
  MatrixFactorization,
  type MetricName,
  Popularity,
  type RankingModel,
  type RatingModel,
  type RatingsEvaluation,
  type SampledEvaluation,
} from 'kindred'

declare const evaluation: Evaluation
declare const sampled: SampledEvaluation
declare const comparison: Comparison
declare const lists: ListsEvaluation
declare const ratings: RatingsEvaluation
declare const rater: RatingModel
declare const test: Interactions

export const intervals: Interval[] = [
  evaluation['ndcg@10'],
  evaluation['coverage@5'],
  evaluation.auc,
  sampled['sampled hitRate@10'],
  sampled['sampled auc'],
  comparison.models.als['recall@20'],
  comparison.differences.als['map@20'],
  evaluation['cappedRecall@10'],
  evaluation['novelty@10'],
  evaluation['gini@10'],
  evaluation.userCoverage,
  lists['uncappedMap@10'],
  ratings.rmse,
]
export const rated: Promise<RatingsEvaluation>[] = [
  evaluateRatings(rater, test, { unknown: 'mean' }),
  evaluateRatings(new MatrixFactorization(), test),
]
export const pValues: number[] = [
  comparison.differences.als['diversity@20'].pValue,
  comparison.differences.als.auc.adjustedPValue,
]
export const figures: Promise<Float64Array[]> = Promise.all([
  evaluate(new Popularity(), test, { perUser: true }).then(({ perUser }) => perUser.metrics['ndcg@10']),
  evaluateFoldIn(new Popularity(), test, test, { perUser: true }).then(({ perUser }) => perUser.metrics.auc),
  evaluateLists([['ann', ['a']]], test, { perUser: true }).then(({ perUser }) => perUser.metrics['mrr@10']),
  evaluateSampled(new Popularity(), test, { negatives: 9, perUser: true }).then(
    ({ perUser }) => perUser.metrics['sampled ndcg@10'],
  ),
])
export const value: number = evaluation['mrr@10'].value + evaluation.report.unknownUsers
export const name: MetricName = 'precision@3'

// @ts-expect-error: there is no such metric
evaluation['ndgc@10']
// @ts-expect-error: a list metric has a length
evaluation.ndcg
// @ts-expect-error: sampled metrics are labelled
sampled['ndcg@10']
// @ts-expect-error: coverage has no difference user by user
comparison.differences.als['coverage@10']
// @ts-expect-error: exposure is of all lists together
comparison.differences.als['gini@10']
// @ts-expect-error: given lists rank no other items
lists.auc
// @ts-expect-error: what was drawn beside held-out items has no novelty
sampled['sampled novelty@10']
// @ts-expect-error: figures of each user are computed on request
evaluation.perUser.users
// @ts-expect-error: nor is it a name of a metric of each user
export const wrong: MetricName = 'coverage@10'

class Alphabetical implements RankingModel {
  readonly users: IdMap
  readonly items: IdMap

  constructor(log: Interactions) {
    this.users = log.users
    this.items = IdMap.from([...log.items].sort())
  }

  async score(_user: Id, items: Ids): Promise<number[]> {
    return Array.from(items, (item) => -this.items.indexOf(item))
  }

  seenItems(): Id[] {
    return []
  }
}

const own = new Alphabetical(test)
export const evaluations: Promise<Evaluation>[] = [
  evaluate(own, test, { k: [10, 20] }),
  evaluate(new Popularity(), test, { k: 10, exclude: 'none' }),
]
export const compared: Promise<Comparison> = compare({ own, popularity: new Popularity() }, test, { baseline: 'own' })
export const sampledOwn: Promise<SampledEvaluation>[] = [
  evaluateSampled(own, test, { negatives: 99 }),
  evaluateSampled(own, test, { negatives: new Map<Id, Id[]>([['ann', ['a', 'b']]]) }),
]

// @ts-expect-error: of which users are these the negatives?
evaluateSampled(own, test, { negatives: ['a', 'b'] })
// @ts-expect-error: a model has items
evaluate({ users: own.users, score: own.score, seenItems: own.seenItems }, test)
// @ts-expect-error: 'seen' or 'none'
evaluate(own, test, { exclude: 'sene' })
// @ts-expect-error: 'binary', 'linear' or 'exponential'
evaluate(own, test, { gain: 'graded' })
// @ts-expect-error: lists are judged whatever the user had
evaluateLists([['ann', ['a']]], test, { exclude: 'seen' })
// @ts-expect-error: a user's list is of ids
evaluateLists([['ann', 'a']], test)
// @ts-expect-error: there is no such metric
compare({ own }, test, { metrics: ['ndgc@10'] })
