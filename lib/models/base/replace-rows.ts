import { csrFromLists } from '../../data/csr.js'
import type { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'

/** Numbers copied in one piece, well under a millisecond. */
const NUMBERS_AT_ONCE = 1 << 18

/** `csr` as [rows, cols] with the rows of `changed` replaced; the rows that `csr` lacks are all among them. */
export async function replaceRows(
  csr: Csr,
  rows: number,
  cols: number,
  changed: ReadonlyMap<number, ReadonlyMap<number, number>>,
  yielder?: LoopYielder,
): Promise<Csr> {
  const steps = replacing(csr, rows, cols, changed)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    if (yielder?.due) await yielder.yieldToLoop()
  }
}

/** The same in steps. */
export function* replacing(
  csr: Csr,
  rows: number,
  cols: number,
  changed: ReadonlyMap<number, ReadonlyMap<number, number>>,
): Generator<void, Csr, void> {
  let nonzeros = csr.indices.length
  for (const [row, history] of changed)
    nonzeros += history.size - (row < csr.rows ? csr.indptr[row + 1]! - csr.indptr[row]! : 0)
  const indptr = new Int32Array(rows + 1)
  const indices = new Int32Array(nonzeros)
  const values = new Float32Array(nonzeros)
  /** Rows [begin, end) of `from` become rows `row` and following; those before are there already. */
  function* append(from: Csr, begin: number, end: number, row: number): Generator<void, void, void> {
    const first = from.indptr[begin]!
    const last = from.indptr[end]!
    const at = indptr[row]!
    for (let n = first; n < last; n += NUMBERS_AT_ONCE) {
      const until = Math.min(n + NUMBERS_AT_ONCE, last)
      indices.set(from.indices.subarray(n, until), at + n - first)
      values.set(from.values!.subarray(n, until), at + n - first)
      yield
    }
    for (let some = begin; some < end; some += NUMBERS_AT_ONCE) {
      const until = Math.min(some + NUMBERS_AT_ONCE, end)
      for (let r = some; r < until; r++) indptr[row + r - begin + 1] = at + from.indptr[r + 1]! - first
      yield
    }
  }
  let next = 0
  for (const row of Int32Array.from(changed.keys()).sort()) {
    if (next < row) yield* append(csr, next, row, next)
    yield* append(csrFromLists([changed.get(row)!], cols), 0, 1, row)
    next = row + 1
  }
  if (next < rows) yield* append(csr, next, rows, next)
  return { rows, cols, indptr, indices, values }
}
