import { type Resumable, ROWS_PER_YIELD } from '../../resumable.js'

/** Negative where `a` comes before `b`; 0 only for a row and itself. */
export type CompareRows = (a: number, b: number) => number

/** So many first rows are found by one pass over all. */
const FEW = 8

/** Rearranges `rows` so that the first `count`, at least 1, come first, in their order: one pass that inserts what is better. */
function* bringFirst(rows: Int32Array, compare: CompareRows, count: number): Resumable<void> {
  for (let n = 1; n < rows.length; n++) {
    if (n % ROWS_PER_YIELD === 0) yield
    const row = rows[n]!
    const last = Math.min(n, count) - 1
    if (compare(rows[last]!, row) < 0) continue
    // While there are fewer than count, none leaves the first.
    rows[n] = rows[last]!
    let place = n < count ? n : last
    for (; place > 0 && compare(rows[place - 1]!, row) > 0; place--) rows[place] = rows[place - 1]!
    rows[place] = row
  }
}

/**
 * Rearranges `rows` so that for every cut c its first c rows come before all others, by quickselect with several cuts
 * (Hoare 1961): O(rows) for one cut. Without cuts it sorts. Which rows stand before a cut depends on `compare` alone, not
 * on the order that they came in.
 */
export function* partitionRows(rows: Int32Array, compare: CompareRows, cuts?: readonly number[]): Resumable<void> {
  const most = cuts === undefined ? rows.length : Math.max(...cuts)
  if (most === 0) return
  if (most <= FEW) return yield* bringFirst(rows, compare, most)
  const open: [begin: number, end: number][] = [[0, rows.length]]
  let random = 1
  let steps = 0
  for (let range = open.pop(); range !== undefined; range = open.pop()) {
    const [begin, end] = range
    if (end - begin < 2 || cuts?.every((cut) => cut <= begin || cut >= end)) continue
    // A linear congruential generator: an order that came in cannot make it quadratic.
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0
    const pivot = rows[begin + Math.floor((random / 2 ** 32) * (end - begin))]!
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
