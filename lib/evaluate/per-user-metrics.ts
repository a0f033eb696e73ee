import { rowIndices, rowValues, selectRows } from '../data/csr.js'
import type { Id } from '../data/id-map.js'
import { LoopYielder } from '../data/yield-to-event-loop.js'
import { usersAtOnce } from '../models/base/ranked-lists.js'
import type { Csr } from '../native/addon.js'
import { withCallback } from '../native/caller-callback.js'
import { KindredError, throwIfAborted } from '../native/errors.js'
import { nativeCall } from '../native/native-call.js'
import type { EvaluateSettings } from './evaluate-options.js'
import type { HeldOut } from './ground-truth.js'
import { checkGains, type Gain, gainOf, gainsOf } from './measures/gains.js'
import { type BeyondMetric, type ItemKnowledge, ListMeasures, type TotalMetric } from './measures/list-measures.js'
import { auc, LIST_METRICS, type ListMetric, listMetrics, type RankGroup, type UserRanks } from './measures/metrics.js'
import type { Ranking } from './ranking.js'

/** The name of a metric of each user, with the length k of the list where it is one of lists. */
export type MetricName = `${ListMetric | BeyondMetric}@${number}` | 'auc'

/** One number per evaluated user and metric, NaN where a user has none. */
export interface PerUserMetrics {
  users: readonly Id[]
  values: Map<MetricName, Float64Array>
  /** Metrics of all lists together. */
  totals: Map<`${TotalMetric}@${number}`, number>
  /** Evaluated users who may be given at least one item. */
  listed: number
  /** Held-out pairs that the user had in training, and so cannot be listed. */
  seenItems: number
  /** Held-out pairs whose item is no candidate. */
  otherItems: number
}

type Settings = Pick<EvaluateSettings, 'ks' | 'gain' | 'unrankable' | 'signal' | 'onProgress'>

/** Ranks every item for every evaluated user, in blocks, and computes the metrics of each list. */
export function perUserMetrics(
  ranking: Ranking,
  evaluated: { users: readonly Id[]; heldOut: HeldOut },
  known: ItemKnowledge,
  settings: Settings,
): Promise<PerUserMetrics> {
  return withCallback(settings.onProgress, (onProgress) =>
    metricsOf(ranking, evaluated, known, { ...settings, onProgress }),
  )
}

async function metricsOf(
  ranking: Ranking,
  { users, heldOut }: { users: readonly Id[]; heldOut: HeldOut },
  known: ItemKnowledge,
  settings: Settings,
): Promise<PerUserMetrics> {
  const { ks, signal } = settings
  const total = users.length
  const measures = new ListMeasures(ks, ranking.items, known)
  const values = new Map<MetricName, Float64Array>()
  for (const k of ks)
    for (const name of [...LIST_METRICS, ...measures.metrics]) values.set(`${name}@${k}`, new Float64Array(total))
  values.set('auc', new Float64Array(total))
  const counts = { listed: 0, seenItems: 0, otherItems: 0 }
  const block = usersAtOnce(ranking.items, 1024)

  for (let begin = 0; begin < total; begin += block) {
    throwIfAborted(signal)
    const end = Math.min(begin + block, total)
    const candidates = await ranking.candidates(begin, end)
    const exclude = ranking.seen(begin, end)
    const scores = await ranking.scores(begin, end, signal)
    const relevant = selectRows(
      heldOut.items,
      Int32Array.from({ length: end - begin }, (_, i) => begin + i),
    )
    const ranked = await nativeCall(signal, (native, abort) =>
      native.rankItems(scores, relevant, exclude, candidates, abort),
    )
    const measured = await measures.measure({ scores, exclude, candidates }, ranked.eligible, signal)
    await new LoopYielder(signal).over(end - begin, 16, (from, to) => {
      for (let i = from; i < to; i++) {
        const user = begin + i
        const { begins, weights } = heldOut
        const own = weights.subarray(begins[user], begins[user + 1])
        checkGains(settings.gain, own, users[user]!)
        const { groups, gains } = rankable(ranked, relevant, i, settings.gain)
        if (ranked.eligible[i]! > 0) counts.listed++
        const unrankable = relevant.indptr[i + 1]! - relevant.indptr[i]! - gains.length
        if (unrankable > 0) {
          const seen = exclude === null ? 0 : sharedColumns(relevant, exclude, i)
          counts.seenItems += seen
          counts.otherItems += unrankable - seen
        }
        const counted = settings.unrankable === 'miss' ? gainsOf(settings.gain, own) : gains
        const ranks: UserRanks = {
          groups,
          relevant: counted.length,
          eligible: ranked.eligible[i]!,
          gains: settings.gain === 'binary' ? null : counted.sort().reverse(),
        }
        if (ranks.relevant === 0) {
          for (const own of values.values()) own[user] = Number.NaN
          continue
        }
        for (const [n, k] of ks.entries()) {
          const metrics = listMetrics(ranks, k)
          for (const name of LIST_METRICS) values.get(`${name}@${k}`)![user] = metrics[name]
          for (const name of measures.metrics) values.get(`${name}@${k}`)![user] = measured(i, name, n)
        }
        values.get('auc')![user] = auc(ranks)
      }
    })
    settings.onProgress?.({ done: end, total })
  }
  if (values.get(`recall@${ks[0]!}`)!.every(Number.isNaN))
    throw new KindredError(
      'ERR_DATA',
      "evaluate: none of the held-out items can be ranked; unrankable: 'miss' counts them as missed.",
    )
  return { users, values, totals: measures.totals(), ...counts }
}

/** One user's held-out items that can be ranked: in groups of one score, best first, and the gain of each. */
function rankable(
  { before, tied }: { before: Int32Array; tied: Int32Array },
  relevant: Csr,
  row: number,
  gain: Gain,
): { groups: RankGroup[]; gains: Float64Array } {
  const groups = new Map<number, RankGroup>()
  const gains: number[] = []
  const weights = rowValues(relevant, row)
  for (let n = relevant.indptr[row]!; n < relevant.indptr[row + 1]!; n++) {
    if (before[n]! < 0) continue
    const own = gainOf(gain, weights[n - relevant.indptr[row]!]!)
    gains.push(own)
    const group = groups.get(before[n]!)
    if (group) {
      group.relevant++
      group.gain += own
    } else groups.set(before[n]!, { before: before[n]!, tied: tied[n]!, relevant: 1, gain: own })
  }
  return { groups: [...groups.values()].sort((a, b) => a.before - b.before), gains: Float64Array.from(gains) }
}

/** How many columns two rows of one number have in common. */
function sharedColumns(a: Csr, b: Csr, row: number): number {
  const columns = new Set(rowIndices(b, row))
  return rowIndices(a, row).reduce((count, column) => count + (columns.has(column) ? 1 : 0), 0)
}
