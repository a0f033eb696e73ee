import type { Column } from '../../../data/table/column.js'
import type { Table } from '../../../data/table/table.js'
import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import { isEmpty, missing } from '../../../features/pipeline/schema.js'
import { KindredError, show } from '../../../native/errors.js'
import type { ClickCounts } from '../base/click-model.js'
import {
  bagOf,
  type Known,
  knownCategories,
  putCategories,
  putNumbers,
  type SparsePlace,
  sparsePlaces,
  vectorsOf,
} from './encode-columns.js'
import type { EncodedBag, EncodedRows } from './encoded-rows.js'
import {
  type CategoricalPlan,
  type FieldPlan,
  type MultiPlan,
  type NumericPlan,
  tableRowsOf,
  type VectorPlan,
} from './field-plan.js'

type FixedPlan = CategoricalPlan | NumericPlan

/** Types of columns that a field may be read from. */
const TYPES: Readonly<Record<FieldPlan['kind'], readonly Column['type'][]>> = {
  categorical: ['string', 'number', 'boolean', 'timestamp'],
  numeric: ['number', 'boolean', 'timestamp'],
  multi: ['list'],
  vector: ['vector'],
}

/** Whether a field is read from sparse features. */
export const isSparse = (plan: FieldPlan) =>
  plan.kind === 'categorical' ? plan.range !== undefined : plan.kind === 'multi' && plan.isSparse

const typesOf = (plan: FieldPlan): readonly Column['type'][] => (isSparse(plan) ? ['sparse'] : TYPES[plan.kind])

const fits = (plan: FieldPlan, column: Column) =>
  typesOf(plan).includes(column.type) &&
  (plan.kind !== 'vector' || column.type !== 'vector' || column.width === plan.width)

/** The column that a field is read from; one in which all is missing, whose type says nothing, as one of the field's type. */
export function columnOf(table: Table, plan: FieldPlan): Column {
  const column = table.column(plan.column)
  if (fits(plan, column) || !isEmpty(column)) return column
  const width = plan.kind === 'vector' ? plan.width : 0
  return missing({ column: plan.column, type: typesOf(plan)[0]!, width }, table.rows)
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
  readonly #known = new Map<FieldPlan, Known>()
  readonly #sparse = new Map<FieldPlan, SparsePlace>()

  constructor(plans: readonly FieldPlan[]) {
    this.plans = plans
    let rows = 0
    for (const plan of plans) {
      this.#begin.set(plan, rows)
      rows += tableRowsOf(plan)
      if (plan.kind === 'categorical' || plan.kind === 'multi')
        this.#known.set(plan, knownCategories(plan.categories, isSparse(plan)))
    }
    this.tableRows = rows
    this.fixed = plans.filter((plan): plan is FixedPlan => plan.kind === 'categorical' || plan.kind === 'numeric')
    this.multi = plans.filter((plan) => plan.kind === 'multi')
    this.vectors = plans.filter((plan) => plan.kind === 'vector')
    for (const column of new Set(plans.filter(isSparse).map((plan) => plan.column))) {
      const own = plans.filter((plan) => plan.kind === 'categorical' && isSparse(plan) && plan.column === column)
      for (const place of sparsePlaces(own as CategoricalPlan[])) this.#sparse.set(own[place.nth]!, place)
    }
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

  /** The number of a category of a field; undefined if it is unseen. */
  categoryOf(plan: FieldPlan, category: string): number | undefined {
    return this.#known.get(plan)!.byName.get(category)
  }

  /** @throws ERR_COLUMN naming all columns that are not there, or of a type that the field cannot be read from and not empty */
  check(where: string, table: Table, plans: readonly FieldPlan[] = this.plans): void {
    const wrong = plans.flatMap((plan) => {
      const column = table.has(plan.column) ? table.column(plan.column) : undefined
      const types = typesOf(plan)
      if (column === undefined) return [`${show(plan.column)} (${types.join(' or ')}) is not there`]
      if (fits(plan, column) || isEmpty(column)) return []
      if (!types.includes(column.type)) return [`${show(plan.column)} holds ${column.type}s, not ${types.join(' or ')}`]
      const width = column.type === 'vector' ? column.width : 0
      const wanted = plan.kind === 'vector' ? plan.width : 0
      return [`${show(plan.column)} holds vectors of ${width} numbers, not ${wanted}`]
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
   * @param of the fields, all if absent
   * @throws ERR_COLUMN, ERR_DATA for a vector with a number that is not finite, ERR_ABORTED
   */
  async encode(
    where: string,
    table: Table,
    counts: ClickCounts,
    signal: AbortSignal | undefined,
    of: readonly FieldPlan[] = this.plans,
  ): Promise<EncodedRows> {
    this.check(where, table, of)
    const { rows } = table
    const yielder = new LoopYielder(signal)
    const fixed = this.fixed.filter((plan) => of.includes(plan))
    const width = fixed.length
    const ids = new Int32Array(rows * width)
    const hasNumbers = fixed.some(({ kind }) => kind === 'numeric')
    const scales = hasNumbers ? new Float32Array(rows * width).fill(1) : undefined
    for (const [place, plan] of fixed.entries()) {
      const column = columnOf(table, plan)
      const own = counts.fields[plan.name]!
      const put = { ids, scales: scales!, place, width, begin: this.beginOf(plan) }
      await (plan.kind === 'numeric'
        ? putNumbers(column, plan, put, own, yielder)
        : putCategories(column, plan, this.#known.get(plan)!, this.#sparse.get(plan), put, own, yielder))
    }
    const bags: EncodedBag[] = []
    const vectors: Float32Array[] = []
    for (const plan of of) {
      const own = counts.fields[plan.name]!
      if (plan.kind === 'vector') vectors.push(await vectorsOf(where, columnOf(table, plan), own, yielder))
      if (plan.kind === 'multi')
        bags.push(await bagOf(columnOf(table, plan), rows, this.#known.get(plan)!, this.beginOf(plan), own, yielder))
    }
    counts.rows += rows
    return { rows, ids, scales, bags, vectors }
  }
}
