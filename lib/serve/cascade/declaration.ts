import type { Features } from '../../data/features.js'
import type { Id, IdMap } from '../../data/id-map.js'
import type { Embedder } from '../../encode/embedder.js'
import type {
  HistoryEntry,
  Ids,
  Recommendation,
  RecommendForOptions,
  RecommendOptions,
} from '../../models/base/recommend-options.js'
import type { ReRankStep } from '../../rank/base/base-step.js'
import type { ItemAttribute } from '../../rank/base/item-values.js'
import type { SimilarityIndex } from '../../search/similarity-index.js'
import type { Composer } from './compose.js'

/** What a cascade needs of a model: every Recommender is one. */
export interface CascadeModel {
  /** Users that it knows. */
  readonly users: IdMap
  /** Items that it can rank. */
  readonly items: IdMap
  /** The best items for a user. */
  recommend(user: Id, options?: RecommendOptions): Promise<Recommendation[]>
  /** The list of a user who is in no log. */
  recommendFor(history: Iterable<HistoryEntry>, options?: RecommendForOptions): Promise<Recommendation[]>
  /** What a user had. */
  seenItems(user: Id): Ids
}

/** A model, or what holds the one of this moment, as a model that is swapped while requests go on: each request takes `current` once. */
export type ModelSource =
  | CascadeModel
  | {
      /** The model of this moment. */
      readonly current: CascadeModel
    }

/** What a declaration names. */
export interface CascadeParts {
  /** Models by name. */
  models?: Readonly<Record<string, ModelSource>>
  /** Vectors of items by name. */
  features?: Readonly<Record<string, Features>>
  /** Indexes by name, built of Features. */
  indexes?: Readonly<Record<string, SimilarityIndex>>
  /** Encoders of texts by name. */
  encoders?: Readonly<Record<string, Embedder>>
  /** Attributes of items by name. */
  attributes?: Readonly<Record<string, ItemAttribute>>
  /** Steps of re-ranking by name. */
  steps?: Readonly<Record<string, ReRankStep>>
  /** Composers by name. */
  composers?: Readonly<Record<string, Composer>>
}

/** What every stage may say. */
export interface StageDeclaration {
  /** What the answer calls it. Default: made of what it is. */
  name?: string
  /** Milliseconds that the stage may take, from 1; default: as long as it takes. */
  timeoutMs?: number
  /**
   * When the answer goes on without the stage: 'timeout' (default) when it takes too long, 'failure' also when it fails, 'none' never:
   * the request then fails. Without a source its items are missing (without any, the request fails); without the ranking the order is
   * that of the retrieval; without the re-ranking its rules alone are kept. The stage in the answer says so.
   */
  fallback?: 'timeout' | 'failure' | 'none'
}

/** A source of candidates: a model, or a search by the text of the request. */
export interface RetrievalDeclaration extends StageDeclaration {
  /** The name of a model of the parts, or the folder of a saved one. */
  model?: string
  /** In place of a model: the nearest items to the request's `query`. Requests without one go without it. */
  search?: SearchDeclaration
  /** How many candidates it gives at most, from 1. Default 200. */
  quota?: number
}

/** Where a search looks. */
export interface SearchDeclaration {
  /** The name of features of the parts, or their folder: vectors of the items' texts by the encoder. One of this and `index`. */
  features?: string
  /** The name of an index of the parts, or its folder. */
  index?: string
  /** The name of an encoder of the parts, or its folder. Default: the encoder that comes with the package. */
  encoder?: string
}

/** The ranking of the candidates. */
export interface RankingDeclaration extends StageDeclaration {
  /** The name of a model of the parts, or the folder of a saved one, such as a RetrieveAndRank. */
  model: string
  /** How many candidates are ranked, from 1: the best of the retrieval; the others follow. Default: all. */
  depth?: number
}

/** A step of the re-ranking. Attributes are named: those of the parts, or columns of the table of `items`. */
export type StepDeclaration =
  | {
      /** What step it is. */
      type: 'mmr'
      /** The name of features of the parts, or their folder. */
      features: string
      /** As of the class of this step. */
      lambda?: number
    }
  | {
      /** What step it is. */
      type: 'dpp'
      /** The name of features of the parts, or their folder. */
      features: string
      /** As of DeterminantalPointProcess. */
      theta?: number
    }
  | {
      /** What step it is. */
      type: 'calibration'
      /** The name of an attribute of the items. */
      attribute: string
      /** As of the class of this step. */
      lambda?: number
      /** As of CalibratedList. */
      alpha?: number
      /** The shares of categories that are aimed at. */
      target?: Readonly<Record<string, number>>
    }
  | {
      /** What step it is. */
      type: 'category-diversity'
      /** The name of an attribute of the items. */
      attribute: string
      /** As of the class of this step. */
      lambda?: number
      /** The shares of categories that are aimed at. */
      target?: 'candidates' | 'uniform' | 'history' | Readonly<Record<string, number>>
    }
  | {
      /** What step it is. */
      type: 'cap'
      /** The name of an attribute of the items. */
      attribute: string
      /** Most items of each value. */
      limit?: number
      /** Most items of single values. */
      limits?: Readonly<Record<string, number>>
    }
  | {
      /** What step it is. */
      type: 'boost'
      /** Ids of items. */
      items?: readonly Id[]
      /** The name of an attribute of the items. */
      attribute?: string
      /** Values of the attribute. */
      values?: readonly string[]
      /** What scores are multiplied by. */
      factor?: number
      /** What is added to scores. */
      add?: number
    }
  | {
      /** What step it is. */
      type: 'freshness'
      /** The name of an attribute of the items. */
      attribute: string
      /** As of Freshness. */
      halfLife?: number
      /** As of Freshness. */
      maxAge?: number
      /** What becomes of items without a time. */
      unknown?: 'keep' | 'exclude'
    }
  | {
      /** What step it is. */
      type: 'must-include'
      /** Ids of items. */
      items: readonly Id[]
    }
  | {
      /** What step it is. */
      type: 'must-not'
      /** Ids of items. */
      items?: readonly Id[]
      /** The name of an attribute of the items. */
      attribute?: string
      /** Values of the attribute. */
      values?: readonly string[]
    }
  | {
      /** What step it is. */
      type: 'exposure-cap'
      /** Most times an item is shown to a user in a window. */
      perUser?: number
      /** Most times an item is shown in a window. */
      overall?: number
      /** Whether the list counts as shown. */
      record?: boolean
      /** Length of the window, in milliseconds. */
      window?: number
      /** As of ExposureCounter. */
      parts?: number
      /** As of ExposureCounter. */
      maxEntries?: number
    }
  | {
      /** What step it is. */
      type: 'part'
      /** The name of a step of the parts. */
      name: string
    }

/** The re-ranking. */
export interface RerankingDeclaration extends StageDeclaration {
  /** Its steps, in their order. */
  steps: readonly StepDeclaration[]
}

/** How an answer is composed. */
export interface ComposeDeclaration {
  /** The attribute that is an item's text. */
  text: string
  /** How many items the composer is given, from 1. Default 5. */
  top?: number
  /** The name of a composer of the parts; default: a template. */
  composer?: string
  /** The template's text. */
  template?: string
  /** The template's line for each item. */
  line?: string
}

/** A cascade: candidates retrieved, ranked, ranked anew. */
export interface CascadeDeclaration {
  /** The table of items, for their attributes: a file and the column of ids. */
  items?: {
    /** A file that Table.read reads. */
    table: string
    /** The column of ids. */
    id: string
  }
  /** Where candidates come from: at least one source. */
  retrieval: readonly RetrievalDeclaration[]
  /** The ranking; default: the order of the retrieval. */
  ranking?: RankingDeclaration
  /** The re-ranking; default: none. */
  reranking?: RerankingDeclaration
  /** How `compose` makes an answer; default: not at all. */
  compose?: ComposeDeclaration
}
