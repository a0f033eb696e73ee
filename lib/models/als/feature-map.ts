import type { Features } from '../../data/features.js'
import { gatherRows } from '../../data/gather-rows.js'
import { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { matrixTensor, type SavedTensors, vectorTensor } from '../../data/storage/saved-tensors.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import type { DescribedItems } from './described-items.js'

export interface FeatureMapSettings {
  /** 'auto': 'kernel' up to {@link KERNEL_ITEMS} items, beyond that 'linear'. */
  featureMap: 'auto' | 'kernel' | 'linear'
  /** Penalty of the regression; null: 0.5 for the kernel, 5 for the linear map. */
  featureRegularization: number | null
}

/** Items up to which a kernel map is learned: its time grows with their cube, its memory with their square (0.8 GB). */
export const KERNEL_ITEMS = 8192

/** The kernel falls to exp(-1.7) at the root mean square distance between items. */
const KERNEL_WIDTH = 1.7

/** Rows mapped at a time: a kernel block of at most 8 MB, whose copy does not hold up the event loop. */
const ROWS_AT_A_TIME = 256

/**
 * A map from item features to item factors, so that an item without interactions gets factors
 * (attribute-to-factor mapping, Gantner et al. 2010, "Learning attribute-to-feature mappings for cold-start
 * recommendations", section 4). Either linear (ridge regression) or Gaussian kernel ridge regression, in which
 * the most similar known items have the largest weights.
 */
export class FeatureMap {
  /**
   * @param weights [factors, dims], for a kernel [factors, known items]
   * @param intercept [factors]
   * @param kernel features of the known items [known items, dims] and the kernel's gamma; null for a linear map
   * @param scale what the sum of weights and intercept is multiplied by
   */
  private constructor(
    private readonly weights: Matrix,
    private readonly intercept: Float32Array,
    private readonly kernel: { known: Matrix; gamma: number } | null,
    readonly scale = 1,
  ) {}

  /** The same map with factors `scale` times as long. */
  scaled(scale: number): FeatureMap {
    return new FeatureMap(this.weights, this.intercept, this.kernel, this.scale * scale)
  }

  get kind(): 'kernel' | 'linear' {
    return this.kernel === null ? 'linear' : 'kernel'
  }

  /** Features per item that the map takes. */
  get dims(): number {
    return this.kernel === null ? this.weights.cols : this.kernel.known.cols
  }

  /** Refuses what {@link learn} would, before there are factors. @throws ERR_DATA, ERR_TOO_LARGE as there */
  static check(features: Features, described: DescribedItems, { featureMap }: FeatureMapSettings): void {
    const known = described.rows.length
    if (known === 0)
      throw new KindredError(
        'ERR_DATA',
        `itemFeatures: none of the log's ${described.of} items is among the ${features.size} with features. Do their ids have the same type?`,
      )
    if (featureMap === 'kernel' && known > KERNEL_ITEMS)
      throw new KindredError(
        'ERR_TOO_LARGE',
        `featureMap: expected at most ${KERNEL_ITEMS} items for 'kernel' but received ${known}. Use 'linear' or 'auto'.`,
      )
  }

  /**
   * Learns from the items that have both features and factors.
   * @param described which items these are
   * @param factors [items, factors]
   * @throws ERR_DATA if no item has both, ERR_TOO_LARGE for a kernel over more than {@link KERNEL_ITEMS} items
   */
  static async learn(
    features: Features,
    described: DescribedItems,
    factors: Matrix,
    settings: FeatureMapSettings,
    signal?: AbortSignal,
  ): Promise<FeatureMap> {
    FeatureMap.check(features, described, settings)
    const known = described.rows.length
    const x = gatherRows(features.matrix, described.featureRows)
    const y = gatherRows(factors, described.rows)
    return settings.featureMap === 'linear' || known > KERNEL_ITEMS
      ? FeatureMap.#linear(x, y, settings.featureRegularization ?? 5, signal)
      : FeatureMap.#kernel(x, y, settings.featureRegularization ?? 0.5, signal)
  }

  static async #linear(x: Matrix, y: Matrix, regularization: number, signal?: AbortSignal): Promise<FeatureMap> {
    const { weights, intercept } = await nativeCall(signal, (native, abort) =>
      native.ridge(x, y, null, regularization, abort),
    )
    return new FeatureMap(transposed(new Matrix(x.cols, y.cols, weights)), intercept, null)
  }

  static async #kernel(x: Matrix, y: Matrix, regularization: number, signal?: AbortSignal): Promise<FeatureMap> {
    const mean = Float32Array.from(meanRow(y))
    const centred = new Matrix(
      y.rows,
      y.cols,
      y.data.map((value, i) => value - mean[i % y.cols]!),
    )
    const distance = meanSquaredDistance(x)
    const gamma = distance > 0 ? KERNEL_WIDTH / distance : 1
    const weights = await nativeCall(signal, (native, abort) =>
      native.kernelRidge(x, centred, gamma, regularization, abort),
    )
    return new FeatureMap(new Matrix(y.cols, x.rows, weights), mean, { known: x, gamma })
  }

  /** Factors [rows, factors] of items with these features [rows, dims]. @throws ERR_SHAPE */
  async apply(features: Matrix, signal?: AbortSignal): Promise<Matrix> {
    if (features.cols !== this.dims)
      throw new KindredError(
        'ERR_SHAPE',
        `features: expected ${this.dims} dimensions, as at fit, but received ${features.cols}.`,
      )
    const out = new Matrix(features.rows, this.weights.rows)
    for (let begin = 0; begin < features.rows; begin += ROWS_AT_A_TIME) {
      const end = Math.min(begin + ROWS_AT_A_TIME, features.rows)
      const inputs = await this.#inputs(features.subarray(begin, end), signal)
      const mapped = await nativeCall(signal, (native, abort) =>
        native.similarityMatrix(inputs, this.weights, 'dot', abort),
      )
      for (let i = 0; i < mapped.length; i++)
        mapped[i] = this.scale * (mapped[i]! + this.intercept[i % this.intercept.length]!)
      out.subarray(begin, end).data.set(mapped)
    }
    return out
  }

  /** What the weights multiply: the features, or their kernel with the known items. */
  async #inputs(features: Matrix, signal?: AbortSignal): Promise<Matrix> {
    if (this.kernel === null) return features
    const { known, gamma } = this.kernel
    const data = await nativeCall(signal, (native, abort) => native.gaussianKernel(features, known, gamma, abort))
    return new Matrix(features.rows, known.rows, data)
  }

  toTensors(prefix: string): Record<string, Tensor> {
    const tensors: Record<string, Tensor> = {
      [`${prefix}.weights`]: matrixTensor(this.weights),
      [`${prefix}.intercept`]: vectorTensor(this.intercept),
      [`${prefix}.scale`]: vectorTensor(Float64Array.of(this.scale)),
    }
    if (this.kernel !== null) {
      tensors[`${prefix}.known`] = matrixTensor(this.kernel.known)
      tensors[`${prefix}.gamma`] = vectorTensor(Float64Array.of(this.kernel.gamma))
    }
    return tensors
  }

  /** The map that {@link toTensors} stored, or null if there is none. @throws ERR_MODEL_FILE */
  static fromTensors(tensors: SavedTensors, prefix: string, factors: number): FeatureMap | null {
    if (!tensors.has(`${prefix}.weights`)) return null
    const intercept = tensors.vector(`${prefix}.intercept`, Float32Array, factors)
    // A model that was saved before maps had a scale placed items as the map does.
    const scale = tensors.has(`${prefix}.scale`) ? tensors.vector(`${prefix}.scale`, Float64Array, 1)[0]! : 1
    if (!tensors.has(`${prefix}.known`))
      return new FeatureMap(tensors.matrix(`${prefix}.weights`, { rows: factors }), intercept, null, scale)
    const known = tensors.matrix(`${prefix}.known`)
    const weights = tensors.matrix(`${prefix}.weights`, { rows: factors, cols: known.rows })
    const gamma = tensors.vector(`${prefix}.gamma`, Float64Array, 1)[0]!
    return new FeatureMap(weights, intercept, { known, gamma }, scale)
  }
}

function transposed(matrix: Matrix): Matrix {
  const out = new Matrix(matrix.cols, matrix.rows)
  for (let r = 0; r < matrix.rows; r++)
    for (let c = 0; c < matrix.cols; c++) out.data[c * matrix.rows + r] = matrix.data[r * matrix.cols + c]!
  return out
}

function meanRow(matrix: Matrix): Float64Array {
  const mean = new Float64Array(matrix.cols)
  for (let i = 0; i < matrix.data.length; i++) mean[i % matrix.cols]! += matrix.data[i]! / matrix.rows
  return mean
}

/** Mean over all pairs of rows of |a - b|^2: twice the mean squared distance from the mean. */
function meanSquaredDistance(matrix: Matrix): number {
  const mean = meanRow(matrix)
  let squares = 0
  for (let i = 0; i < matrix.data.length; i++) squares += (matrix.data[i]! - mean[i % matrix.cols]!) ** 2
  return (2 * squares) / matrix.rows
}
