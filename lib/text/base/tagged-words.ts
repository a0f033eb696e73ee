import { KindredError, show } from '../../native/errors.js'
import type { Graph, Tensor } from '../../nn/graph/graph.js'
import { crfShapes } from './crf-head.js'
import type { EncodedTokens } from './encoded-tokens.js'
import type { BertSource, HeadShapes } from './source.js'
import type { WordSequence } from './token-sequences.js'

/** The number of the greatest of `count` values from `begin` on, the first of equal ones. */
export function greatest(values: ArrayLike<number>, begin: number, count: number): number {
  let best = 0
  for (let n = 1; n < count; n++) if (values[begin + n]! > values[begin + best]!) best = n
  return best
}

/** i32 [sequences + 1], where the words of each sentence begin among those at 'starts'. */
export function wordOffsets(graph: Graph, { inputs: { sequences } }: EncodedTokens): Tensor {
  return graph.input('wordOffsets', [{ ...sequences, plus: 1, name: 'sequences + 1' }], 'i32')
}

/** The weights of a head that tags words. */
export function tagHeadShapes({ folder }: BertSource, labels: readonly string[], crf: boolean): HeadShapes {
  return new Map<string, readonly number[]>([
    ['classifier.weight', [labels.length, folder.config.dims]],
    ['classifier.bias', [labels.length]],
    ...(crf ? crfShapes(labels.length) : []),
  ])
}

/** The words of a batch that have a token, the place of their first token within it, and where each sentence's begin. */
export function wordsOf(encoded: readonly WordSequence[], chosen: ArrayLike<number>) {
  const starts: number[] = []
  const words: { sample: number; word: number }[] = []
  const wordOffsets = new Int32Array(chosen.length + 1)
  let begin = 0
  for (let n = 0; n < chosen.length; n++) {
    const sample = chosen[n]!
    const { ids, starts: own } = encoded[sample]!
    for (const [word, start] of own.entries()) {
      if (start < 0) continue
      starts.push(begin + start)
      words.push({ sample, word })
    }
    begin += ids.length
    wordOffsets[n + 1] = words.length
  }
  return { starts: Int32Array.from(starts), words, wordOffsets }
}

/** @throws ERR_VALUE unless it is a list of lists of words */
export function checkSentences(option: string, sentences: unknown): string[][] {
  if (!Array.isArray(sentences))
    throw new KindredError('ERR_VALUE', `${option}: expected a list of sentences but received ${show(sentences)}.`)
  return sentences.map((words, n) => {
    if (!Array.isArray(words) || !words.every((word) => typeof word === 'string'))
      throw new KindredError('ERR_VALUE', `${option}[${n}]: expected a list of words but received ${show(words)}.`)
    return [...words]
  })
}
