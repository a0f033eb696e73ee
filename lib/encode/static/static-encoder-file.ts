import { isFloat32Array, isInt8Array } from 'node:util/types'
import { loadFolder, saveFolder } from '../../data/storage/saved-folder.js'
import { vectorTensor } from '../../data/storage/saved-tensors.js'
import { checkBoolean, checkInteger, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, show } from '../../native/errors.js'
import { completeOptions, indexVocabulary, type WordPieceOptions } from '../tokenize/wordpiece-options.js'

/** Sums and squares of vectors stay within the range of float32 below it. */
const LARGEST_SCALE = 2 ** 40

const KIND = { kind: 'static-encoder' }

/** A static encoder: a text's vector is the mean of its tokens' rows. */
export interface StaticEncoder {
  /** [vocab], the token of each row. */
  vocabulary: readonly string[]
  /** How texts become tokens. */
  tokenizer?: WordPieceOptions
  /** [vocab, dims], row-major. */
  embeddings: Int8Array
  /** [vocab]; a token's vector is its row times its scale, which carries the token's weight too. From -2^40 to 2^40. */
  scales: Float32Array
  /** Whether `embed` divides vectors by their norm by default; true if absent. */
  normalize?: boolean
  /** Longest text in tokens; default Infinity: texts are never cut. */
  maxTokens?: number
  /** How it was made: anything that JSON holds, kept as it is. */
  about?: Readonly<Record<string, unknown>>
}

/** A static encoder as it was saved, every default filled in. */
export interface SavedStaticEncoder extends Required<StaticEncoder> {
  dims: number
  tokenizer: Required<WordPieceOptions>
}

const KEYS = ['vocabulary', 'tokenizer', 'embeddings', 'scales', 'normalize', 'maxTokens', 'about']

/**
 * The encoder with its defaults, checked.
 * @throws ERR_VALUE, ERR_SHAPE, ERR_DUPLICATE naming the value at fault
 */
export function completeEncoder(encoder: StaticEncoder): SavedStaticEncoder {
  encoder = checkOptions('static encoder', encoder, KEYS)
  const { vocabulary, embeddings, scales, normalize = true, maxTokens = Infinity, about = {} } = encoder
  const tokenizer = completeOptions(encoder.tokenizer ?? {}, indexVocabulary(vocabulary))
  if (!isInt8Array(embeddings))
    throw new KindredError('ERR_VALUE', `embeddings: expected an Int8Array but received ${show(embeddings)}.`)
  if (!isFloat32Array(scales))
    throw new KindredError('ERR_VALUE', `scales: expected a Float32Array but received ${show(scales)}.`)
  const dims = embeddings.length / vocabulary.length
  if (scales.length !== vocabulary.length || dims < 1 || !Number.isInteger(dims))
    throw new KindredError(
      'ERR_SHAPE',
      `static encoder: expected one scale and as many numbers for each of ${vocabulary.length} tokens but received ${scales.length} scales and ${embeddings.length} numbers.`,
    )
  const bad = scales.findIndex((scale) => !(Math.abs(scale) <= LARGEST_SCALE))
  if (bad >= 0)
    throw new KindredError(
      'ERR_VALUE',
      `scales[${bad}]: expected a number from -2^40 to 2^40 but received ${scales[bad]}.`,
    )
  checkBoolean('normalize', normalize)
  if (maxTokens !== Infinity) checkInteger('maxTokens', maxTokens, { min: 1 })
  if (about === null || typeof about !== 'object')
    throw new KindredError('ERR_VALUE', `about: expected an object but received ${show(about)}.`)
  return { vocabulary, tokenizer, embeddings, scales, normalize, maxTokens, about, dims }
}

/**
 * Saves a static encoder as a folder that `StaticEmbedder.load` reads: config.json and one safetensors file of
 * `embeddings` (U8, the bits of int8) [vocab, dims], `scales` (F32) [vocab] and `vocabulary` (U8), the tokens in UTF-8
 * with a line feed between them.
 * @throws ERR_VALUE, ERR_SHAPE, ERR_DUPLICATE, ERR_IO, ERR_ABORTED
 */
export async function saveStaticEncoder(
  dir: string,
  encoder: StaticEncoder,
  options: AbortOptions = {},
): Promise<void> {
  options = checkOptions('saveStaticEncoder', options, ['signal'])
  const { vocabulary, embeddings, scales, maxTokens, dims, ...config } = completeEncoder(encoder)
  const multiline = vocabulary.findIndex((token) => /[\n\p{Surrogate}]/u.test(token))
  if (multiline >= 0)
    throw new KindredError(
      'ERR_VALUE',
      `vocabulary[${multiline}]: expected a token of one line of Unicode but received ${show(vocabulary[multiline])}.`,
    )
  const tokens = new Uint8Array(Buffer.from(vocabulary.join('\n'), 'utf8'))
  const bits = new Uint8Array(embeddings.buffer, embeddings.byteOffset, embeddings.length)
  await saveFolder(
    dir,
    KIND,
    {
      config: { ...config, pooling: 'mean', dims, maxTokens: maxTokens === Infinity ? null : maxTokens },
      tensors: {
        embeddings: { shape: [vocabulary.length, dims], data: bits },
        scales: vectorTensor(scales),
        vocabulary: vectorTensor(tokens),
      },
    },
    options,
  )
}

/** Loads what {@link saveStaticEncoder} saved. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
export async function loadStaticEncoder(dir: string, options: AbortOptions = {}): Promise<SavedStaticEncoder> {
  const { config, tensors } = await loadFolder(dir, KIND, options)
  const { shape, data } = tensors.get('embeddings', Uint8Array, 2)
  const vocabulary = Buffer.from(tensors.vector('vocabulary', Uint8Array)).toString('utf8').split('\n')
  try {
    if (shape[0] !== vocabulary.length)
      throw new KindredError('ERR_SHAPE', `expected ${vocabulary.length} rows, one per token, but found ${shape[0]}.`)
    if (config.pooling !== 'mean')
      throw new KindredError('ERR_VALUE', `pooling: expected 'mean' but found ${show(config.pooling)}.`)
    return completeEncoder({
      vocabulary,
      tokenizer: config.tokenizer as WordPieceOptions,
      embeddings: new Int8Array(data.buffer, data.byteOffset, data.length),
      scales: tensors.vector('scales', Float32Array),
      normalize: config.normalize as boolean,
      maxTokens: (config.maxTokens as number | null) ?? Infinity,
      about: config.about as Record<string, unknown>,
    })
  } catch (cause) {
    throw new KindredError('ERR_MODEL_FILE', `${dir}: ${(cause as Error).message}`, { cause })
  }
}
