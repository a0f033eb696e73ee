import { type Id, IdMap } from '../data/id-map.js'
import { Interactions } from '../data/log/interactions.js'
import { Matrix } from '../data/matrix.js'
import { LoopYielder } from '../data/yield-to-event-loop.js'
import { checkOneOf, checkOptions } from '../native/argument-checks.js'
import { KindredError, show } from '../native/errors.js'
import { EVALUATE_OPTIONS, type EvaluateOptions, evaluateSettings } from './evaluate-options.js'
import { type EvaluationReport, intervalsOf, type PerUserFigures, toEvaluation } from './evaluation.js'
import { type GivenLists, listsByUser } from './given-lists.js'
import { checkTestLog, heldOutOf } from './ground-truth.js'
import { positionsById } from './id-order.js'
import { popularityOf } from './measures/item-popularity.js'
import { itemVectors } from './measures/item-vectors.js'
import type { BeyondMetric, ItemKnowledge, TotalMetric } from './measures/list-measures.js'
import type { ListMetric } from './measures/metrics.js'
import { perUserMetrics } from './per-user-metrics.js'
import type { Ranking } from './ranking.js'
import type { Interval } from './statistics/bootstrap.js'

const NOT_OF_LISTS = ['exclude', 'candidates', 'unknown', 'unrankable']
const LEGAL = [...EVALUATE_OPTIONS.filter((name) => !NOT_OF_LISTS.includes(name)), 'train', 'withoutList']
const ITEMS_AT_ONCE = 1 << 10

/** Options of {@link evaluateLists}. */
export interface EvaluateListsOptions
  extends Omit<EvaluateOptions, 'exclude' | 'candidates' | 'unknown' | 'unrankable'> {
  /**
   * The log that the lists were made from: it tells how popular items are, and the catalogue, to which other items that are
   * listed are added. Without it there are no `novelty@k`, `popularityPercentile@k`, `coverage@k` and `gini@k`.
   */
  train?: Interactions
  /** Users of the test log without a list: 'miss' (default) takes an empty list, 'ignore' leaves them out. */
  withoutList?: 'miss' | 'ignore'
}

/** As {@link Evaluation}, without `auc`, which is of a ranking of all items. */
export interface ListsEvaluation {
  [metric: `${ListMetric | BeyondMetric | TotalMetric}@${number}`]: Interval
  /** The share of the users of the test log who have a list, empty ones aside. */
  userCoverage: Interval
  /** Not enumerable. */
  readonly report: Omit<EvaluationReport, 'seenItems' | 'otherItems' | 'unknownItems' | 'unknownUsers'> & {
    /** Users of the test log who have no list, or an empty one. */
    withoutList: number
    /** Lists of users who are not in the test log; not evaluated. */
    otherLists: number
    /** Held-out pairs whose item is not on the user's list, which may be shorter than k. */
    unlistedItems: number
  }
  /** The figures of each user, with `perUser: true`. Not enumerable. */
  readonly perUser?: ListsPerUserFigures
}

/** {@link PerUserFigures} of given lists. */
export interface ListsPerUserFigures extends Pick<PerUserFigures, 'users'> {
  /** For each metric its numbers [users]. */
  metrics: Omit<PerUserFigures['metrics'], 'auc'>
}

/** An evaluation of lists with the figures of each user. */
export interface DetailedListsEvaluation extends ListsEvaluation {
  readonly perUser: ListsPerUserFigures
}

/**
 * Evaluates lists made elsewhere, by another library or a model in production, as {@link evaluate} does its own: the same
 * metrics, tests and intervals, on the users of the test log. A list is taken as it is, whatever the user had.
 * @param lists best item first: `[{ user, items }, ...]` as `recommendMany` and JSON lines give them, or a Map
 * @param test what was held out
 * @throws ERR_VALUE for an illegal option or list, ERR_DUPLICATE for two lists of a user or an item that a list holds twice,
 * ERR_DATA if no list is of a user of the test log or all are empty, ERR_ABORTED
 */
export async function evaluateLists(
  lists: GivenLists,
  test: Interactions,
  options: EvaluateListsOptions & { perUser: true },
): Promise<DetailedListsEvaluation>
export async function evaluateLists(
  lists: GivenLists,
  test: Interactions,
  options?: EvaluateListsOptions,
): Promise<ListsEvaluation>
export async function evaluateLists(
  lists: GivenLists,
  test: Interactions,
  options: EvaluateListsOptions = {},
): Promise<ListsEvaluation> {
  options = checkOptions('evaluateLists', options, LEGAL)
  const settings = evaluateSettings('evaluateLists', options, LEGAL)
  const { signal, gain } = settings
  const withoutList = checkOneOf('withoutList', options.withoutList ?? 'miss', ['miss', 'ignore'])
  const { train } = options
  if (train !== undefined && !(train instanceof Interactions))
    throw new KindredError('ERR_VALUE', `train: expected Interactions but received ${show(train)}.`)
  if (settings.diversity === 'co-occurrence' && train === undefined)
    throw new KindredError(
      'ERR_VALUE',
      "diversity: 'co-occurrence' needs the log that the lists were made from, as train.",
    )
  checkTestLog(test)
  const byUser = await listsByUser(lists, signal)
  const users = await evaluatedUsers(test, byUser, withoutList, signal)
  const items = await itemsOf(train, users, byUser, signal)
  const heldOut = await heldOutOf(test, users, items, signal)
  const { known, withoutVector } = await knowledgeOfLists(train, items, settings.diversity, signal)
  const ranking = rankingOfLists(users, byUser, items)
  const metrics = await perUserMetrics(ranking, { users, heldOut }, known, settings)
  metrics.values.delete('auc')
  const listed = [...byUser].filter(([user]) => test.users.has(user))
  const report = {
    protocol: 'given lists' as const,
    gain,
    users: users.length,
    withoutList: test.users.size - listed.filter(([, list]) => list.size > 0).length,
    otherLists: byUser.size - listed.length,
    unlistedItems: heldOut.unknownItems + metrics.otherItems,
    withoutVector,
  }
  const intervals = await intervalsOf(metrics, settings)
  return toEvaluation<ListsEvaluation>(metrics, intervals, test.users.size, report, settings.perUser)
}

/** Users of the test log, in the order of their ids. @throws ERR_DATA if all lists are empty or of others */
async function evaluatedUsers(
  test: Interactions,
  byUser: ReadonlyMap<Id, IdMap>,
  withoutList: 'miss' | 'ignore',
  signal: AbortSignal | undefined,
): Promise<Id[]> {
  const all = [...test.users]
  const listed = all.filter((user) => (byUser.get(user)?.size ?? 0) > 0)
  if (listed.length === 0)
    throw new KindredError(
      'ERR_DATA',
      `lists: none of the ${byUser.size} holds an item for any of the ${test.users.size} users to test on. Do their ids have the same type?`,
    )
  const evaluated = withoutList === 'miss' ? all : listed
  const order = await positionsById(evaluated, signal)
  return Array.from(order, (position) => evaluated[position]!)
}

/** The items of the training log, in its order, and then all others that are listed. */
async function itemsOf(
  train: Interactions | undefined,
  users: readonly Id[],
  byUser: ReadonlyMap<Id, IdMap>,
  signal: AbortSignal | undefined,
): Promise<IdMap> {
  const items = IdMap.from(train?.items ?? [])
  await new LoopYielder(signal).over(users.length, ITEMS_AT_ONCE, (begin, end) => {
    for (const user of users.slice(begin, end)) for (const item of byUser.get(user) ?? []) items.add(item)
  })
  return items
}

async function knowledgeOfLists(
  train: Interactions | undefined,
  items: IdMap,
  diversity: EvaluateOptions['diversity'],
  signal: AbortSignal | undefined,
): Promise<{ known: ItemKnowledge; withoutVector: number }> {
  const seen = train && { ...(await train.byUser(signal)), cols: items.size }
  const nothing = { rows: 0, cols: items.size, indptr: Int32Array.of(0), indices: new Int32Array(0), values: null }
  const own = diversity === undefined ? undefined : await itemVectors(diversity, items, seen ?? nothing, signal)
  return {
    known: {
      popularity: seen === undefined ? null : await popularityOf(seen, signal),
      vectors: own?.vectors ?? null,
      catalogue: seen === undefined ? null : items.size,
    },
    withoutVector: own?.without ?? 0,
  }
}

/** A ranking in which an item's score is minus its position on the user's list, and no other item can be listed. */
function rankingOfLists(users: readonly Id[], byUser: ReadonlyMap<Id, IdMap>, items: IdMap): Ranking {
  return {
    items: items.size,
    async scores(begin, end) {
      const scores = new Matrix(end - begin, items.size)
      scores.data.fill(Number.NaN)
      for (let i = begin; i < end; i++) {
        const row = scores.row(i - begin)
        let position = 0
        for (const item of byUser.get(users[i]!) ?? []) row[items.indexOf(item)] = -position++
      }
      return scores
    },
    seen: () => null,
    candidates: () => null,
  }
}
