import { checkFunction, checkInteger, checkNumber, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions, Progress } from '../../native/call-options.js'
import { KindredError } from '../../native/errors.js'
import { type SplitWords, splitWords } from './split-words.js'

/** How word vectors are learned. */
export type WordAlgorithm = 'skip-gram' | 'cbow' | 'glove'

/** Options of `WordVectors.train`. */
export interface TrainWordVectorsOptions extends AbortOptions {
  /** Length of a vector, 1 to 4096. Default 100. */
  dims?: number
  /** Seed of the first vectors and of all draws, an integer from 0. Default 0. */
  seed?: number
  /**
   * 'skip-gram': a word predicts those around it; 'cbow': the mean of those around predicts it (both Mikolov et al. 2013,
   * with negative sampling); 'glove': vectors whose products are logarithms of co-occurrence (Pennington et al. 2014).
   * Default 'skip-gram'.
   */
  algorithm?: WordAlgorithm
  /** Words on either side, 1 to 10000; each occurrence of a word draws its own width up to it, but for 'glove'. Default 5, of 'glove' 10. */
  window?: number
  /** Words drawn as negatives for each pair or window, 1 to 64; not of 'glove'. Default 5. */
  negatives?: number
  /** The power of a word's frequency that it is drawn with as a negative, -2 to 2; not of 'glove'. Default 0.75. */
  negativeExponent?: number
  /** Pairs of words that meet more often count no more, 0.001 to 1e9: x_max of 'glove', and of it alone. Default 100. */
  xMax?: number
  /** Words that come less often are left out, an integer from 1. Default 5. */
  minCount?: number
  /**
   * Words whose share of the text is greater are thinned out, the more the more frequent they are; 0 keeps all; at most 1.
   * Not of 'glove'. Default 0.001.
   */
  sample?: number
  /** Passes over the text, 1 to 1e6. Default 5, of 'glove' 25. */
  epochs?: number
  /**
   * The first step of gradient descent, up to 10; falls to a ten-thousandth of it along the text, but for 'glove', whose
   * AdaGrad makes its own steps smaller. Default 0.025, of 'cbow' and 'glove' 0.05.
   */
  learningRate?: number
  /** How a sentence that is a text becomes words; default {@link splitWords}. */
  tokenize?: SplitWords
  /** Called as the text is worked on; counts words, once each epoch ('glove': epochs). */
  onProgress?: (progress: Progress) => void
}

const TRAINING_OPTIONS = [
  'dims',
  'seed',
  'algorithm',
  'window',
  'negatives',
  'negativeExponent',
  'xMax',
  'minCount',
  'sample',
  'epochs',
  'learningRate',
  'tokenize',
  'signal',
  'onProgress',
]

const OF_PREDICTION = ['negatives', 'negativeExponent', 'sample'] as const

/** The options, defaults filled in. */
export type WordTraining = Required<Omit<TrainWordVectorsOptions, 'signal' | 'onProgress'>> &
  Pick<TrainWordVectorsOptions, 'signal' | 'onProgress'>

/** @throws ERR_VALUE for an option of prediction that was given to 'glove' */
function refuseOfGlove(name: string, value: unknown): void {
  if (value === undefined) return
  throw new KindredError(
    'ERR_VALUE',
    `${name}: of 'skip-gram' and 'cbow', which draw words, but algorithm is 'glove'. Leave it out.`,
  )
}

/** @throws ERR_VALUE naming the option */
export function checkTraining(given: TrainWordVectorsOptions): WordTraining {
  const options = checkOptions('WordVectors.train', given, TRAINING_OPTIONS)
  const algorithm = checkOneOf('algorithm', options.algorithm ?? 'skip-gram', ['skip-gram', 'cbow', 'glove'])
  const isGlove = algorithm === 'glove'
  if (isGlove) for (const name of OF_PREDICTION) refuseOfGlove(name, options[name])
  else if (options.xMax !== undefined)
    throw new KindredError('ERR_VALUE', `xMax: of 'glove', but algorithm is '${algorithm}'. Leave it out.`)
  return {
    algorithm,
    dims: checkInteger('dims', options.dims ?? 100, { min: 1, max: 4096 }),
    seed: checkInteger('seed', options.seed ?? 0, { min: 0 }),
    window: checkInteger('window', options.window ?? (isGlove ? 10 : 5), { min: 1, max: 10000 }),
    negatives: checkInteger('negatives', options.negatives ?? 5, { min: 1, max: 64 }),
    negativeExponent: checkNumber('negativeExponent', options.negativeExponent ?? 0.75, { min: -2, max: 2 }),
    xMax: checkNumber('xMax', options.xMax ?? 100, { min: 1e-3, max: 1e9 }),
    minCount: checkInteger('minCount', options.minCount ?? 5, { min: 1 }),
    sample: checkNumber('sample', options.sample ?? 0.001, { min: 0, max: 1 }),
    epochs: checkInteger('epochs', options.epochs ?? (isGlove ? 25 : 5), { min: 1, max: 1e6 }),
    learningRate: checkNumber('learningRate', options.learningRate ?? (algorithm === 'skip-gram' ? 0.025 : 0.05), {
      min: 0,
      max: 10,
    }),
    tokenize: checkFunction('tokenize', options.tokenize) ?? splitWords,
    signal: options.signal,
    onProgress: options.onProgress,
  }
}
