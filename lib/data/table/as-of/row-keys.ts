import { KindredError, show } from '../../../native/errors.js'
import { nativeCall } from '../../../native/native-call.js'
import { inBlocks, type Resumable, runYielding } from '../../resumable.js'
import { type Column, type ColumnSource, isNumeric, type StringColumn } from '../column.js'
import { Dictionary } from '../dictionary.js'

/** Keys of the rows of two tables: equal where the rows are equal in the columns of the key, -1 where one is missing. */
export interface RowKeys {
  left: Int32Array
  right: Int32Array
  /** All keys are below it. */
  count: number
}

/** Keys of rows of one table. */
export interface DenseKeys {
  keys: Int32Array
  /** All keys are below it. */
  count: number
}

const EMPTY = new Float64Array(0)

/** Codes of two dictionaries as codes of one. */
function* textKeys(left: StringColumn, right: StringColumn): Resumable<RowKeys> {
  if (left.dictionary === right.dictionary)
    return { left: left.codes, right: right.codes, count: left.dictionary.length }
  const dictionary = new Dictionary(left.name)
  yield* inBlocks(left.dictionary.length, (begin, end) => {
    for (let code = begin; code < end; code++) dictionary.codeOf(left.dictionary[code]!)
  })
  const own = new Int32Array(right.dictionary.length)
  yield* inBlocks(own.length, (begin, end) => {
    for (let code = begin; code < end; code++) own[code] = dictionary.codeOf(right.dictionary[code]!)
  })
  const codes = new Int32Array(right.codes.length)
  yield* inBlocks(codes.length, (begin, end) => {
    for (let i = begin; i < end; i++) codes[i] = right.codes[i]! < 0 ? -1 : own[right.codes[i]!]!
  })
  return { left: left.codes, right: codes, count: dictionary.texts.length }
}

async function numberKeys(left: Float64Array, right: Float64Array, signal: AbortSignal | undefined): Promise<RowKeys> {
  const keys = { left: new Int32Array(left.length), right: new Int32Array(right.length) }
  const count = await nativeCall(signal, (native, abort) => native.denseKeys(left, right, keys.left, keys.right, abort))
  return { ...keys, count }
}

async function columnKeys(left: Column, right: Column, signal: AbortSignal | undefined): Promise<RowKeys> {
  if (left.type === 'string' && right.type === 'string') return runYielding(textKeys(left, right), signal)
  if (isNumeric(left) && isNumeric(right) && left.type === right.type)
    return numberKeys(left.values, right.values, signal)
  const isKey = isNumeric(left) || left.type === 'string'
  throw new KindredError(
    'ERR_COLUMN',
    isKey
      ? `on: column ${show(left.name)} is of type ${left.type} in one table and ${right.type} in the other. Read both as one type with the option columns.`
      : `on: column ${show(left.name)} is of type ${left.type}; expected strings, numbers, booleans or timestamps.`,
  )
}

/** Pairs of keys as numbers, NaN where one is missing. */
function* paired(keys: Int32Array, further: Int32Array, count: number): Resumable<Float64Array> {
  const pairs = new Float64Array(keys.length)
  yield* inBlocks(pairs.length, (begin, end) => {
    for (let i = begin; i < end; i++)
      pairs[i] = keys[i]! < 0 || further[i]! < 0 ? Number.NaN : keys[i]! * count + further[i]!
  })
  return pairs
}

/**
 * Keys of the rows of two tables by columns that both have. No columns: one key for all.
 * @throws ERR_COLUMN for a column that one lacks, of two types or of a type that is no key; ERR_ABORTED
 */
export async function keysOfRows(
  left: ColumnSource,
  right: ColumnSource,
  on: readonly string[],
  signal?: AbortSignal,
): Promise<RowKeys> {
  let keys: RowKeys = { left: new Int32Array(left.rows), right: new Int32Array(right.rows), count: 1 }
  for (const [n, name] of on.entries()) {
    const own = await columnKeys(left.column(name), right.column(name), signal)
    if (n === 0) keys = own
    else {
      if (keys.count * own.count > Number.MAX_SAFE_INTEGER)
        throw new KindredError('ERR_TOO_LARGE', `on: ${on.join(', ')}: more than 2^53 possible keys.`)
      keys = await numberKeys(
        await runYielding(paired(keys.left, own.left, own.count), signal),
        await runYielding(paired(keys.right, own.right, own.count), signal),
        signal,
      )
    }
  }
  return keys
}

/** Dense keys of numbers, -1 for NaN. @throws ERR_ABORTED */
export async function keysOfNumbers(numbers: Float64Array, signal?: AbortSignal): Promise<DenseKeys> {
  const { left, count } = await numberKeys(numbers, EMPTY, signal)
  return { keys: left, count }
}

/** Keys of the rows by a pair of keys each, neither missing. @throws ERR_ABORTED */
export async function keysOfPairs(
  keys: Int32Array,
  further: Int32Array,
  count: number,
  signal?: AbortSignal,
): Promise<DenseKeys> {
  return keysOfNumbers(await runYielding(paired(keys, further, count), signal), signal)
}
