import { csrFromLists } from '../../data/csr.js'
import { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { matrixTensor, type SavedTensors, vectorTensor } from '../../data/storage/saved-tensors.js'
import type { Csr } from '../../native/addon.js'
import { nativeCall } from '../../native/native-call.js'
import { csrTensors, readCsr, type SavedModel } from '../base/model-file.js'
import { transpose } from '../base/sparse-products.js'

/**
 * The item-item weights R'R + alpha L P' of GF-CF without the product of their factors: R [users, items] the normalised
 * log, L and P [items, factors] the two sides of the low-pass filter. Takes memory for the log and the sides alone, where
 * the weights would take 4 * items^2 bytes.
 */
export class GraphFilter {
  /** Number of items, as of a matrix [items, items]. */
  readonly rows: number
  /** The same. */
  readonly cols: number
  readonly #byUser: Csr
  readonly #byItem: Csr
  readonly #left: Matrix
  readonly #right: Matrix
  readonly #alpha: number

  private constructor(byUser: Csr, byItem: Csr, left: Matrix, right: Matrix, alpha: number) {
    this.rows = this.cols = byUser.cols
    this.#byUser = byUser
    this.#byItem = byItem
    this.#left = left
    this.#right = right
    this.#alpha = alpha
  }

  /** @param byUser R @param left L @param right P */
  static async create(byUser: Csr, left: Matrix, right: Matrix, alpha: number, signal?: AbortSignal) {
    return new GraphFilter(byUser, await transpose(byUser, signal), left, right, alpha)
  }

  /** Whether a saved model holds one. */
  static isIn(tensors: SavedTensors): boolean {
    return tensors.has('filter.left')
  }

  /** The filter that {@link tensors} stored. @throws ERR_MODEL_FILE */
  static async read({ dir, tensors, signal }: SavedModel): Promise<GraphFilter> {
    const left = tensors.matrix('filter.left')
    const right = tensors.matrix('filter.right', left)
    const users = tensors.vector('filter.log.indptr', Int32Array).length - 1
    const byUser = await readCsr(dir, tensors, 'filter.log', users, left.rows, signal)
    const [alpha] = tensors.vector('filter.alpha', Float64Array, 1)
    return GraphFilter.create(byUser, left, right, alpha!, signal)
  }

  tensors(): Record<string, Tensor> {
    return {
      ...csrTensors('filter.log', this.#byUser),
      'filter.left': matrixTensor(this.#left),
      'filter.right': matrixTensor(this.#right),
      'filter.alpha': vectorTensor(Float64Array.of(this.#alpha)),
    }
  }

  /** histories * weights [histories.rows, items] */
  async scores(histories: Csr, signal?: AbortSignal): Promise<Matrix> {
    return this.#filter(histories, this.#left, this.#right, signal)
  }

  /** One column of the weights [items, 1]. */
  async column(item: number, signal?: AbortSignal): Promise<Matrix> {
    // The transpose of the weights has the sides the other way round.
    const row = await this.#filter(csrFromLists([new Map([[item, 1]])], this.cols), this.#right, this.#left, signal)
    return new Matrix(this.rows, 1, row.data)
  }

  async #filter(histories: Csr, left: Matrix, right: Matrix, signal: AbortSignal | undefined): Promise<Matrix> {
    const out = new Matrix(histories.rows, this.cols)
    await nativeCall(signal, (native, abort) =>
      native.graphScores(histories, this.#byUser, this.#byItem, left, right, this.#alpha, out, abort),
    )
    return out
  }
}
