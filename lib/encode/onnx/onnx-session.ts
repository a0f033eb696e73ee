import type { InferenceSession } from 'onnxruntime-node'
import { Matrix } from '../../data/matrix.js'
import { backendInfo } from '../../native/backend.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import { dimsAfter } from '../modules/row-module.js'
import { RowModuleChain } from '../modules/row-module-chain.js'
import { poolStates } from '../pooling/pool-states.js'
import type { TokenStates } from '../pooling/token-states.js'
import type { HuggingFaceTokenizer } from '../tokenize/hugging-face-tokenizer.js'
import { loadTokenizer } from '../tokenize/load-tokenizer.js'
import type { EncoderConfig } from '../transformer/encoder-config.js'
import type { Sequence, TextSession } from '../transformer/text-engine.js'
import { tokenBudget } from '../transformer/token-batches.js'
import type { PoolingPlan } from './ipc-protocol.js'
import { checkInputs, type Sequences, tensorsOf } from './model-inputs.js'
import { chooseOutput, readStates } from './model-output.js'
import { openModel, type Runtime } from './open-model.js'

interface Parts {
  config: EncoderConfig
  /** Path of the ONNX file. */
  model: string
  tokenizer: HuggingFaceTokenizer
  runtime: Runtime
  session: InferenceSession
  ofStates: RowModuleChain
  ofVectors: RowModuleChain
}

/** A tokenizer, an onnxruntime session, and the modules round its pooling. Lives in the encoder's own process. */
export class OnnxSession implements TextSession {
  readonly config: EncoderConfig
  readonly tokenizer: HuggingFaceTokenizer
  /** Length of a token's state, as it is pooled. */
  readonly stateDims: number
  /** Length of a vector. */
  readonly dims: number
  /** What is done to pooled vectors. */
  readonly ofVectors: RowModuleChain
  readonly tokenBudget = tokenBudget(backendInfo().threads.count)
  readonly charactersAtOnce = 1 << 17
  readonly #parts: Parts

  private constructor(parts: Parts, modelDims: number) {
    this.#parts = parts
    this.config = parts.config
    this.tokenizer = parts.tokenizer
    this.ofVectors = parts.ofVectors
    const { ofStates, ofVectors, pooling } = parts.config
    this.stateDims = dimsAfter(ofStates, modelDims)
    this.dims = dimsAfter(ofVectors, this.stateDims * (pooling.attention ? 1 : pooling.modes.length))
  }

  /** Loads everything and runs the model once. @throws ERR_ENCODER */
  static async create(config: EncoderConfig): Promise<OnnxSession> {
    const tokenizer = await loadTokenizer(config)
    if (config.maxTokens <= tokenizer.specials)
      throw new KindredError(
        'ERR_ENCODER',
        `${config.folder}: a length of ${config.maxTokens} tokens leaves no room beside ${tokenizer.specials} special ones.`,
      )
    const ofStates = await RowModuleChain.load(config.ofStates)
    const ofVectors = await RowModuleChain.load(config.ofVectors)
    const model = config.model!
    const { runtime, session } = await openModel(model)
    checkInputs(model, session.inputMetadata)
    const parts = { config, model, tokenizer, runtime, session, ofStates, ofVectors }
    const probe = Int32Array.from([...tokenizer.prefix, ...tokenizer.suffix, tokenizer.padId])
    const { dims } = await runModel(parts, [{ ids: probe, unpooled: 0 }])
    try {
      return new OnnxSession(parts, dims)
    } catch (cause) {
      throw new KindredError('ERR_ENCODER', `${config.folder}: ${(cause as Error).message}`, { cause })
    }
  }

  /**
   * One pooled vector per sequence, before the modules of vectors: [sequences, pooled dims]. A sequence without a token gives
   * zeros, whatever the padding that those beside it bring.
   */
  async pool(sequences: readonly Sequence[], pooling: PoolingPlan): Promise<Matrix> {
    const pooled = await this.#pool(sequences, pooling)
    for (const [b, { ids }] of sequences.entries()) if (ids.length === 0) pooled.row(b).fill(0)
    return pooled
  }

  async #pool(sequences: readonly Sequence[], pooling: PoolingPlan): Promise<Matrix> {
    const { dims: modelDims, ...input } = await runModel(this.#parts, sequences)
    const { batch, tokens, mask } = input
    const rows = await this.#parts.ofStates.apply(new Matrix(batch * tokens, modelDims, input.states))
    const states = { ...input, states: rows.data }
    if (!('queries' in pooling)) return poolStates(states, rows.cols, pooling)
    const pooled = await nativeCall(undefined, (native) =>
      native.attentionPool(rows.data, mask, batch, tokens, rows.cols, pooling.queries),
    )
    return new Matrix(batch, rows.cols, pooled)
  }
}

/** Runs the model over sequences of token ids, padded to the longest; `mask` holds the tokens that are pooled. */
async function runModel(
  { config, model, tokenizer, runtime, session }: Parts,
  sequences: readonly Sequence[],
): Promise<TokenStates & { dims: number }> {
  const batch = sequences.length
  const tokens = Math.max(1, ...sequences.map(({ ids }) => ids.length))
  const padded: Sequences = {
    batch,
    tokens,
    ids: new Int32Array(batch * tokens).fill(tokenizer.padId),
    mask: new Uint8Array(batch * tokens),
  }
  for (const [b, { ids }] of sequences.entries()) {
    padded.ids.set(ids, b * tokens)
    padded.mask.fill(1, b * tokens, b * tokens + ids.length)
  }
  const feeds = tensorsOf(runtime, session.inputMetadata, padded, config.firstPosition)
  const output = chooseOutput(session.outputNames)
  const out = await session.run(feeds, [output]).catch((cause: Error) => {
    throw new KindredError('ERR_ENCODER', `${model} failed: ${cause.message}`)
  })
  const mask = padded.mask
  for (const [b, { unpooled }] of sequences.entries()) mask.fill(0, b * tokens, b * tokens + unpooled)
  return { ...readStates(model, output, out[output], batch, tokens), mask, batch, tokens }
}
