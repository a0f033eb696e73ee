/** What a column holds. */
export type ColumnType = Column['type']

/** Numbers: a measure, a count, a label. */
export interface NumberColumn {
  /** What the column holds. */
  readonly type: 'number'
  /** As the table names it. */
  readonly name: string
  /** [rows]; NaN where missing. */
  readonly values: Float64Array
}

/** Truths: 1 and 0. */
export interface BooleanColumn {
  /** What the column holds. */
  readonly type: 'boolean'
  /** As the table names it. */
  readonly name: string
  /** [rows]; 1 for true, 0 for false, NaN where missing. */
  readonly values: Float64Array
}

/** Points in time. */
export interface TimestampColumn {
  /** What the column holds. */
  readonly type: 'timestamp'
  /** As the table names it. */
  readonly name: string
  /** [rows], milliseconds since 1970 UTC, with fractions where the source has them; NaN where missing. */
  readonly values: Float64Array
}

/** Texts and categories, each text kept once. */
export interface StringColumn {
  /** What the column holds. */
  readonly type: 'string'
  /** As the table names it. */
  readonly name: string
  /** [rows], where in `dictionary` the row's text is; -1 where missing. */
  readonly codes: Int32Array
  /** The distinct texts. One that no row has may be among them: parts of a table share the dictionary of the whole. */
  readonly dictionary: readonly string[]
}

/** Several texts a row: genres, tags. */
export interface ListColumn {
  /** What the column holds. */
  readonly type: 'list'
  /** As the table names it. */
  readonly name: string
  /** [rows + 1], row i has `codes` from offsets[i] to offsets[i + 1]. A missing list is an empty one. */
  readonly offsets: Int32Array
  /** [offsets[rows]]: where in `dictionary` each text is, in the row's order. */
  readonly codes: Int32Array
  /** The distinct texts. One that no row has may be among them. */
  readonly dictionary: readonly string[]
}

/** Sparse features, as files in the format of LIBSVM hold them. */
export interface SparseColumn {
  /** What the column holds. */
  readonly type: 'sparse'
  /** As the table names it. */
  readonly name: string
  /** [rows + 1], row i has `indices` and `values` from offsets[i] to offsets[i + 1]. */
  readonly offsets: Int32Array
  /** [offsets[rows]]: which feature, as the file numbers it, ascending within a row, below `width`. */
  readonly indices: Int32Array
  /** [offsets[rows]]: the value of each. */
  readonly values: Float32Array
  /** One more than the largest index. */
  readonly width: number
}

/** A vector of the same length in each row: an embedding. */
export interface VectorColumn {
  /** What the column holds. */
  readonly type: 'vector'
  /** As the table names it. */
  readonly name: string
  /** [rows, width], row-major; a row of NaN where missing. */
  readonly values: Float32Array
  /** Length of each vector. */
  readonly width: number
}

/** A column of a {@link Table}. Its arrays are those of the table: they are to be read, not written. */
export type Column =
  | NumberColumn
  | BooleanColumn
  | TimestampColumn
  | StringColumn
  | ListColumn
  | SparseColumn
  | VectorColumn

/** Of numbers, truths or points in time: one number a row. */
export type NumericColumn = NumberColumn | BooleanColumn | TimestampColumn

/** Whether the column has one number a row. */
export function isNumeric(column: Column): column is NumericColumn {
  return column.type === 'number' || column.type === 'boolean' || column.type === 'timestamp'
}

/** How many rows a column has. */
export function rowsOf(column: Column): number {
  switch (column.type) {
    case 'string':
      return column.codes.length
    case 'list':
    case 'sparse':
      return column.offsets.length - 1
    case 'vector':
      return column.width === 0 ? 0 : column.values.length / column.width
    default:
      return column.values.length
  }
}

/** One row's sparse features. */
export interface SparseCell {
  /** Which features. */
  readonly indices: Int32Array
  /** The value of each. */
  readonly values: Float32Array
}

/** A cell of a table as JavaScript has it: null where missing. */
export type Cell = number | boolean | Date | string | readonly string[] | SparseCell | Float32Array | null

/** A row of a table, by the names of its columns. */
export type TableRow = Record<string, Cell>

/** The cell of row `i`: vectors and sparse features are views. */
export function cellOf(column: Column, i: number): Cell {
  switch (column.type) {
    case 'string': {
      const code = column.codes[i]!
      return code < 0 ? null : column.dictionary[code]!
    }
    case 'list':
      return Array.from(
        column.codes.subarray(column.offsets[i]!, column.offsets[i + 1]!),
        (code) => column.dictionary[code]!,
      )
    case 'sparse': {
      const [begin, end] = [column.offsets[i]!, column.offsets[i + 1]!]
      return { indices: column.indices.subarray(begin, end), values: column.values.subarray(begin, end) }
    }
    case 'vector': {
      const vector = column.values.subarray(i * column.width, (i + 1) * column.width)
      return Number.isNaN(vector[0]) ? null : vector
    }
    default: {
      const value = column.values[i]!
      if (Number.isNaN(value)) return null
      if (column.type === 'number') return value
      return column.type === 'boolean' ? value !== 0 : new Date(value)
    }
  }
}

/** Whether row `i` has nothing in this column; an empty list counts as missing. */
export function isMissing(column: Column, i: number): boolean {
  switch (column.type) {
    case 'string':
      return column.codes[i]! < 0
    case 'list':
      return column.offsets[i] === column.offsets[i + 1]
    case 'sparse':
      return false
    case 'vector':
      return Number.isNaN(column.values[i * column.width]!)
    default:
      return Number.isNaN(column.values[i]!)
  }
}

/** What reads of a table: its columns by name. */
export interface ColumnSource {
  /** Number of rows. */
  readonly rows: number
  /** Names of the columns, in order. */
  readonly columns: readonly string[]
  /** A column by its name. */
  column(name: string): Column
}
