import type { IdMap } from '../../data/id-map.js'
import { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { nativeCall } from '../../native/native-call.js'
import { type SplitWords, wordsOf } from './split-words.js'

/** The known words of texts. */
export interface WordLists {
  /** Rows of the words of all texts, one after another. */
  ids: Int32Array
  /** [texts + 1] where those of each text begin */
  offsets: Int32Array
  /** [texts] words of each text, known or not */
  words: Int32Array
}

/** @throws ERR_VALUE where `split` gives no list of words, ERR_ABORTED */
export async function listWords(
  texts: readonly string[],
  split: SplitWords,
  known: IdMap,
  signal: AbortSignal | undefined,
): Promise<WordLists> {
  const ids: number[] = []
  const offsets = new Int32Array(texts.length + 1)
  const words = new Int32Array(texts.length)
  await new LoopYielder(signal).over(texts.length, 16, (begin, end) => {
    for (let t = begin; t < end; t++) {
      const list = wordsOf(split, texts[t]!)
      for (const word of list) {
        const row = known.indexOf(word)
        if (row >= 0) ids.push(row)
      }
      words[t] = list.length
      offsets[t + 1] = ids.length
    }
  })
  return { ids: Int32Array.from(ids), offsets, words }
}

/** The mean of weight times vector over the known words of each text [texts, dims]; zeros where there are none. */
export async function meansOf(
  lists: WordLists,
  vectors: Matrix,
  weights: Float32Array,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  const out = new Matrix(lists.words.length, vectors.cols)
  await nativeCall(signal, (native, abort) =>
    native.weightedMeans(vectors, weights, lists.ids, lists.offsets, out, abort),
  )
  return out
}
