import type { NnNumbers } from '../../../native/addon.js'

/** A multi-valued field of rows: the table rows of its categories, one row after another. */
export interface EncodedBag {
  /** [rows + 1] */
  readonly offsets: Int32Array
  /** [offsets[rows]] */
  readonly ids: Int32Array
  /** [offsets[rows]], the values of sparse features. */
  readonly values: Float32Array | undefined
}

/** Rows as networks take them. */
export interface EncodedRows {
  readonly rows: number
  /** [rows, fixed]: which row of the tables of embeddings each categorical and numeric field takes. */
  readonly ids: Int32Array
  /** [rows, fixed]: what that is multiplied by, the standardised numbers; undefined where there is no number. */
  readonly scales: Float32Array | undefined
  readonly bags: readonly EncodedBag[]
  /** [rows, width] of each vector field. */
  readonly vectors: readonly Float32Array[]
}

/** What a run takes for rows; {@link ClickGraph} declares the inputs. */
export interface RowInputs {
  readonly inputs: Record<string, NnNumbers>
  readonly sizes: Record<string, number>
}

/** Table rows of all bags' categories come after those of the fixed fields, in one input, so that one gather takes all. */
function allIds(fixed: Int32Array, bags: readonly Int32Array[]): Int32Array {
  if (bags.length === 0) return fixed
  const ids = new Int32Array(bags.reduce((sum, own) => sum + own.length, fixed.length))
  ids.set(fixed)
  let at = fixed.length
  for (const own of bags) {
    ids.set(own, at)
    at += own.length
  }
  return ids
}

/** Some rows, in this order. */
export function takeRows(encoded: EncodedRows, rows: Int32Array): EncodedRows {
  const fixed = encoded.rows === 0 ? 0 : encoded.ids.length / encoded.rows
  const taken = <T extends Int32Array | Float32Array>(from: T, to: T, width: number): T => {
    for (let n = 0, at = 0; n < rows.length; n++)
      for (let begin = rows[n]! * width, i = 0; i < width; i++) to[at++] = from[begin + i]!
    return to
  }
  const bags = encoded.bags.map(({ offsets, ids, values }) => {
    const own = new Int32Array(rows.length + 1)
    for (let n = 0; n < rows.length; n++) own[n + 1] = own[n]! + offsets[rows[n]! + 1]! - offsets[rows[n]!]!
    const bag = { offsets: own, ids: new Int32Array(own.at(-1)!), values: values && new Float32Array(own.at(-1)!) }
    for (let n = 0, at = 0; n < rows.length; n++)
      for (let from = offsets[rows[n]!]!; from < offsets[rows[n]! + 1]!; from++, at++) {
        bag.ids[at] = ids[from]!
        if (values) bag.values![at] = values[from]!
      }
    return bag
  })
  return {
    rows: rows.length,
    ids: taken(encoded.ids, new Int32Array(rows.length * fixed), fixed),
    scales: encoded.scales && taken(encoded.scales, new Float32Array(rows.length * fixed), fixed),
    bags,
    vectors: encoded.vectors.map((values) => {
      const width = encoded.rows === 0 ? 0 : values.length / encoded.rows
      return taken(values, new Float32Array(rows.length * width), width)
    }),
  }
}

/** Rows `begin` to before `end`, as views where they can be. */
export function sliceRows(encoded: EncodedRows, begin: number, end: number): EncodedRows {
  if (begin === 0 && end === encoded.rows) return encoded
  const part = <T extends Int32Array | Float32Array>(values: T): T => {
    const width = values.length / encoded.rows
    return values.subarray(begin * width, end * width) as T
  }
  return {
    rows: end - begin,
    ids: part(encoded.ids),
    scales: encoded.scales && part(encoded.scales),
    bags: encoded.bags.map(({ offsets, ids, values }) => {
      const [first, until] = [offsets[begin]!, offsets[end]!]
      return {
        offsets: offsets.subarray(begin, end + 1).map((offset) => offset - first),
        ids: ids.subarray(first, until),
        values: values?.subarray(first, until),
      }
    }),
    vectors: encoded.vectors.map(part),
  }
}

/** What a run takes for these rows. */
export function inputsOf({ rows, ids, scales, bags, vectors }: EncodedRows): RowInputs {
  const all = allIds(
    ids,
    bags.map((bag) => bag.ids),
  )
  const inputs: Record<string, NnNumbers> = { ids: all }
  const sizes: Record<string, number> = { rows, entries: ids.length, all: all.length }
  if (scales) inputs.scales = scales
  for (const [n, { offsets, ids: own, values }] of bags.entries()) {
    inputs[`bag${n}.offsets`] = offsets
    if (values) inputs[`bag${n}.values`] = values
    sizes[`bag${n}`] = own.length
  }
  for (const [n, values] of vectors.entries()) inputs[`vector${n}`] = values
  return { inputs, sizes }
}
