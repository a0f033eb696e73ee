import type { Features } from '../../data/features.js'
import type { Id, IdMap } from '../../data/id-map.js'
import type { Interactions } from '../../data/log/interactions.js'
import type { AbortOptions } from '../../native/call-options.js'
import type { Capabilities } from './capabilities.js'
import type {
  AddItemsReport,
  ExplainOptions,
  Explanation,
  FitOptions,
  HistoryEntry,
  Ids,
  RankedUser,
  Recommendation,
  RecommendForOptions,
  RecommendOptions,
  RecommendUsersOptions,
  ScoreOptions,
  SimilarOptions,
  UpdateOptions,
} from './recommend-options.js'
import type { ScoreManyOptions, UserItemPair } from './score-pairs.js'

/**
 * What `evaluate`, `evaluateSampled` and `compare` need of a model. Every {@link Recommender} is one; implement it to
 * evaluate a model of your own by the same protocol.
 */
export interface RankingModel {
  /** Users that can be scored; the same object until the model changes. `IdMap.from(ids)` makes one. */
  readonly users: IdMap
  /** Items that can be ranked; the same object until the model changes. */
  readonly items: IdMap
  /**
   * One score for each of `items` [items], none of them NaN, the higher the better. Evaluation asks for all items of the
   * model, one user after the other, and ranks the scores as 32-bit floats.
   */
  score(user: Id, items: Ids, options?: ScoreOptions): Promise<ArrayLike<number>>
  /** The user's items in the training log, which `exclude: 'seen'` keeps out of the ranking. */
  seenItems(user: Id): Ids
}

/**
 * The calls that all models of kindred have. Lists are exact: min(k, eligible) items, none excluded, none twice, best
 * first, ties in the order in which the items first appeared.
 *
 * A score of exactly 0 says that the model knows nothing of an item for a user: the history is empty, has weights of 0
 * only, or shares nothing with the item. Such items come last, ordered by how many users had them in the log and in updates
 * since (0 for items known by their features only); `fallback: 'none'` leaves them out, and so does a `minScore` above 0.
 * Two exceptions: where weights of items cannot be negative (ItemKNN, UserKNN, SLIM, P3alpha, RP3beta, Popularity), a score
 * below 0 comes from negative weights of the history and stands behind them; RandomBaseline has evidence for everything.
 * Models with biases (BayesianPersonalizedRanking, MatrixFactorization) rank by these for a user without a history.
 *
 * Errors of all methods: ERR_NOT_FITTED before `fit`,
 * ERR_UNKNOWN_ID for a user or item that the model does not know, ERR_VALUE for an illegal argument or option, ERR_ABORTED,
 * ERR_NOT_SUPPORTED for what {@link capabilities} says that the model cannot do. A call that fails leaves the model as it
 * was.
 *
 * Calls need not wait for one another. Changes (`fit`, `update`, `addItems`) queue in the order of the calls, and each
 * builds on the one before; every other call answers from the model as it was when the call began.
 */
export interface Recommender extends RankingModel {
  /** What this model supports, as it stands. */
  readonly capabilities: Capabilities
  /** Users of the training log. */
  readonly users: IdMap
  /** Items that can be ranked: those of the training log, then those known by their features only. */
  readonly items: IdMap

  /** Learns from a log. Fitting again starts anew. @throws ERR_DATA if the log is empty */
  fit(train: Interactions, options?: FitOptions): Promise<this>
  /** The best items for a user. */
  recommend(user: Id, options?: RecommendOptions): Promise<Recommendation[]>
  /** One list per user, in the order given. */
  recommendMany(users: Ids, options?: RecommendOptions): Promise<Recommendation[][]>
  /** The list of a user who is not in the training log, from their history; 'seen' excludes that history. */
  recommendFor(history: Iterable<HistoryEntry>, options?: RecommendForOptions): Promise<Recommendation[]>
  /**
   * The users with the highest scores of one item, best first: for example those to notify of a new item. What counts as
   * their popularity is how many items they had. Memory grows with the users, not with users times items.
   */
  recommendUsers(item: Id, options?: RecommendUsersOptions): Promise<RankedUser[]>
  /** The items most similar to this one, without it. */
  similarItems(item: Id, options?: SimilarOptions): Promise<Recommendation[]>
  /** The users of the training log most similar to this one, without them. */
  similarUsers(user: Id, options?: SimilarOptions): Promise<RankedUser[]>
  /** One score per item [items]. */
  score(user: Id, items: Ids, options?: ScoreOptions): Promise<Float32Array>
  /**
   * One score per pair, in their order [pairs], as {@link score} gives it: for example of a held-out log. Off the main
   * thread, whatever the order of the pairs; a pair may come more than once.
   */
  scoreMany(pairs: Iterable<UserItemPair>, options?: ScoreManyOptions): Promise<Float32Array>
  /** The user's items in the training log and in updates since, in the order of {@link items}. */
  seenItems(user: Id): Id[]
  /** The parts of an item's score for a user, where it is a sum over the user's history or over neighbours. */
  explain(user: Id, item: Id, options?: ExplainOptions): Promise<Explanation>
  /** Makes items rankable by their features alone. @throws ERR_SHAPE for features of other dimensions than at `fit` */
  addItems(features: Features, options?: AbortOptions): Promise<AddItemsReport>
  /** Adds interactions without fitting anew; users and items may be new. A known pair takes the new weight. */
  update(interactions: Interactions, options?: UpdateOptions): Promise<void>
  /** Writes the model into a folder, atomically, over an older one if there is one. @throws ERR_IO */
  save(dir: string, options?: AbortOptions): Promise<void>
}
