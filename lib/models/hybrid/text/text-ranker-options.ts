import type { Catalogue } from '../../../data/catalogue.js'
import type { Interactions } from '../../../data/log/interactions.js'
import { checkInteger, checkNumber, checkOneOf, checkOptions, checkString } from '../../../native/argument-checks.js'
import type { FitOptions } from '../../base/recommend-options.js'
import type { NegativeSampling } from '../rank/sampled-clicks.js'

/** Options of {@link TextRanker}. */
export interface TextRankerOptions {
  /** How many items of the retriever are ranked. Default 50: the encoder reads a pair of texts for each. */
  depth?: number
  /** How many of a user's last items make the text of the history. Default 5. */
  history?: number
  /** What stands between their texts. Default '; '. */
  separator?: string
  /** Items that were not clicked, for each click of the training. Default 4. */
  negatives?: number
  /** Where these are drawn, as of {@link RetrieveAndRank}. Default 'retrieved'. */
  negativeSampling?: NegativeSampling
  /** Clicks of the training at most, a random choice of more. Default 10,000. */
  clicks?: number
  /**
   * What the retriever counts for, from 0 to 1: an item's score is (1 - weight) * the encoder's + weight * the logistic function of
   * the retriever's score, normalised for each user to mean 0 and standard deviation 1. Default 0.
   */
  retrieverWeight?: number
  /** Times that every pair is seen. Default 1. */
  epochs?: number
  /** Pairs of a batch. Default 16. */
  batchSize?: number
  /** Default 2e-5. */
  learningRate?: number
  /** Longest pair in tokens, special tokens included; longer ones are cut. Default 128, or what the encoder takes where that is less. */
  maxTokens?: number
  /** Draws negatives, clicks, a new head, dropout, and what is held out where `clicks` are not given. Default 0. */
  seed?: number
}

/** Options with every default filled in. */
export type TextRankerSettings = Readonly<Required<TextRankerOptions>> & {
  /** The folder of the encoder. */
  readonly encoder: string
}

/** Options of {@link TextRanker.fit}. */
export interface TextRankerFitOptions extends FitOptions {
  /** The texts of items. It is needed. An item that is not in it has an empty text. */
  texts?: Catalogue
  /** What users of the log clicked later, as of {@link RetrieveAndRank}. Default: what is held out of the log. */
  clicks?: Interactions
  /** 'fit' (default): a new model of the retriever's class and options is fitted. 'keep': it is taken as it is; give `clicks`. */
  retriever?: 'fit' | 'keep'
  /** A folder in which the training of the encoder is kept, to go on from where it is interrupted. Default none. */
  checkpoint?: string
  /** Steps after which it is written, beside the ends of epochs. Default none. */
  checkpointEvery?: number
}

const OPTIONS = [
  'depth',
  'history',
  'separator',
  'negatives',
  'negativeSampling',
  'clicks',
  'retrieverWeight',
  'epochs',
  'batchSize',
  'learningRate',
  'maxTokens',
  'seed',
] as const

/** @internal @throws ERR_VALUE naming the option */
export function textRankerSettings(options: TextRankerOptions): Readonly<Required<TextRankerOptions>> {
  options = checkOptions('TextRanker', options, OPTIONS)
  const samplings: readonly NegativeSampling[] = ['retrieved', 'uniform', 'popularity']
  return {
    depth: checkInteger('depth', options.depth ?? 50, { min: 1 }),
    history: checkInteger('history', options.history ?? 5, { min: 1, max: 1000 }),
    separator: checkString('separator', options.separator ?? '; '),
    negatives: checkInteger('negatives', options.negatives ?? 4, { min: 1 }),
    negativeSampling: checkOneOf('negativeSampling', options.negativeSampling ?? 'retrieved', samplings),
    clicks: checkInteger('clicks', options.clicks ?? 10_000, { min: 1 }),
    retrieverWeight: checkNumber('retrieverWeight', options.retrieverWeight ?? 0, { min: 0, max: 1 }),
    epochs: checkInteger('epochs', options.epochs ?? 1, { min: 1 }),
    batchSize: checkInteger('batchSize', options.batchSize ?? 16, { min: 1 }),
    learningRate: checkNumber('learningRate', options.learningRate ?? 2e-5, { min: 0 }),
    maxTokens: checkInteger('maxTokens', options.maxTokens ?? 128, { min: 8 }),
    seed: checkInteger('seed', options.seed ?? 0, { min: 0, max: 2 ** 28 }),
  }
}
