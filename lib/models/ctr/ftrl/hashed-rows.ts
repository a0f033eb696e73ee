import { hashOfId } from '../../../data/id-order.js'
import { type Column, isNumeric, type SparseColumn } from '../../../data/table/column.js'
import type { Table } from '../../../data/table/table.js'
import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import { isEmpty } from '../../../features/pipeline/schema.js'
import type { FtrlRows } from '../../../native/addon.js'
import { KindredError, show } from '../../../native/errors.js'
import { nativeCall } from '../../../native/native-call.js'
import type { ClickCounts, FieldCounts } from '../base/click-model.js'
import { MOST } from '../fields/encode-columns.js'
import type { HashedField } from './hashed-field.js'

const ROWS_AT_ONCE = 1 << 14

/** The finaliser of MurmurHash3: every bit of a number in every bit of what it gives. */
function mixed(value: number): number {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

const TYPES: Readonly<Record<HashedField['kind'], readonly Column['type'][]>> = {
  categorical: ['string', 'number', 'boolean', 'timestamp'],
  numeric: ['number', 'boolean', 'timestamp'],
  multi: ['list', 'sparse'],
  vector: ['vector'],
}

/**
 * Makes entries of the rows of tables: each category of a field, each number and each place of a vector has a weight of its own, at
 * a place that a hash gives (Weinberger et al. 2009, "Feature hashing for large scale multitask learning"), so that categories
 * may come that nobody knew before. Different ones may share a weight, the rarer the more bits there are.
 */
export class HashedRows {
  readonly fields: readonly HashedField[]
  readonly #cells: number
  readonly #salts: readonly number[]

  /** @param bits of what the hash gives */
  constructor(fields: readonly HashedField[], bits: number) {
    this.fields = fields
    this.#cells = 2 ** bits
    this.#salts = fields.map(({ name }) => hashOfId(name) >>> 0)
  }

  #ofText(field: number, text: string): number {
    return mixed(this.#salts[field]! ^ mixed(hashOfId(text) >>> 0)) & (this.#cells - 1)
  }

  /** Of a place of a vector, or an index of sparse features; -1 is the number of a field, -2 that it is missing. */
  #ofNumber(field: number, index: number): number {
    return mixed(this.#salts[field]! ^ mixed(index ^ 0x5bd1e995)) & (this.#cells - 1)
  }

  /** @throws ERR_COLUMN naming the columns that are not there or of another type */
  check(where: string, table: Table): void {
    const wrong = this.fields.flatMap(({ column, kind, width }) => {
      if (!table.has(column)) return [`${show(column)} is not there`]
      const found = table.column(column)
      if (isEmpty(found)) return []
      if (!TYPES[kind].includes(found.type))
        return [`${show(column)} holds ${found.type}s, not ${TYPES[kind].join(' or ')}`]
      if (found.type === 'vector' && found.width !== width)
        return [`${show(column)} holds vectors of ${found.width} numbers, not ${width}`]
      return []
    })
    if (wrong.length > 0)
      throw new KindredError(
        'ERR_COLUMN',
        `${where}: expected the columns that the model was fitted on, but ${wrong.slice(0, 20).join(', ')}.`,
      )
  }

  /**
   * The entries of all rows; what is missing is added to `counts`, and so are entries of categories that no row had of which the model
   * has learnt.
   * @param weights z and n of the weight at each place; without them nothing counts as unseen
   * @throws ERR_COLUMN, ERR_DATA for sparse features or vectors with a number that is not finite, ERR_ABORTED
   */
  async encode(
    where: string,
    table: Table,
    counts: ClickCounts,
    weights: Float32Array | undefined,
    signal: AbortSignal | undefined,
  ): Promise<FtrlRows> {
    this.check(where, table)
    const { rows } = table
    const yielder = new LoopYielder(signal)
    const columns = this.fields.map(({ column }) => table.column(column))
    const offsets = new Int32Array(rows + 1)
    const lengths = columns.map((column, n) => lengthOf(column, this.fields[n]!))
    await yielder.over(rows, ROWS_AT_ONCE, (begin, end) => {
      for (let row = begin; row < end; row++) {
        let size = offsets[row]!
        for (const length of lengths)
          size += typeof length === 'number' ? length : Math.max(1, length[row + 1]! - length[row]!)
        offsets[row + 1] = size
      }
    })
    const hasValues = columns.some(
      (column, n) => this.fields[n]!.kind === 'numeric' || column.type === 'vector' || column.type === 'sparse',
    )
    const cells = new Int32Array(offsets[rows]!)
    /** The values of sparse features are those of the entries where there is nothing else. */
    const [first] = columns
    const given =
      columns.length === 1 && first?.type === 'sparse' && first.values.length === cells.length
        ? first.values
        : undefined
    const values = given ?? (hasValues ? new Float32Array(cells.length).fill(1) : null)
    /** Where the next entry of each row goes. */
    const next = offsets.slice()
    for (const [n, column] of columns.entries()) {
      const own = counts.fields[this.fields[n]!.name]!
      if (column.type === 'sparse') {
        const entries = { cells, values: given ? null : values, next }
        await this.#putSparse(where, n, column, own, weights, entries, signal)
        continue
      }
      const isKnown = weights ? (cell: number) => weights[2 * cell + 1] !== 0 : () => true
      const putRows = this.#rowPutter(where, n, column, own, isKnown, { cells, values, next })
      await yielder.over(rows, ROWS_AT_ONCE >> 2, putRows)
    }
    counts.rows += rows
    return { offsets, cells, values }
  }

  /**
   * The entries of a table of sparse features alone, whose places are found as it is learnt from; undefined for another one, or where a
   * row has no feature.
   */
  async asTheyAre(table: Table, signal: AbortSignal | undefined): Promise<FtrlRows | undefined> {
    const [first, second] = this.fields
    const column = table.column(first!.column)
    if (second !== undefined || column.type !== 'sparse') return undefined
    const { offsets, indices, values } = column
    let empty = 0
    await new LoopYielder(signal).over(table.rows, ROWS_AT_ONCE, (begin, end) => {
      for (let row = begin; row < end; row++) if (offsets[row] === offsets[row + 1]) empty++
    })
    if (empty > 0) return undefined
    return { offsets, cells: indices, values, salt: this.#salts[0]! }
  }

  /** @throws ERR_DATA for the first row of sparse features with a number that is not finite */
  checkFinite(where: string, table: Table): void {
    for (const { column: name } of this.fields) {
      const column = table.column(name)
      if (column.type !== 'sparse') continue
      const at = column.values.findIndex((value) => !Number.isFinite(value))
      if (at >= 0) throw notFinite(where, name, column.offsets.findIndex((end) => end > at) - 1, column.values[at]!)
    }
  }

  /** Puts the entries of a field of sparse features where they belong. @throws ERR_DATA */
  async #putSparse(
    where: string,
    n: number,
    { name, offsets, indices, values: given }: SparseColumn,
    counts: FieldCounts,
    weights: Float32Array | undefined,
    { cells, values, next }: { cells: Int32Array; values: Float32Array | null; next: Int32Array },
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const salt = this.#salts[n]!
    const features = { offsets, indices, values: given, salt, missing: this.#ofNumber(n, -2), cells: this.#cells }
    const met = await nativeCall(signal, (native, abort) =>
      native.ftrlHash(features, weights ?? null, next, cells, values, abort),
    )
    if (met.wrong >= 0) {
      const own = given.subarray(offsets[met.wrong]!, offsets[met.wrong + 1]!)
      throw notFinite(where, name, met.wrong, own.find((value) => !Number.isFinite(value))!)
    }
    counts.missing += met.missing
    counts.unseen += met.unseen
  }

  /** What puts the entries of a field of rows [begin, end) where they belong. */
  #rowPutter(
    where: string,
    n: number,
    column: Column,
    counts: FieldCounts,
    isKnown: (cell: number) => boolean,
    { cells, values, next }: { cells: Int32Array; values: Float32Array | null; next: Int32Array },
  ): (begin: number, end: number) => void {
    const field = this.fields[n]!
    const missing = this.#ofNumber(n, -2)
    const put = (row: number, cell: number, value: number) => {
      if (values) values[next[row]!] = value
      cells[next[row]!++] = cell
    }
    const putMissing = (row: number) => {
      counts.missing++
      put(row, missing, 1)
    }
    const putCategory = (row: number, cell: number) => {
      if (!isKnown(cell)) counts.unseen++
      put(row, cell, 1)
    }
    const eachRow = (own: (row: number) => void) => (begin: number, end: number) => {
      for (let row = begin; row < end; row++) own(row)
    }
    switch (column.type) {
      case 'string':
      case 'list': {
        const { codes, dictionary } = column
        const found = new Map<number, number>()
        const cellOf = (code: number) => {
          const cell = found.get(code) ?? this.#ofText(n, dictionary[code]!)
          found.set(code, cell)
          return cell
        }
        if (column.type === 'string')
          return eachRow((row) => (codes[row]! < 0 ? putMissing(row) : putCategory(row, cellOf(codes[row]!))))
        const { offsets } = column
        return eachRow((row) => {
          if (offsets[row] === offsets[row + 1]) putMissing(row)
          for (let at = offsets[row]!; at < offsets[row + 1]!; at++)
            if (codes[at]! < 0) putMissing(row)
            else putCategory(row, cellOf(codes[at]!))
        })
      }
      case 'vector': {
        const { width } = field
        const places = Int32Array.from({ length: width }, (_, place) => this.#ofNumber(n, place))
        const { values: given } = column
        return eachRow((row) => {
          const isMissing = Number.isNaN(given[row * width]!)
          if (isMissing) counts.missing++
          for (let place = 0; place < width; place++) {
            const value = isMissing ? 0 : given[row * width + place]!
            if (!Number.isFinite(value)) throw notFinite(where, column.name, row, value)
            put(row, places[place]!, value)
          }
        })
      }
      default: {
        if (!isNumeric(column)) throw new KindredError('ERR_INTERNAL', `${show(column)}: expected numbers.`)
        const { values: given } = column
        if (field.kind !== 'numeric') {
          const found = new Map<number, number>()
          return eachRow((row) => {
            const value = given[row]!
            if (Number.isNaN(value)) return putMissing(row)
            const cell = found.get(value) ?? this.#ofText(n, String(value))
            found.set(value, cell)
            putCategory(row, cell)
          })
        }
        const cell = this.#ofNumber(n, -1)
        const factor = field.deviation > 0 ? 1 / field.deviation : 0
        return eachRow((row) => {
          const value = given[row]!
          if (!Number.isFinite(value)) putMissing(row)
          else put(row, cell, Math.min(MOST, Math.max(-MOST, (value - field.mean) * factor)))
        })
      }
    }
  }
}

const notFinite = (where: string, column: string, row: number, value: number) =>
  new KindredError(
    'ERR_DATA',
    `${where}: row ${row} of ${show(column)} holds ${value}, which is no finite number. Fill or drop such rows.`,
  )

/** Entries of each row, or where those of each row begin; a row without any has one that says so. */
function lengthOf(column: Column, field: HashedField): number | Int32Array {
  if (column.type === 'list' || column.type === 'sparse') return column.offsets
  return column.type === 'vector' ? field.width : 1
}
