import type { Matrix } from './matrices.js'
import type { AbortFlag } from './runtime.js'

/** A tokenizer's native tables; opaque. */
export interface WordPieceHandle {
  readonly __wordPiece: never
}

/** Tokenisation, static encoders and their distillation. */
export interface TextFunctions {
  wordPiece(
    vocabulary: readonly string[],
    options: {
      cleanText: boolean
      handleChinese: boolean
      stripAccents: boolean
      lowercase: boolean
      unknown: string
      continuingPrefix: string
      maxCharacters: number
      addedTokens: readonly string[]
    },
    abort?: AbortFlag,
  ): Promise<WordPieceHandle>
  wordPieceEncode(
    tokenizer: WordPieceHandle,
    texts: readonly string[],
    begin: number,
    end: number,
    abort?: AbortFlag,
  ): Promise<{ ids: Int32Array; ends: Int32Array }>
  staticEmbed(
    tokenizer: WordPieceHandle,
    rows: Uint8Array,
    scales: Float32Array,
    texts: readonly string[],
    begin: number,
    end: number,
    maxTokens: number | null,
    normalize: boolean,
    vectors: Float32Array,
    tokens: Int32Array,
    abort?: AbortFlag,
  ): Promise<void>
  distillStep(
    batch: { indptr: Int32Array; tokens: Int32Array },
    teacher: Matrix,
    tokenWeights: Float32Array,
    table: Matrix,
    state: { first: Matrix; second: Matrix; updates: Int32Array },
    options: { similarityWeight: number; learningRate: number },
    abort?: AbortFlag,
  ): Promise<{ cosine: number; similarity: number }>
}
