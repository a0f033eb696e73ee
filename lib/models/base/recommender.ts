import type { Features } from '../../data/features.js'
import type { Id, IdMap } from '../../data/id-map.js'
import type { Interactions } from '../../data/log/interactions.js'
import type { Matrix } from '../../data/matrix.js'
import type { Csr } from '../../native/addon.js'

/** One entry of a list of recommendations. Scores of one model compare with each other, not with another model's. */
export interface Recommendation {
  item: Id
  score: number
}

/** One thing that a user did, for a user who is in no log. */
export interface HistoryEntry {
  item: Id
  /** Default 1. */
  weight?: number
}

export interface FitProgress {
  /** Iterations done, of `total`. */
  done: number
  total: number
  /** The training loss, where the model computes one. */
  loss?: number
}

export interface FitOptions {
  /** Vectors of items, among them items that the log does not know: those become rankable too. */
  itemFeatures?: Features
  signal?: AbortSignal
  onProgress?: (progress: FitProgress) => void
}

export interface RecommendOptions {
  /** Length of the list, a natural number; beyond the number of eligible items, all of them. Default 10. */
  k?: number
  /**
   * 'seen' (default): what the user had in training. 'none': nothing. A list: these ids and no others; ids that the
   * model does not know are excluded anyway.
   */
  exclude?: 'seen' | 'none' | Iterable<Id>
  /** Only these items may be listed. Default: all. */
  candidates?: Iterable<Id>
  signal?: AbortSignal
}

export interface RecommendForOptions extends RecommendOptions {
  /** What to do with history items that the model does not know. Default 'error'. */
  unknown?: 'error' | 'ignore'
}

export interface ScoreOptions {
  /** What to do with items that the model does not know. Default 'error'. */
  unknown?: 'error' | 'nan'
  signal?: AbortSignal
}

export interface SimilarOptions {
  /** Default 10. */
  k?: number
  candidates?: Iterable<Id>
  signal?: AbortSignal
}

export interface ExplainOptions {
  /** Length of the list of reasons. Default 10. */
  k?: number
  signal?: AbortSignal
}

/** One part of a score. */
export interface Contribution {
  /** 'item': something the user had; 'user': a neighbour of the user, who had the item. */
  from: 'item' | 'user'
  id: Id
  /** What it adds to the score; negative where it speaks against the item. */
  contribution: number
}

/** Why an item has its score for a user: the contributions listed and the `rest` add up to the score. */
export interface Explanation {
  score: number
  /** The largest in size first, none that is 0; ties in row order. */
  contributions: Contribution[]
  /** The sum of the contributions that are not listed. */
  rest: number
}

/** What became of the items given to `addItems`. */
export interface AddItemsReport {
  /** New to the model, rankable from now on. */
  added: number
  /** Known by their features only, and so given the new vector. */
  replaced: number
  /** Learned from behaviour, which tells more than the text: left as they are. */
  kept: number
}

/**
 * What every model of kindred can be asked. Lists are exact: min(k, eligible) items, none excluded, none twice, best
 * first, ties in the order in which the items first appeared. Errors of all methods: ERR_NOT_FITTED before `fit`,
 * ERR_UNKNOWN_ID for a user or item that the model does not know, ERR_VALUE for an illegal argument or option, or where
 * another change finished during the call and its result would be lost or mixed (await one change before the next),
 * ERR_ABORTED, ERR_NOT_SUPPORTED for what a model cannot do. A call that fails leaves the model as it was.
 */
export interface Recommender {
  /** Users of the training log. */
  readonly users: IdMap
  /** Items that can be ranked: those of the training log, then those known by their features only. */
  readonly items: IdMap

  /** Learns from a log. Fitting again starts anew. @throws ERR_DATA if the log is empty */
  fit(train: Interactions, options?: FitOptions): Promise<this>
  /** The user's list. */
  recommend(user: Id, options?: RecommendOptions): Promise<Recommendation[]>
  /** One list per user, in the order given. */
  recommendMany(users: Iterable<Id>, options?: RecommendOptions): Promise<Recommendation[][]>
  /** The list of a user who is in no log, from their history; 'seen' excludes that history. */
  recommendFor(history: Iterable<HistoryEntry>, options?: RecommendForOptions): Promise<Recommendation[]>
  /** The items most like this one, without it. */
  similarItems(item: Id, options?: SimilarOptions): Promise<Recommendation[]>
  /** One score per item [items]. */
  score(user: Id, items: Iterable<Id>, options?: ScoreOptions): Promise<Float32Array>
  /**
   * Why this item has its score for this user, where the score is a sum over what the user had or over neighbours.
   * @throws ERR_NOT_SUPPORTED for a model whose scores are no such sum
   */
  explain(user: Id, item: Id, options?: ExplainOptions): Promise<Explanation>
  /** Makes items rankable by their features alone. */
  addItems(features: Features): Promise<AddItemsReport>
  /** Takes in what happened since, without fitting anew; new users and items are welcome. */
  update(interactions: Interactions, options?: { signal?: AbortSignal }): Promise<void>
  /** Writes the model into a folder, atomically, over an older one if there is one. @throws ERR_IO */
  save(dir: string): Promise<void>

  /** @internal Scores of every item [userRows.length, items.size] for dense user rows. */
  scoreRows(userRows: Int32Array, signal?: AbortSignal): Promise<Matrix>
  /** @internal What each user had in training [users, items]. */
  readonly seen: Csr
}
