import type { Table } from '../../../data/table/table.js'
import { KindredError, show } from '../../../native/errors.js'
import type { ClickCounts } from '../base/click-model.js'
import { encodeCell } from './encode-row.js'
import { type EncodedBag, type EncodedRows, takeRows } from './encoded-rows.js'
import type { FieldPlan } from './field-plan.js'
import { isSparse, type RowEncoder } from './row-encoder.js'

/** Rows of candidates: the fields that items have are encoded once, those of the context with each request. */
export class CandidateRows {
  readonly #encoder: RowEncoder
  readonly #ofItems: ReadonlySet<FieldPlan>
  readonly #items: EncodedRows
  /** Of the fields of items, which place each has among theirs. */
  readonly #places: ReadonlyMap<FieldPlan, number>

  private constructor(encoder: RowEncoder, ofItems: ReadonlySet<FieldPlan>, items: EncodedRows) {
    this.#encoder = encoder
    this.#ofItems = ofItems
    this.#items = items
    const of = (plans: readonly FieldPlan[]) =>
      plans.filter((plan) => ofItems.has(plan)).map((plan, n) => [plan, n] as const)
    this.#places = new Map([...of(encoder.fixed), ...of(encoder.multi), ...of(encoder.vectors)])
  }

  /**
   * @param items a row for each; its columns are theirs, all other fields are of the context
   * @throws ERR_COLUMN for columns of another type than at `fit`, and without sparse features; ERR_DATA, ERR_ABORTED
   */
  static async of(encoder: RowEncoder, items: Table, signal: AbortSignal | undefined): Promise<CandidateRows> {
    const own = encoder.plans.filter(({ column }) => items.has(column))
    const sparse = encoder.plans.find((plan) => !own.includes(plan) && isSparse(plan))
    if (sparse !== undefined)
      throw new KindredError(
        'ERR_COLUMN',
        `items: expected the sparse features ${show(sparse.column)}, which no context has.`,
      )
    const counts: ClickCounts = {
      rows: 0,
      fields: Object.fromEntries(own.map(({ name }) => [name, { unseen: 0, missing: 0 }])),
    }
    const encoded = await encoder.encode('items', items, counts, signal, own)
    return new CandidateRows(encoder, new Set(own), encoded)
  }

  /** How many items there are. */
  get rows(): number {
    return this.#items.rows
  }

  /**
   * The rows of some items in a context.
   * @param context values by the names of columns; what is not there is missing
   * @param items their numbers
   * @param own values of each of them by the names of columns that the items do not have, in place of those of the context; of
   * fields of one category or number
   * @throws ERR_DATA for a value of another kind than its field
   */
  join(
    context: Readonly<Record<string, unknown>>,
    items: Int32Array,
    own: Readonly<Record<string, ArrayLike<unknown>>> = {},
  ): EncodedRows {
    const { fixed, multi, vectors } = this.#encoder
    const rows = items.length
    const taken = takeRows(this.#items, items)
    const takenWidth = rows === 0 ? 0 : taken.ids.length / rows
    const ids = new Int32Array(rows * fixed.length)
    const scales = this.#encoder.hasNumbers ? new Float32Array(rows * fixed.length) : undefined
    for (const [place, plan] of fixed.entries()) {
      const from = this.#places.get(plan)
      const values = from === undefined && Object.hasOwn(own, plan.column) ? own[plan.column] : undefined
      if (values !== undefined) {
        for (let row = 0, at = place; row < rows; row++, at += fixed.length) {
          const one = encodeCell(this.#encoder, plan, values[row])
          if (one.kind !== 'fixed') continue
          ids[at] = one.id
          if (scales) scales[at] = one.scale
        }
        continue
      }
      const cell = from === undefined ? encodeCell(this.#encoder, plan, context[plan.column]) : undefined
      if (cell?.kind === 'fixed')
        for (let row = 0, at = place; row < rows; row++, at += fixed.length) {
          ids[at] = cell.id
          if (scales) scales[at] = cell.scale
        }
      else
        for (let row = 0, at = place; row < rows; row++, at += fixed.length) {
          ids[at] = taken.ids[row * takenWidth + from!]!
          if (scales) scales[at] = taken.scales?.[row * takenWidth + from!] ?? 1
        }
    }
    return {
      rows,
      ids,
      scales,
      bags: multi.map((plan) =>
        this.#ofItems.has(plan) ? taken.bags[this.#places.get(plan)!]! : this.#bag(plan, context, rows),
      ),
      vectors: vectors.map((plan) =>
        this.#ofItems.has(plan) ? taken.vectors[this.#places.get(plan)!]! : this.#vector(plan, context, rows),
      ),
    }
  }

  #bag(plan: FieldPlan, context: Readonly<Record<string, unknown>>, rows: number): EncodedBag {
    const cell = encodeCell(this.#encoder, plan, context[plan.column])
    const own = cell.kind === 'bag' ? cell.ids : []
    const ids = new Int32Array(rows * own.length)
    for (let row = 0; row < rows; row++) ids.set(own, row * own.length)
    return { offsets: Int32Array.from({ length: rows + 1 }, (_, n) => n * own.length), ids, values: undefined }
  }

  #vector(plan: FieldPlan, context: Readonly<Record<string, unknown>>, rows: number): Float32Array {
    const cell = encodeCell(this.#encoder, plan, context[plan.column])
    const own = cell.kind === 'vector' ? cell.values : new Float32Array(0)
    const values = new Float32Array(rows * own.length)
    for (let row = 0; row < rows; row++) values.set(own, row * own.length)
    return values
  }
}
