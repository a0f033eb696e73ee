import type { Id, IdMap } from '../../data/id-map.js'
import type { Matrix } from '../../data/matrix.js'
import type { Csr, TopK } from '../../native/addon.js'
import { nativeCall } from '../../native/native-call.js'

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
  signal: AbortSignal | undefined
}

/** The k best of each row of scores [queries, n]. */
export function topOfScores(scores: Matrix, { k, exclude, candidates, signal }: ListRequest): Promise<TopK> {
  return nativeCall(signal, (native, abort) => native.topKOfScores(scores, k, exclude, candidates, abort))
}

/** The k rows of `vectors` [n, dims] most similar to each query [queries, dims]. */
export function topOfVectors(
  queries: Matrix,
  vectors: Matrix,
  metric: 'dot' | 'cosine',
  { k, exclude, candidates, signal }: ListRequest,
): Promise<TopK> {
  return nativeCall(signal, (native, abort) => native.topK(queries, vectors, metric, k, exclude, candidates, abort))
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
