import { inBlocks, type Resumable } from '../resumable.js'
import type { Column, NumericColumn } from './column.js'

/** A numeric column with other values, also of another length. */
export function withValues<T extends NumericColumn>(column: T, values: Float64Array): T {
  return { ...column, values }
}

/** Where each of `rows` begins among what they take of a column with `offsets`; a row of -1 takes nothing. */
function* offsetsOf(offsets: Int32Array, rows: Int32Array): Resumable<Int32Array> {
  const taken = new Int32Array(rows.length + 1)
  yield* inBlocks(rows.length, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const row = rows[i]!
      taken[i + 1] = taken[i]! + (row < 0 ? 0 : offsets[row + 1]! - offsets[row]!)
    }
  })
  return taken
}

/** What `rows` take of the numbers of a column with `offsets`, into `target`. */
function* gather<T extends Int32Array | Float32Array>(
  offsets: Int32Array,
  numbers: T,
  rows: Int32Array,
  taken: Int32Array,
  target: T,
): Resumable<T> {
  yield* inBlocks(rows.length, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const row = rows[i]!
      if (row < 0) continue
      let at = taken[i]!
      for (let n = offsets[row]!; n < offsets[row + 1]!; n++) target[at++] = numbers[n]!
    }
  })
  return target
}

/** The given rows of a column, in the given order, also several times; missing where `rows` says -1. Dictionaries are shared. */
export function* takingRows(column: Column, rows: Int32Array): Resumable<Column> {
  switch (column.type) {
    case 'string': {
      const codes = new Int32Array(rows.length)
      yield* inBlocks(rows.length, (begin, end) => {
        for (let i = begin; i < end; i++) codes[i] = rows[i]! < 0 ? -1 : column.codes[rows[i]!]!
      })
      return { ...column, codes }
    }
    case 'list': {
      const offsets = yield* offsetsOf(column.offsets, rows)
      const codes = new Int32Array(offsets[rows.length]!)
      return { ...column, offsets, codes: yield* gather(column.offsets, column.codes, rows, offsets, codes) }
    }
    case 'sparse': {
      const offsets = yield* offsetsOf(column.offsets, rows)
      const size = offsets[rows.length]!
      const indices = yield* gather(column.offsets, column.indices, rows, offsets, new Int32Array(size))
      const values = yield* gather(column.offsets, column.values, rows, offsets, new Float32Array(size))
      return { ...column, offsets, indices, values }
    }
    case 'vector': {
      const { width } = column
      const values = new Float32Array(rows.length * width)
      yield* inBlocks(rows.length, (begin, end) => {
        for (let i = begin; i < end; i++) {
          const row = rows[i]!
          if (row < 0) values.fill(Number.NaN, i * width, (i + 1) * width)
          else for (let j = 0; j < width; j++) values[i * width + j] = column.values[row * width + j]!
        }
      })
      return { ...column, values }
    }
    default: {
      const values = new Float64Array(rows.length)
      yield* inBlocks(rows.length, (begin, end) => {
        for (let i = begin; i < end; i++) values[i] = rows[i]! < 0 ? Number.NaN : column.values[rows[i]!]!
      })
      return withValues(column, values)
    }
  }
}

/** Rows [begin, end) of a column: views, but for offsets. */
export function sliceColumn(column: Column, begin: number, end: number): Column {
  switch (column.type) {
    case 'string':
      return { ...column, codes: column.codes.subarray(begin, end) }
    case 'list':
    case 'sparse': {
      const first = column.offsets[begin]!
      const offsets = column.offsets.slice(begin, end + 1)
      for (let i = 0; i < offsets.length; i++) offsets[i]! -= first
      const last = column.offsets[end]!
      if (column.type === 'list') return { ...column, offsets, codes: column.codes.subarray(first, last) }
      const { indices, values } = column
      return { ...column, offsets, indices: indices.subarray(first, last), values: values.subarray(first, last) }
    }
    case 'vector':
      return { ...column, values: column.values.subarray(begin * column.width, end * column.width) }
    default:
      return withValues(column, column.values.subarray(begin, end))
  }
}
