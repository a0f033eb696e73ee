import type { Matrix } from '../../data/matrix.js'
import { checkBoolean, checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { checkRange } from './check-range.js'
import { type LinearMaps, LinearScaler } from './linear-scaler.js'
import { columnOf, listsFromJson, numbersToJson, readTransformer, type TransformerJson } from './matrix-transformer.js'
import { extremesOf, nonzeroScale } from './statistics.js'

/** What a {@link MinMaxScaler} does. */
export interface MinMaxScalerOptions {
  /** What the least and the greatest number of a column become; default [0, 1]. */
  featureRange?: readonly [number, number]
  /** Keep numbers beyond those that were seen within `featureRange`; default false. */
  clip?: boolean
}

/** The map of [min, max] to [low, high] as (x - center) / scale; a range that is none is only shifted. */
export function minMaxMap(min: number, max: number, [low, high]: readonly [number, number]): [number, number] {
  const scale = nonzeroScale(max - min) / (high - low)
  return [low === 0 ? min : min - low * scale, scale]
}

/**
 * Columns between two numbers, as scikit-learn's of the same name: NaN is left out, and a constant column becomes the lower
 * one.
 */
export class MinMaxScaler extends LinearScaler {
  protected readonly type = 'MinMaxScaler'
  readonly #range: readonly [number, number]
  readonly #clip: boolean
  #extremes: readonly { min: number; max: number }[] | undefined
  #maps: LinearMaps | undefined

  /** @throws ERR_VALUE */
  constructor(options: MinMaxScalerOptions = {}) {
    super()
    options = checkOptions('MinMaxScaler', options, ['featureRange', 'clip'])
    this.#range = checkRange('featureRange', options.featureRange ?? [0, 1])
    this.#clip = checkBoolean('clip', options.clip ?? false)
  }

  protected get maps(): LinearMaps | undefined {
    return this.#maps
  }

  /** The least number of each column [cols]; NaN for one without numbers. @throws ERR_NOT_FITTED */
  get dataMin(): Float64Array {
    return Float64Array.from(this.fitted(this.#extremes, 'dataMin'), ({ min }) => min)
  }

  /** The greatest number of each column [cols]. @throws ERR_NOT_FITTED */
  get dataMax(): Float64Array {
    return Float64Array.from(this.fitted(this.#extremes, 'dataMax'), ({ max }) => max)
  }

  /**
   * Learns from further rows of a stream, of as many columns.
   * @throws as {@link fit}, and ERR_SHAPE for another number of columns
   */
  partialFit(matrix: Matrix): this {
    this.checked('partialFit', matrix)
    this.checkPart(matrix)
    const part = extremesOfColumns(matrix)
    const before = this.#extremes ?? part
    this.#set(
      part.map(({ min, max }, j) => {
        const { min: least, max: greatest } = before[j]!
        return {
          min: least < min || Number.isNaN(min) ? least : min,
          max: greatest > max || Number.isNaN(max) ? greatest : max,
        }
      }),
    )
    return this
  }

  protected learn(matrix: Matrix): void {
    this.#set(extremesOfColumns(matrix))
  }

  #set(extremes: readonly { min: number; max: number }[]): void {
    this.#extremes = extremes
    const maps = extremes.map(({ min, max }) => minMaxMap(min, max, this.#range))
    this.#maps = {
      center: Float64Array.from(maps, ([center]) => center),
      scale: Float64Array.from(maps, ([, scale]) => scale),
      low: this.#clip ? this.#range[0] : -Infinity,
      high: this.#clip ? this.#range[1] : Infinity,
    }
  }

  protected settings(): Record<string, unknown> {
    return { featureRange: this.#range, clip: this.#clip }
  }

  protected state(): Record<string, unknown> | null {
    if (this.#extremes === undefined) return null
    return { dataMin: numbersToJson(this.dataMin), dataMax: numbersToJson(this.dataMax) }
  }

  /** The scaler that `toJSON` wrote. @throws ERR_VALUE for anything else */
  static fromJSON(json: TransformerJson): MinMaxScaler {
    const { options, state } = readTransformer('MinMaxScaler', json)
    const scaler = new MinMaxScaler(options)
    if (state === null) return scaler
    const [min, max] = listsFromJson('MinMaxScaler', state, ['dataMin', 'dataMax'])
    scaler.#set(Array.from(min!, (least, j) => ({ min: least, max: max![j]! })))
    return scaler
  }
}

guardReceivers(MinMaxScaler)

function extremesOfColumns(matrix: Matrix): { min: number; max: number }[] {
  return Array.from({ length: matrix.cols }, (_, j) => extremesOf(columnOf(matrix, j)))
}
