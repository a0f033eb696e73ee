import type { Matrix } from '../../data/matrix.js'
import { checkOptions } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import {
  columnOf,
  listsFromJson,
  MatrixTransformer,
  readTransformer,
  type TransformerJson,
} from './matrix-transformer.js'
import { checkOutlierLimits, OUTLIER_OPTIONS, type OutlierLimits, outlierBounds } from './outlier-bounds.js'
import { momentsOf, sortedValues } from './statistics.js'

/** What a {@link OutlierLimiter} does. */
export interface OutlierLimiterOptions extends OutlierLimits {}

/**
 * Columns without outliers: `fit` finds the bounds of each from the rows that it is given, `transform` keeps numbers within
 * them, or makes NaN of those beyond. {@link outliers} counts them.
 */
export class OutlierLimiter extends MatrixTransformer {
  protected readonly type = 'OutlierLimiter'
  readonly #rule: Required<OutlierLimits>
  #bounds: { low: Float64Array; high: Float64Array } | undefined
  #outliers = 0

  /** @throws ERR_VALUE */
  constructor(options: OutlierLimiterOptions = {}) {
    super()
    options = checkOptions('OutlierLimiter', options, OUTLIER_OPTIONS)
    this.#rule = checkOutlierLimits(options)
  }

  protected get width(): number | undefined {
    return this.#bounds?.low.length
  }

  /** The least number of each column that is no outlier [cols]. @throws ERR_NOT_FITTED */
  get low(): Float64Array {
    return this.#fitted('low').low.slice()
  }

  /** The greatest one [cols]. @throws ERR_NOT_FITTED */
  get high(): Float64Array {
    return this.#fitted('high').high.slice()
  }

  /** How many outliers all calls of `transform` since `fit` have met. */
  get outliers(): number {
    return this.#outliers
  }

  #fitted(what: string): { low: Float64Array; high: Float64Array } {
    if (this.#bounds === undefined) throw new KindredError('ERR_NOT_FITTED', `OutlierLimiter.${what}: call fit first.`)
    return this.#bounds
  }

  protected learn(matrix: Matrix): void {
    const bounds = Array.from({ length: matrix.cols }, (_, j) => {
      const column = columnOf(matrix, j)
      return outlierBounds(this.#rule, momentsOf(column), sortedValues(column))
    })
    this.#bounds = {
      low: Float64Array.from(bounds, ([low]) => low),
      high: Float64Array.from(bounds, ([, high]) => high),
    }
    this.#outliers = 0
  }

  protected apply({ data, cols }: Matrix, out: Matrix): void {
    const { low, high } = this.#fitted('transform')
    const isMissing = this.#rule.action === 'missing'
    for (let i = 0; i < data.length; i++) {
      const value = data[i]!
      const [least, greatest] = [low[i % cols]!, high[i % cols]!]
      const isOutlier = value < least || value > greatest
      if (isOutlier) this.#outliers++
      out.data[i] = isOutlier ? (isMissing ? Number.NaN : value < least ? least : greatest) : value
    }
  }

  protected invert(): void {
    throw new KindredError('ERR_NOT_SUPPORTED', 'OutlierLimiter.inverseTransform: what outliers were is not kept.')
  }

  protected settings(): Record<string, unknown> {
    return { ...this.#rule }
  }

  protected state(): Record<string, unknown> | null {
    if (this.#bounds === undefined) return null
    const finite = (values: Float64Array) => Array.from(values, (value) => (Number.isFinite(value) ? value : null))
    return { low: finite(this.#bounds.low), high: finite(this.#bounds.high) }
  }

  /** The limiter that `toJSON` wrote. @throws ERR_VALUE for anything else */
  static fromJSON(json: TransformerJson): OutlierLimiter {
    const { options, state } = readTransformer('OutlierLimiter', json)
    const limiter = new OutlierLimiter(options)
    if (state === null) return limiter
    const [low, high] = listsFromJson('OutlierLimiter', state, ['low', 'high'])
    limiter.#bounds = {
      low: low!.map((value) => (Number.isNaN(value) ? -Infinity : value)),
      high: high!.map((value) => (Number.isNaN(value) ? Infinity : value)),
    }
    return limiter
  }
}

guardReceivers(OutlierLimiter)
