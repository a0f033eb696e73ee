import type { Column, SparseColumn } from '../../../data/table/column.js'
import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import { KindredError } from '../../../native/errors.js'

const ROWS_AT_ONCE = 1 << 14

/** The values of at least `minCount` rows, as strings, in the order in which the column has them. @throws ERR_ABORTED */
export async function frequentCategories(
  column: Column,
  rows: number,
  minCount: number,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const yielder = new LoopYielder(signal)
  if (column.type === 'string' || column.type === 'list') {
    const { codes, dictionary } = column
    const [first, until] = column.type === 'list' ? [column.offsets[0]!, column.offsets[rows]!] : [0, codes.length]
    const counts = new Int32Array(dictionary.length)
    await yielder.over(until - first, ROWS_AT_ONCE, (begin, end) => {
      for (let n = first + begin; n < first + end; n++) if (codes[n]! >= 0) counts[codes[n]!]!++
    })
    const kept: string[] = []
    await yielder.over(dictionary.length, ROWS_AT_ONCE, (begin, end) => {
      for (let n = begin; n < end; n++) if (counts[n]! >= minCount) kept.push(dictionary[n]!)
    })
    return kept
  }
  if (column.type === 'vector' || column.type === 'sparse')
    throw new KindredError('ERR_INTERNAL', `${column.name}: expected categories.`)
  const counts = new Map<number, number>()
  const { values } = column
  await yielder.over(rows, ROWS_AT_ONCE, (begin, end) => {
    for (let row = begin; row < end; row++) {
      const value = values[row]!
      if (!Number.isNaN(value)) counts.set(value, (counts.get(value) ?? 0) + 1)
    }
  })
  return [...counts].filter(([, count]) => count >= minCount).map(([value]) => String(value))
}

/** The indices of at least `minCount` rows, ascending. @throws ERR_ABORTED */
export async function frequentIndices(
  { indices, offsets, width }: SparseColumn,
  minCount: number,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const counts = new Int32Array(width)
  const [first, until] = [offsets[0]!, offsets.at(-1)!]
  const yielder = new LoopYielder(signal)
  await yielder.over(until - first, ROWS_AT_ONCE, (begin, end) => {
    for (let n = first + begin; n < first + end; n++) counts[indices[n]!]!++
  })
  const kept: number[] = []
  for (let index = 0; index < width; index++) if (counts[index]! >= minCount) kept.push(index)
  return kept
}
