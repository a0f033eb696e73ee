// Each metric as its definition reads, of one strict order of items, and its expected value over all orders of tied items.
import type { Id } from 'kindred'

/** What a user's metrics are computed from. */
export interface PlainUser {
  /** Scores of the items that the user may be given. */
  scores: ReadonlyMap<Id, number>
  /** Weights of all held-out items. */
  heldOut: ReadonlyMap<Id, number>
}

/** What is known of items. */
export interface PlainItems {
  /** How many users had each item of the catalogue in training. */
  counts: ReadonlyMap<Id, number>
  users: number
  /** Vectors of items, by whose cosine they are alike. */
  vectors: ReadonlyMap<Id, readonly number[]>
}

export type PlainGain = (weight: number) => number

/** All orders of a list. */
export function orders<T>(list: readonly T[]): T[][] {
  if (list.length === 0) return [[]]
  return list.flatMap((first, i) => orders([...list.slice(0, i), ...list.slice(i + 1)]).map((rest) => [first, ...rest]))
}

/** All rankings by score, each as likely as another. */
export function rankings(scores: ReadonlyMap<Id, number>): Id[][] {
  const levels = [...new Set(scores.values())].sort((a, b) => b - a)
  return levels.reduce<Id[][]>(
    (lists, level) => {
      const tied = [...scores.keys()].filter((item) => scores.get(item) === level)
      return lists.flatMap((list) => orders(tied).map((order) => [...list, ...order]))
    },
    [[]],
  )
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
export const mean = (numbers: readonly number[]) => sum(numbers) / numbers.length

function cosine(a: readonly number[] | undefined, b: readonly number[] | undefined): number {
  if (!a?.length || !b?.length) return 0
  const dot = (x: readonly number[], y: readonly number[]) => sum(x.map((value, d) => value * y[d]!))
  return dot(a, b) === 0 ? 0 : dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}

/** The metrics of one ranking. */
function metricsOf(ranking: readonly Id[], { heldOut }: PlainUser, items: PlainItems, k: number, gain: PlainGain) {
  const top = ranking.slice(0, k)
  const hits: number[] = top.map((item) => (heldOut.has(item) ? 1 : 0))
  const found = sum(hits)
  const relevant = heldOut.size
  const discounted = (gains: readonly number[]) => sum(gains.map((value, i) => value / Math.log2(i + 2)))
  const gains = top.map((item) => (heldOut.has(item) ? gain(heldOut.get(item)!) : 0))
  const ideal = [...heldOut.values()]
    .map(gain)
    .sort((a, b) => b - a)
    .slice(0, k)
  const precisions = sum(hits.map((hit, i) => (hit ? sum(hits.slice(0, i + 1)) / (i + 1) : 0)))
  const [precision, recall] = [found / k, found / relevant]
  const first = hits.indexOf(1)
  const pairs = top.flatMap((a, i) =>
    top.slice(i + 1).map((b) => 1 - cosine(items.vectors.get(a), items.vectors.get(b))),
  )
  const all = [...items.counts.values()]
  const percentile = (item: Id) => {
    const own = items.counts.get(item)!
    return (all.filter((count) => count < own).length + all.filter((count) => count === own).length / 2) / all.length
  }
  return {
    precision,
    listPrecision: top.length === 0 ? 0 : found / top.length,
    recall,
    cappedRecall: found / Math.min(k, relevant),
    f1: found === 0 ? 0 : 2 / (1 / precision + 1 / recall),
    hitRate: Math.sign(found),
    ndcg: discounted(gains) / discounted(ideal),
    map: precisions / Math.min(k, relevant),
    uncappedMap: precisions / relevant,
    mrr: first < 0 ? 0 : 1 / (first + 1),
    novelty: mean(top.map((item) => -Math.log2(Math.max(1, items.counts.get(item)!) / items.users))),
    popularityPercentile: mean(top.map(percentile)),
    diversity: mean(pairs),
  }
}

/** The expected metrics of a user over all orders of tied items. */
export function plainMetrics(user: PlainUser, items: PlainItems, k: number, gain: PlainGain = () => 1) {
  const each = rankings(user.scores).map((ranking) => metricsOf(ranking, user, items, k, gain))
  const names = Object.keys(each[0]!) as (keyof ReturnType<typeof metricsOf>)[]
  return Object.fromEntries(names.map((name) => [name, mean(each.map((one) => one[name]))])) as ReturnType<
    typeof metricsOf
  >
}

/** Coverage and Gini coefficient of the lists of all users. */
export function plainTotals(users: readonly PlainUser[], catalogue: readonly Id[], k: number) {
  const shares = users.map(({ scores }) => {
    const lists = rankings(scores).map((ranking) => new Set(ranking.slice(0, k)))
    return new Map(catalogue.map((item) => [item, mean(lists.map((list) => (list.has(item) ? 1 : 0)))]))
  })
  const misses = catalogue.map((item) => shares.reduce((miss, share) => miss * (1 - share.get(item)!), 1))
  const exposures = catalogue.map((item) => sum(shares.map((share) => share.get(item)!)))
  // Half the mean absolute difference of two exposures, over their mean.
  const differences = exposures.flatMap((a) => exposures.map((b) => Math.abs(a - b)))
  return {
    coverage: mean(misses.map((miss) => 1 - miss)),
    gini: mean(differences) / (2 * mean(exposures)),
  }
}
