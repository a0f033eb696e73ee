import type { Features } from '../../data/features.js'
import type { Id } from '../../data/id-map.js'

/** Several ids: an array, a Set, an IdMap or any other iterable, but not a string. */
export type Ids = Iterable<Id> & object

/** One entry of a list of items. Scores of one model compare with each other, not with another model's. */
export interface Recommendation {
  /** Id of an item of the model. */
  item: Id
  /** The higher the better; of similar items their similarity. */
  score: number
}

/** One entry of a list of users. */
export interface RankedUser {
  /** Id of a user in the training log. */
  user: Id
  /** The user's score of the item; the higher the better. Of similar users their similarity. */
  score: number
}

/** One interaction of a user who is not in the training log. */
export interface HistoryEntry {
  /** An item of the model. */
  item: Id
  /** A finite number. Default 1. */
  weight?: number
}

/** How far a training has come. */
export interface FitProgress {
  /** Steps done, of `total`; what a step is depends on the model: an iteration, an item, the whole training. */
  done: number
  /** Steps in all; an early stop ends before. */
  total: number
  /** The training loss, where the model computes one. */
  loss?: number
}

/** Options of `fit`. */
export interface FitOptions {
  /**
   * Vectors of items, for models whose `capabilities.itemFeatures` is true. Items that have features but are not in the
   * log become rankable too.
   */
  itemFeatures?: Features
  /** Aborts the training; the model stays as it was. */
  signal?: AbortSignal
  /** Called after each step. */
  onProgress?: (progress: FitProgress) => void
}

/** Options of `update`. */
export interface UpdateOptions {
  /** Aborts the update; the model stays as it was. */
  signal?: AbortSignal
}

/** Options of all calls that give lists. */
export interface ListOptions {
  /** Length of the list, a natural number; beyond the number of those eligible, all of them. Default 10. */
  k?: number
  /** Leave out what scores less, a finite number; the list may then be shorter. What is without evidence scores 0. */
  minScore?: number
  /**
   * What to do with those that nothing is known for, whose score is exactly 0: put them last, the most popular first
   * ('popularity', default), or leave them out ('none'); the list may then be shorter.
   */
  fallback?: 'popularity' | 'none'
  /** Aborts the call with ERR_ABORTED. */
  signal?: AbortSignal
}

/** Options of `recommend` and `recommendMany`. */
export interface RecommendOptions extends ListOptions {
  /**
   * 'seen' (default): the user's items in the training log. 'none': nothing. A list: these ids and no others. An object:
   * the ids of `items`, by default none, and what the user has seen, unless `seen` is false. Ids that the model does not
   * know are excluded anyway.
   */
  exclude?:
    | 'seen'
    | 'none'
    | Ids
    | {
        /** Whether what the user has seen is excluded; default true. */
        readonly seen?: boolean
        /** Items excluded besides. */
        readonly items?: Ids
      }
  /** Rank these items only. Default: all items of the model. */
  candidates?: Ids
  /** What to do with candidates that the model does not know: refuse the call or leave them out. Default 'error'. */
  unknown?: 'error' | 'ignore'
}

/** Options of `recommendFor`. */
export interface RecommendForOptions extends RecommendOptions {
  /**
   * What to do with items of the history and candidates that the model does not know: refuse the call or skip them.
   * Default 'error'.
   */
  unknown?: 'error' | 'ignore'
}

/** Options of `recommendUsers`. */
export interface RecommendUsersOptions extends ListOptions {
  /**
   * 'seen' (default): users who had the item in the training log. 'none': nobody. A list: these user ids and no others.
   * An object: the ids of `users`, by default none, and those who had the item, unless `seen` is false. Ids that the
   * model does not know are excluded anyway.
   */
  exclude?:
    | 'seen'
    | 'none'
    | Ids
    | {
        /** Whether those who had the item are excluded; default true. */
        readonly seen?: boolean
        /** Users excluded besides. */
        readonly users?: Ids
      }
  /** Rank these users only. Default: all users of the model. */
  candidates?: Ids
  /** What to do with candidates that the model does not know: refuse the call or leave them out. Default 'error'. */
  unknown?: 'error' | 'ignore'
}

/** Options of `similarItems` and `similarUsers`. */
export interface SimilarOptions extends ListOptions {
  /** Rank these items, or users, only. Default: all of the model. */
  candidates?: Ids
  /** What to do with candidates that the model does not know: refuse the call or leave them out. Default 'error'. */
  unknown?: 'error' | 'ignore'
}

/** Options of `score`. */
export interface ScoreOptions {
  /** What to do with items that the model does not know: refuse the call or score them NaN. Default 'error'. */
  unknown?: 'error' | 'nan'
  /** Aborts the call with ERR_ABORTED. */
  signal?: AbortSignal
}

/** Options of `explain`. */
export interface ExplainOptions {
  /** How many contributions to list, a natural number. Default 10. */
  k?: number
  /** Aborts the call with ERR_ABORTED. */
  signal?: AbortSignal
}

/** One part of a score. */
export interface Contribution {
  /** 'item': an item of the user's history; 'user': a neighbour of the user who had the item. */
  from: 'item' | 'user'
  /** Id of that item or user. */
  id: Id
  /** What it adds to the score; negative where it lowers it. */
  contribution: number
}

/** The parts of a score: the contributions listed and the `rest` add up to it. */
export interface Explanation {
  /** The item's score for the user, as `score` gives it up to rounding. */
  score: number
  /** The largest absolute values first, none of them 0; ties in row order. */
  contributions: Contribution[]
  /** The sum of the contributions that are not listed. */
  rest: number
}

/** What `addItems` did with the items given. */
export interface AddItemsReport {
  /** New to the model and rankable from now on. */
  added: number
  /** Known by their features only; their features were replaced. */
  replaced: number
  /** Learned from interactions, which are better evidence than features; left as they are. */
  kept: number
}
