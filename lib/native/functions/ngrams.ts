import type { Csr } from './matrices.js'
import type { AbortFlag } from './runtime.js'

/** Which n-grams a text has. */
export interface NgramRules {
  readonly analyzer: 'word' | 'char' | 'char_wb'
  readonly lowercase: boolean
  readonly accents: 'kept' | 'ascii' | 'unicode'
  readonly tokenPattern: '\\w\\w+' | '\\w+' | '\\S+'
  readonly shortest: number
  readonly longest: number
  readonly stopWords: readonly string[]
}

/** What a counter found. */
export interface NgramSelection {
  /** Features chosen. */
  readonly terms: number
  /** Of their names in UTF-8. */
  readonly bytes: number
  /** Counts in their columns. */
  readonly nonzeros: number
  /** Left out: in fewer texts than asked for, in more, beyond the most frequent. */
  readonly rare: number
  readonly frequent: number
  readonly beyond: number
  /** Texts without any n-gram. */
  readonly empty: number
}

/** N-grams as they are counted; opaque. */
export interface NgramCounterHandle {
  readonly __ngramCounter: never
}

/** The column of each n-gram; opaque. */
export interface NgramColumnsHandle {
  readonly __ngramColumns: never
}

/** N-grams of texts: counted, selected, weighed. */
export interface NgramsFunctions {
  ngramCounter(rules: NgramRules, binary: boolean, keepRows: boolean): NgramCounterHandle
  ngramCount(
    counter: NgramCounterHandle,
    texts: readonly string[],
    begin: number,
    end: number,
    abort?: AbortFlag,
  ): Promise<void>
  ngramSelect(
    counter: NgramCounterHandle,
    limits: { minTexts: number; maxTexts: number; maxFeatures: number | null },
    abort?: AbortFlag,
  ): Promise<NgramSelection>
  ngramTerms(
    counter: NgramCounterHandle,
    utf8: Uint8Array,
    ends: Int32Array,
    texts: Int32Array,
    abort?: AbortFlag,
  ): Promise<void>
  ngramRows(
    counter: NgramCounterHandle,
    indptr: Int32Array,
    indices: Int32Array,
    values: Float32Array,
    abort?: AbortFlag,
  ): Promise<void>
  ngramColumns(rules: NgramRules, utf8: Uint8Array, ends: Int32Array, abort?: AbortFlag): Promise<NgramColumnsHandle>
  ngramHashedColumns(rules: NgramRules, features: number, alternateSign: boolean): NgramColumnsHandle
  ngramTransform(
    columns: NgramColumnsHandle,
    texts: readonly string[],
    begin: number,
    end: number,
    binary: boolean,
    abort?: AbortFlag,
  ): Promise<Csr>
  tfidfWeigh(
    counts: Csr,
    idf: Float64Array | null,
    sublinear: boolean,
    norm: 'l1' | 'l2' | 'none',
    abort?: AbortFlag,
  ): Promise<void>
}
