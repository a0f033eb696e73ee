import type { Matrix } from '../../data/matrix.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { MatrixTransformer } from './matrix-transformer.js'

/** What a linear scaler does to each column: (x - center) / scale, kept within [low, high]. */
export interface LinearMaps {
  /** [cols] */
  readonly center: Float64Array
  /** [cols], none of them 0 */
  readonly scale: Float64Array
  /** The same for all columns. */
  readonly low: number
  /** The same for all columns: the greatest result. */
  readonly high: number
}

/** A scaler that subtracts and divides. */
export abstract class LinearScaler extends MatrixTransformer {
  /** What it has learnt to do; undefined before. */
  protected abstract readonly maps: LinearMaps | undefined

  protected get width(): number | undefined {
    return this.maps?.center.length
  }

  protected apply({ data, cols }: Matrix, out: Matrix): void {
    const { center, scale, low, high } = this.maps!
    for (let i = 0, j = 0; i < data.length; i++, j = j + 1 === cols ? 0 : j + 1) {
      const value = (data[i]! - center[j]!) / scale[j]!
      out.data[i] = value < low ? low : value > high ? high : value
    }
  }

  protected invert({ data, cols }: Matrix, out: Matrix): void {
    const { center, scale } = this.maps!
    for (let i = 0, j = 0; i < data.length; i++, j = j + 1 === cols ? 0 : j + 1)
      out.data[i] = data[i]! * scale[j]! + center[j]!
  }

  /** @throws ERR_NOT_FITTED */
  protected fitted<T>(state: T | undefined, what: string): T {
    if (state === undefined) throw new KindredError('ERR_NOT_FITTED', `${this.type}.${what}: call fit first.`)
    return state
  }

  /** @throws ERR_SHAPE for another number of columns than an earlier part had */
  protected checkPart(matrix: Matrix): void {
    if (this.width !== undefined && matrix.cols !== this.width)
      throw new KindredError(
        'ERR_SHAPE',
        `${this.type}.partialFit: expected the ${this.width} columns of the parts before but received ${matrix.cols}.`,
      )
  }
}

guardReceivers(LinearScaler)
