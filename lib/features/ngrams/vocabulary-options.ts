import { checkInteger, checkNumber } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { completeNgramOptions, NGRAM_OPTIONS, type NgramOptions } from './ngram-options.js'

/** Options of {@link CountVectorizer}: which n-grams a text has, and which of them become columns. */
export interface CountVectorizerOptions extends NgramOptions {
  /** Leave out n-grams that are in fewer texts: a number of texts from 1 on (default 1), or a share of them below 1. */
  minDf?: number
  /**
   * Leave out n-grams that are in more texts: a share of them from 0 to 1 (default 1: none are left out), or a number of
   * texts from 2 on.
   */
  maxDf?: number
  /**
   * Keep so many columns, those of the n-grams that are most frequent in all texts together, of equally frequent ones the
   * first by their code points; null (default): all.
   */
  maxFeatures?: number | null
  /**
   * The n-grams that are columns, in this order, in place of those that `fit` finds; null (default). `transform` needs no
   * `fit` then, and `minDf`, `maxDf` and `maxFeatures` are of no use.
   */
  vocabulary?: readonly string[] | null
}

export const COUNT_OPTIONS = [...NGRAM_OPTIONS, 'minDf', 'maxDf', 'maxFeatures', 'vocabulary'] as const

/** The options with their defaults. @throws ERR_VALUE naming the option at fault */
export function completeCountOptions(options: CountVectorizerOptions): Required<CountVectorizerOptions> {
  const { minDf = 1, maxDf = 1, maxFeatures = null, vocabulary = null } = options
  checkNumber('minDf', minDf, { min: 0 })
  checkNumber('maxDf', maxDf, { min: 0 })
  for (const [name, value] of Object.entries({ minDf, maxDf }))
    if (value > 1 && !Number.isInteger(value))
      throw new KindredError(
        'ERR_VALUE',
        `${name}: expected a share of the texts from 0 to 1 or a number of texts but received ${value}.`,
      )
  if (maxFeatures !== null) checkInteger('maxFeatures', maxFeatures, { min: 1, max: 2 ** 31 - 1 })
  if (vocabulary !== null)
    for (const name of ['minDf', 'maxDf', 'maxFeatures'] as const)
      if (options[name] !== undefined && options[name] !== null)
        throw new KindredError('ERR_VALUE', `${name}: does nothing where a vocabulary is given. Leave one of them out.`)
  return Object.freeze({
    ...completeNgramOptions(options),
    minDf,
    maxDf,
    maxFeatures,
    vocabulary: vocabulary === null ? null : checkVocabulary(vocabulary),
  })
}

function checkVocabulary(vocabulary: unknown): readonly string[] {
  if (!Array.isArray(vocabulary) || vocabulary.length === 0)
    throw new KindredError(
      'ERR_VALUE',
      `vocabulary: expected an array of n-grams, at least one, but received ${show(vocabulary)}.`,
    )
  const bad = vocabulary.findIndex((term) => typeof term !== 'string')
  if (bad >= 0)
    throw new KindredError('ERR_VALUE', `vocabulary[${bad}]: expected a string but received ${show(vocabulary[bad])}.`)
  return Object.freeze([...vocabulary])
}

/** In how many of `texts` texts a column's n-gram must be, at least and at most. @throws ERR_VALUE if none can be */
export function textLimits(
  { minDf, maxDf }: { minDf: number; maxDf: number },
  texts: number,
): { minTexts: number; maxTexts: number } {
  const minTexts = minDf < 1 ? minDf * texts : minDf
  const maxTexts = maxDf <= 1 ? maxDf * texts : maxDf
  if (texts > 0 && maxTexts < minTexts)
    throw new KindredError(
      'ERR_VALUE',
      `minDf, maxDf: no n-gram can be in ${minTexts} texts at least (minDf: ${minDf}) and ${maxTexts} at most (maxDf: ${maxDf}) of ${texts}. Lower minDf or raise maxDf.`,
    )
  return { minTexts, maxTexts }
}
