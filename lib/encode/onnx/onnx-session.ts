import { readFile } from 'node:fs/promises'
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { Matrix } from '../../data/matrix.js'
import { backendInfo } from '../../native/backend.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import { isExhausted, systemError } from '../../native/system-errors.js'
import { HuggingFaceTokenizer } from '../tokenize/hugging-face-tokenizer.js'
import type { EncoderConfig } from './encoder-config.js'
import type { PoolingPlan } from './ipc-protocol.js'

type Runtime = typeof import('onnxruntime-node')

const INPUTS = ['input_ids', 'attention_mask', 'token_type_ids']

/** Output names of token states, the usual ones first. */
const OUTPUTS = ['last_hidden_state', 'token_embeddings']

/** A tokenizer and an onnxruntime session. Lives in the encoder's own process. */
export class OnnxSession {
  readonly config: EncoderConfig
  readonly tokenizer: HuggingFaceTokenizer
  /** Length of a vector. */
  readonly dims: number
  readonly #runtime: Runtime
  readonly #session: InferenceSession
  readonly #output: string

  private constructor(
    config: EncoderConfig,
    tokenizer: HuggingFaceTokenizer,
    runtime: Runtime,
    session: InferenceSession,
    output: string,
    dims: number,
  ) {
    this.config = config
    this.tokenizer = tokenizer
    this.#runtime = runtime
    this.#session = session
    this.#output = output
    this.dims = dims
  }

  /** Loads both and runs the model once. @throws ERR_ENCODER */
  static async create(config: EncoderConfig): Promise<OnnxSession> {
    const runtime = await import('onnxruntime-node').catch((cause: Error) => {
      throw systemError('onnxruntime-node does not load', cause, 'ERR_ENCODER')
    })
    const tokenizer = await createTokenizer(config)
    if (config.maxTokens <= tokenizer.specials)
      throw new KindredError(
        'ERR_ENCODER',
        `${config.folder}: a length of ${config.maxTokens} tokens leaves no room beside ${tokenizer.specials} special ones.`,
      )
    const session = await runtime.InferenceSession.create(config.model, {
      intraOpNumThreads: backendInfo().threads.count,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
      // A spinning thread takes the core that tokenisation, pooling and the parent need.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    }).catch((cause: Error) => {
      throw systemError(`${config.model} does not load`, cause, 'ERR_ENCODER')
    })
    const strange = session.inputNames.filter((name) => !INPUTS.includes(name))
    if (strange.length > 0)
      throw new KindredError(
        'ERR_ENCODER',
        `${config.model} wants the inputs ${session.inputNames.join(', ')}. Supported: ${INPUTS.join(', ')}.`,
      )
    const output = OUTPUTS.find((name) => session.outputNames.includes(name)) ?? session.outputNames[0]!
    const probe = new OnnxSession(config, tokenizer, runtime, session, output, 0)
    const { dims } = await probe.states([Int32Array.from([...tokenizer.prefix, ...tokenizer.suffix, tokenizer.padId])])
    return new OnnxSession(config, tokenizer, runtime, session, output, dims)
  }

  /** Runs the model over sequences of token ids, special tokens included, padded to the longest. */
  async states(
    sequences: readonly Int32Array[],
  ): Promise<{ states: Float32Array; mask: Uint8Array; tokens: number; dims: number }> {
    const batch = sequences.length
    const tokens = Math.max(...sequences.map((ids) => ids.length))
    const ids = new BigInt64Array(batch * tokens).fill(BigInt(this.tokenizer.padId))
    const mask = new Uint8Array(batch * tokens)
    sequences.forEach((sequence, b) => {
      for (let t = 0; t < sequence.length; t++) ids[b * tokens + t] = BigInt(sequence[t]!)
      mask.fill(1, b * tokens, b * tokens + sequence.length)
    })
    const inputs: Record<string, BigInt64Array> = {
      input_ids: ids,
      attention_mask: BigInt64Array.from(mask, BigInt),
      token_type_ids: new BigInt64Array(batch * tokens),
    }
    const feeds: Record<string, Tensor> = {}
    for (const name of this.#session.inputNames)
      feeds[name] = new this.#runtime.Tensor('int64', inputs[name]!, [batch, tokens])
    const out = (await this.#run(feeds))[this.#output]
    const dims = out?.dims[2] ?? 0
    if (out?.type !== 'float32' || out.dims.length !== 3 || out.dims[0] !== batch || out.dims[1] !== tokens || dims < 1)
      throw new KindredError(
        'ERR_ENCODER',
        `${this.config.model}: expected float32 token states [${batch}, ${tokens}, dims] in the output ${this.#output} but received ${out?.type} [${out?.dims.join(', ')}].`,
      )
    return { states: out.data as Float32Array, mask, tokens, dims }
  }

  async #run(feeds: Record<string, Tensor>): Promise<InferenceSession.OnnxValueMapType> {
    try {
      return await this.#session.run(feeds, [this.#output])
    } catch (cause) {
      throw new KindredError('ERR_ENCODER', `${this.config.model} failed: ${(cause as Error).message}`)
    }
  }

  /** One pooled vector per sequence, not normalised: [sequences, dims]. */
  async pool(sequences: readonly Int32Array[], pooling: PoolingPlan): Promise<Matrix> {
    const { states, mask, tokens, dims } = await this.states(sequences)
    const batch = sequences.length
    const pooled = await nativeCall(undefined, (native) =>
      typeof pooling === 'string'
        ? native.pool(states, mask, batch, tokens, dims, pooling)
        : native.attentionPool(states, mask, batch, tokens, dims, pooling.queries),
    )
    return new Matrix(batch, dims, pooled)
  }
}

async function createTokenizer(config: EncoderConfig): Promise<HuggingFaceTokenizer> {
  try {
    const json = JSON.parse(await readFile(config.tokenizer, 'utf8'))
    const tokenizerConfig =
      config.tokenizerConfig === null ? {} : JSON.parse(await readFile(config.tokenizerConfig, 'utf8'))
    return await HuggingFaceTokenizer.create(json, tokenizerConfig)
  } catch (cause) {
    if (isExhausted(cause)) throw systemError(`${config.tokenizer} cannot be read`, cause)
    throw new KindredError('ERR_ENCODER', `${config.tokenizer} is no tokenizer: ${(cause as Error).message}`)
  }
}
