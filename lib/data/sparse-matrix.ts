import { isFloat32Array, isInt32Array } from 'node:util/types'
import type { Csr } from '../native/addon.js'
import { checkInteger, checkIterable, checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { KindredError, show } from '../native/errors.js'
import { guardReceivers } from '../native/guard-receivers.js'
import { Matrix } from './matrix.js'
import { LoopYielder } from './yield-to-event-loop.js'

/** Of rows and of columns: what a 32-bit index reaches. */
const MAX_SIZE = 2 ** 31 - 1

/** The numbers of one row of a {@link SparseMatrix} that are not 0. */
export interface SparseRow {
  /** Their columns, ascending. */
  readonly indices: Int32Array
  /** One for each of `indices`. */
  readonly values: Float32Array
}

/**
 * A matrix [rows, cols] of 32-bit floats most of which are 0, in compressed sparse rows (CSR): row r holds `values[n]` in
 * column `indices[n]` for n from `offsets[r]` to before `offsets[r + 1]`. As {@link Matrix}, it shares its arrays and never copies them.
 */
export class SparseMatrix {
  /** Number of rows. */
  readonly rows: number
  /** Number of columns. */
  readonly cols: number
  /** [rows + 1], from 0 to the number of values. */
  readonly offsets: Int32Array
  /** Column of each value; they ascend strictly within a row. */
  readonly indices: Int32Array
  /** The numbers. */
  readonly values: Float32Array

  /**
   * The arrays are used as they are. Their lengths are checked here; that the columns of each row ascend within [0, cols),
   * in time linear in their number, by every call that computes with the matrix, off the main thread.
   * @throws ERR_SHAPE if the lengths do not fit together, ERR_VALUE if a size is no integer below 2^31 or an array of
   * another type
   */
  constructor(rows: number, cols: number, offsets: Int32Array, indices: Int32Array, values: Float32Array) {
    this.rows = checkInteger('rows', rows, { min: 0, max: MAX_SIZE })
    this.cols = checkInteger('cols', cols, { min: 0, max: MAX_SIZE })
    for (const [name, array] of Object.entries({ offsets, indices }))
      if (!isInt32Array(array))
        throw new KindredError(
          'ERR_VALUE',
          `SparseMatrix: expected an Int32Array for ${name} but received ${show(array)}.`,
        )
    if (!isFloat32Array(values))
      throw new KindredError(
        'ERR_VALUE',
        `SparseMatrix: expected a Float32Array for values but received ${show(values)}.`,
      )
    if (offsets.length !== rows + 1 || offsets[0] !== 0 || offsets[rows] !== indices.length)
      throw new KindredError(
        'ERR_SHAPE',
        `SparseMatrix: expected ${rows} + 1 offsets from 0 to ${indices.length}, the number of indices, but received ${offsets.length} from ${offsets[0]} to ${offsets.at(-1)}.`,
      )
    if (values.length !== indices.length)
      throw new KindredError(
        'ERR_SHAPE',
        `SparseMatrix: expected one value per index but received ${values.length} values and ${indices.length} indices.`,
      )
    this.offsets = offsets
    this.indices = indices
    this.values = values
  }

  /**
   * From one list of numbers by column for each row, in any order of columns: for rows written down, at once. What computes
   * many fills the arrays of the constructor.
   * @param rows iterated once; a column that comes twice in a row is an error
   * @throws ERR_VALUE for a column that is no integer from 0 to `cols` - 1 or a number that is not finite in 32 bits,
   * ERR_DUPLICATE, ERR_TOO_LARGE beyond 2^31 - 1 numbers; each names the row
   */
  static from(rows: Iterable<Iterable<readonly [column: number, value: number]>>, cols: number): SparseMatrix {
    checkInteger('cols', cols, { min: 0, max: MAX_SIZE })
    checkIterable('SparseMatrix.from: rows', rows, 'an iterable of rows')
    const offsets: number[] = [0]
    const indices: number[] = []
    const values: number[] = []
    for (const row of rows) {
      const where = `SparseMatrix.from: row ${offsets.length - 1}`
      const entries = [...checkIterable(where, row, 'an iterable of [column, value]')]
      for (const [column, value] of entries.sort(([a], [b]) => a - b)) {
        checkInteger(`${where}: column`, column, { min: 0, max: cols - 1 })
        if (indices.length > offsets.at(-1)! && indices.at(-1) === column)
          throw new KindredError('ERR_DUPLICATE', `${where}: column ${column} comes twice.`)
        if (typeof value !== 'number' || !Number.isFinite(Math.fround(value)))
          throw new KindredError(
            'ERR_VALUE',
            `${where}: expected a number that is finite in 32 bits in column ${column} but received ${show(value)}.`,
          )
        indices.push(column)
        values.push(value)
      }
      if (indices.length > MAX_SIZE)
        throw new KindredError('ERR_TOO_LARGE', `${where}: a sparse matrix holds up to ${MAX_SIZE} numbers.`)
      offsets.push(indices.length)
    }
    return new SparseMatrix(
      offsets.length - 1,
      cols,
      Int32Array.from(offsets),
      Int32Array.from(indices),
      Float32Array.from(values),
    )
  }

  /** How many numbers it holds. */
  get nonzeros(): number {
    return this.indices.length
  }

  /** The numbers of row `i`, as views. @throws ERR_VALUE if there is no such row */
  row(i: number): SparseRow {
    checkInteger('row', i, { min: 0, max: this.rows - 1 })
    const [begin, end] = [this.offsets[i], this.offsets[i + 1]]
    return { indices: this.indices.subarray(begin, end), values: this.values.subarray(begin, end) }
  }

  /**
   * The same numbers with the zeros between them.
   * @throws ERR_SHAPE if a column lies outside [0, cols), ERR_TOO_LARGE, ERR_OUT_OF_MEMORY, ERR_ABORTED
   */
  async toDense(options: AbortOptions = {}): Promise<Matrix> {
    options = checkOptions('SparseMatrix.toDense', options, ['signal'])
    const dense = new Matrix(this.rows, this.cols)
    await new LoopYielder(options.signal).over(this.rows, 1 << 8, (begin, end) => {
      for (let r = begin; r < end; r++)
        for (let n = this.offsets[r]!; n < this.offsets[r + 1]!; n++) {
          const column = this.indices[n]!
          if (!(column >= 0 && column < this.cols))
            throw new KindredError(
              'ERR_SHAPE',
              `SparseMatrix.toDense: expected columns from 0 to ${this.cols - 1} but row ${r} has column ${column}.`,
            )
          dense.data[r * this.cols + column] = this.values[n]!
        }
    })
    return dense
  }
}

guardReceivers(SparseMatrix)

/** The matrix as the addon takes it; nothing is copied. */
export function csrOf({ rows, cols, offsets, indices, values }: SparseMatrix): Csr {
  return { rows, cols, indptr: offsets, indices, values }
}
