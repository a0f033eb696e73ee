import { selectRows } from '../data/csr.js'
import type { Id } from '../data/id-map.js'
import { seenBy } from '../models/base/item-filters.js'
import type { Recommender } from '../models/base/recommender.js'
import { KindredError, throwIfAborted } from '../native/errors.js'
import { nativeCall } from '../native/native-call.js'
import type { EvaluateSettings } from './evaluate-options.js'
import type { GroundTruth } from './ground-truth.js'
import { auc, LIST_METRICS, type ListMetric, listMetrics, type RankGroup } from './metrics.js'

/** Scores held at a time: 8 MB, whose way from the kernels the event loop hardly notices. */
const SCORES_AT_A_TIME = 1 << 21

export type MetricName = `${ListMetric}@${number}` | 'auc'

/** One number per judged user and metric. */
export interface PerUserMetrics {
  users: Id[]
  values: Map<MetricName, Float64Array>
  /** For each k: the expected share of the rankable items that stand in at least one user's list. */
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
  const lengths = Int32Array.from(ks)
  const misses = new Float64Array(ks.length * model.items.size).fill(1)
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
      native.rankItems(scores, wantedRows, exclude, allow, abort),
    )
    await nativeCall(signal, (native, abort) => native.multiplyMisses(scores, exclude, allow, lengths, misses, abort))
    for (let i = 0; i < userRows.length; i++) {
      const groups = groupsOf(ranked, wantedRows.indptr[i]!, wantedRows.indptr[i + 1]!)
      const user = { groups, relevant: wanted.counts[begin + i]!, eligible: ranked.eligible[i]! }
      for (const k of ks) {
        const metrics = listMetrics(user, k)
        for (const name of LIST_METRICS) values.get(`${name}@${k}`)![begin + i] = metrics[name]
      }
      values.get('auc')![begin + i] = auc(user)
    }
    settings.onProgress?.({ done: end, total })
  }
  const rankable = settings.candidates === undefined ? model.items.size : new Set(settings.candidates).size
  return { users: wanted.users, values, coverage: coverageOf(ks, misses, rankable) }
}

/** The held-out items [begin, end) that can be ranked, in groups of one score, best first. */
function groupsOf({ before, tied }: { before: Int32Array; tied: Int32Array }, begin: number, end: number): RankGroup[] {
  const groups = new Map<number, RankGroup>()
  for (let n = begin; n < end; n++) {
    if (before[n]! < 0) continue
    const group = groups.get(before[n]!)
    if (group) group.relevant++
    else groups.set(before[n]!, { before: before[n]!, tied: tied[n]!, relevant: 1 })
  }
  return [...groups.values()].sort((a, b) => a.before - b.before)
}

/**
 * For each k the expected share of the rankable items that at least one list holds.
 * @param misses [ks, items] the probability that no list holds an item
 */
function coverageOf(ks: readonly number[], misses: Float64Array, rankable: number): Map<number, number> {
  const items = misses.length / ks.length
  return new Map(
    ks.map((k, n) => {
      const listed = misses.subarray(n * items, (n + 1) * items).reduce((sum, miss) => sum + (1 - miss), 0)
      return [k, listed / rankable]
    }),
  )
}
