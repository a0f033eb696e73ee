import type { Graph, Tensor } from '../../nn/graph/graph.js'
import { crossEntropy } from '../../nn/ops/losses/losses.js'
import { crfLoss } from '../../nn/ops/sequences/crf.js'
import type { JobBatch } from '../../nn/train/fit-network.js'
import { crfWeights } from '../base/crf-head.js'
import type { EncodedTokens } from '../base/encoded-tokens.js'
import { wordOffsets, wordsOf } from '../base/tagged-words.js'
import { batchOf, type WordSequence } from '../base/token-sequences.js'

/** The loss of the tags at the input 'labels' [words]. @param crf whether a random field chooses those of a sentence together */
export function taggingLoss(crf: boolean): (graph: Graph, tokens: EncodedTokens, logits: Tensor) => Tensor {
  return (graph, tokens, logits) => {
    const given = graph.input('labels', [logits.shape[0]!], 'i32')
    return crf ? crfLoss(logits, given, wordOffsets(graph, tokens), crfWeights(graph)) : crossEntropy(logits, given)
  }
}

/** Sentences of a batch, with the numbers of their tags where they are known. */
export function taggingBatch(
  crf: boolean,
  padding: number | undefined,
  encoded: readonly WordSequence[],
  samples: Int32Array,
  truth: readonly Int32Array[] | undefined,
): JobBatch {
  const { starts, words, wordOffsets } = wordsOf(encoded, samples)
  const { inputs, sizes } = batchOf(encoded, samples, padding, ({ ids }) => ids)
  const labels = truth && Int32Array.from(words, ({ sample, word }) => truth[sample]![word]!)
  return {
    inputs,
    sizes: { ...sizes, words: words.length },
    others: { starts, ...(labels && { labels }), ...(crf && { wordOffsets }) },
    // A random field's loss is the mean over sentences that have words.
    terms: crf ? new Set(words.map(({ sample }) => sample)).size : words.length,
  }
}
