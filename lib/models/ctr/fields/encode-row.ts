import { KindredError, show } from '../../../native/errors.js'
import { MOST } from './encode-columns.js'
import { type FieldPlan, MISSING, SHARED_ROWS, UNSEEN } from './field-plan.js'
import type { RowEncoder } from './row-encoder.js'

/** A field of one row. */
export type EncodedCell =
  | { readonly kind: 'fixed'; readonly id: number; readonly scale: number }
  | { readonly kind: 'bag'; readonly ids: readonly number[] }
  | { readonly kind: 'vector'; readonly values: Float32Array }

const isMissing = (value: unknown) => value === null || value === undefined || Number.isNaN(value)

/** Numbers of booleans and times, as columns have them. */
const plain = (value: unknown): unknown =>
  typeof value === 'boolean'
    ? Number(value)
    : Object.prototype.toString.call(value) === '[object Date]'
      ? Number(value)
      : value

/**
 * What {@link RowEncoder.encode} makes of a value in a table, of one value.
 * @throws ERR_DATA for a value of another kind than the field
 */
export function encodeCell(encoder: RowEncoder, plan: FieldPlan, given: unknown): EncodedCell {
  const fail = (expected: string): never => {
    throw new KindredError('ERR_DATA', `${plan.column}: expected ${expected} but received ${show(given)}.`)
  }
  const value = plain(given)
  const begin = encoder.beginOf(plan)
  if (plan.kind === 'numeric') {
    if (isMissing(value)) return { kind: 'fixed', id: begin + MISSING, scale: 1 }
    if (typeof value !== 'number') return fail('a number')
    if (!Number.isFinite(value)) return { kind: 'fixed', id: begin + MISSING, scale: 1 }
    const factor = plan.deviation > 0 ? 1 / plan.deviation : 0
    const scale = Math.min(MOST, Math.max(-MOST, (value - plan.mean) * factor))
    return { kind: 'fixed', id: begin + UNSEEN, scale }
  }
  const rowOf = (category: unknown): number => {
    if (typeof category !== 'string' && typeof category !== 'number') return fail('a string or a number')
    const known = encoder.categoryOf(plan, String(category))
    return begin + (known === undefined ? UNSEEN : SHARED_ROWS + known)
  }
  if (plan.kind === 'categorical')
    return { kind: 'fixed', id: isMissing(value) ? begin + MISSING : rowOf(value), scale: 1 }
  if (plan.kind === 'multi') {
    if (isMissing(value)) return { kind: 'bag', ids: [begin + MISSING] }
    if (!Array.isArray(value)) return fail('a list')
    return { kind: 'bag', ids: value.length === 0 ? [begin + MISSING] : value.map(rowOf) }
  }
  if (isMissing(value)) return { kind: 'vector', values: new Float32Array(plan.width) }
  const numbers = value as ArrayLike<number>
  if (typeof value !== 'object' || numbers.length !== plan.width) return fail(`a vector of ${plan.width} numbers`)
  const values = Float32Array.from(numbers)
  if (!values.every(Number.isFinite)) return fail('a vector of finite numbers')
  return { kind: 'vector', values }
}
