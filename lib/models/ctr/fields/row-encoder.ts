import { type Column, isNumeric } from '../../../data/table/column.js'
import type { Table } from '../../../data/table/table.js'
import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import { KindredError, show } from '../../../native/errors.js'
import type { ClickCounts, FieldCounts } from '../base/click-model.js'
import type { EncodedBag, EncodedRows } from './encoded-rows.js'
import {
  type CategoricalPlan,
  type FieldPlan,
  MISSING,
  type MultiPlan,
  type NumericPlan,
  SHARED_ROWS,
  tableRowsOf,
  UNSEEN,
  type VectorPlan,
} from './field-plan.js'

const ROWS_AT_ONCE = 1 << 14

/** Standardised numbers beyond count as this: an outlier must not drown all other fields. */
const MOST = 10

type FixedPlan = CategoricalPlan | NumericPlan

/** Types of columns that a field may be read from. */
const TYPES: Readonly<Record<FieldPlan['kind'], readonly Column['type'][]>> = {
  categorical: ['string', 'number', 'boolean', 'timestamp'],
  numeric: ['number', 'boolean', 'timestamp'],
  multi: ['list'],
  vector: ['vector'],
}

const typesOf = (plan: FieldPlan): readonly Column['type'][] => {
  const isSparse = plan.kind === 'categorical' ? plan.range !== undefined : plan.kind === 'multi' && plan.isSparse
  return isSparse ? ['sparse'] : TYPES[plan.kind]
}

/** Makes of the rows of tables what networks take: which row of the tables of embeddings stands for each value. */
export class RowEncoder {
  readonly plans: readonly FieldPlan[]
  /** Of the tables of embeddings. */
  readonly tableRows: number
  /** Fields of one category or number, in their order. */
  readonly fixed: readonly FixedPlan[]
  readonly multi: readonly MultiPlan[]
  readonly vectors: readonly VectorPlan[]
  /** Where the rows of each field begin in the tables of embeddings. */
  readonly #begin = new Map<FieldPlan, number>()
  readonly #known = new Map<FieldPlan, ReadonlyMap<string, number>>()

  constructor(plans: readonly FieldPlan[]) {
    this.plans = plans
    let rows = 0
    for (const plan of plans) {
      this.#begin.set(plan, rows)
      rows += tableRowsOf(plan)
      if (plan.kind === 'categorical' || plan.kind === 'multi')
        this.#known.set(plan, new Map(plan.categories.map((category, n) => [category, n])))
    }
    this.tableRows = rows
    this.fixed = plans.filter((plan): plan is FixedPlan => plan.kind === 'categorical' || plan.kind === 'numeric')
    this.multi = plans.filter((plan) => plan.kind === 'multi')
    this.vectors = plans.filter((plan) => plan.kind === 'vector')
  }

  /** How many fields there are. */
  get fields(): number {
    return this.plans.length
  }

  /** Whether there is a number among the fixed fields. */
  get hasNumbers(): boolean {
    return this.fixed.some(({ kind }) => kind === 'numeric')
  }

  /** The first row of a field in the tables of embeddings: that of its unseen categories. */
  beginOf(plan: FieldPlan): number {
    return this.#begin.get(plan)!
  }

  /** @throws ERR_COLUMN naming all columns that are not there, or of a type that the field cannot be read from */
  check(where: string, table: Table, plans: readonly FieldPlan[] = this.plans): void {
    const wrong = plans.flatMap((plan) => {
      const column = table.has(plan.column) ? table.column(plan.column) : undefined
      const types = typesOf(plan)
      if (column === undefined) return [`${show(plan.column)} (${types.join(' or ')}) is not there`]
      if (!types.includes(column.type)) return [`${show(plan.column)} holds ${column.type}s, not ${types.join(' or ')}`]
      if (plan.kind === 'vector' && column.type === 'vector' && column.width !== plan.width)
        return [`${show(plan.column)} holds vectors of ${column.width} numbers, not ${plan.width}`]
      return []
    })
    if (wrong.length === 0) return
    const told = [...new Set(wrong)]
    const more = told.length > 20 ? `, and ${told.length - 20} more` : ''
    throw new KindredError(
      'ERR_COLUMN',
      `${where}: expected the columns that the model was fitted on, but ${told.slice(0, 20).join(', ')}${more}.`,
    )
  }

  /**
   * Encodes all rows; what is unseen or missing is added to `counts`.
   * @throws ERR_COLUMN, ERR_DATA for a vector with a number that is not finite, ERR_ABORTED
   */
  async encode(
    where: string,
    table: Table,
    counts: ClickCounts,
    signal: AbortSignal | undefined,
  ): Promise<EncodedRows> {
    this.check(where, table)
    const { rows } = table
    const yielder = new LoopYielder(signal)
    const width = this.fixed.length
    const ids = new Int32Array(rows * width)
    const scales = this.hasNumbers ? new Float32Array(rows * width).fill(1) : undefined
    for (const [place, plan] of this.fixed.entries()) {
      const own = counts.fields[plan.name]!
      const put = { ids, scales: scales!, place, width, begin: this.beginOf(plan) }
      await (plan.kind === 'numeric'
        ? putNumbers(table.column(plan.column), plan, put, own, yielder)
        : putCategories(table.column(plan.column), plan, this.#known.get(plan)!, put, own, yielder))
    }
    const bags: EncodedBag[] = []
    for (const plan of this.multi)
      bags.push(
        await bagOf(
          table.column(plan.column),
          rows,
          this.#known.get(plan)!,
          this.beginOf(plan),
          counts.fields[plan.name]!,
          yielder,
        ),
      )
    const vectors: Float32Array[] = []
    for (const plan of this.vectors)
      vectors.push(await vectorsOf(where, table.column(plan.column), counts.fields[plan.name]!, yielder))
    counts.rows += rows
    return { rows, ids, scales, bags, vectors }
  }
}

/** Where the values of a field are put. */
interface Place {
  readonly ids: Int32Array
  readonly scales: Float32Array
  readonly place: number
  /** Fixed fields of a row. */
  readonly width: number
  /** First table row of the field. */
  readonly begin: number
}

async function putNumbers(
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

async function putCategories(
  column: Column,
  plan: CategoricalPlan,
  known: ReadonlyMap<string, number>,
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
    const { offsets, indices } = column
    const rowOf = lookup(known, String)
    const from = plan.range!.begin
    const to = plan.range!.end
    await yielder.over(offsets.length - 1, ROWS_AT_ONCE, (first, until) => {
      for (let row = first; row < until; row++) {
        let own = MISSING
        for (let n = offsets[row]!; n < offsets[row + 1]!; n++) {
          const index = indices[n]!
          if (index < from || index >= to) continue
          if (own !== MISSING)
            throw new KindredError(
              'ERR_DATA',
              `row ${row} of ${show(plan.column)} has two features from ${from} to ${to - 1}, where each row of the training had one.`,
            )
          own = rowOf(index)
        }
        put(row, own)
      }
    })
  } else if (column.type === 'string') {
    const { codes, dictionary } = column
    const rowOf = dictionaryLookup(known, dictionary, codes.length)
    await yielder.over(codes.length, ROWS_AT_ONCE, (first, until) => {
      for (let row = first; row < until; row++) put(row, codes[row]! < 0 ? MISSING : rowOf(codes[row]!))
    })
  } else if (isNumeric(column)) {
    const { values } = column
    const rowOf = lookup(known, String)
    await yielder.over(values.length, ROWS_AT_ONCE, (first, until) => {
      for (let row = first; row < until; row++) put(row, Number.isNaN(values[row]!) ? MISSING : rowOf(values[row]!))
    })
  }
}

/** The categories of each row; a row without any has the table row of missing values. */
async function bagOf(
  column: Column,
  rows: number,
  known: ReadonlyMap<string, number>,
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
    ? lookup(known, String)
    : dictionaryLookup(known, column.dictionary, offsets[rows]! - offsets[0]!)
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
async function vectorsOf(
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
