import { selectRows } from '../../data/csr.js'
import { gatherRows } from '../../data/gather-rows.js'
import type { Id, IdMap } from '../../data/id-map.js'
import { Matrix } from '../../data/matrix.js'
import type { Csr, TopK, VectorIndexHandle, ZeroScores } from '../../native/addon.js'
import { nativeCall } from '../../native/native-call.js'
import { scoreOf } from './evidence.js'

/** Scores that come from the kernels at a time: 8 MB, whose copy does not hold up the event loop. */
const SCORES_AT_ONCE = 1 << 21

/** Users of whom `each` scores, or places in a list, are held at a time; no more than `most`. */
export function usersAtOnce(each: number, most = 4096): number {
  return Math.max(1, Math.min(most, Math.floor(SCORES_AT_ONCE / Math.max(1, each))))
}

/** Lists to make from scores [queries, n], of items or of users. */
export interface ListRequest {
  k: number
  /** [queries, n] pattern of what is not listed; null: nothing */
  exclude: Csr | null
  /** Bitmap of what may be listed, bit i of byte i >> 3; null: all */
  candidates: Uint8Array | null
  /** Where scores of 0 stand, and the least score; null: they stand among the others, and all may be listed */
  zeros: ZeroScores | null
  signal: AbortSignal | undefined
}

/** The k best of each row of scores [queries, n]. */
export async function topOfScores(scores: Matrix, request: ListRequest): Promise<TopK> {
  const { k, exclude, candidates, signal } = request
  const top = await nativeCall(signal, (native, abort) =>
    native.topKOfScores(scores, k, exclude, candidates, null, abort),
  )
  return withZerosPlaced(top, request, async (queries) => gatherRows(scores, queries))
}

/**
 * The k rows of `vectors` [n, dims] most similar to each query [queries, dims].
 * @param index the same vectors packed for this metric; null: there is none
 */
export async function topOfVectors(
  queries: Matrix,
  vectors: Matrix,
  metric: 'dot' | 'cosine',
  request: ListRequest,
  index: VectorIndexHandle | null = null,
): Promise<TopK> {
  const { k, exclude, candidates, signal } = request
  const top = await nativeCall(signal, (native, abort) =>
    index === null
      ? native.topK(queries, vectors, metric, k, exclude, candidates, abort)
      : native.vectorIndexSearch(index, queries, k, exclude, candidates, abort),
  )
  return withZerosPlaced(top, request, async (some) => {
    const left = gatherRows(queries, some)
    const scores = await nativeCall(signal, (native, abort) => native.similarityMatrix(left, vectors, metric, abort))
    return new Matrix(some.length, vectors.rows, scores)
  })
}

/**
 * Lists in which zeros stand among other scores, with those where `request.zeros` has them. A list without a zero is
 * right: all zeros are worse than it, or there are none.
 * @param scoresOf gives the scores [queries.length, n] of some queries, to be overwritten
 */
async function withZerosPlaced(
  top: TopK,
  { k, exclude, candidates, zeros, signal }: ListRequest,
  scoresOf: (queries: Int32Array) => Promise<Matrix>,
): Promise<TopK> {
  if (zeros === null) return top
  const { least } = zeros
  if (top.scores.includes(0)) {
    const all = Int32Array.from({ length: top.scores.length / k }, (_, q) => q)
    const queries = all.filter((q) => top.scores.subarray(q * k, (q + 1) * k).includes(0))
    const scores = await scoresOf(queries)
    const excluded = exclude && selectRows(exclude, queries)
    const placed = await nativeCall(signal, (native, abort) =>
      native.topKOfScores(scores, k, excluded, candidates, zeros, abort),
    )
    queries.forEach((q, i) => {
      top.indices.set(placed.indices.subarray(i * k, (i + 1) * k), q * k)
      top.scores.set(placed.scores.subarray(i * k, (i + 1) * k).map(scoreOf), q * k)
    })
  }
  if (least !== null) for (let n = 0; n < top.scores.length; n++) if (top.scores[n]! < least) top.indices[n] = -1
  return top
}

/** Row `q` of top-k lists [queries, k] in the caller's ids. */
export function toList<Entry>(
  top: TopK,
  q: number,
  k: number,
  ids: IdMap,
  entry: (id: Id, score: number) => Entry,
): Entry[] {
  const list: Entry[] = []
  for (let i = q * k; i < (q + 1) * k && top.indices[i]! >= 0; i++)
    list.push(entry(ids.idAt(top.indices[i]!), top.scores[i]!))
  return list
}
