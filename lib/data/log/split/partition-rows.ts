import { createRandom } from '../../random.js'
import { type Resumable, ROWS_PER_YIELD } from '../../resumable.js'

/** Negative where `a` comes before `b`; 0 only for a row and itself. */
export type CompareRows = (a: number, b: number) => number

/**
 * Rearranges `rows` so that for every cut c its first c rows come before all others, by quickselect with several cuts
 * (Hoare 1961): O(rows) for one cut. Without cuts it sorts. Which rows stand before a cut depends on `compare` alone, not
 * on the order that they came in.
 */
export function* partitionRows(rows: Int32Array, compare: CompareRows, cuts?: readonly number[]): Resumable<void> {
  const random = createRandom(0)
  const open: [begin: number, end: number][] = [[0, rows.length]]
  let steps = 0
  for (let range = open.pop(); range !== undefined; range = open.pop()) {
    const [begin, end] = range
    if (end - begin < 2 || cuts?.every((cut) => cut <= begin || cut >= end)) continue
    const pivot = rows[begin + random.integer(end - begin)]!
    let left = begin
    let right = end - 1
    while (left <= right) {
      for (; compare(rows[left]!, pivot) < 0; left++) if (++steps % ROWS_PER_YIELD === 0) yield
      for (; compare(rows[right]!, pivot) > 0; right--) if (++steps % ROWS_PER_YIELD === 0) yield
      if (++steps % ROWS_PER_YIELD === 0) yield
      if (left > right) break
      const kept = rows[left]!
      rows[left++] = rows[right]!
      rows[right--] = kept
    }
    open.push([begin, right + 1], [left, end])
  }
}
