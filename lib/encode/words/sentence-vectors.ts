import type { Matrix } from '../../data/matrix.js'
import { checkFunction, checkInteger, checkNumber, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, throwIfAborted } from '../../native/errors.js'
import { checkTexts } from '../check-texts.js'
import { principalComponents, sifWeights, withoutComponents } from './sif.js'
import { type SplitWords, splitWords } from './split-words.js'
import { listWords, meansOf } from './word-lists.js'
import type { WordVectorsParts } from './word-vectors-folder.js'

/** Options of SIF, of {@link SentenceVectorsOptions} and `SifEncoder.fit`. */
export interface SifOptions {
  /** A word of probability p counts a / (a + p): the smaller a, the less frequent words count. Above 0, at most 1. Default 0.001. */
  a?: number
  /** How many of the directions that all sentences share are taken out, 0 to the number of dimensions. Default 1. */
  components?: number
  /** How a text becomes words; default {@link splitWords}. */
  tokenize?: SplitWords
}

/** Options of `WordVectors.sentenceVectors`. */
export interface SentenceVectorsOptions extends SifOptions, AbortOptions {
  /**
   * 'sif': means in which frequent words count less, without the direction that all share (Arora et al. 2017); 'mean': plain
   * means. Default 'sif'.
   */
  method?: 'sif' | 'mean'
}

/** Vectors of texts, and how many of their words had one. */
export interface SentenceVectors {
  /** [texts, dims]; zeros for a text without a known word */
  vectors: Matrix
  /** [texts] words of each text */
  words: Int32Array
  /** [texts] how many of them are known */
  known: Int32Array
}

/** @throws ERR_VALUE naming the option */
export function checkSif(options: SifOptions, dims: number): Required<SifOptions> {
  const a = checkNumber('a', options.a ?? 0.001, { min: 0, max: 1 })
  if (a === 0) throw new KindredError('ERR_VALUE', 'a: expected a number above 0 but received 0.')
  return {
    a,
    components: checkInteger('components', options.components ?? 1, { min: 0, max: dims }),
    tokenize: checkFunction('tokenize', options.tokenize) ?? splitWords,
  }
}

/** See `WordVectors.sentenceVectors`. */
export async function sentenceVectors(
  from: WordVectorsParts,
  texts: readonly string[],
  options: SentenceVectorsOptions,
): Promise<SentenceVectors> {
  options = checkOptions('sentenceVectors', options, ['method', 'a', 'components', 'tokenize', 'signal'])
  const { signal } = options
  const method = checkOneOf('method', options.method ?? 'sif', ['sif', 'mean'])
  if (method === 'mean')
    for (const name of ['a', 'components'] as const)
      if (options[name] !== undefined)
        throw new KindredError('ERR_VALUE', `${name}: of method 'sif', but method is 'mean'. Leave it out.`)
  const { a, components, tokenize } = checkSif(options, from.vectors.cols)
  const own = checkTexts(texts)
  throwIfAborted(signal)
  const lists = await listWords(own, tokenize, from.words, signal)
  const weights = method === 'mean' ? new Float32Array(from.words.size).fill(1) : sifWeights(from, lists, a)
  const means = await meansOf(lists, from.vectors, weights, signal)
  const vectors =
    method === 'mean' || components === 0
      ? means
      : await withoutComponents(means, await principalComponents(means, components, signal), signal)
  return { vectors, words: lists.words, known: lists.offsets.slice(1).map((end, t) => end - lists.offsets[t]!) }
}
