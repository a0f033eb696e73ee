import { csrOf, type SparseMatrix } from '../../data/sparse-matrix.js'
import { checkTexts } from '../../encode/check-texts.js'
import type { NgramColumnsHandle } from '../../native/addon.js'
import { checkBoolean, checkInteger, checkOptions } from '../../native/argument-checks.js'
import { withCallback } from '../../native/caller-callback.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall, nativeCallSync } from '../../native/native-call.js'
import { countTexts } from './count-texts.js'
import type { VectorizeOptions } from './count-vectorizer.js'
import { completeNgramOptions, NGRAM_OPTIONS, type NgramOptions, rulesOf } from './ngram-options.js'
import { checkNorm, type TextRowNorm } from './tfidf-options.js'

/** Options of {@link HashingVectorizer}. */
export interface HashingVectorizerOptions extends NgramOptions {
  /** Columns; default 2^20. */
  features?: number
  /** Count n-grams whose hash is negative as -1, so that collisions cancel out on average; default true. */
  alternateSign?: boolean
  /** What each row is divided by; default 'l2'. */
  norm?: TextRowNorm
}

const OPTIONS = [...NGRAM_OPTIONS, 'features', 'alternateSign', 'norm'] as const

/**
 * Texts as counts of their n-grams in columns that a hash of the n-gram says (Weinberger et al. 2009): nothing is learned,
 * kept or named, so texts may come in any number of calls. The same as scikit-learn's `HashingVectorizer` gives for the
 * same options (MurmurHash3, seed 0), to the rounding of 32-bit numbers.
 */
export class HashingVectorizer {
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<HashingVectorizerOptions>>
  readonly #handle: NgramColumnsHandle

  /** @throws ERR_VALUE naming the option */
  constructor(options: HashingVectorizerOptions = {}) {
    options = checkOptions('HashingVectorizer', options, OPTIONS)
    const complete = Object.freeze({
      ...completeNgramOptions(options),
      features: checkInteger('features', options.features ?? 2 ** 20, { min: 1, max: 2 ** 31 - 1 }),
      alternateSign: checkBoolean('alternateSign', options.alternateSign ?? true),
      norm: checkNorm(options.norm),
    })
    this.options = complete
    this.#handle = nativeCallSync((native) =>
      native.ngramHashedColumns(rulesOf(complete), complete.features, complete.alternateSign),
    )
  }

  /**
   * One row for each text, [texts, features]. An entry can be 0 where signs cancel.
   * @throws ERR_VALUE for a text that is no string, ERR_TOO_LARGE, ERR_ABORTED
   */
  async transform(texts: readonly string[], options: VectorizeOptions = {}): Promise<SparseMatrix> {
    options = checkOptions('HashingVectorizer.transform', options, ['signal', 'onProgress'])
    const own = checkTexts(texts)
    const { signal } = options
    const { features, binary, norm } = this.options
    const handle = this.#handle
    const counts = await withCallback(options.onProgress, (report) =>
      countTexts(handle, features, own, binary, signal, report),
    )
    if (norm !== null)
      await nativeCall(signal, (native, abort) => native.tfidfWeigh(csrOf(counts), null, false, norm, abort))
    return counts
  }
}

guardReceivers(HashingVectorizer)
