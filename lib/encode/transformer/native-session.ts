import { Matrix } from '../../data/matrix.js'
import type { EncoderHandle, EncoderTokens } from '../../native/addon.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall, nativeCallSync } from '../../native/native-call.js'
import { type BertConfig, bertShapes } from '../bert/bert-config.js'
import { type BertFolder, readBertFolder, readTensor } from '../bert/bert-folder.js'
import { headsOf, wholeShape, withoutHeads } from '../bert/removed-heads.js'
import { dimsAfter } from '../modules/row-module.js'
import { RowModuleChain } from '../modules/row-module-chain.js'
import type { PoolingPlan, ReadyEncoder } from '../onnx/ipc-protocol.js'
import { poolStates } from '../pooling/pool-states.js'
import type { HuggingFaceTokenizer } from '../tokenize/hugging-face-tokenizer.js'
import { loadTokenizer } from '../tokenize/load-tokenizer.js'
import type { EncoderConfig } from './encoder-config.js'
import type { EncoderPrecision, Sequence, TextSession } from './text-engine.js'

/** Tensors that are read and packed at a time. */
const AT_ONCE = 4

function shapeOf(config: BertConfig) {
  const { dims, heads, order, layers } = config
  return {
    vocabulary: config.vocabulary,
    positions: config.positions,
    types: config.tokenTypes,
    dims,
    tableDims: config.tableDims ?? dims,
    inner: config.inner,
    heads,
    layerHeads: Int32Array.from({ length: layers }, (_, n) => headsOf(config, n).length),
    order: Int32Array.from(order),
    distanceBuckets: config.biasBuckets,
    activation: config.activation,
    epsilon: config.epsilon,
  }
}

async function loadWeights(encoder: EncoderHandle, folder: BertFolder, signal: AbortSignal | undefined): Promise<void> {
  const shapes = [...bertShapes(folder.config)]
  const load = async ([name, shape]: (typeof shapes)[number]) => {
    const whole = await readTensor(folder, name, wholeShape(folder.config, name, shape), signal)
    const own = withoutHeads(folder.config, name, shape, whole)
    await nativeCall(signal, (native, abort) => native.encoderWrite(encoder, name, own, abort))
  }
  const worker = async () => {
    try {
      for (let next = shapes.shift(); next !== undefined; next = shapes.shift()) await load(next)
    } finally {
      shapes.length = 0 // after one has failed, none begins
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

/** Sequences laid end to end. */
function tokensOf(sequences: readonly Sequence[], padding: number | undefined): EncoderTokens {
  const offsets = new Int32Array(sequences.length + 1)
  for (const [n, { ids }] of sequences.entries()) offsets[n + 1] = offsets[n]! + ids.length
  const count = offsets[sequences.length]!
  const [ids, positions] = [new Int32Array(count), new Int32Array(count)]
  for (const [n, sequence] of sequences.entries()) {
    ids.set(sequence.ids, offsets[n]!)
    // Those of RoBERTa begin behind the number of padding, and padding has it.
    let position = padding === undefined ? 0 : padding + 1
    for (let t = offsets[n]!; t < offsets[n + 1]!; t++) positions[t] = ids[t] === padding ? padding! : position++
  }
  return { ids, positions, types: new Int32Array(count), offsets }
}

/** A transformer of BERT's family on kindred's kernels, in this process: no padding, no child. */
export class NativeSession implements TextSession {
  readonly config: EncoderConfig
  readonly tokenizer: HuggingFaceTokenizer
  readonly ofVectors: RowModuleChain
  readonly tokenBudget = 1 << 13
  readonly batchSize = 256
  readonly vocabulary: number
  readonly charactersAtOnce = 1 << 14
  readonly ready: ReadyEncoder
  readonly #ofStates: RowModuleChain
  readonly #encoder: EncoderHandle
  readonly #padding: number | undefined

  private constructor(
    config: EncoderConfig,
    tokenizer: HuggingFaceTokenizer,
    encoder: EncoderHandle,
    { dims, padding, vocabulary }: BertConfig,
    [ofStates, ofVectors]: readonly [RowModuleChain, RowModuleChain],
  ) {
    this.config = config
    this.tokenizer = tokenizer
    this.ofVectors = ofVectors
    this.#ofStates = ofStates
    this.#encoder = encoder
    this.#padding = padding
    this.vocabulary = vocabulary
    const stateDims = dimsAfter(config.ofStates, dims)
    this.ready = {
      stateDims,
      dims: dimsAfter(config.ofVectors, stateDims * (config.pooling.attention ? 1 : config.pooling.modes.length)),
      differences: tokenizer.differences,
    }
  }

  /**
   * Loads the folder's model.safetensors.
   * @throws ERR_ENCODER for a folder without it or of an architecture that is not known, ERR_MODEL_FILE for a damaged one,
   *   ERR_NOT_SUPPORTED for bf16 and int8 on a processor without them, ERR_IO, ERR_ABORTED
   */
  static async create(
    config: EncoderConfig,
    precision: EncoderPrecision,
    signal?: AbortSignal,
  ): Promise<NativeSession> {
    const folder = await readBertFolder(config.inner, 'none')
    if (folder.hasAdapter)
      throw new KindredError(
        'ERR_ENCODER',
        `${config.inner}: it has adapters beside the weights of its architecture, which run in its ONNX model alone.`,
      )
    const tokenizer = await loadTokenizer(config)
    if (config.maxTokens <= tokenizer.specials)
      throw new KindredError(
        'ERR_ENCODER',
        `${config.folder}: a length of ${config.maxTokens} tokens leaves no room beside ${tokenizer.specials} special ones.`,
      )
    const modules = [await RowModuleChain.load(config.ofStates), await RowModuleChain.load(config.ofVectors)] as const
    const encoder = await nativeCall(signal, (native, abort) =>
      native.encoderCreate(shapeOf(folder.config), precision, abort),
    )
    try {
      await loadWeights(encoder, folder, signal)
      return new NativeSession(config, tokenizer, encoder, folder.config, modules)
    } catch (cause) {
      nativeCallSync((native) => native.encoderRelease(encoder))
      if (cause instanceof KindredError && cause.code !== 'ERR_SHAPE') throw cause
      throw new KindredError('ERR_ENCODER', `${config.folder}: ${(cause as Error).message}`, { cause })
    }
  }

  async pool(sequences: readonly Sequence[], pooling: PoolingPlan, signal?: AbortSignal): Promise<Matrix> {
    const { stateDims } = this.ready
    const tokens = tokensOf(sequences, this.#padding)
    if ('queries' in pooling || this.config.ofStates.length > 0)
      return this.#poolStates(sequences, tokens, pooling, signal)
    const unpooled = Int32Array.from(sequences, (sequence) => sequence.unpooled)
    const data = await nativeCall(signal, (native, abort) =>
      native.encoderPool(this.#encoder, tokens, [...pooling], unpooled, abort),
    )
    return new Matrix(sequences.length, pooling.length * stateDims, data)
  }

  /** The same where something is done to states before they are pooled, or where they are pooled by attention. */
  async #poolStates(
    sequences: readonly Sequence[],
    tokens: EncoderTokens,
    pooling: PoolingPlan,
    signal: AbortSignal | undefined,
  ): Promise<Matrix> {
    const raw = await nativeCall(signal, (native, abort) => native.encoderStates(this.#encoder, tokens, abort))
    const rows = await this.#ofStates.apply(
      new Matrix(tokens.ids.length, raw.length / Math.max(1, tokens.ids.length), raw),
    )
    const dims = this.ready.stateDims
    const batch = sequences.length
    const longest = Math.max(1, ...sequences.map(({ ids }) => ids.length))
    const input = {
      states: new Float32Array(batch * longest * dims),
      mask: new Uint8Array(batch * longest),
      batch,
      tokens: longest,
    }
    for (const [b, { ids, unpooled }] of sequences.entries()) {
      const begin = tokens.offsets[b]!
      input.states.set(rows.data.subarray(begin * dims, (begin + ids.length) * dims), b * longest * dims)
      input.mask.fill(1, b * longest + unpooled, b * longest + ids.length)
    }
    if (!('queries' in pooling)) return poolStates(input, dims, pooling)
    const pooled = await nativeCall(signal, (native, abort) =>
      native.attentionPool(input.states, input.mask, batch, longest, dims, pooling.queries, abort),
    )
    return new Matrix(batch, dims, pooled)
  }

  /** Gives the weights back once no call under way needs them. */
  release(): void {
    nativeCallSync((native) => native.encoderRelease(this.#encoder))
  }
}
