import type { Matrix } from '../../data/matrix.js'
import { checkBoolean, checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { type LinearMaps, LinearScaler } from './linear-scaler.js'
import { columnOf, listsFromJson, numbersToJson, readTransformer, type TransformerJson } from './matrix-transformer.js'
import { type Moments, mergeMoments, momentsOf, standardScale, varianceOf } from './statistics.js'

/** What a {@link StandardScaler} does. */
export interface StandardScalerOptions {
  /** Subtract the mean; default true. */
  withMean?: boolean
  /** Divide by the standard deviation; default true. */
  withStd?: boolean
}

/**
 * Columns of mean 0 and variance 1 (divided by n), as scikit-learn's of the same name: NaN is left out, and a column that is
 * constant is only shifted.
 */
export class StandardScaler extends LinearScaler {
  protected readonly type = 'StandardScaler'
  readonly #withMean: boolean
  readonly #withStd: boolean
  #moments: readonly Moments[] | undefined
  #maps: LinearMaps | undefined

  /** @throws ERR_VALUE */
  constructor(options: StandardScalerOptions = {}) {
    super()
    options = checkOptions('StandardScaler', options, ['withMean', 'withStd'])
    this.#withMean = checkBoolean('withMean', options.withMean ?? true)
    this.#withStd = checkBoolean('withStd', options.withStd ?? true)
  }

  protected get maps(): LinearMaps | undefined {
    return this.#maps
  }

  /** Mean of each column [cols]; NaN for one without numbers. @throws ERR_NOT_FITTED */
  get mean(): Float64Array {
    return Float64Array.from(this.fitted(this.#moments, 'mean'), ({ count, mean }) => (count > 0 ? mean : Number.NaN))
  }

  /** Variance of each column [cols], divided by n. @throws ERR_NOT_FITTED */
  get variance(): Float64Array {
    return Float64Array.from(this.fitted(this.#moments, 'variance'), varianceOf)
  }

  /** What each column is divided by [cols]: its standard deviation, 1 for a constant one. @throws ERR_NOT_FITTED */
  get scale(): Float64Array {
    return this.fitted(this.#maps, 'scale').scale.slice()
  }

  /** Numbers seen in each column [cols], NaN left out. @throws ERR_NOT_FITTED */
  get samplesSeen(): Float64Array {
    return Float64Array.from(this.fitted(this.#moments, 'samplesSeen'), ({ count }) => count)
  }

  /**
   * Learns from further rows of a stream, of as many columns.
   * @throws as {@link fit}, and ERR_SHAPE for another number of columns
   */
  partialFit(matrix: Matrix): this {
    this.checked('partialFit', matrix)
    this.checkPart(matrix)
    const part = momentsOfColumns(matrix)
    this.#set(this.#moments?.map((moments, j) => mergeMoments(moments, part[j]!)) ?? part)
    return this
  }

  protected learn(matrix: Matrix): void {
    this.#set(momentsOfColumns(matrix))
  }

  #set(moments: readonly Moments[]): void {
    this.#moments = moments
    const center = Float64Array.from(moments, ({ count, mean }) => (count === 0 ? Number.NaN : mean))
    const scale = Float64Array.from(moments, standardScale)
    this.#maps = {
      center: this.#withMean ? center : new Float64Array(moments.length),
      scale: this.#withStd ? scale : new Float64Array(moments.length).fill(1),
      low: -Infinity,
      high: Infinity,
    }
  }

  protected settings(): Record<string, unknown> {
    return { withMean: this.#withMean, withStd: this.#withStd }
  }

  protected state(): Record<string, unknown> | null {
    if (this.#moments === undefined) return null
    const list = (part: keyof Moments) => numbersToJson(Float64Array.from(this.#moments!, (moments) => moments[part]))
    return { count: list('count'), mean: list('mean'), squares: list('squares') }
  }

  /** The scaler that `toJSON` wrote. @throws ERR_VALUE for anything else */
  static fromJSON(json: TransformerJson): StandardScaler {
    const { options, state } = readTransformer('StandardScaler', json)
    const scaler = new StandardScaler(options)
    if (state === null) return scaler
    const [count, mean, squares] = listsFromJson('StandardScaler', state, ['count', 'mean', 'squares'])
    scaler.#set(Array.from(count!, (_, j) => ({ count: count![j]!, mean: mean![j]!, squares: squares![j]! })))
    return scaler
  }
}

guardReceivers(StandardScaler)

function momentsOfColumns(matrix: Matrix): Moments[] {
  return Array.from({ length: matrix.cols }, (_, j) => momentsOf(columnOf(matrix, j)))
}
