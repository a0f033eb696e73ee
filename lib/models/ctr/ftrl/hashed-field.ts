import { KindredError } from '../../../native/errors.js'
import type { ClickField, FieldKind } from '../base/click-model.js'
import type { ClickTraining } from '../base/click-training.js'
import { numericPlan, planKind } from '../fields/plan-fields.js'

/** How a column is read: nothing of its categories need be known. */
export interface HashedField {
  readonly name: string
  readonly column: string
  readonly kind: FieldKind
  /** Of vectors, else 0. */
  readonly width: number
  /** Of the numbers of the first fit, by which all are standardised; else 0. */
  readonly mean: number
  readonly deviation: number
}

/** @internal @throws ERR_COLUMN for a kind that a column cannot be, ERR_ABORTED */
export async function hashedFields(
  { train, columns, kinds }: ClickTraining,
  signal: AbortSignal | undefined,
): Promise<HashedField[]> {
  const fields: HashedField[] = []
  for (const name of columns) {
    const column = train.table.column(name)
    const given = planKind(column, kinds[name])
    const kind = column.type === 'sparse' ? 'multi' : given
    const { mean, deviation } = kind === 'numeric' ? await numericPlan(column, signal) : { mean: 0, deviation: 0 }
    fields.push({ name, column: name, kind, width: column.type === 'vector' ? column.width : 0, mean, deviation })
  }
  return fields
}

/** What users see of it. @param cells weights of all fields */
export const fieldOf = ({ name, column, kind, width }: HashedField, cells: number): ClickField => ({
  name,
  column,
  kind,
  size: kind === 'vector' ? width : kind === 'numeric' ? 1 : cells,
})

const KINDS: readonly unknown[] = ['categorical', 'numeric', 'multi', 'vector']

/** The fields that were saved. @throws ERR_MODEL_FILE */
export function restoredFields(dir: string, saved: unknown): HashedField[] {
  const isField = (field: Partial<HashedField> | null) =>
    typeof field === 'object' &&
    field !== null &&
    typeof field.name === 'string' &&
    typeof field.column === 'string' &&
    KINDS.includes(field.kind) &&
    Number.isSafeInteger(field.width) &&
    field.width! >= 0 &&
    Number.isFinite(field.mean) &&
    Number.isFinite(field.deviation)
  if (Array.isArray(saved) && saved.length > 0 && saved.every(isField)) return saved as HashedField[]
  throw new KindredError('ERR_MODEL_FILE', `${dir}: the fields in its config.json are damaged. Save the model again.`)
}
