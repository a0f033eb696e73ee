import { rowIndices, selectRows } from '../data/csr.js'
import type { Id } from '../data/id-map.js'
import { usersAtOnce } from '../models/base/ranked-lists.js'
import type { RankingModel } from '../models/base/recommender.js'
import type { Csr } from '../native/addon.js'
import { KindredError, throwIfAborted } from '../native/errors.js'
import { nativeCall } from '../native/native-call.js'
import type { EvaluateSettings } from './evaluate-options.js'
import type { GroundTruth } from './ground-truth.js'
import { auc, LIST_METRICS, type ListMetric, listMetrics, type RankGroup } from './metrics.js'
import { rowScorer } from './row-scorer.js'

/** The name of a metric of each user, with the length k of the list where it is one of lists. */
export type MetricName = `${ListMetric}@${number}` | 'auc'

/** One number per evaluated user and metric, NaN where a user has none. */
export interface PerUserMetrics {
  users: Id[]
  values: Map<MetricName, Float64Array>
  /** For each k: the expected share of the rankable items that are in at least one user's list. */
  coverage: Map<number, number>
  /** Held-out pairs that the user had in training, and so cannot be listed. */
  seenItems: number
  /** Held-out pairs whose item is no candidate. */
  otherItems: number
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
  let seenItems = 0
  let otherItems = 0
  const lengths = Int32Array.from(ks, (k) => Math.min(k, items.size))
  const misses = new Float64Array(ks.length * model.items.size).fill(1)
  const block = usersAtOnce(model.items.size, 1024)

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
    const relevant = selectRows(
      groundTruth.items,
      Int32Array.from(userRows, (_, i) => begin + i),
    )
    const ranked = await nativeCall(signal, (native, abort) =>
      native.rankItems(scores, relevant, exclude, candidates, abort),
    )
    await nativeCall(signal, (native, abort) =>
      native.multiplyMisses(scores, exclude, candidates, lengths, misses, abort),
    )
    for (let i = 0; i < userRows.length; i++) {
      const groups = groupsOf(ranked, relevant.indptr[i]!, relevant.indptr[i + 1]!)
      const unrankable = relevant.indptr[i + 1]! - relevant.indptr[i]! - sumOf(groups)
      if (unrankable > 0) {
        const seen = exclude === null ? 0 : sharedColumns(relevant, exclude, i)
        seenItems += seen
        otherItems += unrankable - seen
      }
      const count =
        settings.unrankable === 'miss'
          ? groundTruth.begins[begin + i + 1]! - groundTruth.begins[begin + i]!
          : sumOf(groups)
      const user = { groups, relevant: count, eligible: ranked.eligible[i]! }
      if (count === 0) {
        for (const own of values.values()) own[begin + i] = Number.NaN
        continue
      }
      for (const k of ks) {
        const metrics = listMetrics(user, k)
        for (const name of LIST_METRICS) values.get(`${name}@${k}`)![begin + i] = metrics[name]
      }
      values.get('auc')![begin + i] = auc(user)
    }
    settings.onProgress?.({ done: end, total })
  }
  if (values.get(`recall@${ks[0]!}`)!.every(Number.isNaN))
    throw new KindredError(
      'ERR_DATA',
      "evaluate: none of the held-out items can be ranked; unrankable: 'miss' counts them as missed.",
    )
  const rankable = settings.candidates === undefined ? model.items.size : new Set(settings.candidates).size
  return { users: groundTruth.users, values, coverage: coverageOf(ks, misses, rankable), seenItems, otherItems }
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

/** Held-out items in the groups. */
function sumOf(groups: readonly RankGroup[]): number {
  return groups.reduce((sum, { relevant }) => sum + relevant, 0)
}

/** How many columns two rows of one number have in common. */
function sharedColumns(a: Csr, b: Csr, row: number): number {
  const columns = new Set(rowIndices(b, row))
  return rowIndices(a, row).reduce((count, column) => count + (columns.has(column) ? 1 : 0), 0)
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
