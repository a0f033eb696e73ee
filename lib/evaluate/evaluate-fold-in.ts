import { rowMap, selectRows } from '../data/csr.js'
import type { Id, IdMap } from '../data/id-map.js'
import type { Interactions } from '../data/log/interactions.js'
import { Matrix } from '../data/matrix.js'
import { LoopYielder } from '../data/yield-to-event-loop.js'
import { BaseRecommender } from '../models/base/base-recommender.js'
import { candidateBitmap, rowOf } from '../models/base/list-filters.js'
import type { RankingModel, Recommender } from '../models/base/recommender.js'
import { userSequences } from '../models/sequence/user-sequences.js'
import type { Csr } from '../native/addon.js'
import { KindredError, show } from '../native/errors.js'
import { knowledgeOf } from './evaluate.js'
import { type EvaluateOptions, evaluateSettings } from './evaluate-options.js'
import { type Evaluation, type EvaluationReport, intervalsOf, type PerUserFigures, toEvaluation } from './evaluation.js'
import { checkTestLog, heldOutOf } from './ground-truth.js'
import { positionsById } from './id-order.js'
import { perUserMetrics } from './per-user-metrics.js'
import type { Ranking } from './ranking.js'
import { checkRankingModel, snapshotOf } from './row-scorer.js'

/** Histories scored at a time. */
const AT_ONCE = 16

/** A model that makes lists from histories: every built-in one, and a RankingModel that has `recommendFor`. */
export type FoldInModel = RankingModel & Pick<Recommender, 'recommendFor'>

/** As {@link Evaluation}, of users folded in. */
export interface FoldInEvaluation extends Evaluation {
  /** Not enumerable. */
  readonly report: EvaluationReport & {
    /** Users evaluated whom the model knows from training, for whom this is no strong generalisation. */
    knownUsers: number
    /** Users of the test log whose history holds no item that the model knows; not evaluated, and not `unknownUsers`. */
    withoutHistory: number
    /** Pairs of the evaluated users' histories whose item the model does not know; left out. */
    unknownHistory: number
  }
}

/** A fold-in evaluation with the figures of each user. */
export interface DetailedFoldInEvaluation extends FoldInEvaluation {
  readonly perUser: PerUserFigures
}

/**
 * Evaluates a model on users whom it has not learned from (strong generalisation; Marlin 2004; Liang et al. 2018,
 * "Variational autoencoders for collaborative filtering", section 4.1): each is folded in from a part of their history, as
 * `recommendFor` does it, and judged on the rest, by full ranking. Split the log by users first, then the rows of the held-out
 * users: a random fifth of them is judged in the paper.
 *
 * `exclude: 'seen'` (default) leaves the history out of the lists; `seenItems` of the report counts held-out pairs in it.
 * @param history what is known of the users
 * @param test what is held out of them
 * @throws ERR_VALUE for an illegal option, ERR_DATA if no user of the test log has a history that the model knows an item of,
 * ERR_NOT_FITTED, ERR_ABORTED, ERR_UNKNOWN_ID for a candidate that the model does not know
 */
export async function evaluateFoldIn(
  model: FoldInModel,
  history: Interactions,
  test: Interactions,
  options: EvaluateOptions & { perUser: true },
): Promise<DetailedFoldInEvaluation>
export async function evaluateFoldIn(
  model: FoldInModel,
  history: Interactions,
  test: Interactions,
  options?: EvaluateOptions,
): Promise<FoldInEvaluation>
export async function evaluateFoldIn(
  evaluated: FoldInModel,
  history: Interactions,
  test: Interactions,
  options: EvaluateOptions = {},
): Promise<FoldInEvaluation> {
  const settings = evaluateSettings('evaluateFoldIn', options)
  const { signal } = settings
  checkRankingModel(evaluated)
  if (typeof evaluated.recommendFor !== 'function')
    throw new KindredError(
      'ERR_VALUE',
      `evaluateFoldIn: expected a model with recommendFor but received ${show(evaluated)}.`,
    )
  checkTestLog(history)
  checkTestLog(test)
  if (test.size === 0)
    throw new KindredError('ERR_DATA', 'evaluateFoldIn: the log to test on is empty: nothing was held out.')
  const model = snapshotOf(evaluated) as FoldInModel
  const { items } = model
  const both = [...test.users].filter((user) => history.users.has(user))
  const order = await positionsById(both, signal)
  const all = Array.from(order, (position) => both[position]!)
  const given = await heldOutOf(history, all, items, signal)
  const kept = Int32Array.from(all.keys()).filter((i) => given.items.indptr[i + 1]! > given.items.indptr[i]!)
  if (kept.length === 0)
    throw new KindredError(
      'ERR_DATA',
      `evaluateFoldIn: none of the ${test.users.size} users to test on has a history that the model knows an item of. Do their ids have the same type?`,
    )
  const users = Array.from(kept, (i) => all[i]!)
  const histories = selectRows(given.items, kept)
  const heldOut = await heldOutOf(test, users, items, signal)
  const { known, withoutVector } = await knowledgeOf(model, settings)
  const candidates = candidateBitmap(settings.candidates, items, 'item', settings.unknown)
  const inOrder = await orderedHistories(history, users, items, signal)
  const ranking = foldInRanking(model, histories, inOrder, settings.exclude, candidates)
  const metrics = await perUserMetrics(ranking, { users, heldOut }, known, settings)
  const historyPairs = kept.reduce((sum, i) => sum + given.begins[i + 1]! - given.begins[i]!, 0)
  const report = {
    protocol: 'fold-in' as const,
    gain: settings.gain,
    users: users.length,
    unknownUsers: 0,
    unknownItems: heldOut.unknownItems,
    seenItems: metrics.seenItems,
    otherItems: metrics.otherItems,
    withoutVector,
    knownUsers: users.filter((user) => model.users.has(user)).length,
    withoutHistory: test.users.size - users.length,
    unknownHistory: historyPairs - histories.indices.length,
  }
  const intervals = await intervalsOf(metrics, settings)
  return toEvaluation<FoldInEvaluation>(metrics, intervals, test.users.size, report, settings.perUser)
}

/** All items for users given by their histories [users, items]. */
function foldInRanking(
  model: FoldInModel,
  histories: Csr,
  inOrder: (user: number, history: ReadonlyMap<number, number>) => ReadonlyMap<number, number>,
  exclude: 'seen' | 'none',
  candidates: Uint8Array | null,
): Ranking {
  const { items } = model
  const block = (begin: number, end: number) =>
    selectRows(
      histories,
      Int32Array.from({ length: end - begin }, (_, i) => begin + i),
    )
  const scoresOf = historyScorer(model)
  return {
    items: items.size,
    async scores(begin, end, signal) {
      const scores = new Matrix(end - begin, items.size)
      for (let first = begin; first < end; first += AT_ONCE) {
        const some = Array.from({ length: Math.min(AT_ONCE, end - first) }, (_, i) => first + i)
        const rows = await Promise.all(some.map((user) => scoresOf(inOrder(user, rowMap(histories, user)), signal)))
        for (const [i, row] of rows.entries()) scores.row(first - begin + i).set(row)
      }
      return scores
    },
    seen: (begin, end) => (exclude === 'seen' ? { ...block(begin, end), values: null } : null),
    candidates: () => candidates,
  }
}

/** Brings histories, item row -> weight, into the order of their times: models of sequences read them in it. */
async function orderedHistories(
  history: Interactions,
  users: readonly Id[],
  items: IdMap,
  signal: AbortSignal | undefined,
): Promise<(user: number, history: ReadonlyMap<number, number>) => ReadonlyMap<number, number>> {
  const sequences = await userSequences(history, signal)
  const rowOfItem = new Int32Array(history.items.size)
  await new LoopYielder(signal).over(rowOfItem.length, 1 << 10, (begin, end) => {
    for (let row = begin; row < end; row++) rowOfItem[row] = items.indexOf(history.items.idAt(row))
  })
  return (user, given) => {
    const row = history.users.indexOf(users[user]!)
    const ordered = new Map<number, number>()
    for (const item of sequences.items.subarray(sequences.indptr[row], sequences.indptr[row + 1])) {
      const weight = given.get(rowOfItem[item]!)
      if (weight !== undefined) ordered.set(rowOfItem[item]!, weight)
    }
    for (const [item, weight] of given) if (!ordered.has(item)) ordered.set(item, weight)
    return ordered
  }
}

type HistoryScorer = (history: ReadonlyMap<number, number>, signal: AbortSignal | undefined) => Promise<Float32Array>

/** Scores of every item [items] for a history of item rows and weights; NaN for items that the model does not list. */
function historyScorer(model: FoldInModel): HistoryScorer {
  const { items } = model
  if (model instanceof BaseRecommender && model.recommendFor === BaseRecommender.prototype.recommendFor)
    return async (history, signal) => (await model.historyScores(history, signal)).data
  return async (history, signal) => {
    const entries = Array.from(history, ([row, weight]) => ({ item: items.idAt(row), weight }))
    const list = await model.recommendFor(entries, { k: items.size, exclude: 'none', signal })
    const scores = new Float32Array(items.size).fill(Number.NaN)
    for (const { item, score } of list) scores[rowOf(items, item, 'item')] = score
    return scores
  }
}
