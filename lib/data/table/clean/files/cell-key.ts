import { type Column, isMissing, isNumeric } from '../../column.js'

/** Tells the text by which cells of a column are compared: equal texts, equal cells; what is missing equals what is missing. */
export function cellKey(column: Column): (row: number) => string {
  if (isNumeric(column)) return (row) => `${column.values[row]! + 0};`
  const part = (array: Int32Array | Float32Array, begin: number, end: number) => array.subarray(begin, end).join()
  switch (column.type) {
    case 'string':
      return (row) => (isMissing(column, row) ? ';' : measured(column.dictionary[column.codes[row]!]!))
    case 'list':
      return (row) => {
        const own = column.codes.subarray(column.offsets[row]!, column.offsets[row + 1]!)
        return `${own.length}:${Array.from(own, (code) => measured(column.dictionary[code]!)).join('')};`
      }
    case 'vector':
      return (row) => `${part(column.values, row * column.width, (row + 1) * column.width)};`
    default:
      return (row) => {
        const [begin, end] = [column.offsets[row]!, column.offsets[row + 1]!]
        return `${part(column.indices, begin, end)}:${part(column.values, begin, end)};`
      }
  }
}

/** With its length before it no text can pass for another and its neighbour. */
const measured = (text: string) => `${text.length}:${text};`
