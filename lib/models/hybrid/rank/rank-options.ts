import type { Interactions } from '../../../data/log/interactions.js'
import type { TableRow } from '../../../data/table/column.js'
import type { Table } from '../../../data/table/table.js'
import type { FeaturePipeline } from '../../../features/pipeline/feature-pipeline.js'
import { checkBoolean, checkInteger, checkNumber, checkOneOf, checkOptions } from '../../../native/argument-checks.js'
import type { FitOptions, RecommendForOptions, RecommendOptions, ScoreOptions } from '../../base/recommend-options.js'
import type { FieldKind } from '../../ctr/base/click-model.js'
import type { JoinedRows } from './joined-columns.js'
import type { NegativeSampling } from './sampled-clicks.js'

/** Options of {@link RetrieveAndRank}. */
export interface RetrieveAndRankOptions {
  /** How many items of the retriever are ranked. Default 500. */
  depth?: number
  /** Items that were not clicked, for each click of the training. Default 4. */
  negatives?: number
  /**
   * Where these are drawn: among the `depth` best of the retriever for that user ('retrieved', default), which is what is ranked
   * later, and clicks that are not among them are left out; among all items ('uniform'); among all items by how many users had them ('popularity').
   */
  negativeSampling?: NegativeSampling
  /** Whether the ids of users and items are fields, `user` and `item`. Default true. */
  ids?: boolean
  /**
   * Whether the retriever's score is a field, `retriever.score`, normalised for each user to mean 0 and standard deviation 1 over
   * the items of which it knows something, missing elsewhere. Of a retriever made of other models (Blend, SeedEnsemble) also what
   * each of them gives the item: `retriever.0`, `retriever.1`, ... That is stacking. Default true.
   */
  retrieverScores?: boolean
  /** Share of the users with clicks that the click model is judged by after each epoch, 0 to 0.5. Default 0.1. */
  validationShare?: number
  /** Draws negatives, the users of the validation, and what is held out where `clicks` are not given. Default 0. */
  seed?: number
}

/** Options with every default filled in. */
export type RetrieveAndRankSettings = Readonly<Required<RetrieveAndRankOptions>>

/** What was the case when users clicked: a table with a row per click. */
export interface ClickContexts {
  /** The columns beside those of ids are fields, such as the hour or the device. */
  readonly table: Table
  /** The column of users' ids. */
  readonly user: string
  /** The column of items' ids. */
  readonly item: string
}

/** Options of {@link RetrieveAndRank.fit}. */
export interface RetrieveAndRankFitOptions extends FitOptions {
  /**
   * What users of the log clicked later: the click model learns from it, with the retriever's scores as they are for items that it
   * has not seen the users click. Without it each user's last fifth in time (or a random fifth, where there are no times) is held
   * out for that, and the retriever is fitted once more on all of the log.
   */
  clicks?: Interactions
  /** 'fit' (default): a new model of the retriever's class and options is fitted. 'keep': it is taken as it is; give `clicks`. */
  retriever?: 'fit' | 'keep'
  /** What is known of users: the columns become fields `user.<name>`. */
  users?: JoinedRows
  /** What is known of items: the columns become fields `item.<name>`. It is no `itemFeatures`, which the retriever gets. */
  items?: JoinedRows
  /** What was the case at clicks: the columns become fields `context.<name>`; what was not clicked shares that of its click. */
  contexts?: ClickContexts
  /** What fields are, where their columns do not say so, by their names as fields. */
  fields?: Readonly<Record<string, FieldKind>>
  /** What fields are made by: a pipeline over these columns. */
  features?: FeaturePipeline
  /** A folder in which the training of the click model is kept, to go on from where it is interrupted. Default none. */
  checkpoint?: string
  /** Steps after which it is written, beside the ends of epochs. Default none. */
  checkpointEvery?: number
}

/** The context of a request: the columns of the contexts at `fit`, some or all of them. */
export interface RequestContext {
  /** What is the case now, by the names of the contexts' columns; what it lacks is missing. */
  context?: TableRow
}

/** Options of {@link RetrieveAndRank.recommend}. */
export interface RankedRecommendOptions extends RecommendOptions, RequestContext {}
/** Options of {@link RetrieveAndRank.recommendFor}. */
export interface RankedRecommendForOptions extends RecommendForOptions, RequestContext {}
/** Options of {@link RetrieveAndRank.score}. */
export interface RankedScoreOptions extends ScoreOptions, RequestContext {}

const OPTIONS = ['depth', 'negatives', 'negativeSampling', 'ids', 'retrieverScores', 'validationShare', 'seed'] as const

/** @internal @throws ERR_VALUE naming the option */
export function rankSettings(where: string, options: RetrieveAndRankOptions): RetrieveAndRankSettings {
  options = checkOptions(where, options, OPTIONS)
  const samplings: readonly NegativeSampling[] = ['retrieved', 'uniform', 'popularity']
  return Object.freeze({
    depth: checkInteger('depth', options.depth ?? 500, { min: 1 }),
    negatives: checkInteger('negatives', options.negatives ?? 4, { min: 1 }),
    negativeSampling: checkOneOf('negativeSampling', options.negativeSampling ?? 'retrieved', samplings),
    ids: checkBoolean('ids', options.ids ?? true),
    retrieverScores: checkBoolean('retrieverScores', options.retrieverScores ?? true),
    validationShare: checkNumber('validationShare', options.validationShare ?? 0.1, { min: 0, max: 0.5 }),
    seed: checkInteger('seed', options.seed ?? 0, { min: 0, max: 2 ** 28 }),
  })
}
