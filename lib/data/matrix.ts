import { isFloat32Array } from 'node:util/types'
import { checkInteger, checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { KindredError, show } from '../native/errors.js'
import { guardReceivers } from '../native/guard-receivers.js'
import { readMatrixFile, writeMatrixFile } from './storage/matrix-file.js'

/** Of rows and of columns: what a 32-bit index reaches. */
const MAX_SIZE = 2 ** 31 - 1

/**
 * A dense matrix [rows, cols] of 32-bit floats in row-major order. The data is shared, never copied: kernels read it on
 * other threads, so its memory must not be transferred away while a call that was given it is under way.
 */
export class Matrix {
  /** Number of rows. */
  readonly rows: number
  /** Number of columns. */
  readonly cols: number
  /** [rows * cols], row-major. */
  readonly data: Float32Array

  /**
   * @param data row-major numbers, used as they are (a `subarray` stays a view); zeros if absent
   * @throws ERR_SHAPE if `data.length` is not `rows * cols`, ERR_VALUE if a size is no integer below 2^31 or `data` is
   * resizable, ERR_TOO_LARGE beyond 2^32 numbers, ERR_OUT_OF_MEMORY
   */
  constructor(rows: number, cols: number, data?: Float32Array) {
    this.rows = checkInteger('rows', rows, { min: 0, max: MAX_SIZE })
    this.cols = checkInteger('cols', cols, { min: 0, max: MAX_SIZE })
    const size = rows * cols
    if (size > 2 ** 32)
      throw new KindredError('ERR_TOO_LARGE', `Matrix: [${rows}, ${cols}] exceeds the limit of 2^32 numbers.`)
    if (data !== undefined && !isFloat32Array(data))
      throw new KindredError('ERR_VALUE', `Matrix: expected a Float32Array for data but received ${show(data)}.`)
    if (data !== undefined && data.length !== size)
      throw new KindredError(
        'ERR_SHAPE',
        `Matrix: expected ${rows} x ${cols} = ${size} numbers but received ${data.length}.`,
      )
    if ((data?.buffer as { resizable?: boolean } | undefined)?.resizable)
      throw new KindredError(
        'ERR_VALUE',
        'Matrix: expected memory of a fixed size but received a resizable ArrayBuffer.',
      )
    this.data = data ?? zeros(size)
  }

  /** Row `i` as a view [cols]. @throws ERR_VALUE if there is no such row */
  row(i: number): Float32Array {
    checkInteger('row', i, { min: 0, max: this.rows - 1 })
    return this.data.subarray(i * this.cols, (i + 1) * this.cols)
  }

  /** Rows [begin, end) as a view. @throws ERR_VALUE unless 0 <= begin <= end <= rows */
  subarray(begin: number, end: number = this.rows): Matrix {
    checkInteger('end', end, { min: 0, max: this.rows })
    checkInteger('begin', begin, { min: 0, max: end })
    return new Matrix(end - begin, this.cols, this.data.subarray(begin * this.cols, end * this.cols))
  }

  /**
   * Reads a matrix of another tool: `.npy` (NumPy, either order of bytes and of dimensions), `.safetensors`, or a tensor
   * of several files by their `.safetensors.index.json`. Floats of 8 (safetensors), 16, 32 and 64 bits, bfloat16
   * (safetensors), integers of 8 to 64 bits, and booleans as 0 and 1; each is rounded to the nearest 32-bit float, which up
   * to 16 bits, and for integers up to 2^24, is the number itself. An array with 1 dimension is one row.
   * @param options.tensor the tensor's name in a safetensors file; needed where the file holds several, of any types
   * @throws ERR_VALUE for another extension, ERR_DATA if the file is malformed, holds something else, or a finite number
   * beyond the range of 32-bit floats; ERR_TOO_LARGE, ERR_OUT_OF_MEMORY, ERR_IO, ERR_ABORTED
   */
  static async read(path: string, options: AbortOptions & { tensor?: string } = {}): Promise<Matrix> {
    options = checkOptions('Matrix.read', options, ['tensor', 'signal'])
    const { rows, cols, data } = await readMatrixFile(path, options.tensor, options.signal)
    return new Matrix(rows, cols, data)
  }

  /**
   * Writes the matrix as `.npy` or `.safetensors`, for NumPy and others to read; an older file is replaced whole.
   * @param options.tensor the tensor's name in a safetensors file; 'matrix'
   * @throws ERR_VALUE for another extension, or a `tensor` of a .npy file, which has no names; ERR_IO, ERR_ABORTED; the older
   * file is then as it was
   */
  async write(path: string, options: AbortOptions & { tensor?: string } = {}): Promise<void> {
    options = checkOptions('Matrix.write', options, ['tensor', 'signal'])
    await writeMatrixFile(path, this, options.tensor, options.signal)
  }
}

guardReceivers(Matrix)

function zeros(size: number): Float32Array {
  try {
    return new Float32Array(size)
  } catch (cause) {
    throw new KindredError('ERR_OUT_OF_MEMORY', `Matrix: no memory for ${size} numbers.`, { cause })
  }
}
