import type { Matrix } from '../../data/matrix.js'
import type { Csr } from '../../native/addon.js'
import { nativeCall } from '../../native/native-call.js'
import { POPULARITY_METRICS } from './item-popularity.js'

/** A metric of what a user's list holds, whatever was held out. */
export type BeyondMetric = 'novelty' | 'popularityPercentile' | 'diversity'

/** A metric of all lists together. */
export type TotalMetric = 'coverage' | 'gini'

/** What the metrics beyond accuracy are computed from. */
export interface ItemKnowledge {
  /** [2, items] of {@link popularityOf}; null: the popularity of items is unknown. */
  popularity: Float64Array | null
  /** Vectors of the items [items, dims], by which pairs are alike; null: no diversity is asked for. */
  vectors: Matrix | Csr | null
  /** Items of the catalogue, of which lists may be made; null: unknown. */
  catalogue: number | null
}

/** Scores of some users, and which of the items each may be given. */
export interface ScoredBlock {
  scores: Matrix
  exclude: Csr | null
  candidates: Uint8Array | null
}

/** Metrics of the lists of the first k themselves: what they hold, for each user and over all. */
export class ListMeasures {
  readonly metrics: readonly BeyondMetric[]
  /** [ks] no longer than the items */
  readonly #lengths: Int32Array
  /** [ks, items] */
  readonly #misses: Float64Array
  /** [ks, items] */
  readonly #exposures: Float64Array
  /** [items] of the vectors, once computed */
  #inverse: Float64Array | undefined

  constructor(
    readonly ks: readonly number[],
    readonly items: number,
    readonly known: ItemKnowledge,
  ) {
    this.metrics = [
      ...(known.popularity === null ? [] : POPULARITY_METRICS),
      ...(known.vectors === null ? [] : (['diversity'] as const)),
    ]
    this.#lengths = Int32Array.from(ks, (k) => Math.min(k, items))
    this.#misses = new Float64Array(ks.length * items).fill(1)
    this.#exposures = new Float64Array(ks.length * items)
  }

  /**
   * Measures the lists of one block of users after another.
   * @param eligible [users] how many items each user may be given
   * @returns write(user, metric, k): the metric of a user of the block with the list of the n-th k; NaN where the list is
   * too short for it
   */
  async measure(
    { scores, exclude, candidates }: ScoredBlock,
    eligible: Int32Array,
    signal: AbortSignal | undefined,
  ): Promise<(user: number, metric: BeyondMetric, n: number) => number> {
    const { popularity, vectors } = this.known
    const values = popularity ?? new Float64Array(0)
    const lengths = this.#lengths
    const sums = await nativeCall(signal, (native, abort) =>
      native.measureLists(scores, exclude, candidates, lengths, values, this.#misses, this.#exposures, abort),
    )
    if (vectors) this.#inverse ??= await nativeCall(signal, (native, abort) => native.inverseLengths(vectors, abort))
    const similarities =
      vectors &&
      (await nativeCall(signal, (native, abort) =>
        native.pairSimilarities(scores, exclude, candidates, lengths, vectors, this.#inverse!, abort),
      ))
    return (user, metric, n) => {
      const length = Math.min(lengths[n]!, eligible[user]!)
      const list = user * lengths.length + n
      if (metric === 'diversity') {
        const pairs = (length * (length - 1)) / 2
        return pairs === 0 ? Number.NaN : 1 - similarities![list]! / pairs
      }
      return length === 0
        ? Number.NaN
        : sums[list * POPULARITY_METRICS.length + POPULARITY_METRICS.indexOf(metric)]! / length
    }
  }

  /** The metrics of all lists measured, by name and k. */
  totals(): Map<`${TotalMetric}@${number}`, number> {
    const totals = new Map<`${TotalMetric}@${number}`, number>()
    const { catalogue } = this.known
    if (catalogue === null) return totals
    for (const [n, k] of this.ks.entries()) {
      const part = (numbers: Float64Array) => numbers.subarray(n * this.items, (n + 1) * this.items)
      const listed = part(this.#misses).reduce((sum, miss) => sum + (1 - miss), 0)
      totals.set(`coverage@${k}`, listed / catalogue)
      totals.set(`gini@${k}`, gini(part(this.#exposures), catalogue))
    }
    return totals
  }
}

/**
 * The Gini coefficient of how often items are listed: 0 where all of them are as often, (n - 1) / n where one alone is
 * (Fleder and Hosanagar 2009, "Blockbuster culture's next rise or fall"; for lists Shani and Gunawardana 2011,
 * "Evaluating recommendation systems"). NaN where nothing is listed.
 * @param exposures of at least the items that may be listed; all others have 0
 * @param catalogue how many items may be listed
 */
export function gini(exposures: Float64Array, catalogue: number): number {
  const ascending = exposures
    .slice()
    .sort()
    .subarray(exposures.length - catalogue)
  let weighted = 0
  let total = 0
  for (const [i, exposure] of ascending.entries()) {
    weighted += (2 * (i + 1) - catalogue - 1) * exposure
    total += exposure
  }
  return total === 0 ? Number.NaN : weighted / (catalogue * total)
}
