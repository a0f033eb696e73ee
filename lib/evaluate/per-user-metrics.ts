import { rowIndices, selectRows } from '../data/csr.js'
import type { Id } from '../data/id-map.js'
import { seenBy } from '../models/base/item-filters.js'
import type { Recommender } from '../models/base/recommender.js'
import type { Csr } from '../native/addon.js'
import { KindredError, throwIfAborted } from '../native/errors.js'
import { nativeCall } from '../native/native-call.js'
import type { EvaluateSettings } from './evaluate-options.js'
import type { GroundTruth } from './ground-truth.js'
import { auc, LIST_METRICS, type ListMetric, listMetrics } from './metrics.js'

/** Scores held at a time: 8 MB, whose way from the kernels the event loop hardly notices. */
const SCORES_AT_A_TIME = 1 << 21

export type MetricName = `${ListMetric}@${number}` | 'auc'

/** One number per judged user and metric. */
export interface PerUserMetrics {
  users: Id[]
  values: Map<MetricName, Float64Array>
  /** For each k: the share of the rankable items that stand in at least one user's list. */
  coverage: Map<number, number>
}

/**
 * Which items may be listed for the judged users [begin, end): one bitmap, or one for each. Asked for one block after
 * the other, each once.
 */
export type AllowOf = (begin: number, end: number) => Uint8Array | null | Promise<Uint8Array>

/** Ranks every item for every judged user, in blocks, and takes the metrics of each list. */
export async function perUserMetrics(
  model: Recommender,
  wanted: GroundTruth,
  settings: EvaluateSettings,
  allowOf: AllowOf,
): Promise<PerUserMetrics> {
  const { ks, signal } = settings
  const { users, items } = model
  const total = wanted.userRows.length
  const values = new Map<MetricName, Float64Array>()
  for (const k of ks) for (const name of LIST_METRICS) values.set(`${name}@${k}`, new Float64Array(total))
  values.set('auc', new Float64Array(total))
  const listed = new ListedItems(ks, model.items.size)
  const block = Math.max(1, Math.min(1024, Math.floor(SCORES_AT_A_TIME / Math.max(1, model.items.size))))

  for (let begin = 0; begin < total; begin += block) {
    throwIfAborted(signal)
    if (model.users !== users || model.items !== items)
      throw new KindredError(
        'ERR_VALUE',
        'evaluate: the model changed during the call. Await it before the next change.',
      )
    const end = Math.min(begin + block, total)
    const userRows = wanted.userRows.subarray(begin, end)
    const allow = await allowOf(begin, end)
    const exclude = settings.exclude === 'seen' ? seenBy(model.seen, userRows, model.items.size) : null
    const scores = await model.scoreRows(userRows, signal)
    const wantedRows = selectRows(
      wanted.items,
      Int32Array.from(userRows, (_, i) => begin + i),
    )
    const ranked = await nativeCall(signal, (native, abort) =>
      native.rankOfItems(scores, wantedRows, exclude, allow, abort),
    )
    const k = Math.min(ks.at(-1)!, model.items.size)
    const lists = await nativeCall(signal, (native, abort) => native.topKOfScores(scores, k, exclude, allow, abort))
    listed.add(lists.indices, k)
    for (let i = 0; i < userRows.length; i++)
      judge(values, ks, begin + i, ranksOf(wantedRows, ranked.ranks, i), wanted.counts[begin + i]!, ranked.eligible[i]!)
    settings.onProgress?.({ done: end, total })
  }
  const rankable = settings.candidates === undefined ? model.items.size : new Set(settings.candidates).size
  return { users: wanted.users, values, coverage: listed.shares(rankable) }
}

/** The ranks of row `i`'s wanted items, ascending, without those that cannot be ranked. */
function ranksOf(wanted: Csr, ranks: Int32Array, i: number): Int32Array {
  return ranks
    .subarray(wanted.indptr[i], wanted.indptr[i]! + rowIndices(wanted, i).length)
    .filter((rank) => rank >= 0)
    .sort()
}

function judge(
  values: Map<MetricName, Float64Array>,
  ks: readonly number[],
  user: number,
  ranks: Int32Array,
  wanted: number,
  eligible: number,
): void {
  for (const k of ks) {
    const metrics = listMetrics({ ranks, wanted, eligible }, k)
    for (const name of LIST_METRICS) values.get(`${name}@${k}`)![user] = metrics[name]
  }
  values.get('auc')![user] = auc({ ranks, wanted, eligible })
}

/** For each item the best place at which any list has it. */
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
    return new Map(this.#ks.map((k) => [k, this.#best.filter((place) => place < k).length / rankable]))
  }
}
