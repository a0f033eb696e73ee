import { csrFromLists, rowIndices } from '../../../data/csr.js'
import type { Matrix } from '../../../data/matrix.js'
import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import type { Csr } from '../../../native/addon.js'
import { nativeCall } from '../../../native/native-call.js'
import type { zeroScores } from '../../base/evidence.js'
import type { ListRequest } from '../../base/ranked-lists.js'

/** What a call asks of: what is not listed [users, items], and a bitmap of what may be. */
export type ListFilter = Pick<ListRequest, 'exclude' | 'candidates'>

/** What is excluded, and what was seen; [queries, cols] both. */
export function bothPatterns(exclude: Csr | null, seen: Csr): Csr {
  if (exclude === null) return { ...seen, values: null }
  const lists = Array.from({ length: seen.rows }, (_, q) => {
    const rows = new Map<number, number>()
    for (const row of rowIndices(exclude, q)) rows.set(row, 1)
    for (const row of rowIndices(seen, q)) rows.set(row, 1)
    return rows
  })
  return { ...csrFromLists(lists, seen.cols), values: null }
}

/** Those of what a user had that a call asks about. */
export function seenAndAsked(had: Int32Array, { exclude, candidates }: ListFilter, place: number): Int32Array {
  const left = exclude === null ? new Set<number>() : new Set(rowIndices(exclude, place))
  return had.filter(
    (row) => !left.has(row) && (candidates === null || (candidates[row >> 3]! & (1 << (row & 7))) !== 0),
  )
}

/** Gives items that are neither ranked nor seen -1, -2, ... in the retriever's order, where it knows something of them. */
export async function placeRest(
  out: Matrix,
  scores: Matrix,
  queries: readonly { items: Int32Array }[],
  { seen, zeros, knowsAll }: { seen: Csr; zeros: Awaited<ReturnType<typeof zeroScores>>; knowsAll: boolean },
  signal: AbortSignal | undefined,
): Promise<void> {
  const { cols } = out
  const order = await nativeCall(signal, (native, abort) => native.topKOfScores(scores, cols, null, null, zeros, abort))
  await new LoopYielder(signal).over(queries.length, 8, (begin, end) => {
    for (let q = begin; q < end; q++) {
      const isPlaced = new Uint8Array(cols)
      for (const row of queries[q]!.items) isPlaced[row] = 1
      for (const row of rowIndices(seen, q)) isPlaced[row] = 1
      const [from, to] = [scores.row(q), out.row(q)]
      for (let place = q * cols, rank = 1; place < (q + 1) * cols; place++) {
        const row = order.indices[place]!
        if (row >= 0 && isPlaced[row] === 0 && (knowsAll || from[row] !== 0)) to[row] = -rank++
      }
    }
  })
}
