import { selectRows } from '../../data/csr.js'
import { gatherRows } from '../../data/gather-rows.js'
import type { Id, IdMap } from '../../data/id-map.js'
import { Matrix } from '../../data/matrix.js'
import type { Csr, TopK, ZeroScores } from '../../native/addon.js'
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
  /** Where scores of 0 stand; null: among the others */
  zeros: ZeroScores | null
  signal: AbortSignal | undefined
}

/** The k best of each row of scores [queries, n], in which zeros are placed. */
export function topOfScores(scores: Matrix, request: ListRequest): Promise<TopK> {
  const { k, exclude, candidates, zeros, signal } = request
  return nativeCall(signal, (native, abort) => native.topKOfScores(scores, k, exclude, candidates, zeros, abort))
}

/** The k rows of `vectors` [n, dims] most similar to each query [queries, dims]. */
export async function topOfVectors(
  queries: Matrix,
  vectors: Matrix,
  metric: 'dot' | 'cosine',
  request: ListRequest,
): Promise<TopK> {
  const { k, exclude, candidates, zeros, signal } = request
  const top = await nativeCall(signal, (native, abort) =>
    native.topK(queries, vectors, metric, k, exclude, candidates, abort),
  )
  if (zeros === null) return top
  // Zeros stand among the others so far. A list that holds none is right: all of them are worse, or there are none.
  const again = Int32Array.from({ length: queries.rows }, (_, q) => q).filter((q) =>
    top.scores.subarray(q * k, (q + 1) * k).includes(0),
  )
  if (again.length > 0) {
    const some = gatherRows(queries, again)
    const scores = new Matrix(
      again.length,
      vectors.rows,
      await nativeCall(signal, (native, abort) => native.similarityMatrix(some, vectors, metric, abort)),
    )
    const lists = await topOfScores(scores, { ...request, exclude: exclude && selectRows(exclude, again) })
    again.forEach((q, i) => {
      top.indices.set(lists.indices.subarray(i * k, (i + 1) * k), q * k)
      top.scores.set(lists.scores.subarray(i * k, (i + 1) * k), q * k)
    })
  }
  const { least } = zeros
  if (least !== null)
    for (let n = 0; n < top.scores.length; n++) if (scoreOf(top.scores[n]!) < least) top.indices[n] = -1
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
    list.push(entry(ids.idAt(top.indices[i]!), scoreOf(top.scores[i]!)))
  return list
}
