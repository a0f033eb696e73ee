import { rowIndices, rowValues } from '../../data/csr.js'
import { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { matrixTensor } from '../../data/storage/saved-tensors.js'
import type { Csr } from '../../native/addon.js'
import { KindredError } from '../../native/errors.js'
import { csrTensors, readCsr, type SavedModel } from '../base/model-file.js'
import { product, productColumn } from '../base/sparse-products.js'
import { GraphFilter } from './graph-filter.js'

/** [items, items], dense, sparse, or as factors: row i is what having item i adds to the score of each item. */
export type ItemWeights = Matrix | Csr | GraphFilter

/** histories * weights [histories.rows, items] */
export function scoresOf(histories: Csr, weights: ItemWeights, signal?: AbortSignal): Promise<Matrix> {
  return weights instanceof GraphFilter ? weights.scores(histories, signal) : product(histories, weights, signal)
}

/** One column of that product [histories.rows]. */
export async function scoresOfItem(
  histories: Csr,
  weights: ItemWeights,
  item: number,
  signal?: AbortSignal,
): Promise<Float32Array> {
  if (!(weights instanceof GraphFilter)) return productColumn(histories, weights, item, signal)
  if (item >= weights.cols) return new Float32Array(histories.rows)
  return (await product(histories, await weights.column(item, signal), signal)).data
}

/** [rows.length] what having each of `rows` adds to the score of item `to`. */
export async function weightsTo(weights: ItemWeights, rows: Int32Array, to: number): Promise<Float64Array> {
  if (to >= weights.cols) return new Float64Array(rows.length)
  if (weights instanceof GraphFilter) {
    const { data } = await weights.column(to)
    return Float64Array.from(rows, (row) => data[row] ?? 0)
  }
  return Float64Array.from(rows, (row) => (row < weights.rows ? weightOf(weights, row, to) : 0))
}

function weightOf(weights: Matrix | Csr, from: number, to: number): number {
  if (weights instanceof Matrix) return weights.data[from * weights.cols + to]!
  const at = rowIndices(weights, from).indexOf(to)
  return at < 0 ? 0 : rowValues(weights, from)[at]!
}

/** As tensors; {@link readWeights} reads them. */
export function weightsTensors(weights: ItemWeights): Record<string, Tensor> {
  if (weights instanceof GraphFilter) return weights.tensors()
  return weights instanceof Matrix ? { weights: matrixTensor(weights) } : csrTensors('weights', weights)
}

/** @throws ERR_MODEL_FILE if they are damaged, or of other items */
export async function readWeights(saved: SavedModel): Promise<ItemWeights> {
  const { dir, log, tensors, signal } = saved
  const weights = await readAny(saved)
  if (weights.rows !== weights.cols || weights.rows > log.items.size)
    throw new KindredError(
      'ERR_MODEL_FILE',
      `${dir}: its weights [${weights.rows}, ${weights.cols}] do not fit its ${log.items.size} items. Save the model again.`,
    )
  return weights

  async function readAny(saved: SavedModel): Promise<ItemWeights> {
    if (GraphFilter.isIn(tensors)) return GraphFilter.read(saved)
    if (tensors.has('weights')) return tensors.matrix('weights')
    const items = tensors.vector('weights.indptr', Int32Array).length - 1
    return readCsr(dir, tensors, 'weights', items, items, signal)
  }
}
