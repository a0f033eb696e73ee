import { isNumeric } from '../../data/table/column.js'
import type { Table } from '../../data/table/table.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError } from '../../native/errors.js'
import type { NumberBlock } from '../../native/functions/trees.js'
import { nativeCall } from '../../native/native-call.js'
import type { ClickCounts, FieldCounts } from '../ctr/base/click-model.js'
import type { FieldPlan, NumericPlan, VectorPlan } from '../ctr/fields/field-plan.js'
import { columnOf, RowEncoder } from '../ctr/fields/row-encoder.js'
import {
  type CodedPlan,
  codesOf,
  type FieldCodes,
  indicatorsOf,
  meanStatistics,
  mostFrequent,
} from './category-codes.js'
import type { TreeModelSettings } from './tree-options.js'

const ROWS_AT_ONCE = 1 << 14

/** What was learnt of a field of categories. */
export interface LearntCategories {
  /** [categories + 1]: the statistic of each, the last that of unseen and rare ones. */
  readonly statistics: Float64Array
  /** Of a multi-valued field: the categories that have a column each. */
  readonly indicators: Int32Array
}

const isCoded = (plan: FieldPlan): plan is CodedPlan => plan.kind === 'categorical' || plan.kind === 'multi'

/** Makes of the rows of tables the columns of numbers that trees ask. */
export class TreeColumns {
  /** How many columns each field has, in the order of `plans`. */
  readonly widths: readonly number[]
  readonly #coded: RowEncoder

  /** @param learnt of each plan of categories */
  constructor(
    readonly plans: readonly FieldPlan[],
    readonly learnt: ReadonlyMap<FieldPlan, LearntCategories>,
  ) {
    this.#coded = new RowEncoder(plans.filter(isCoded))
    this.widths = plans.map((plan) => {
      if (plan.kind === 'vector') return plan.width
      return 1 + (learnt.get(plan)?.indicators.length ?? 0)
    })
  }

  /** Columns in all. */
  get width(): number {
    return this.widths.reduce((sum, width) => sum + width, 0)
  }

  /**
   * Learns the statistics of categories, and gives the columns of the rows that they are learnt of, none of which has seen its
   * own label.
   * @throws ERR_ABORTED
   */
  static async learn(
    plans: readonly FieldPlan[],
    table: Table,
    labels: Float32Array,
    options: TreeModelSettings,
    counts: ClickCounts,
    signal: AbortSignal | undefined,
  ): Promise<{ columns: TreeColumns; blocks: NumberBlock[] }> {
    const encoder = new RowEncoder(plans.filter(isCoded))
    const encoded = await encoder.encode('fit', table, counts, signal)
    const yielder = new LoopYielder(signal)
    const learnt = new Map<FieldPlan, LearntCategories>()
    const rowsOf = new Map<FieldPlan, { codes: FieldCodes; rows: Float64Array }>()
    for (const plan of plans) {
      if (!isCoded(plan)) continue
      const codes = await codesOf(encoder, plan, encoded, yielder)
      const { length } = plan.categories
      const indicators =
        plan.kind === 'multi' ? await mostFrequent(codes, length, options.indicators, yielder) : new Int32Array(0)
      learnt.set(plan, { statistics: new Float64Array(length + 1), indicators })
      rowsOf.set(plan, { codes, rows: new Float64Array(table.rows) })
    }
    let clicks = 0
    await yielder.over(labels.length, ROWS_AT_ONCE, (begin, end) => {
      for (let row = begin; row < end; row++) clicks += labels[row]!
    })
    const settings = { prior: clicks / labels.length, weight: options.priorWeight, seed: options.seed }
    const native = Array.from(rowsOf, ([plan, { codes, rows }]) => ({
      ...codes,
      rows,
      totals: learnt.get(plan)!.statistics,
    }))
    await nativeCall(signal, (addon, abort) => addon.orderedTargetStatistics(native, labels, settings, abort))
    const columns = new TreeColumns(plans, learnt)
    const blocks: NumberBlock[] = []
    for (const plan of plans) {
      const own = rowsOf.get(plan)
      if (own === undefined) blocks.push(await numbersOf(plan as NumericPlan | VectorPlan, table, counts, yielder))
      else {
        blocks.push({ values: own.rows, width: 1 })
        blocks.push(...(await columns.#indicators(plan, own.codes, encoder, encoded, table.rows, yielder)))
      }
    }
    return { columns, blocks }
  }

  /** The columns of the rows of a table; what is unseen or missing is added to `counts`. @throws ERR_COLUMN, ERR_DATA, ERR_ABORTED */
  async of(where: string, table: Table, counts: ClickCounts, signal: AbortSignal | undefined): Promise<NumberBlock[]> {
    this.#coded.check(where, table, this.plans)
    const encoded = await this.#coded.encode(where, table, counts, signal)
    const yielder = new LoopYielder(signal)
    const blocks: NumberBlock[] = []
    for (const plan of this.plans) {
      const own = this.learnt.get(plan)
      if (own === undefined || !isCoded(plan)) {
        blocks.push(await numbersOf(plan as NumericPlan | VectorPlan, table, counts, yielder))
        continue
      }
      const codes = await codesOf(this.#coded, plan, encoded, yielder)
      blocks.push({ values: await meanStatistics(codes, own.statistics, table.rows, yielder), width: 1 })
      blocks.push(...(await this.#indicators(plan, codes, this.#coded, encoded, table.rows, yielder)))
    }
    return blocks
  }

  async #indicators(
    plan: FieldPlan,
    codes: FieldCodes,
    encoder: RowEncoder,
    encoded: Awaited<ReturnType<RowEncoder['encode']>>,
    rows: number,
    yielder: LoopYielder,
  ): Promise<NumberBlock[]> {
    const { indicators } = this.learnt.get(plan)!
    if (plan.kind !== 'multi' || indicators.length === 0) return []
    const bag = encoded.bags[encoder.multi.indexOf(plan)]!
    const { length } = plan.categories
    const values = await indicatorsOf(codes, bag.values, indicators, length, rows, yielder)
    return [{ values, width: indicators.length }]
  }
}

/** A column of the table as it is; rows without a number, or without a vector, are counted. */
async function numbersOf(
  plan: NumericPlan | VectorPlan,
  table: Table,
  counts: ClickCounts,
  yielder: LoopYielder,
): Promise<NumberBlock> {
  const column = columnOf(table, plan)
  if (column.type !== 'vector' && !isNumeric(column))
    throw new KindredError('ERR_INTERNAL', `${plan.column}: expected numbers.`)
  const { values } = column
  const width = column.type === 'vector' ? column.width : 1
  const own: FieldCounts = counts.fields[plan.name]!
  await yielder.over(table.rows, ROWS_AT_ONCE, (begin, end) => {
    for (let row = begin; row < end; row++) if (Number.isNaN(values[row * width]!)) own.missing++
  })
  return { values, width }
}
