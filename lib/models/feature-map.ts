import type { Features } from '../data/features.js'
import type { IdMap } from '../data/ids.js'
import { nativeCall } from '../native/call.js'
import { KindredError } from '../native/errors.js'
import { Matrix } from '../native/matrix.js'
import { gatherRows } from './factor-model.js'

/**
 * A linear map from item features to item factors, so that an item nobody has touched has a place among those learned
 * (attribute-to-factor mapping, Gantner et al. 2010, "Learning attribute-to-feature mappings for cold-start
 * recommendations", section 4).
 */
export class FeatureMap {
  /**
   * @param weights [factors, dims]
   * @param intercept [factors]
   */
  constructor(
    readonly weights: Matrix,
    readonly intercept: Float32Array,
  ) {}

  /** Features per item that the map takes. */
  get dims(): number {
    return this.weights.cols
  }

  /**
   * Ridge regression from the features of the items that have both, each item weighted by its count of interactions
   * (a factor learned from many is known better).
   * @param factors [items, factors]
   * @param counts [items] interactions per item
   * @throws ERR_DATA if no item has both
   */
  static async learn(
    features: Features,
    items: IdMap,
    factors: Matrix,
    counts: Float32Array,
    regularization: number,
    signal?: AbortSignal,
  ): Promise<FeatureMap> {
    const featureRows: number[] = []
    const itemRows: number[] = []
    for (let row = 0; row < items.size; row++) {
      const featureRow = features.ids.indexOf(items.idAt(row))
      if (featureRow < 0 || counts[row] === 0) continue
      featureRows.push(featureRow)
      itemRows.push(row)
    }
    if (itemRows.length === 0)
      throw new KindredError(
        'ERR_DATA',
        `itemFeatures: none of the log's ${items.size} items is among the ${features.size} with features. Do their ids have the same type?`,
      )
    const x = gatherRows(features.matrix, Int32Array.from(featureRows))
    const y = gatherRows(factors, Int32Array.from(itemRows))
    const weights = Float32Array.from(itemRows, (row) => counts[row]!)
    const { weights: map, intercept } = await nativeCall(signal, (native, abort) =>
      native.ridge(x, y, weights, regularization, abort),
    )
    return new FeatureMap(transposed(new Matrix(features.dims, factors.cols, map)), intercept)
  }

  /** Factors [rows, factors] of items with these features [rows, dims]. @throws ERR_SHAPE */
  async apply(features: Matrix, signal?: AbortSignal): Promise<Matrix> {
    if (features.cols !== this.dims)
      throw new KindredError(
        'ERR_SHAPE',
        `features: expected ${this.dims} dimensions, as at fit, but received ${features.cols}.`,
      )
    const data = await nativeCall(signal, (native, abort) =>
      native.similarityMatrix(features, this.weights, 'dot', abort),
    )
    for (let i = 0; i < data.length; i++) data[i]! += this.intercept[i % this.intercept.length]!
    return new Matrix(features.rows, this.weights.rows, data)
  }
}

function transposed(matrix: Matrix): Matrix {
  const out = new Matrix(matrix.cols, matrix.rows)
  for (let r = 0; r < matrix.rows; r++)
    for (let c = 0; c < matrix.cols; c++) out.data[c * matrix.rows + r] = matrix.data[r * matrix.cols + c]!
  return out
}
