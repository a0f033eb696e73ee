import type { Matrix } from '../../data/matrix.js'
import { checkInteger, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import {
  columnOf,
  MatrixTransformer,
  numbersFromJson,
  numbersToJson,
  readTransformer,
  type TransformerJson,
} from './matrix-transformer.js'
import { mapQuantile, type OutputDistribution, quantilesOf, references, unmapQuantile } from './quantile-map.js'
import { sortedValues } from './statistics.js'

/** What a {@link QuantileTransformer} does. */
export interface QuantileTransformerOptions {
  /** How many quantiles are kept of each column, at most as many as there are rows; default 1000. */
  quantiles?: number
  /** 'uniform' (default): shares from 0 to 1; 'normal': the numbers of a standard normal distribution. */
  outputDistribution?: OutputDistribution
}

export const OUTPUT_DISTRIBUTIONS = ['uniform', 'normal'] as const

/**
 * Numbers by their rank: each column becomes uniform or normal, whatever its distribution, and outliers come near the others;
 * as scikit-learn's of the same name with `subsample=None`.
 */
export class QuantileTransformer extends MatrixTransformer {
  protected readonly type = 'QuantileTransformer'
  readonly #count: number
  readonly #output: OutputDistribution
  #references: Float64Array = new Float64Array(0)
  /** Of each column. */
  #quantiles: readonly Float64Array[] | undefined

  /** @throws ERR_VALUE */
  constructor(options: QuantileTransformerOptions = {}) {
    super()
    options = checkOptions('QuantileTransformer', options, ['quantiles', 'outputDistribution'])
    this.#count = checkInteger('quantiles', options.quantiles ?? 1000, { min: 1 })
    this.#output = checkOneOf('outputDistribution', options.outputDistribution ?? 'uniform', OUTPUT_DISTRIBUTIONS)
  }

  protected get width(): number | undefined {
    return this.#quantiles?.length
  }

  /** The quantiles of each column, ascending. @throws ERR_NOT_FITTED */
  get quantiles(): readonly Float64Array[] {
    if (this.#quantiles === undefined)
      throw new KindredError('ERR_NOT_FITTED', 'QuantileTransformer.quantiles: call fit first.')
    return this.#quantiles.map((quantiles) => quantiles.slice())
  }

  protected learn(matrix: Matrix): void {
    const at = references(Math.min(this.#count, matrix.rows))
    const all = Array.from({ length: matrix.cols }, (_, j) => quantilesOf(sortedValues(columnOf(matrix, j)), at))
    this.#references = at
    this.#quantiles = all
  }

  protected apply(matrix: Matrix, out: Matrix): void {
    this.#each(matrix, out, mapQuantile)
  }

  protected invert(matrix: Matrix, out: Matrix): void {
    this.#each(matrix, out, unmapQuantile)
  }

  #each({ data, cols }: Matrix, out: Matrix, map: typeof mapQuantile): void {
    for (let i = 0; i < data.length; i++)
      out.data[i] = map(data[i]!, this.#quantiles![i % cols]!, this.#references, this.#output)
  }

  protected settings(): Record<string, unknown> {
    return { quantiles: this.#count, outputDistribution: this.#output }
  }

  protected state(): Record<string, unknown> | null {
    if (this.#quantiles === undefined) return null
    const size = this.#references.length
    const all = new Float64Array(this.#quantiles.length * size)
    for (const [j, quantiles] of this.#quantiles.entries()) all.set(quantiles, j * size)
    return { columns: this.#quantiles.length, references: size, quantiles: numbersToJson(all) }
  }

  /** The transformer that `toJSON` wrote. @throws ERR_VALUE for anything else */
  static fromJSON(json: TransformerJson): QuantileTransformer {
    const { options, state } = readTransformer('QuantileTransformer', json)
    const transformer = new QuantileTransformer(options)
    if (state === null) return transformer
    const columns = checkInteger('state.columns', state.columns, { min: 0 })
    const size = checkInteger('state.references', state.references, { min: 1 })
    const all = numbersFromJson('QuantileTransformer', state, 'quantiles')
    if (all.length !== columns * size)
      throw new KindredError('ERR_VALUE', 'QuantileTransformer.fromJSON: expected as many quantiles for each column.')
    transformer.#references = references(size)
    transformer.#quantiles = Array.from({ length: columns }, (_, j) => all.slice(j * size, (j + 1) * size))
    return transformer
  }
}

guardReceivers(QuantileTransformer)
