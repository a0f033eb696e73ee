import { LoopYielder } from '../../yield-to-event-loop.js'
import { keysOfNumbers, keysOfPairs } from '../as-of/row-keys.js'
import { type Column, isNumeric } from '../column.js'
import { Dictionary } from '../dictionary.js'

const ROWS_AT_ONCE = 1024

/** A number for each distinct cell, NaN for a missing one; cells that are no numbers and no texts by their contents. */
async function numbersOf(column: Column, signal: AbortSignal | undefined): Promise<Float64Array> {
  if (isNumeric(column)) return column.values
  if (column.type === 'string') {
    const { codes } = column
    const numbers = new Float64Array(codes.length)
    await new LoopYielder(signal).over(codes.length, ROWS_AT_ONCE, (begin, end) => {
      for (let row = begin; row < end; row++) numbers[row] = codes[row]! < 0 ? Number.NaN : codes[row]!
    })
    return numbers
  }
  const dictionary = new Dictionary(column.name)
  const part = (array: Int32Array | Float32Array, begin: number, end: number) => array.subarray(begin, end).join()
  const textOf = (row: number): string => {
    if (column.type === 'vector') return part(column.values, row * column.width, (row + 1) * column.width)
    const [begin, end] = [column.offsets[row]!, column.offsets[row + 1]!]
    if (column.type === 'list') return part(column.codes, begin, end)
    return `${part(column.indices, begin, end)};${part(column.values, begin, end)}`
  }
  const rows = column.type === 'vector' ? column.values.length / column.width : column.offsets.length - 1
  const numbers = new Float64Array(rows)
  await new LoopYielder(signal).over(rows, ROWS_AT_ONCE, (begin, end) => {
    for (let row = begin; row < end; row++) numbers[row] = dictionary.codeOf(textOf(row))
  })
  return numbers
}

/**
 * [rows] 1 for each row that another one stands for: equal in all columns, missing equal to missing.
 * @throws ERR_TOO_LARGE, ERR_ABORTED
 */
export async function findDuplicates(
  columns: readonly Column[],
  rows: number,
  keep: 'first' | 'last',
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const yielder = new LoopYielder(signal)
  let keys: Int32Array = new Int32Array(rows)
  for (const [n, column] of columns.entries()) {
    const own = await keysOfNumbers(await numbersOf(column, signal), signal)
    // What is missing is a key of its own.
    const present = own.keys
    await yielder.over(rows, ROWS_AT_ONCE, (begin, end) => {
      for (let row = begin; row < end; row++) present[row]!++
    })
    keys = n === 0 ? present : (await keysOfPairs(keys, present, own.count + 1, signal)).keys
  }
  const isDuplicate = new Uint8Array(rows)
  const isSeen = new Uint8Array(columns.length === 0 ? 1 : rows + 1)
  await yielder.over(rows, ROWS_AT_ONCE, (begin, end) => {
    for (let n = begin; n < end; n++) {
      const row = keep === 'first' ? n : rows - 1 - n
      isDuplicate[row] = isSeen[keys[row]!]!
      isSeen[keys[row]!] = 1
    }
  })
  return isDuplicate
}
