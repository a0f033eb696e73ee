import type { AbortFlag } from './runtime.js'

/** A tokenizer's native tables; opaque. */
export interface TokenizerHandle {
  readonly __tokenizer: never
}

/** One step of a normaliser, as native/include/kindred/tokenize/tokenizer.h describes it. */
export type NativeNormalizerStep =
  | { kind: 'precompiled'; map: Uint8Array }
  | {
      kind:
        | 'nfc'
        | 'nfd'
        | 'nfkc'
        | 'nfkd'
        | 'lowercase'
        | 'strip-accents'
        | 'nmt'
        | 'clean-text'
        | 'chinese'
        | 'bert-accents'
        | 'replace'
        | 'prepend'
        | 'strip'
        | 'byte-level'
      pattern: string
      content: string
      isRegex: boolean
      left: boolean
      right: boolean
    }

/** One step of a pre-tokenizer. */
export interface NativeSplitStep {
  kind:
    | 'bert'
    | 'whitespace'
    | 'white-split'
    | 'digits'
    | 'punctuation'
    | 'pattern'
    | 'metaspace'
    | 'byte-level'
    | 'fixed-length'
  pattern: string
  found: 'removed' | 'isolated' | 'merged-with-previous' | 'merged-with-next' | 'contiguous'
  prepend: 'never' | 'first' | 'always'
  isRegex: boolean
  invert: boolean
  splits: boolean
  length: number
}

/** A model: tokens with their ids, and what it makes of a word. */
export interface NativeTokenModel {
  kind: 'wordpiece' | 'bpe' | 'unigram'
  tokens: readonly string[]
  /** Of each token. */
  ids: Int32Array
  /** Of each token of a Unigram model. */
  scores: Float64Array
  /** Left and right parts in turn, or both with a space between. */
  merges: readonly string[]
  mergesAreJoined: boolean
  /** '' for none, as for prefix and suffix. */
  unknown: string
  prefix: string
  suffix: string
  fuseUnknown: boolean
  byteFallback: boolean
  ignoreMerges: boolean
  maxCharacters: number
}

/** A token that is found in a text as it is. */
export interface NativeAddedToken {
  content: string
  id: number
  singleWord: boolean
  left: boolean
  right: boolean
  normalized: boolean
}

export interface NativeTokenizerPlan {
  normalizer: readonly NativeNormalizerStep[]
  preTokenizer: readonly NativeSplitStep[]
  model: NativeTokenModel
  added: readonly NativeAddedToken[]
}

/** Tokenizers as a tokenizer.json describes them. */
export interface TokenizeFunctions {
  tokenizer(plan: NativeTokenizerPlan, abort?: AbortFlag): Promise<TokenizerHandle>
  tokenizerEncode(
    tokenizer: TokenizerHandle,
    texts: readonly string[],
    begin: number,
    end: number,
    abort?: AbortFlag,
  ): Promise<{ ids: Int32Array; ends: Int32Array }>
}
