import { type Column, isNumeric, type SparseColumn } from '../../../data/table/column.js'
import type { Table } from '../../../data/table/table.js'
import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import { KindredError, show } from '../../../native/errors.js'
import type { FieldKind } from '../base/click-model.js'
import type { ClickTraining } from '../base/click-training.js'
import { frequentCategories, frequentIndices } from './categories.js'
import type { FieldPlan, NumericPlan } from './field-plan.js'

const ROWS_AT_ONCE = 1 << 14

/** Which kinds each type of column can be; the first one is what it is unless another is asked for. */
const KINDS: Readonly<Record<Column['type'], readonly FieldKind[]>> = {
  string: ['categorical'],
  boolean: ['categorical', 'numeric'],
  number: ['numeric', 'categorical'],
  timestamp: ['numeric', 'categorical'],
  list: ['multi'],
  sparse: ['categorical', 'multi'],
  vector: ['vector'],
}

/**
 * How the fields of a training are read, learnt of its rows.
 * @param minCount rows that a category must be in to have embeddings of its own
 * @throws ERR_COLUMN for a kind that a column cannot be, and two fields of one name, ERR_ABORTED
 */
export async function planFields(
  { train, columns, kinds }: ClickTraining,
  minCount: number,
  signal: AbortSignal | undefined,
): Promise<FieldPlan[]> {
  const plans: FieldPlan[] = []
  for (const name of columns) {
    const column = train.table.column(name)
    const kind = kinds[name]
    plans.push(...(await plansOf(train.table, column, planKind(column, kind), kind !== undefined, minCount, signal)))
  }
  const names = new Set<string>()
  for (const { name } of plans) {
    if (names.has(name))
      throw new KindredError(
        'ERR_COLUMN',
        `fit: there would be two fields ${show(name)}: a column, and one of the sparse features. Rename the column, or ignore it.`,
      )
    names.add(name)
  }
  return plans
}

/** What a column is, asked for or not. @throws ERR_COLUMN for a kind that it cannot be */
export function planKind({ name, type }: Column, asked: FieldKind | undefined): FieldKind {
  const legal = KINDS[type]
  if (asked === undefined || legal.includes(asked)) return asked ?? legal[0]!
  throw new KindredError(
    'ERR_COLUMN',
    `fit: the column ${show(name)} holds ${type}s, which can be ${legal.join(' or ')}, not ${asked}.`,
  )
}

async function plansOf(
  table: Table,
  column: Column,
  kind: FieldKind,
  isGiven: boolean,
  minCount: number,
  signal: AbortSignal | undefined,
): Promise<FieldPlan[]> {
  const own = { name: column.name, column: column.name }
  if (column.type === 'sparse') return sparsePlans(column, kind, isGiven, minCount, signal)
  if (column.type === 'vector') return [{ ...own, kind: 'vector', width: column.width }]
  if (kind === 'numeric') return [await numericPlan(column, signal)]
  const categories = await frequentCategories(column, table.rows, minCount, signal)
  return [
    column.type === 'list'
      ? { ...own, kind: 'multi', categories, isSparse: false }
      : { ...own, kind: 'categorical', categories },
  ]
}

/** The mean and the deviation of the values that there are (Welford 1962). @throws ERR_DATA for a column without one */
export async function numericPlan(column: Column, signal: AbortSignal | undefined): Promise<NumericPlan> {
  if (!isNumeric(column)) throw new KindredError('ERR_INTERNAL', `${column.name}: expected numbers.`)
  const { values, name } = column
  let [count, mean, squares] = [0, 0, 0]
  await new LoopYielder(signal).over(values.length, ROWS_AT_ONCE, (begin, end) => {
    for (let row = begin; row < end; row++) {
      const value = values[row]!
      if (!Number.isFinite(value)) continue
      count++
      const before = value - mean
      mean += before / count
      squares += before * (value - mean)
    }
  })
  const deviation = count === 0 ? 0 : Math.sqrt(squares / count)
  return { kind: 'numeric', name, column: name, mean, deviation }
}

/**
 * Sparse features as fields: where each row has as many, all of value 1, and those of each place are of a range of their own, each
 * place is a categorical field, as in files of fields that were one-hot encoded; else all are one multi-valued field.
 * @throws ERR_DATA where categorical ones are asked for and rows are not like that
 */
async function sparsePlans(
  column: SparseColumn,
  kind: FieldKind,
  isGiven: boolean,
  minCount: number,
  signal: AbortSignal | undefined,
): Promise<FieldPlan[]> {
  const { name } = column
  const begins = kind === 'multi' ? undefined : await fieldRanges(column, signal)
  if (begins === undefined && kind === 'categorical' && isGiven)
    throw new KindredError(
      'ERR_DATA',
      `fit: the sparse features of ${show(name)} are no categorical fields: expected as many in each row, of value 1, each in a range of its own. Take 'multi'.`,
    )
  const indices = await frequentIndices(column, minCount, signal)
  if (begins === undefined)
    return [{ kind: 'multi', name, column: name, categories: indices.map(String), isSparse: true }]
  return begins.map((begin, n) => {
    const end = begins[n + 1] ?? 2 ** 31 - 1
    const categories = indices.filter((index) => index >= begin && index < end).map(String)
    return { kind: 'categorical', name: `${name}[${n}]`, column: name, categories, range: { begin, end } }
  })
}

/** Where the range of each place begins, the first at 0; undefined where they overlap, or rows differ in more than that. */
async function fieldRanges(
  { offsets, indices, values }: SparseColumn,
  signal: AbortSignal | undefined,
): Promise<number[] | undefined> {
  const rows = offsets.length - 1
  const places = rows === 0 ? 0 : offsets[1]!
  const least = new Int32Array(places).fill(2 ** 31 - 1)
  const most = new Int32Array(places).fill(-1)
  let isRegular = places > 0
  await new LoopYielder(signal).over(rows, ROWS_AT_ONCE, (begin, end) => {
    for (let row = begin; isRegular && row < end; row++) {
      const first = offsets[row]!
      isRegular = offsets[row + 1]! - first === places
      for (let n = 0; isRegular && n < places; n++) {
        const index = indices[first + n]!
        if (values[first + n] !== 1) isRegular = false
        if (index < least[n]!) least[n] = index
        if (index > most[n]!) most[n] = index
      }
    }
  })
  for (let n = 1; n < places; n++) if (least[n]! <= most[n - 1]!) isRegular = false
  return isRegular ? Array.from(least, (index, n) => (n === 0 ? 0 : index)) : undefined
}
