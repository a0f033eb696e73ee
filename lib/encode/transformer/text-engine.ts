import type { Matrix } from '../../data/matrix.js'
import type { EncoderInput } from '../embedder.js'
import type { RowModuleChain } from '../modules/row-module-chain.js'
import type { PartialResult, PoolingPlan, TextWork } from '../onnx/ipc-protocol.js'
import type { HuggingFaceTokenizer } from '../tokenize/hugging-face-tokenizer.js'
import type { EncoderConfig } from './encoder-config.js'

/** What runs a transformer: kindred's own kernels in this process, or onnxruntime in a process of its own. */
export type EngineName = 'native' | 'onnx'

/** What the numbers of an encoder's products are rounded to. */
export type EncoderPrecision = 'f32' | 'bf16' | 'int8'

/** @internal */
export const ENCODER_PRECISIONS: readonly EncoderPrecision[] = ['f32', 'bf16', 'int8']

/** Token ids that go through the model together, special ones included, and how many in the beginning are not pooled. */
export interface Sequence {
  ids: Int32Array
  unpooled: number
}

/** A loaded transformer with its tokenizer and the modules round its pooling, in whichever process it runs. */
export interface TextSession {
  readonly config: EncoderConfig
  readonly tokenizer: HuggingFaceTokenizer
  /** What is done to pooled vectors. */
  readonly ofVectors: RowModuleChain
  /** Tokens that go through the model together, at most, of sequences that are as long as the longest of them. */
  readonly tokenBudget: number
  /** Sequences that go through it together, at most; as many as fit if absent. */
  readonly batchSize?: number
  /** How many ids of tokens there are, where the model does not check them itself. */
  readonly vocabulary?: number
  /** Characters that are tokenised between two steps of a job. */
  readonly charactersAtOnce: number
  /**
   * One pooled vector per sequence, before the modules of vectors: [sequences, pooled dims]. A sequence without a token gives
   * zeros.
   */
  pool(sequences: readonly Sequence[], pooling: PoolingPlan, signal?: AbortSignal): Promise<Matrix>
}

/** What a `TextEmbedder` gives its texts to. */
export interface TextEngine {
  /**
   * Works on `inputs` and hands over partial results as they come; `first` is the index of the first input of the result's job.
   * @throws ERR_ABORTED, ERR_DISPOSED, ERR_ENCODER, ERR_ENCODER_DIED
   */
  run(
    inputs: readonly EncoderInput[],
    work: TextWork,
    receive: (result: PartialResult, first: number) => void,
    signal: AbortSignal | undefined,
  ): Promise<void>
  /** Ends it; calls under way fail. Idempotent. */
  dispose(): void
  /** Waits until nothing of it is left. */
  gone(): Promise<void>
}
