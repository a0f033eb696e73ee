import { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { WordCorpus } from '../../native/addon.js'
import type { Progress } from '../../native/call-options.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'

/** Dimensions come padded to a multiple of this. */
const LANE = 16

/** Pairs of words that one native call works on at most, about. */
const PAIRS_AT_ONCE = 1 << 22

/**
 * A native call deals words to blocks anew and takes each two blocks once, and vectors learn from all of the text only as
 * blocks change: with few calls they learn several times more slowly than step by step, with hundreds as fast.
 */
const PARTS = 512
const LEAST_PART = 1 << 11
const MOST_PART = 1 << 15

/** Tokens of a call; dealing the words takes time too, so at least a fourth of their number. */
function tokensAtOnce(tokens: number, words: number, window: number): number {
  const part = Math.min(MOST_PART, Math.max(LEAST_PART, Math.ceil(tokens / PARTS)))
  return Math.min(Math.max(part, Math.ceil(words / 4)), Math.max(LEAST_PART, Math.ceil(PAIRS_AT_ONCE / (window + 1))))
}

/** The share of the first learning rate that is left at the end. */
const LEAST_RATE = 1e-4

/** How the kernels of skip-gram and CBOW are run. */
export interface PredictionOptions {
  algorithm: 'skip-gram' | 'cbow'
  dims: number
  seed: number
  window: number
  negatives: number
  negativeExponent: number
  sample: number
  epochs: number
  learningRate: number
  signal?: AbortSignal | undefined
  /** Called as the text is worked on; counts words, once each epoch. */
  onProgress?: ((progress: Progress) => void) | undefined
}

/** What prediction learns. */
export interface PredictionVectors {
  /** [words, dims] */
  vectors: Matrix
  /** [words, dims] of the words as those predicted */
  outputs: Matrix
}

/** Padded to whole lanes [rows, width]; uniform in (-1/2, 1/2) / dims, as word2vec and GloVe begin. */
export async function firstRows(rows: number, dims: number, seed: number, signal?: AbortSignal): Promise<Matrix> {
  const matrix = new Matrix(rows, paddedWidth(dims))
  const random = createRandom(seed)
  await new LoopYielder(signal).over(rows, 64, (begin, end) => {
    for (let r = begin; r < end; r++) {
      const at = r * matrix.cols
      for (let d = 0; d < dims; d++) matrix.data[at + d] = (random.next() - 0.5) / dims
    }
  })
  return matrix
}

export function paddedWidth(dims: number): number {
  return Math.ceil(dims / LANE) * LANE
}

/** The first `dims` columns of padded rows, plus those of `other` where given; NaN and infinities are refused. */
export async function unpadded(matrix: Matrix, dims: number, other?: Matrix, signal?: AbortSignal): Promise<Matrix> {
  const out = new Matrix(matrix.rows, dims)
  await new LoopYielder(signal).over(matrix.rows, 256, (begin, end) => {
    for (let r = begin; r < end; r++) {
      const from = r * matrix.cols
      const to = r * dims
      let sum = 0
      for (let d = 0; d < dims; d++) {
        const value = other === undefined ? matrix.data[from + d]! : matrix.data[from + d]! + other.data[from + d]!
        out.data[to + d] = value
        sum += Math.fround(value) * 0
      }
      if (Number.isNaN(sum))
        throw new KindredError('ERR_NOT_FINITE', 'The training of vectors diverged. Lower the learningRate.')
    }
  })
  return out
}

/** Words by probability of being kept (word2vec's formula) and weight among negatives. */
export function corpusOf(
  tokens: Int32Array,
  counts: Float64Array,
  sample: number,
  negativeExponent: number,
): WordCorpus {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const threshold = sample * total
  const keep = counts.map((count) =>
    sample === 0 ? 1 : Math.min(1, (Math.sqrt(count / threshold) + 1) * (threshold / count)),
  )
  return { tokens, keep, noise: counts.map((count) => count ** negativeExponent) }
}

/**
 * Trains on a text of words by falling frequency. `tokensOfEpoch` gives the text of each epoch, all of one length.
 * @throws ERR_NOT_FINITE where training diverges, ERR_ABORTED
 */
export async function trainPrediction(
  tokensOfEpoch: (epoch: number) => Promise<Int32Array>,
  counts: Float64Array,
  options: PredictionOptions,
): Promise<PredictionVectors> {
  const { algorithm, dims, seed, window, negatives, epochs, learningRate, signal, onProgress } = options
  const X = await firstRows(counts.length, dims, seed, signal)
  const Y = new Matrix(counts.length, X.cols)
  const rateAt = (done: number) => learningRate * Math.max(LEAST_RATE, 1 - done)
  for (let epoch = 0; epoch < epochs; epoch++) {
    const tokens = await tokensOfEpoch(epoch)
    const corpus = corpusOf(tokens, counts, options.sample, options.negativeExponent)
    const total = epochs * tokens.length
    const part = tokensAtOnce(total, counts.length, window)
    for (let begin = 0; begin < tokens.length; begin += part) {
      const end = Math.min(begin + part, tokens.length)
      const before = epoch * tokens.length
      const kernel = {
        window,
        negatives,
        seed,
        epoch,
        firstRate: rateAt((before + begin) / total),
        lastRate: rateAt((before + end) / total),
      }
      await nativeCall(signal, (native, abort) =>
        algorithm === 'cbow'
          ? native.cbow(corpus, begin, end, X, Y, kernel, abort)
          : native.skipGram(corpus, begin, end, X, Y, kernel, abort),
      )
      onProgress?.({ done: before + end, total })
    }
  }
  return { vectors: await unpadded(X, dims, undefined, signal), outputs: await unpadded(Y, dims, undefined, signal) }
}
