import type { Matrix } from '../../data/matrix.js'
import { KindredError, show } from '../../native/errors.js'

/**
 * What is known when an arm is chosen: one context [dims] that all arms share, or one for each arm [arms, dims], as a
 * Matrix, as a list of lists, or as numbers row after row. Bandits without contexts take none, and ignore those they are given.
 */
export type BanditContexts = ArrayLike<number> | Matrix | readonly ArrayLike<number>[]

/** Contexts in double precision: that of arm i begins at i * stride; 0 for one that all share. */
export interface ReadContexts {
  readonly data: Float64Array
  readonly stride: number
}

/** Of contexts and of rewards: its square is still far from the largest number. */
export const LARGEST = 1e100

const NOTHING: ReadContexts = { data: new Float64Array(0), stride: 0 }

const isList = (value: unknown): value is ArrayLike<number> =>
  typeof value === 'object' && value !== null && Number.isSafeInteger((value as ArrayLike<number>).length)

const isMatrix = (value: object): value is Matrix =>
  'rows' in value && 'cols' in value && isList((value as Matrix).data) && !('length' in value)

function expected(dims: number, arms: number): string {
  return `contexts: expected ${dims} numbers that all arms share, or [${arms}, ${dims}], a row for each arm,`
}

function notFinite(list: ArrayLike<number>, data: Float64Array, dims: number): KindredError {
  const at = data.findIndex((value) => Number.isNaN(value))
  return new KindredError(
    'ERR_VALUE',
    `contexts: expected numbers up to ${LARGEST} but received ${show(list[at])} in row ${Math.floor(at / dims)}, column ${at % dims}.`,
  )
}

/** A copy in double precision. @throws ERR_VALUE for what is no number up to 1e100 */
function copied(list: ArrayLike<number>, dims: number): Float64Array {
  const { length } = list
  const data = new Float64Array(length)
  let finite = 0
  for (let i = 0; i < length; i++) {
    const value = list[i]
    data[i] = typeof value === 'number' && Math.abs(value) <= LARGEST ? value : Number.NaN
    finite += data[i]! - data[i]!
  }
  if (finite !== 0) throw notFinite(list, data, dims)
  return data
}

function rowsOf(rows: readonly ArrayLike<number>[], dims: number, arms: number): Float64Array {
  const data = new Float64Array(arms * dims)
  rows.forEach((row, i) => {
    if (!isList(row) || row.length !== dims)
      throw new KindredError(
        'ERR_SHAPE',
        `${expected(dims, arms)} but row ${i} is ${isList(row) ? `of ${row.length} numbers` : show(row)}.`,
      )
    data.set(copied(row, dims), i * dims)
  })
  return data
}

/**
 * The contexts of `arms` arms, copied.
 * @throws ERR_SHAPE for other sizes, ERR_VALUE for what is no number up to 1e100
 */
export function readContexts(contexts: BanditContexts | undefined, dims: number, arms: number): ReadContexts {
  if (dims === 0) return NOTHING
  if (typeof contexts !== 'object' || contexts === null)
    throw new KindredError('ERR_VALUE', `${expected(dims, arms)} but received ${show(contexts)}.`)
  if (isMatrix(contexts)) {
    const isShared = contexts.rows === 1 && contexts.cols === dims
    if (!isShared && (contexts.rows !== arms || contexts.cols !== dims))
      throw new KindredError(
        'ERR_SHAPE',
        `${expected(dims, arms)} but received a Matrix [${contexts.rows}, ${contexts.cols}].`,
      )
    return { data: copied(contexts.data, dims), stride: isShared ? 0 : dims }
  }
  if (!isList(contexts)) throw new KindredError('ERR_VALUE', `${expected(dims, arms)} but received ${show(contexts)}.`)
  const { length } = contexts
  if (length === arms && isList(contexts[0]))
    return { data: rowsOf(contexts as ArrayLike<unknown> as readonly ArrayLike<number>[], dims, arms), stride: dims }
  if (length === dims) return { data: copied(contexts as ArrayLike<number>, dims), stride: 0 }
  if (length === arms * dims) return { data: copied(contexts as ArrayLike<number>, dims), stride: dims }
  throw new KindredError('ERR_SHAPE', `${expected(dims, arms)} but received ${length} numbers or rows.`)
}
