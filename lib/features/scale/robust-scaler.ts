import type { Matrix } from '../../data/matrix.js'
import { checkBoolean, checkOptions } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { checkRange } from './check-range.js'
import { type LinearMaps, LinearScaler } from './linear-scaler.js'
import { columnOf, listsFromJson, numbersToJson, readTransformer, type TransformerJson } from './matrix-transformer.js'
import { normalQuantile } from './normal-distribution.js'
import { nonzeroScale, quantileOf, sortedValues } from './statistics.js'

/** What a {@link RobustScaler} does. */
export interface RobustScalerOptions {
  /** Subtract the median; default true. */
  withCentering?: boolean
  /** Divide by the range between two quantiles; default true. */
  withScaling?: boolean
  /** The two quantiles in percent; default [25, 75]. */
  quantileRange?: readonly [number, number]
  /** Divide so that a normal distribution gets variance 1; default false. */
  unitVariance?: boolean
}

/** `range` if it is two ascending percentages. @throws ERR_VALUE */
export function checkQuantileRange(name: string, given: unknown): readonly [number, number] {
  const range = checkRange(name, given)
  if (range[0] < 0 || range[1] > 100)
    throw new KindredError(
      'ERR_VALUE',
      `${name}: expected percentages from 0 to 100 but received [${range.join(', ')}].`,
    )
  return range
}

/** The median and the range between two quantiles of ascending numbers, as (x - center) / scale. */
export function robustMap(
  sorted: Float64Array,
  [low, high]: readonly [number, number],
  unitVariance: boolean,
): [number, number] {
  const range = nonzeroScale(quantileOf(sorted, high / 100) - quantileOf(sorted, low / 100))
  const scale = unitVariance ? range / (normalQuantile(high / 100) - normalQuantile(low / 100)) : range
  return [quantileOf(sorted, 0.5), scale]
}

/**
 * Columns less their median, divided by the range between two quantiles, which outliers hardly move; as scikit-learn's of the
 * same name.
 */
export class RobustScaler extends LinearScaler {
  protected readonly type = 'RobustScaler'
  readonly #withCentering: boolean
  readonly #withScaling: boolean
  readonly #range: readonly [number, number]
  readonly #unitVariance: boolean
  #maps: LinearMaps | undefined

  /** @throws ERR_VALUE */
  constructor(options: RobustScalerOptions = {}) {
    super()
    options = checkOptions('RobustScaler', options, ['withCentering', 'withScaling', 'quantileRange', 'unitVariance'])
    this.#withCentering = checkBoolean('withCentering', options.withCentering ?? true)
    this.#withScaling = checkBoolean('withScaling', options.withScaling ?? true)
    this.#range = checkQuantileRange('quantileRange', options.quantileRange ?? [25, 75])
    this.#unitVariance = checkBoolean('unitVariance', options.unitVariance ?? false)
  }

  protected get maps(): LinearMaps | undefined {
    return this.#maps
  }

  /** What is subtracted from each column [cols]: its median. @throws ERR_NOT_FITTED */
  get center(): Float64Array {
    return this.fitted(this.#maps, 'center').center.slice()
  }

  /** What each column is divided by [cols]. @throws ERR_NOT_FITTED */
  get scale(): Float64Array {
    return this.fitted(this.#maps, 'scale').scale.slice()
  }

  protected learn(matrix: Matrix): void {
    const maps = Array.from({ length: matrix.cols }, (_, j) =>
      robustMap(sortedValues(columnOf(matrix, j)), this.#range, this.#unitVariance),
    )
    this.#set(
      Float64Array.from(maps, ([center]) => (this.#withCentering ? center : 0)),
      Float64Array.from(maps, ([, scale]) => (this.#withScaling ? scale : 1)),
    )
  }

  #set(center: Float64Array, scale: Float64Array): void {
    this.#maps = { center, scale, low: -Infinity, high: Infinity }
  }

  protected settings(): Record<string, unknown> {
    return {
      withCentering: this.#withCentering,
      withScaling: this.#withScaling,
      quantileRange: this.#range,
      unitVariance: this.#unitVariance,
    }
  }

  protected state(): Record<string, unknown> | null {
    return this.#maps === undefined ? null : { center: numbersToJson(this.center), scale: numbersToJson(this.scale) }
  }

  /** The scaler that `toJSON` wrote. @throws ERR_VALUE for anything else */
  static fromJSON(json: TransformerJson): RobustScaler {
    const { options, state } = readTransformer('RobustScaler', json)
    const scaler = new RobustScaler(options)
    if (state === null) return scaler
    const [center, scale] = listsFromJson('RobustScaler', state, ['center', 'scale'])
    scaler.#set(center!, scale!)
    return scaler
  }
}

guardReceivers(RobustScaler)
