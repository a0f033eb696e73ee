import type { IdMap } from '../../data/id-map.js'
import type { Interactions } from '../../data/log/interactions.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'

const ROWS_AT_ONCE = 1 << 14

/** Interactions of items, each counted by half after every half-life, as of the latest of them. */
export class DecayedCounts {
  readonly #halfLife: number
  /** [items] */
  readonly counts: Float64Array
  /** The time of the latest interaction; -Infinity where there was none. */
  readonly latest: number

  constructor(halfLife: number, counts: Float64Array, latest: number) {
    this.#halfLife = halfLife
    this.counts = counts
    this.latest = latest
  }

  static none(halfLife: number): DecayedCounts {
    return new DecayedCounts(halfLife, new Float64Array(0), -Infinity)
  }

  /**
   * With further interactions; what has no time counts as the latest.
   * @param items all items: those of these counts first, in their order
   * @param byWeight whether an interaction counts by its weight, else as 1
   * @throws ERR_ABORTED
   */
  async with(
    { items: ownItems, itemRows, weights, times, size }: Interactions,
    items: IdMap,
    byWeight: boolean,
    signal: AbortSignal | undefined,
  ): Promise<DecayedCounts> {
    const yielder = new LoopYielder(signal)
    let { latest } = this
    await yielder.over(times === null ? 0 : size, ROWS_AT_ONCE, (begin, end) => {
      for (let row = begin; row < end; row++) if (times![row]! > latest) latest = times![row]!
    })
    const counts = new Float64Array(items.size)
    const share = this.latest === latest ? 1 : this.#share(latest - this.latest)
    await yielder.over(this.counts.length, ROWS_AT_ONCE, (begin, end) => {
      for (let item = begin; item < end; item++) counts[item] = this.counts[item]! * share
    })
    const rows = new Int32Array(ownItems.size)
    await yielder.over(rows.length, ROWS_AT_ONCE >> 2, (begin, end) => {
      for (let own = begin; own < end; own++) rows[own] = items.indexOf(ownItems.idAt(own))
    })
    await yielder.over(size, ROWS_AT_ONCE, (begin, end) => {
      for (let row = begin; row < end; row++) {
        const time = times === null ? Number.NaN : times[row]!
        const count = Number.isNaN(time) ? 1 : this.#share(latest - time)
        counts[rows[itemRows[row]!]!]! += byWeight ? count * weights[row]! : count
      }
    })
    return new DecayedCounts(this.#halfLife, counts, latest)
  }

  /** What an interaction of this age counts. */
  #share(age: number): number {
    return 0.5 ** (age / this.#halfLife)
  }
}
