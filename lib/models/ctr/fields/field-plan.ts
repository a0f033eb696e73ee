import type { ClickField } from '../base/click-model.js'

/** One category of a row. */
export interface CategoricalPlan {
  readonly kind: 'categorical'
  readonly name: string
  readonly column: string
  /** Those with rows of their own, as strings. */
  readonly categories: readonly string[]
  /** Of sparse features: which indices are of this field, from `begin` to before `end`. */
  readonly range?: { readonly begin: number; readonly end: number }
}

/** A number of a row. */
export interface NumericPlan {
  readonly kind: 'numeric'
  readonly name: string
  readonly column: string
  readonly mean: number
  /** Standard deviation, 0 of a constant. */
  readonly deviation: number
}

/** Several categories of a row. */
export interface MultiPlan {
  readonly kind: 'multi'
  readonly name: string
  readonly column: string
  readonly categories: readonly string[]
  /** Whether they are sparse features, which have a value each. */
  readonly isSparse: boolean
}

/** A vector of a row. */
export interface VectorPlan {
  readonly kind: 'vector'
  readonly name: string
  readonly column: string
  readonly width: number
}

/** How a field is read. */
export type FieldPlan = CategoricalPlan | NumericPlan | MultiPlan | VectorPlan

/** Rows of the tables of embeddings that each field begins with: for what is unseen, and for what is missing. */
export const SHARED_ROWS = 2
/** Of a categorical or multi-valued field: the row of unseen categories; of a numeric one, the row of its value. */
export const UNSEEN = 0
/** The row of a missing value. */
export const MISSING = 1

/** Rows that a field has in tables of embeddings. */
export function tableRowsOf(plan: FieldPlan): number {
  if (plan.kind === 'vector') return 0
  return SHARED_ROWS + (plan.kind === 'numeric' ? 0 : plan.categories.length)
}

/** What users see of it. */
export function fieldOf(plan: FieldPlan): ClickField {
  const { name, column, kind } = plan
  if (kind === 'vector') return { name, column, kind, size: plan.width }
  return { name, column, kind, size: kind === 'numeric' ? 1 : plan.categories.length }
}
