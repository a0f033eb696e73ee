// Metrics are named by template literals; a model of the user's own is evaluated as the built-in ones are.
import {
  type Comparison,
  compare,
  type Evaluation,
  evaluate,
  evaluateSampled,
  type Id,
  IdMap,
  type Ids,
  type Interactions,
  type Interval,
  type MetricName,
  Popularity,
  type RankingModel,
  type SampledEvaluation,
} from 'kindred'

declare const evaluation: Evaluation
declare const sampled: SampledEvaluation
declare const comparison: Comparison
declare const test: Interactions

export const intervals: Interval[] = [
  evaluation['ndcg@10'],
  evaluation['coverage@5'],
  evaluation.auc,
  sampled['sampled hitRate@10'],
  sampled['sampled auc'],
  comparison.models.als['recall@20'],
  comparison.differences.als['map@20'],
]
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
