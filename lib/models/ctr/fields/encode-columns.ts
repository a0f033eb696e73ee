import { type Column, isNumeric, type SparseColumn } from '../../../data/table/column.js'
import type { LoopYielder } from '../../../data/yield-to-event-loop.js'
import { KindredError, show } from '../../../native/errors.js'
import type { FieldCounts } from '../base/click-model.js'
import type { EncodedBag } from './encoded-rows.js'
import { type CategoricalPlan, MISSING, type NumericPlan, SHARED_ROWS, UNSEEN } from './field-plan.js'

const ROWS_AT_ONCE = 1 << 14

/** Standardised numbers beyond count as this: an outlier must not drown all other fields. */
export const MOST = 10

/** Where the values of a field are put. */
export interface Place {
  readonly ids: Int32Array
  readonly scales: Float32Array
  readonly place: number
  /** Fixed fields of a row. */
  readonly width: number
  /** First table row of the field. */
  readonly begin: number
}

export async function putNumbers(
  column: Column,
  { mean, deviation }: NumericPlan,
  { ids, scales, place, width, begin }: Place,
  counts: FieldCounts,
  yielder: LoopYielder,
): Promise<void> {
  if (!isNumeric(column)) return
  const { values } = column
  const factor = deviation > 0 ? 1 / deviation : 0
  await yielder.over(values.length, ROWS_AT_ONCE, (first, until) => {
    for (let row = first; row < until; row++) {
      const value = values[row]!
      const at = row * width + place
      if (Number.isFinite(value)) {
        ids[at] = begin + UNSEEN
        scales[at] = Math.min(MOST, Math.max(-MOST, (value - mean) * factor))
      } else {
        ids[at] = begin + MISSING
        counts.missing++
      }
    }
  })
}

/** What table row, from that of its field on, stands for a code of a dictionary or a number; asked for once each. */
function lookup(known: ReadonlyMap<string, number>, textOf: (code: number) => string): (code: number) => number {
  const found = new Map<number, number>()
  return (code) => {
    let row = found.get(code)
    if (row === undefined) {
      const category = known.get(textOf(code))
      row = category === undefined ? UNSEEN : SHARED_ROWS + category
      found.set(code, row)
    }
    return row
  }
}

/** The same for codes of a dictionary that is no larger than what is asked: an array is faster than a map. */
function dictionaryLookup(
  known: ReadonlyMap<string, number>,
  dictionary: readonly string[],
  asked: number,
): (code: number) => number {
  if (dictionary.length > 4 * asked) return lookup(known, (code) => dictionary[code]!)
  const found = new Int32Array(dictionary.length).fill(-1)
  return (code) => {
    let row = found[code]!
    if (row < 0) {
      const category = known.get(dictionary[code]!)
      row = category === undefined ? UNSEEN : SHARED_ROWS + category
      found[code] = row
    }
    return row
  }
}

/** What is known of the categories of a field. */
export interface Known {
  /** Their numbers. */
  readonly byName: ReadonlyMap<string, number>
  /** Of sparse features: the table row of an index, from that of the field on. */
  readonly rowOfIndex: ((index: number) => number) | undefined
}

/** Where a categorical field of sparse features is among those of its column. */
export interface SparsePlace {
  readonly nth: number
  /** [fields] The least index of each: above the categories of the field before. */
  readonly least: readonly number[]
  /** [fields] Before which the indices of each end. */
  readonly ends: readonly number[]
}

/** @param plans the fields of one column, in order */
export function sparsePlaces(plans: readonly CategoricalPlan[]): SparsePlace[] {
  const most = plans.map(({ categories }) => categories.reduce((a, b) => Math.max(a, Number(b)), -1))
  const least = plans.map(({ range }, n) => (n === 0 || most[n - 1]! < 0 ? range!.begin : most[n - 1]! + 1))
  const ends = plans.map(({ range }) => range!.end)
  return plans.map((_, nth) => ({ nth, least, ends }))
}

/** Of sparse features: by an array where their indices lie close together, else by a map. */
export function knownCategories(categories: readonly string[], isSparse: boolean): Known {
  const byName = new Map(categories.map((category, n) => [category, n]))
  if (!isSparse) return { byName, rowOfIndex: undefined }
  const indices = categories.map(Number)
  const least = indices.reduce((a, b) => Math.min(a, b), 0)
  const span = indices.reduce((a, b) => Math.max(a, b), 0) - least + 1
  if (span > 4 * indices.length + 1024) return { byName, rowOfIndex: lookup(byName, String) }
  const rows = new Int32Array(span).fill(UNSEEN)
  for (const [n, index] of indices.entries()) rows[index - least] = SHARED_ROWS + n
  return { byName, rowOfIndex: (index) => rows[index - least] ?? UNSEEN }
}

export async function putCategories(
  column: Column,
  plan: CategoricalPlan,
  known: Known,
  sparse: SparsePlace | undefined,
  { ids, place, width, begin }: Place,
  counts: FieldCounts,
  yielder: LoopYielder,
): Promise<void> {
  const put = (row: number, own: number) => {
    if (own === UNSEEN) counts.unseen++
    else if (own === MISSING) counts.missing++
    ids[row * width + place] = begin + own
  }
  if (column.type === 'sparse') {
    const { offsets } = column
    const entryOf = entryFinder(column, plan, sparse!)
    const rowOf = known.rowOfIndex!
    await yielder.over(offsets.length - 1, ROWS_AT_ONCE, (first, until) => {
      for (let row = first; row < until; row++) {
        const entry = entryOf(row)
        put(row, entry < 0 ? MISSING : rowOf(column.indices[entry]!))
      }
    })
  } else if (column.type === 'string') {
    const { codes, dictionary } = column
    const rowOf = dictionaryLookup(known.byName, dictionary, codes.length)
    await yielder.over(codes.length, ROWS_AT_ONCE, (first, until) => {
      for (let row = first; row < until; row++) put(row, codes[row]! < 0 ? MISSING : rowOf(codes[row]!))
    })
  } else if (isNumeric(column)) {
    const { values } = column
    const rowOf = lookup(known.byName, String)
    await yielder.over(values.length, ROWS_AT_ONCE, (first, until) => {
      for (let row = first; row < until; row++) put(row, Number.isNaN(values[row]!) ? MISSING : rowOf(values[row]!))
    })
  }
}

/**
 * Which entry of a row is in the range of a field, -1 for none: where it was in the row before is looked at first, for rows are
 * mostly alike, and indices ascend. A row of as many entries as fields may have one below the range of its field, where the training
 * had none: it is the entry of its place. @throws ERR_DATA for a row with two
 */
function entryFinder(
  { offsets, indices }: SparseColumn,
  { column, range }: CategoricalPlan,
  { nth, least, ends }: SparsePlace,
): (row: number) => number {
  const { begin, end } = range!
  let place = 0
  const isByPlace = (first: number, until: number) =>
    until - first === ends.length &&
    ends.every((above, n) => indices[first + n]! >= least[n]! && indices[first + n]! < above)
  return (row) => {
    const [first, until] = [offsets[row]!, offsets[row + 1]!]
    let entry = first + place
    const isThere = entry < until && indices[entry]! >= begin && (entry === first || indices[entry - 1]! < begin)
    if (!isThere) {
      entry = first
      while (entry < until && indices[entry]! < begin) entry++
    }
    const isNone = entry === until || indices[entry]! >= end
    const isTwo = !isNone && entry + 1 < until && indices[entry + 1]! < end
    if ((isNone || isTwo) && isByPlace(first, until)) return first + nth
    if (isNone) return -1
    if (isTwo)
      throw new KindredError(
        'ERR_DATA',
        `row ${row} of ${show(column)} has two features from ${begin} to ${end - 1}, where each row of the training had one.`,
      )
    place = entry - first
    return entry
  }
}

/** The categories of each row; a row without any has the table row of missing values. */
export async function bagOf(
  column: Column,
  rows: number,
  known: Known,
  begin: number,
  counts: FieldCounts,
  yielder: LoopYielder,
): Promise<EncodedBag> {
  if (column.type !== 'list' && column.type !== 'sparse')
    throw new KindredError('ERR_INTERNAL', `${column.name}: expected lists.`)
  const { offsets } = column
  const isSparse = column.type === 'sparse'
  const codes = isSparse ? column.indices : column.codes
  const own = new Int32Array(rows + 1)
  for (let row = 0; row < rows; row++) own[row + 1] = own[row]! + Math.max(1, offsets[row + 1]! - offsets[row]!)
  const ids = new Int32Array(own[rows]!)
  const values = isSparse ? new Float32Array(own[rows]!).fill(1) : undefined
  const rowOf = isSparse
    ? known.rowOfIndex!
    : dictionaryLookup(known.byName, column.dictionary, offsets[rows]! - offsets[0]!)
  await yielder.over(rows, ROWS_AT_ONCE >> 2, (first, until) => {
    for (let row = first; row < until; row++) {
      let at = own[row]!
      if (offsets[row] === offsets[row + 1]) {
        ids[at] = begin + MISSING
        counts.missing++
      }
      for (let n = offsets[row]!; n < offsets[row + 1]!; n++, at++) {
        const found = rowOf(codes[n]!)
        if (found === UNSEEN) counts.unseen++
        ids[at] = begin + found
        if (isSparse) values![at] = column.values[n]!
      }
    }
  })
  return { offsets: own, ids, values }
}

/** Vectors, those that are missing as zeros. @throws ERR_DATA for one with another number that is not finite */
export async function vectorsOf(
  where: string,
  column: Column,
  counts: FieldCounts,
  yielder: LoopYielder,
): Promise<Float32Array> {
  if (column.type !== 'vector') throw new KindredError('ERR_INTERNAL', `${column.name}: expected vectors.`)
  const { values, width, name } = column
  const out = Float32Array.from(values)
  const rows = width === 0 ? 0 : values.length / width
  await yielder.over(rows, Math.max(1, Math.floor(2 ** 18 / Math.max(1, width))), (first, until) => {
    for (let row = first; row < until; row++) {
      const [begin, end] = [row * width, (row + 1) * width]
      if (Number.isNaN(out[begin]!)) {
        out.fill(0, begin, end)
        counts.missing++
      } else
        for (let n = begin; n < end; n++)
          if (!Number.isFinite(out[n]!))
            throw new KindredError(
              'ERR_DATA',
              `${where}: the vector of row ${row} of ${show(name)} has a number that is not finite.`,
            )
    }
  })
  return out
}
