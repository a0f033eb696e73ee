import { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import type { GloveModel } from '../../native/addon.js'
import { nativeCall } from '../../native/native-call.js'
import type { Corpus } from './corpus.js'
import { firstRows, paddedWidth, unpadded } from './prediction.js'
import type { WordTraining } from './training-options.js'

/** alpha of the paper's equation 9. */
const EXPONENT = 0.75

const SEEDS = 2 ** 53

/** Biases begin as factors do: uniform in (-1/2, 1/2) / dims. */
function firstBias(words: number, dims: number, seed: number): Float32Array {
  const random = createRandom(seed)
  return Float32Array.from({ length: words }, () => (random.next() - 0.5) / dims)
}

/** Sums of squares begin at 1. */
function ones(words: number, dims: number): GloveModel {
  const matrix = () => {
    const rows = new Matrix(words, paddedWidth(dims))
    rows.data.fill(1)
    return rows
  }
  const bias = () => new Float32Array(words).fill(1)
  return { X: matrix(), Y: matrix(), xBias: bias(), yBias: bias() }
}

/** A word's vector is the sum of its two (section 4.2 of the paper) [words, dims]. @throws ERR_NOT_FINITE, ERR_ABORTED */
export async function trainGlove(corpus: Corpus, options: WordTraining): Promise<Matrix> {
  const { dims, seed, window, xMax, epochs, learningRate, signal, onProgress } = options
  const words = corpus.words.length
  const met = await nativeCall(signal, (native, abort) =>
    native.cooccurrences(corpus.tokens, corpus.counts, window, abort),
  )
  const model = {
    X: await firstRows(words, dims, seed, signal),
    Y: await firstRows(words, dims, (seed + 1) % SEEDS, signal),
    xBias: firstBias(words, dims, (seed + 2) % SEEDS),
    yBias: firstBias(words, dims, (seed + 3) % SEEDS),
  }
  const squares = ones(words, dims)
  for (let epoch = 0; epoch < epochs; epoch++) {
    const kernel = { learningRate, most: xMax, exponent: EXPONENT, seed, epoch }
    await nativeCall(signal, (native, abort) => native.gloveEpoch(met, model, squares, kernel, abort))
    onProgress?.({ done: epoch + 1, total: epochs })
  }
  return unpadded(model.X, dims, model.Y, signal)
}
