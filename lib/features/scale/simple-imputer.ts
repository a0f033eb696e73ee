import { Matrix } from '../../data/matrix.js'
import { checkBoolean, checkNumber, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { checkMatrix } from '../../search/similarity-matrix.js'
import { mostFrequent } from './fill-value.js'
import { columnOf, numbersFromJson, readTransformer, type TransformerJson } from './matrix-transformer.js'
import { momentsOf, quantileOf, sortedValues } from './statistics.js'

/** What a {@link SimpleImputer} puts where a number is missing. */
export type ImputeStrategy = 'mean' | 'median' | 'most-frequent' | 'constant'

/** What a {@link SimpleImputer} does. */
export interface SimpleImputerOptions {
  /** Default 'mean'. */
  strategy?: ImputeStrategy
  /** With 'constant': the number; default 0. */
  fillValue?: number
  /** A further column of 1 and 0 for each column in which `fit` saw a NaN: 1 where it was missing. Default false. */
  addIndicator?: boolean
}

const STRATEGIES = ['mean', 'median', 'most-frequent', 'constant'] as const

/**
 * Puts a number where one is missing (NaN): a statistic of the column as `fit` saw it; as scikit-learn's of the same name,
 * with `keep_empty_features=True`: a column without any number is filled with 0.
 */
export class SimpleImputer {
  readonly #strategy: ImputeStrategy
  readonly #fillValue: number
  readonly #addIndicator: boolean
  #fills: Float64Array | undefined
  /** Columns that have one that tells where they were missing. */
  #flagged: readonly number[] = []

  /** @throws ERR_VALUE */
  constructor(options: SimpleImputerOptions = {}) {
    options = checkOptions('SimpleImputer', options, ['strategy', 'fillValue', 'addIndicator'])
    this.#strategy = checkOneOf('strategy', options.strategy ?? 'mean', STRATEGIES)
    this.#fillValue = checkNumber('fillValue', options.fillValue ?? 0)
    this.#addIndicator = checkBoolean('addIndicator', options.addIndicator ?? false)
  }

  /** What is put into each column [cols]. @throws ERR_NOT_FITTED */
  get statistics(): Float64Array {
    return this.#fitted('statistics').slice()
  }

  /** @throws ERR_VALUE for what is no Matrix, ERR_DATA for one without rows. What was learnt before is then kept. */
  fit(matrix: Matrix): this {
    checkMatrix('SimpleImputer.fit', matrix)
    if (matrix.rows === 0)
      throw new KindredError('ERR_DATA', 'SimpleImputer.fit: expected rows to learn from but the matrix has none.')
    const columns = Array.from({ length: matrix.cols }, (_, j) => columnOf(matrix, j))
    const flagged = columns.flatMap((column, j) => (momentsOf(column).count < column.rows ? [j] : []))
    const fills = Float64Array.from(columns, (column) => {
      if (this.#strategy === 'constant') return this.#fillValue
      const { count, mean } = momentsOf(column)
      if (count === 0) return 0
      if (this.#strategy === 'mean') return mean
      const sorted = sortedValues(column)
      return this.#strategy === 'median' ? quantileOf(sorted, 0.5) : mostFrequent(sorted)
    })
    this.#flagged = this.#addIndicator ? flagged : []
    this.#fills = fills
    return this
  }

  /**
   * A new matrix [rows, cols], with `addIndicator` further columns.
   * @throws ERR_NOT_FITTED, ERR_SHAPE for another number of columns, ERR_VALUE
   */
  transform(matrix: Matrix): Matrix {
    const { rows, cols, data } = checkMatrix('SimpleImputer.transform', matrix)
    const fills = this.#fitted('transform')
    if (cols !== fills.length)
      throw new KindredError(
        'ERR_SHAPE',
        `SimpleImputer.transform: expected the ${fills.length} columns that it was fitted on but received ${cols}.`,
      )
    const out = new Matrix(rows, cols + this.#flagged.length)
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++) {
        const value = data[i * cols + j]!
        out.data[i * out.cols + j] = Number.isNaN(value) ? fills[j]! : value
      }
      for (const [f, j] of this.#flagged.entries())
        out.data[i * out.cols + cols + f] = Number.isNaN(data[i * cols + j]!) ? 1 : 0
    }
    return out
  }

  /** {@link fit}, then {@link transform}. @throws as those */
  fitTransform(matrix: Matrix): Matrix {
    return this.fit(matrix).transform(matrix)
  }

  #fitted(what: string): Float64Array {
    if (this.#fills === undefined) throw new KindredError('ERR_NOT_FITTED', `SimpleImputer.${what}: call fit first.`)
    return this.#fills
  }

  /** Options and what was learnt, for `JSON.stringify` and `fromJSON`. */
  toJSON(): TransformerJson {
    const options = { strategy: this.#strategy, fillValue: this.#fillValue, addIndicator: this.#addIndicator }
    const state = this.#fills === undefined ? null : { statistics: [...this.#fills], flagged: [...this.#flagged] }
    return { type: 'SimpleImputer', options, state }
  }

  /** The imputer that `toJSON` wrote. @throws ERR_VALUE for anything else */
  static fromJSON(json: TransformerJson): SimpleImputer {
    const { options, state } = readTransformer('SimpleImputer', json)
    const imputer = new SimpleImputer(options)
    if (state === null) return imputer
    const fills = numbersFromJson('SimpleImputer', state, 'statistics')
    const flagged = [...numbersFromJson('SimpleImputer', state, 'flagged')]
    if (!flagged.every((j) => Number.isInteger(j) && j >= 0 && j < fills.length))
      throw new KindredError('ERR_VALUE', 'SimpleImputer.fromJSON: expected numbers of columns for state.flagged.')
    imputer.#fills = fills
    imputer.#flagged = flagged
    return imputer
  }
}

guardReceivers(SimpleImputer)
