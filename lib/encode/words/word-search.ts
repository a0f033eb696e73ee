import type { IdMap } from '../../data/id-map.js'
import { Matrix } from '../../data/matrix.js'
import { KindredError, show } from '../../native/errors.js'
import type { SimilarityIndex } from '../../search/similarity-index.js'

/** A word near another, and the cosine between their vectors. */
export interface WordNeighbor {
  /** The word. */
  word: string
  /** Cosine, from -1 to 1. */
  score: number
}

/** The row of a word. @throws ERR_UNKNOWN_ID */
export function rowOfWord(words: IdMap, word: unknown): number {
  const row = typeof word === 'string' ? words.indexOf(word) : -1
  if (row >= 0) return row
  if (typeof word !== 'string')
    throw new KindredError('ERR_VALUE', `word: expected a string but received ${show(word)}.`)
  throw new KindredError(
    'ERR_UNKNOWN_ID',
    `word: ${show(word)} is none of the ${words.size} words. has(word) tells; words are compared as they are written, in upper or lower case.`,
  )
}

/** A vector divided by its norm; zeros stay zeros. */
export function unit(vector: Float32Array): Float64Array {
  let squares = 0
  for (const value of vector) squares += value * value
  const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0
  return Float64Array.from(vector, (value) => value * scale)
}

/** The direction of b - a + c, each of length 1 (Mikolov, Yih and Zweig 2013, section 4). */
export function analogyQuery(a: Float32Array, b: Float32Array, c: Float32Array): Float32Array {
  const [from, to, start] = [unit(a), unit(b), unit(c)]
  return Float32Array.from(start, (value, d) => value + to[d]! - from[d]!)
}

/** For each query its k nearest words but for those of `exclude`, rows one list each. */
export async function nearestWords(
  index: SimilarityIndex,
  words: IdMap,
  queries: readonly Float32Array[],
  exclude: readonly (readonly number[])[],
  k: number,
  signal: AbortSignal | undefined,
): Promise<WordNeighbor[][]> {
  const matrix = new Matrix(queries.length, index.dims)
  queries.forEach((query, q) => {
    matrix.row(q).set(query)
  })
  const most = Math.min(k, words.size)
  const found = await index.search(matrix, { k: most, exclude, signal })
  return queries.map((_, q) => {
    const list: WordNeighbor[] = []
    for (let n = q * most; n < (q + 1) * most && found.indices[n]! >= 0; n++)
      list.push({ word: words.idAt(found.indices[n]!) as string, score: found.scores[n]! })
    return list
  })
}
