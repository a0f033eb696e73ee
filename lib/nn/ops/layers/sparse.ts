import { checkOptions } from '../../../native/argument-checks.js'
import { KindredError } from '../../../native/errors.js'
import { type Dim, dimOf, type Size, shapeText } from '../../graph/dim.js'
import type { Tensor } from '../../graph/graph.js'

/** A matrix of few numbers that are not 0, by rows (CSR), in a graph. It gets no gradient. */
export interface SparseTensor {
  /** i32 [rows + 1], from 0 to the number of entries: where each row begins. */
  offsets: Tensor
  /** i32 [entries], ascending and different within a row. */
  columns: Tensor
  /** f32 [entries] */
  values: Tensor
}

/** Options of {@link sparseProduct}. */
export interface SparseProductOptions {
  /** The same matrix by its columns: its transpose [columns, rows] as rows. The gradient of `x` is its product. */
  transposed: SparseTensor
}

/**
 * The product of a sparse matrix [rows, n] and a dense one, in time of its entries times `dims`: a weighted sum of rows of `x`
 * for each row of the matrix. A run throws ERR_SHAPE for offsets or columns that are not those of a matrix.
 * @param x [n, dims]
 * @param rows how many rows the matrix has
 * @returns [rows, dims]
 * @throws ERR_SHAPE, ERR_VALUE
 */
export function sparseProduct(matrix: SparseTensor, x: Tensor, rows: Size, options: SparseProductOptions): Tensor {
  const { transposed } = checkOptions('sparseProduct', options, ['transposed'])
  if (transposed === undefined)
    throw new KindredError('ERR_VALUE', 'sparseProduct: expected the matrix by its columns: { transposed }.')
  for (const { offsets, columns, values } of [matrix, transposed])
    if (offsets.dtype !== 'i32' || columns.dtype !== 'i32' || values.dtype !== 'f32')
      throw new KindredError(
        'ERR_SHAPE',
        'sparseProduct: expected offsets and columns of integers and values of floats.',
      )
  if (x.shape.length !== 2)
    throw new KindredError('ERR_SHAPE', `sparseProduct: expected x [n, dims] but it is ${shapeText(x.shape)}.`)
  return product(matrix, transposed, x, dimOf(rows))
}

function product(matrix: SparseTensor, transposed: SparseTensor, x: Tensor, rows: Dim): Tensor {
  const { offsets, columns, values } = matrix
  const [n, dims] = x.shape
  const inputs = [offsets, columns, values, x]
  const [y] = x.graph.add('sparse_product', inputs, [{ shape: [rows, dims!] }], [], ([dy]) => [
    undefined,
    undefined,
    undefined,
    product(transposed, matrix, dy!, n!),
  ])
  return y!
}
