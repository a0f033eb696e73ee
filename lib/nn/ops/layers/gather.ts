import { KindredError } from '../../../native/errors.js'
import type { Dim } from '../../graph/dim.js'
import type { Tensor } from '../../graph/graph.js'

/**
 * Rows of a table by number, as an embedding takes them.
 * @param table [rows, dims]
 * @param ids i32 [n]
 * @returns [n, dims]
 */
export function gatherRows(table: Tensor, ids: Tensor): Tensor {
  const { graph } = table
  const [n] = ids.shape
  const dims = table.shape[1]
  if (n === undefined || dims === undefined || ids.dtype !== 'i32')
    throw new KindredError('ERR_SHAPE', 'gatherRows: expected a table [rows, dims] and ids of integers [n].')
  const output = { shape: [n, dims] }
  const [y] = graph.add('gather_rows', [table, ids], [output], [], ([dy]) => {
    if (table.place !== 'buffer') return [scatterRows(dy!, ids, table.shape), undefined]
    const [rows, sums] = graph.add('sum_by_row', [dy!, ids], [{ shape: [n], dtype: 'i32' }, output])
    return [{ rows: rows!, sums: sums! }, undefined]
  })
  return y!
}

/** @internal A tensor of zeros to whose rows `ids` (-1: none) the rows of `values` are added. */
export function scatterRows(values: Tensor, ids: Tensor, shape: readonly Dim[]): Tensor {
  return values.graph.add('scatter_rows', [values, ids], [{ shape }])[0]!
}

/**
 * The mean of each sequence's rows, 0 for an empty sequence.
 * @param x [tokens, dims]
 * @param offsets i32 [sequences + 1]
 * @param sequences how many there are
 * @returns [sequences, dims]
 */
export function sequenceMean(x: Tensor, offsets: Tensor, sequences: Dim): Tensor {
  const { graph } = x
  const [y] = graph.add('sequence_mean', [x, offsets], [{ shape: [sequences, x.shape[1]!] }], [], ([dy]) => [
    graph.add('sequence_mean_gradient', [dy!, offsets], [{ shape: x.shape }])[0],
    undefined,
  ])
  return y!
}

/**
 * The number of each sequence's first token, for {@link gatherRows}. A run throws ERR_VALUE for an empty sequence.
 * @param offsets i32 [sequences + 1]
 * @returns i32 [sequences]
 */
export function sequenceStarts(offsets: Tensor, sequences: Dim): Tensor {
  return offsets.graph.add('sequence_starts', [offsets], [{ shape: [sequences], dtype: 'i32' }])[0]!
}
