import type { Interactions } from '../../../data/log/interactions.js'
import type { ScoreNormalization } from '../../../features/fuse/fuse-scores.js'
import { checkInteger, checkIterable, checkNumber, checkOneOf, checkOptions } from '../../../native/argument-checks.js'
import { KindredError } from '../../../native/errors.js'
import type { FitOptions } from '../../base/recommend-options.js'
import { checkDiversity, type DiversityOptions, type ItemCategories } from './categories.js'

/** Options of {@link Blend}. */
export interface BlendOptions {
  /**
   * 'scores' (default): a weighted sum of the members' scores, normalised for each user. 'ranks': reciprocal rank fusion (Cormack,
   * Clarke, Büttcher 2009), a weighted sum of 1 / (rankConstant + rank), for members whose scores are spread unlike.
   */
  method?: 'scores' | 'ranks'
  /**
   * How a member's scores become comparable with another's, over the items of which it knows something for the user. 'z-score'
   * (default): mean 0, standard deviation 1. 'min-max': 0 to 1. 'none': as they are, for members on one scale.
   */
  normalization?: ScoreNormalization
  /** The constant of 'ranks', from 0; default 60. */
  rankConstant?: number
  /**
   * One weight per member, at least 0 and not all 0, divided by their sum; or 'learn' (default): what ranks held-out choices
   * best.
   */
  weights?: 'learn' | readonly number[]
  /** What learnt weights are chosen by: 'ndcg' (default) or 'recall', of lists of `k`. */
  metric?: 'ndcg' | 'recall'
  /** Length of the lists that the metric judges; default 10. */
  k?: number
  /** Users that weights are learnt from at most, a random choice of more; default 2,000. */
  validationUsers?: number
  /** Items that each member adds to those that are ranked for a user of the validation; default 100. */
  depth?: number
  /**
   * Draws lists to a distribution of categories: the loss has weight * the Jensen-Shannon divergence of the categories that are
   * expected of a user's list from a target, and beside the members' weights an offset for each category is learnt, which is
   * added to the scores of its items. It takes `categories` at `fit`, and learnt weights. Default none.
   */
  diversity?: DiversityOptions
  /** Draws the validation that `fit` holds out itself, and its users; an integer from 0. Default 0. */
  seed?: number
}

/** Options with every default filled in. */
export type BlendSettings = Readonly<
  Required<Omit<BlendOptions, 'diversity'>> & {
    /** See {@link BlendOptions}; undefined: none. */
    diversity: Required<DiversityOptions> | undefined
  }
>

/** Options of {@link Blend.fit}. */
export interface BlendFitOptions extends FitOptions {
  /**
   * What users of the log chose later: weights are learnt from it. Without it each user's last fifth in
   * time (a random fifth, where there are no times) is held out for that, and the members are fitted once more on all of the log.
   */
  validation?: Interactions
  /**
   * 'fit' (default): new models of the members' classes and options are fitted on the log. 'keep': the members are taken as they
   * are, fitted before on the same log or a part of it; learnt weights then take a `validation`.
   */
  members?: 'fit' | 'keep'
  /** The categories of items, for `diversity`. */
  categories?: ItemCategories
}

/** @internal */
export const BLEND_OPTIONS = [
  'method',
  'normalization',
  'rankConstant',
  'weights',
  'metric',
  'k',
  'validationUsers',
  'depth',
  'diversity',
  'seed',
] as const

/** @internal @throws ERR_VALUE naming the option */
export function blendSettings(options: BlendOptions): BlendSettings {
  options = checkOptions('Blend', options, BLEND_OPTIONS)
  const weights = options.weights ?? 'learn'
  const diversity = checkDiversity(options.diversity)
  if (diversity !== undefined && weights !== 'learn')
    throw new KindredError('ERR_VALUE', "diversity: expected weights: 'learn' with it, since it is a part of the loss.")
  const normalizations: readonly ScoreNormalization[] = ['z-score', 'min-max', 'none']
  return Object.freeze({
    method: checkOneOf('method', options.method ?? 'scores', ['scores', 'ranks']),
    normalization: checkOneOf('normalization', options.normalization ?? 'z-score', normalizations),
    rankConstant: checkNumber('rankConstant', options.rankConstant ?? 60, { min: 0 }),
    weights: weights === 'learn' ? weights : checkGivenWeights(weights),
    metric: checkOneOf('metric', options.metric ?? 'ndcg', ['ndcg', 'recall']),
    k: checkInteger('k', options.k ?? 10, { min: 1 }),
    validationUsers: checkInteger('validationUsers', options.validationUsers ?? 2000, { min: 1 }),
    depth: checkInteger('depth', options.depth ?? 100, { min: 1 }),
    diversity,
    seed: checkInteger('seed', options.seed ?? 0, { min: 0 }),
  })
}

function checkGivenWeights(weights: unknown): readonly number[] {
  const given = [...checkIterable('weights', weights as Iterable<unknown>, "'learn' or one number per model")]
  const all = given.map((weight, n) => checkNumber(`weights[${n}]`, weight, { min: 0 }))
  if (!all.some((weight) => weight > 0))
    throw new KindredError('ERR_VALUE', 'weights: expected one of them above 0, at least.')
  return Object.freeze(all)
}
