import type { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { EncodedRows } from '../ctr/fields/encoded-rows.js'
import { type CategoricalPlan, MISSING, type MultiPlan, SHARED_ROWS, UNSEEN } from '../ctr/fields/field-plan.js'
import type { RowEncoder } from '../ctr/fields/row-encoder.js'

const ROWS_AT_ONCE = 1 << 14

/** A field of categories. */
export type CodedPlan = CategoricalPlan | MultiPlan

/** The categories of each row as numbers: unseen and rare ones as one after the last, -1 where missing. */
export interface FieldCodes {
  readonly codes: Int32Array
  /** [rows + 1] of a multi-valued field; null: one of each row. */
  readonly offsets: Int32Array | null
}

/** @internal The codes of a field of rows that were encoded. @throws ERR_ABORTED */
export async function codesOf(
  encoder: RowEncoder,
  plan: CodedPlan,
  encoded: EncodedRows,
  yielder: LoopYielder,
): Promise<FieldCodes> {
  const begin = encoder.beginOf(plan)
  const { length } = plan.categories
  const isOne = plan.kind === 'categorical'
  const bag = isOne ? undefined : encoded.bags[encoder.multi.indexOf(plan)]!
  const ids = bag?.ids ?? encoded.ids
  const step = isOne ? encoder.fixed.length : 1
  const first = isOne ? encoder.fixed.indexOf(plan) : 0
  const codes = new Int32Array(isOne ? encoded.rows : ids.length)
  await yielder.over(codes.length, ROWS_AT_ONCE, (from, until) => {
    for (let n = from; n < until; n++) {
      const own = ids[first + n * step]! - begin
      codes[n] = own === UNSEEN ? length : own === MISSING ? -1 : own - SHARED_ROWS
    }
  })
  return { codes, offsets: bag?.offsets ?? null }
}

/** @internal The most frequent categories, those that are in more rows first, at most so many. @throws ERR_ABORTED */
export async function mostFrequent(
  { codes }: FieldCodes,
  categories: number,
  count: number,
  yielder: LoopYielder,
): Promise<Int32Array> {
  const counts = new Float64Array(categories)
  await yielder.over(codes.length, ROWS_AT_ONCE, (from, until) => {
    for (let n = from; n < until; n++) if (codes[n]! >= 0 && codes[n]! < categories) counts[codes[n]!]!++
  })
  const order = Array.from(counts.keys()).filter((code) => counts[code]! > 0)
  order.sort((a, b) => counts[b]! - counts[a]! || a - b)
  return Int32Array.from(order.slice(0, count))
}

/** @internal The mean statistic of each row's categories [rows]; NaN where there is none. @throws ERR_ABORTED */
export async function meanStatistics(
  { codes, offsets }: FieldCodes,
  totals: Float64Array,
  rows: number,
  yielder: LoopYielder,
): Promise<Float64Array> {
  const out = new Float64Array(rows)
  await yielder.over(rows, ROWS_AT_ONCE, (from, until) => {
    for (let row = from; row < until; row++) {
      if (offsets === null) {
        out[row] = codes[row]! < 0 ? Number.NaN : totals[codes[row]!]!
        continue
      }
      let [sum, count] = [0, 0]
      for (let n = offsets[row]!; n < offsets[row + 1]!; n++)
        if (codes[n]! >= 0) {
          sum += totals[codes[n]!]!
          count++
        }
      out[row] = sum / count
    }
  })
  return out
}

/**
 * @internal A column for each of some categories [rows, places]: 1, or the value of a sparse feature, in rows that have it, else 0.
 * @throws ERR_ABORTED
 */
export async function indicatorsOf(
  { codes, offsets }: FieldCodes,
  values: Float32Array | undefined,
  chosen: Int32Array,
  categories: number,
  rows: number,
  yielder: LoopYielder,
): Promise<Float32Array> {
  const width = chosen.length
  const places = new Int32Array(categories + 1).fill(-1)
  for (const [place, code] of chosen.entries()) places[code] = place
  const out = new Float32Array(rows * width)
  await yielder.over(rows, ROWS_AT_ONCE, (from, until) => {
    for (let row = from; row < until; row++)
      for (let n = offsets![row]!; n < offsets![row + 1]!; n++) {
        const place = codes[n]! < 0 ? -1 : places[codes[n]!]!
        if (place >= 0) out[row * width + place] = values === undefined ? 1 : values[n]!
      }
  })
  return out
}
