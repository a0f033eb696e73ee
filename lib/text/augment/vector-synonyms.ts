import { Matrix } from '../../data/matrix.js'
import { checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, show } from '../../native/errors.js'
import { SimilarityIndex } from '../../search/similarity-index.js'
import type { Candidates } from './word-edits.js'

/** Which neighbours of a word are its synonyms. */
export interface VectorSynonymsOptions extends AbortOptions {
  /** The most of them, an integer from 1. Default 5. */
  k?: number
  /** The least cosine, -1 to 1. Default 0.6. */
  minSimilarity?: number
}

/**
 * The words whose vectors are the nearest by cosine, for {@link synonymReplacement}: a word that is not among `words`, in
 * its own letters or in small ones, has none.
 * @param vectors [words, dims], such as word2vec's or GloVe's
 * @throws ERR_VALUE for words that are none or come twice, ERR_SHAPE unless there is a vector of each, ERR_ABORTED
 */
export async function vectorSynonyms(
  words: readonly string[],
  vectors: Matrix,
  options: VectorSynonymsOptions = {},
): Promise<Candidates> {
  options = checkOptions('vectorSynonyms', options, ['k', 'minSimilarity', 'signal'])
  const k = checkInteger('k', options.k ?? 5, { min: 1 })
  const least = checkNumber('minSimilarity', options.minSimilarity ?? 0.6, { min: -1, max: 1 })
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string'))
    throw new KindredError('ERR_VALUE', `words: expected a list of words but received ${show(words)}.`)
  const own = [...(words as readonly string[])]
  const places = new Map(own.map((word, row) => [word, row]))
  if (places.size < own.length)
    throw new KindredError(
      'ERR_VALUE',
      `words: ${show(own.find((word, row) => places.get(word) !== row))} comes twice.`,
    )
  if (vectors?.rows !== own.length)
    throw new KindredError(
      'ERR_SHAPE',
      `vectors: expected a row for each of ${own.length} words but received ${show(vectors?.rows)} rows.`,
    )
  const index = await SimilarityIndex.build(vectors, { metric: 'cosine', signal: options.signal })
  const copy = vectors.data.slice()
  return async (word, signal) => {
    const row = places.get(word) ?? places.get(word.toLowerCase())
    if (row === undefined) return []
    const query = copy.slice(row * vectors.cols, (row + 1) * vectors.cols)
    const { indices, scores } = await index.search(new Matrix(1, vectors.cols, query), { k: k + 1, signal })
    return [...indices]
      .filter((other, n) => other !== row && other >= 0 && scores[n]! >= least)
      .slice(0, k)
      .map((other) => own[other]!)
  }
}
