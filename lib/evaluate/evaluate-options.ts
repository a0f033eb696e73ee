import type { Id } from '../data/id-map.js'
import type { Ids } from '../models/base/recommend-options.js'
import {
  checkBoolean,
  checkInteger,
  checkIterable,
  checkNumber,
  checkOneOf,
  checkOptions,
} from '../native/argument-checks.js'
import { KindredError, show } from '../native/errors.js'
import { GAINS, type Gain } from './measures/gains.js'
import { checkDiversity, type DiversityBy } from './measures/item-vectors.js'
import type { BootstrapOptions } from './statistics/bootstrap.js'

/** Options of {@link evaluate}. */
export interface EvaluateOptions {
  /** Lengths of the lists to evaluate, integers from 1. Default 10. */
  k?: number | readonly number[]
  /** Which items are left out of a user's list: those that the user had in training ('seen', default), or none. */
  exclude?: 'seen' | 'none'
  /** Rank these items only. Default: all items of the model. */
  candidates?: Ids
  /** What to do with `candidates` that the model does not know: refuse them ('error', default), or leave them out. */
  unknown?: 'error' | 'ignore'
  /**
   * What to do with held-out items that cannot be ranked: those unknown to the model, seen in training (while `exclude` is
   * 'seen') or not among `candidates`. 'miss' (default): they count as missed. 'ignore': they do not count, and users of
   * whom nothing else was held out are left out. The report has their numbers.
   */
  unrankable?: 'miss' | 'ignore'
  /**
   * What a hit counts in `ndcg@k`: 1 ('binary', default), the weight w of the held-out interaction ('linear'), or 2^w - 1
   * ('exponential', weights up to 1000). Weights are at least 0.
   */
  gain?: Gain
  /**
   * Adds `diversity@k`, for which two items of a list are alike by the cosine of these features, or by 'co-occurrence', the
   * cosine of the users who had them in training. An item without features, or that nobody had, is like no other.
   */
  diversity?: DiversityBy
  /** Also the figures of each user, as `perUser`. Default false. */
  perUser?: boolean
  /** Confidence level of the intervals, 0 to 1. Default 0.95. */
  confidence?: number
  /** Bootstrap resamples of the users, 1 to 1e6. Default 1000. */
  resamples?: number
  /** Seed of the resampling, an integer from 0. Default 0. */
  seed?: number
  /** Aborts the evaluation with ERR_ABORTED. */
  signal?: AbortSignal
  /** Called after each block of users with how many of them are done. */
  onProgress?: (progress: { done: number; total: number }) => void
}

export interface EvaluateSettings {
  ks: readonly number[]
  exclude: 'seen' | 'none'
  candidates: readonly Id[] | undefined
  unknown: 'error' | 'ignore'
  unrankable: 'miss' | 'ignore'
  gain: Gain
  diversity: DiversityBy | undefined
  perUser: boolean
  bootstrap: BootstrapOptions
  signal: AbortSignal | undefined
  onProgress: ((progress: { done: number; total: number }) => void) | undefined
}

export const EVALUATE_OPTIONS = [
  'k',
  'exclude',
  'candidates',
  'unknown',
  'unrankable',
  'gain',
  'diversity',
  'perUser',
  'confidence',
  'resamples',
  'seed',
  'signal',
  'onProgress',
]

/** Checks the options and fills in the defaults. @throws ERR_VALUE */
export function evaluateSettings(
  where: string,
  options: EvaluateOptions,
  legal: readonly string[] = EVALUATE_OPTIONS,
): EvaluateSettings {
  options = checkOptions(where, options, legal)
  const ks = [...new Set(Array.isArray(options.k) ? options.k : [options.k ?? 10])] as number[]
  if (ks.length === 0) throw new KindredError('ERR_VALUE', 'k: expected at least one list length but received none.')
  for (const k of ks) checkInteger('k', k, { min: 1 })
  const { onProgress } = options
  const candidates =
    options.candidates === undefined
      ? undefined
      : [...checkIterable('candidates', options.candidates, 'a list of item ids')]
  if (candidates?.length === 0)
    throw new KindredError('ERR_VALUE', 'candidates: expected at least one item id but received an empty list.')
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw new KindredError('ERR_VALUE', `onProgress: expected a function but received ${show(onProgress)}.`)
  return {
    ks: ks.sort((a, b) => a - b),
    exclude: checkOneOf('exclude', options.exclude ?? 'seen', ['seen', 'none']),
    candidates,
    unknown: checkOneOf('unknown', options.unknown ?? 'error', ['error', 'ignore']),
    unrankable: checkOneOf('unrankable', options.unrankable ?? 'miss', ['miss', 'ignore']),
    gain: checkOneOf('gain', options.gain ?? 'binary', GAINS),
    diversity: checkDiversity(options.diversity),
    perUser: checkBoolean('perUser', options.perUser ?? false),
    bootstrap: bootstrapSettings(options),
    signal: options.signal,
    onProgress,
  }
}

/** @throws ERR_VALUE */
export function bootstrapSettings(options: {
  confidence?: number
  resamples?: number
  seed?: number
}): BootstrapOptions {
  return {
    resamples: checkInteger('resamples', options.resamples ?? 1000, { min: 1, max: 1_000_000 }),
    confidence: checkNumber('confidence', options.confidence ?? 0.95, { min: 0, max: 1 }),
    seed: checkInteger('seed', options.seed ?? 0, { min: 0 }),
  }
}
