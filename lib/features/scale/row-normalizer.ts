import { Matrix } from '../../data/matrix.js'
import { checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { checkMatrix } from '../../search/similarity-matrix.js'
import { readTransformer, type TransformerJson } from './matrix-transformer.js'

/** What the size of a row is: the root of its sum of squares, its sum of absolute values, or the greatest of them. */
export type RowNorm = 'l2' | 'l1' | 'max'

/** What a {@link RowNormalizer} does. */
export interface RowNormalizerOptions {
  /** Default 'l2'. */
  norm?: RowNorm
}

export const ROW_NORMS = ['l2', 'l1', 'max'] as const

/** The norm of `count` numbers from `begin`. */
export function rowNorm(data: Float32Array, begin: number, count: number, norm: RowNorm): number {
  let sum = 0
  for (let i = begin; i < begin + count; i++) {
    const value = Math.abs(data[i]!)
    if (norm === 'l2') sum += value * value
    else if (norm === 'l1') sum += value
    else sum = Math.max(sum, value)
  }
  return norm === 'l2' ? Math.sqrt(sum) : sum
}

/**
 * Rows divided by their norm, as scikit-learn's `Normalizer`; rows of zeros stay so. A row with a NaN becomes NaN. There is
 * nothing to learn: `transform` works without `fit`.
 */
export class RowNormalizer {
  readonly #norm: RowNorm

  /** @throws ERR_VALUE */
  constructor(options: RowNormalizerOptions = {}) {
    options = checkOptions('RowNormalizer', options, ['norm'])
    this.#norm = checkOneOf('norm', options.norm ?? 'l2', ROW_NORMS)
  }

  /** Does nothing: here so that all transformers are called alike. @throws ERR_VALUE for what is no Matrix */
  fit(matrix: Matrix): this {
    checkMatrix('RowNormalizer.fit', matrix)
    return this
  }

  /** A new matrix [rows, cols]. @throws ERR_VALUE for what is no Matrix */
  transform(matrix: Matrix): Matrix {
    const { rows, cols, data } = checkMatrix('RowNormalizer.transform', matrix)
    const out = new Matrix(rows, cols)
    for (let begin = 0; begin < data.length; begin += cols) {
      const norm = rowNorm(data, begin, cols, this.#norm)
      for (let i = begin; i < begin + cols; i++) out.data[i] = norm === 0 ? 0 : data[i]! / norm
    }
    return out
  }

  /** {@link transform}. @throws ERR_VALUE for what is no Matrix */
  fitTransform(matrix: Matrix): Matrix {
    return this.transform(matrix)
  }

  /** Its options, for `JSON.stringify` and `fromJSON`. */
  toJSON(): TransformerJson {
    return { type: 'RowNormalizer', options: { norm: this.#norm }, state: {} }
  }

  /** The normaliser that `toJSON` wrote. @throws ERR_VALUE for anything else */
  static fromJSON(json: TransformerJson): RowNormalizer {
    return new RowNormalizer(readTransformer('RowNormalizer', json).options)
  }
}

guardReceivers(RowNormalizer)
