import { rowIndices, selectRows } from '../data/csr.js'
import type { Id } from '../data/id-map.js'
import type { RankingModel } from '../models/base/recommender.js'
import type { Csr } from '../native/addon.js'
import { KindredError, throwIfAborted } from '../native/errors.js'
import { nativeCall } from '../native/native-call.js'
import type { EvaluateSettings } from './evaluate-options.js'
import type { GroundTruth } from './ground-truth.js'
import { auc, LIST_METRICS, type ListMetric, listMetrics } from './metrics.js'
import { rowScorer } from './row-scorer.js'

/** Scores that come from the kernels at a time: 8 MB, whose copy does not hold up the event loop. */
const SCORES_AT_ONCE = 1 << 21

/** The name of a metric of each user, with the length k of the list where it is one of lists. */
export type MetricName = `${ListMetric}@${number}` | 'auc'

/** One number per evaluated user and metric. */
export interface PerUserMetrics {
  users: Id[]
  values: Map<MetricName, Float64Array>
  /** For each k: the share of the rankable items that are in at least one user's list. */
  coverage: Map<number, number>
}

/**
 * The candidate items of the evaluated users [begin, end): one bitmap for all, one for each, or null for all items.
 * Called for one block after the other, each once.
 */
export type CandidatesOf = (begin: number, end: number) => Uint8Array | null | Promise<Uint8Array>

/** Ranks every item for every evaluated user, in blocks, and computes the metrics of each list. */
export async function perUserMetrics(
  model: RankingModel,
  groundTruth: GroundTruth,
  settings: EvaluateSettings,
  candidatesOf: CandidatesOf,
): Promise<PerUserMetrics> {
  const { ks, signal } = settings
  const { users, items } = model
  const scorer = rowScorer(model)
  const total = groundTruth.userRows.length
  const values = new Map<MetricName, Float64Array>()
  for (const k of ks) for (const name of LIST_METRICS) values.set(`${name}@${k}`, new Float64Array(total))
  values.set('auc', new Float64Array(total))
  const listed = new ListedItems(ks, model.items.size)
  const block = Math.max(1, Math.min(1024, Math.floor(SCORES_AT_ONCE / Math.max(1, model.items.size))))

  for (let begin = 0; begin < total; begin += block) {
    throwIfAborted(signal)
    if (model.users !== users || model.items !== items)
      throw new KindredError(
        'ERR_VALUE',
        'evaluate: the model changed during the call. Await it before the next change.',
      )
    const end = Math.min(begin + block, total)
    const userRows = groundTruth.userRows.subarray(begin, end)
    const candidates = await candidatesOf(begin, end)
    const exclude = settings.exclude === 'seen' ? scorer.seen(userRows) : null
    const scores = await scorer.scores(userRows, signal)
    const relevantRows = selectRows(
      groundTruth.items,
      Int32Array.from(userRows, (_, i) => begin + i),
    )
    const ranked = await nativeCall(signal, (native, abort) =>
      native.rankOfItems(scores, relevantRows, exclude, candidates, abort),
    )
    const k = Math.min(ks.at(-1)!, model.items.size)
    const lists = await nativeCall(signal, (native, abort) =>
      native.topKOfScores(scores, k, exclude, candidates, abort),
    )
    listed.add(lists.indices, k)
    for (let i = 0; i < userRows.length; i++)
      recordMetrics(
        values,
        ks,
        begin + i,
        ranksOf(relevantRows, ranked.ranks, i),
        groundTruth.counts[begin + i]!,
        ranked.eligible[i]!,
      )
    settings.onProgress?.({ done: end, total })
  }
  const rankable = settings.candidates === undefined ? model.items.size : new Set(settings.candidates).size
  return { users: groundTruth.users, values, coverage: listed.shares(rankable) }
}

/** The ranks of row `i`'s relevant items, ascending, without those that cannot be ranked. */
function ranksOf(relevant: Csr, ranks: Int32Array, i: number): Int32Array {
  return ranks
    .subarray(relevant.indptr[i], relevant.indptr[i]! + rowIndices(relevant, i).length)
    .filter((rank) => rank >= 0)
    .sort()
}

function recordMetrics(
  values: Map<MetricName, Float64Array>,
  ks: readonly number[],
  user: number,
  ranks: Int32Array,
  relevant: number,
  eligible: number,
): void {
  for (const k of ks) {
    const metrics = listMetrics({ ranks, relevant, eligible }, k)
    for (const name of LIST_METRICS) values.get(`${name}@${k}`)![user] = metrics[name]
  }
  values.get('auc')![user] = auc({ ranks, relevant, eligible })
}

/** For each item its best position in any list. */
class ListedItems {
  readonly #best: Int32Array
  readonly #ks: readonly number[]

  constructor(ks: readonly number[], items: number) {
    this.#ks = ks
    this.#best = new Int32Array(items).fill(2 ** 31 - 1)
  }

  /** Lists of `length` items, row-major. */
  add(indices: Int32Array, length: number): void {
    for (let i = 0; i < indices.length; i++) {
      const item = indices[i]!
      if (item >= 0) this.#best[item] = Math.min(this.#best[item]!, i % length)
    }
  }

  shares(rankable: number): Map<number, number> {
    return new Map(this.#ks.map((k) => [k, this.#best.filter((position) => position < k).length / rankable]))
  }
}
