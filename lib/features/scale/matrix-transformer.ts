import { Matrix } from '../../data/matrix.js'
import { KindredError, show } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { checkMatrix } from '../../search/similarity-matrix.js'
import type { Strided } from './statistics.js'

/** A fitted transformer as JSON: what `toJSON` gives and `fromJSON` takes. Numbers that are no finite ones are null. */
export interface TransformerJson {
  /** Which class wrote it. */
  type: string
  /** The options it was made with. */
  options: Record<string, unknown>
  /** What it has learnt; null before `fit`. */
  state: Record<string, unknown> | null
}

/** Column `j` of a matrix. */
export function columnOf({ data, rows, cols }: Matrix, j: number): Strided {
  return { data, begin: j, step: cols, rows }
}

/**
 * What learns from the columns of a matrix [rows, cols] and makes another of the same size. NaN stands for what is missing:
 * it is left out when fitting and stays NaN. Everything is computed in double precision, at once, in the calling thread:
 * a {@link FeaturePipeline} does the same to large tables beside the event loop.
 */
export abstract class MatrixTransformer {
  /** The name of the class. */
  protected abstract readonly type: string
  /** Number of columns it was fitted on; undefined before. */
  protected abstract readonly width: number | undefined

  /** What `fit` learns from. */
  protected abstract learn(matrix: Matrix): void
  /** Fills `out`, as large as `matrix`. */
  protected abstract apply(matrix: Matrix, out: Matrix): void
  /** Fills `out` with what `matrix` was made of. */
  protected abstract invert(matrix: Matrix, out: Matrix): void
  /** What it has learnt, as JSON. */
  protected abstract state(): Record<string, unknown> | null
  /** The options that it works with. */
  protected abstract settings(): Record<string, unknown>

  /**
   * Learns from a matrix [rows, cols], and forgets what it had learnt before.
   * @throws ERR_VALUE for what is no Matrix, and for an infinite number, naming its place; ERR_DATA for one without rows. What
   * was learnt before is then kept.
   */
  fit(matrix: Matrix): this {
    this.learn(this.checked('fit', matrix))
    return this
  }

  /**
   * A new matrix [rows, cols]; NaN stays NaN.
   * @throws ERR_NOT_FITTED, ERR_SHAPE for another number of columns, ERR_VALUE
   */
  transform(matrix: Matrix): Matrix {
    const out = this.output('transform', matrix)
    this.apply(matrix, out)
    return out
  }

  /** {@link fit}, then {@link transform}. @throws as those */
  fitTransform(matrix: Matrix): Matrix {
    return this.fit(matrix).transform(matrix)
  }

  /**
   * What {@link transform} was given, of what it gave, up to rounding; what was clipped stays so.
   * @throws ERR_NOT_FITTED, ERR_SHAPE, ERR_VALUE; ERR_NOT_SUPPORTED where there is no way back
   */
  inverseTransform(matrix: Matrix): Matrix {
    const out = this.output('inverseTransform', matrix)
    this.invert(matrix, out)
    return out
  }

  /** Options and what was learnt, for `JSON.stringify` and `fromJSON`. */
  toJSON(): TransformerJson {
    return { type: this.type, options: this.settings(), state: this.state() }
  }

  /** @throws ERR_VALUE, ERR_DATA */
  protected checked(method: string, matrix: Matrix): Matrix {
    checkMatrix(`${this.type}.${method}`, matrix)
    if (matrix.rows === 0)
      throw new KindredError('ERR_DATA', `${this.type}.${method}: expected rows to learn from but the matrix has none.`)
    return checkNotInfinite(`${this.type}.${method}`, matrix)
  }

  private output(method: string, matrix: Matrix): Matrix {
    checkMatrix(`${this.type}.${method}`, matrix)
    if (this.width === undefined) throw new KindredError('ERR_NOT_FITTED', `${this.type}.${method}: call fit first.`)
    if (matrix.cols !== this.width)
      throw new KindredError(
        'ERR_SHAPE',
        `${this.type}.${method}: expected the ${this.width} columns that it was fitted on but received ${matrix.cols}.`,
      )
    checkNotInfinite(`${this.type}.${method}`, matrix)
    return new Matrix(matrix.rows, matrix.cols)
  }
}

guardReceivers(MatrixTransformer)

function checkNotInfinite(where: string, matrix: Matrix): Matrix {
  const { data, cols } = matrix
  for (let i = 0; i < data.length; i++)
    if (data[i] === Infinity || data[i] === -Infinity)
      throw new KindredError(
        'ERR_VALUE',
        `${where}: expected finite numbers, or NaN for what is missing, but row ${Math.floor(i / cols)} has ${data[i]} in column ${i % cols}.`,
      )
  return matrix
}

/** Numbers as JSON: null where they are NaN. */
export function numbersToJson(values: Float64Array): (number | null)[] {
  return Array.from(values, (value) => (Number.isNaN(value) ? null : value))
}

/** The JSON of a transformer of class `type`, checked as far as it is the same for all. @throws ERR_VALUE */
export function readTransformer(type: string, json: TransformerJson): TransformerJson {
  const given = json as Partial<TransformerJson> | null | undefined
  const isWhole = typeof given?.options === 'object' && given.options !== null && typeof given.state === 'object'
  if (given?.type !== type || !isWhole)
    throw new KindredError(
      'ERR_VALUE',
      `${type}.fromJSON: expected what ${type}.toJSON gives but received ${given?.type === undefined ? show(json) : `that of type ${show(given.type)}`}.`,
    )
  return json
}

/** Numbers that {@link numbersToJson} wrote. @throws ERR_VALUE */
export function numbersFromJson(type: string, state: Record<string, unknown>, name: string): Float64Array {
  const list = state[name]
  if (!Array.isArray(list) || !list.every((value) => value === null || typeof value === 'number'))
    throw new KindredError(
      'ERR_VALUE',
      `${type}.fromJSON: expected numbers for state.${name} but received ${show(list)}.`,
    )
  return Float64Array.from(list, (value) => value ?? Number.NaN)
}

/** Lists of numbers of one length. @throws ERR_VALUE */
export function listsFromJson(type: string, state: Record<string, unknown>, names: readonly string[]): Float64Array[] {
  const lists = names.map((name) => numbersFromJson(type, state, name))
  if (lists.some(({ length }) => length !== lists[0]!.length))
    throw new KindredError('ERR_VALUE', `${type}.fromJSON: expected lists of one length for ${names.join(' and ')}.`)
  return lists
}
