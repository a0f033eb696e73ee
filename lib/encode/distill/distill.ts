import { basename } from 'node:path'
import { Matrix } from '../../data/matrix.js'
import { checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions, Progress } from '../../native/call-options.js'
import { KindredError, show } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import { quantizeRows } from '../static/quantize-rows.js'
import type { StaticEncoder } from '../static/static-encoder-file.js'
import { readTokenizerJson } from '../tokenize/load-tokenizer.js'
import { WordPieceTokenizer } from '../tokenize/wordpiece-tokenizer.js'
import { TextEmbedder } from '../transformer/text-embedder.js'
import { augmentTexts } from './augment-texts.js'
import { centre, project, reduceTokens, scaleToUnit, scatterRows, whiteningMap } from './pca-whitening.js'
import { trainTokenTable } from './train-token-table.js'

/** How far a distillation has come. */
export interface DistillProgress extends Progress {
  /** 'vocabulary' and 'corpus': vectors of the teacher; 'training': steps. */
  stage: 'vocabulary' | 'corpus' | 'training'
  /** Of the last step of 'training'. */
  loss?: number
}

/** How {@link distill} makes a static encoder. */
export interface DistillOptions extends AbortOptions {
  /** Length of the static vectors, at most the teacher's; default 256. */
  dims?: number
  /** Passes over the corpus; default 8. 0 leaves the token vectors as the teacher gave them. */
  epochs?: number
  /** Texts of a training step; default 128. */
  batchSize?: number
  /** Of Adam at the first step, falling linearly to 0 at the last; token vectors have a mean norm of 1. Default 0.002. */
  learningRate?: number
  /** Weight of the loss between the similarities within a batch; default 10. */
  similarityWeight?: number
  /** `a` of a token's weight a / (a + p), p its share of the corpus' tokens; default 0.001. */
  frequencyScale?: number
  /**
   * How far the directions in which the corpus varies most are held back: each principal component of the teacher's
   * vectors of the corpus is divided by its standard deviation to this power, 0 to 1. Default 0.4.
   */
  whitening?: number
  /** Texts made from each text of the corpus, by replacing some of its words, learned from beside it; default 0. */
  augment?: number
  /** Default 1. Same seed and same teacher vectors, same bits. */
  seed?: number
  /** Called as each stage goes on. */
  onProgress?: (progress: DistillProgress) => void
}

/** The options where nothing else is said; `dims` never beyond those of the encoder. */
export const DISTILL_DEFAULTS = {
  dims: 256,
  epochs: 8,
  batchSize: 128,
  learningRate: 2e-3,
  similarityWeight: 10,
  frequencyScale: 1e-3,
  whitening: 0.4,
  augment: 0,
  seed: 1,
} as const

const KEYS = [
  'dims',
  'epochs',
  'batchSize',
  'learningRate',
  'similarityWeight',
  'frequencyScale',
  'whitening',
  'augment',
  'seed',
  'signal',
  'onProgress',
]

/** Texts whose teacher vectors are held in full at a time; then only their projection is kept. */
const CHUNK = 8192

/**
 * Makes a static encoder from a BERT encoder, after Model2Vec (Tulkens and van Dongen 2024): the teacher's vector of every
 * token of the vocabulary, reduced by PCA, weighted by a / (a + p) (SIF; Arora, Liang and Ma 2017; unseen tokens are
 * smoothed by counting each token once more), then trained so that a text's mean of token vectors points where the
 * teacher's vector of the text does, after the same PCA, less the corpus' mean and softly whitened. The loss is one minus their cosine plus
 * `similarityWeight` times the mean squared difference of the two similarity matrices of a batch.
 * @param corpus texts of the kind that the encoder will read; longer ones than the teacher takes are cut
 * @returns what `saveStaticEncoder` saves; `about` says how it was made, the loss of each epoch included
 * @throws ERR_VALUE, ERR_ENCODER if the teacher's tokenizer is not BERT's, ERR_DATA for a corpus without a token,
 *   ERR_ENCODER_DIED, ERR_DISPOSED, ERR_ABORTED
 */
export async function distill(
  encoder: TextEmbedder,
  corpus: readonly string[],
  options: DistillOptions = {},
): Promise<StaticEncoder> {
  options = checkOptions('distill', options, KEYS)
  const settings = checkSettings(encoder, options)
  const { signal } = options
  const wordPiece = await WordPieceTokenizer.fromTokenizerJson(await readTokenizerJson(encoder.config))
  const { vocabulary, options: tokenizer } = wordPiece
  const capacity = encoder.maxTokens - 2
  const texts = (await wordPiece.encode(corpus, { signal }))
    .map((ids) => ids.subarray(0, capacity))
    .filter((t) => t.length > 0)
  if (texts.length === 0)
    throw new KindredError('ERR_DATA', `corpus: expected texts but received ${show(corpus)} without a token.`)

  const special = new Set(tokenizer.addedTokens.filter((token) => token !== tokenizer.unknown))
  const meaningful = [...vocabulary.keys()].filter(
    (id) => !special.has(vocabulary[id]!) && !/^\[unused\d+\]$/.test(vocabulary[id]!),
  )
  const vectors = await tokenVectors(encoder, meaningful, vocabulary.length, options)
  const { table: reduced, components, explained } = await reduceTokens(vectors, meaningful, settings.dims, signal)
  const weights = frequencyWeights(texts, vocabulary.length, settings.frequencyScale)

  const { copies, seed } = settings
  const made = await augmentTexts(texts, vocabulary, vectors, { ...tokenizer, copies, seed, signal })
  const tokens = [...texts, ...made]
  const sentences = await sentenceVectors(encoder, tokens, components, options)
  await centre(sentences, signal)
  const map = await whiteningMap(sentences, settings.whitening, signal)
  const teacher = await project(sentences, map, signal)
  await nativeCall(signal, (native, abort) => native.normalizeRows(teacher, abort))
  const table = await project(reduced, map, signal)
  await scaleToUnit(table, signal)
  const losses = await trainTokenTable(table, weights, { tokens, teacher }, settings, {
    signal,
    onProgress: (progress) => options.onProgress?.({ stage: 'training', ...progress }),
  })
  const { values, scales } = await quantizeRows(table, weights, signal)
  const { copies: _, ...used } = settings
  const about = {
    method: 'distilled',
    teacher: basename(encoder.folder),
    corpus: { texts: texts.length, made: made.length },
    explained,
    settings: { ...used, augment: copies },
    losses,
  }
  return { vocabulary, tokenizer, embeddings: values, scales, normalize: true, about }
}

function checkSettings(encoder: unknown, options: DistillOptions) {
  if (!(encoder instanceof TextEmbedder))
    throw new KindredError('ERR_VALUE', `encoder: expected a TextEmbedder but received ${show(encoder)}.`)
  return {
    dims: checkInteger('dims', options.dims ?? Math.min(DISTILL_DEFAULTS.dims, encoder.dims), {
      min: 1,
      max: encoder.dims,
    }),
    epochs: checkInteger('epochs', options.epochs ?? DISTILL_DEFAULTS.epochs, { min: 0 }),
    batchSize: checkInteger('batchSize', options.batchSize ?? DISTILL_DEFAULTS.batchSize, { min: 1, max: 4096 }),
    learningRate: checkNumber('learningRate', options.learningRate ?? DISTILL_DEFAULTS.learningRate, { min: 0 }),
    similarityWeight: checkNumber('similarityWeight', options.similarityWeight ?? DISTILL_DEFAULTS.similarityWeight, {
      min: 0,
    }),
    frequencyScale: checkNumber('frequencyScale', options.frequencyScale ?? DISTILL_DEFAULTS.frequencyScale, {
      min: 1e-12,
    }),
    whitening: checkNumber('whitening', options.whitening ?? DISTILL_DEFAULTS.whitening, { min: 0, max: 1 }),
    copies: checkInteger('augment', options.augment ?? DISTILL_DEFAULTS.augment, { min: 0, max: 1000 }),
    seed: checkInteger('seed', options.seed ?? DISTILL_DEFAULTS.seed, { min: 0 }),
  }
}

/** [vocab, dims] the teacher's vector of each of `ids` alone between its special tokens; zeros for the others. */
async function tokenVectors(
  encoder: TextEmbedder,
  ids: readonly number[],
  vocab: number,
  { signal, onProgress }: DistillOptions,
): Promise<Matrix> {
  const inputs = ids.map((id) => Int32Array.of(id))
  const { vectors } = await encoder.embed(inputs, {
    normalize: false,
    signal,
    onProgress: (progress) => onProgress?.({ stage: 'vocabulary', ...progress }),
  })
  return scatterRows(vectors, ids, vocab, signal)
}

/** [vocab] a / (a + p), p the token's share of the corpus, every token counted once more than it comes. */
function frequencyWeights(texts: readonly Int32Array[], vocab: number, scale: number): Float32Array {
  const counts = new Float64Array(vocab).fill(1)
  let total = vocab
  for (const text of texts) {
    for (const id of text) counts[id]!++
    total += text.length
  }
  return Float32Array.from(counts, (count) => scale / (scale + count / total))
}

/** [texts, dims] the teacher's vectors of the texts on the components. */
async function sentenceVectors(
  encoder: TextEmbedder,
  texts: readonly Int32Array[],
  components: Matrix,
  { signal, onProgress }: DistillOptions,
): Promise<Matrix> {
  const out = new Matrix(texts.length, components.rows)
  for (let begin = 0; begin < texts.length; begin += CHUNK) {
    const chunk = texts.slice(begin, begin + CHUNK)
    const { vectors } = await encoder.embed(chunk, {
      normalize: true,
      signal,
      onProgress: ({ done }) => onProgress?.({ stage: 'corpus', done: begin + done, total: texts.length }),
    })
    out.data.set((await project(vectors, components, signal)).data, begin * out.cols)
  }
  return out
}
