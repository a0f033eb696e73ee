import { KindredError } from '../../native/errors.js'
import { ChunkedArray } from '../chunked-array.js'
import type { IdMap } from '../id-map.js'
import type { Steps } from '../yield-to-event-loop.js'

/** Interactions as columns; row r says that user `userRows[r]` chose item `itemRows[r]`. */
export interface InteractionColumns {
  readonly users: IdMap
  readonly items: IdMap
  /** [rows] index into `users` */
  readonly userRows: Int32Array
  /** [rows] index into `items` */
  readonly itemRows: Int32Array
  /** [rows], finite */
  readonly weights: Float32Array
  /** [rows], NaN where a row has none; null if no row has one */
  readonly times: Float64Array | null
}

/** How many rows came, how many stayed, and why the others went. */
export interface InteractionsReport {
  /** Rows that came. */
  read: number
  /** Rows that stayed. */
  kept: number
  /** Rows that went, each under the first reason that applied. */
  dropped: {
    /** Without a user. */
    nullUser: number
    /** Without an item. */
    nullItem: number
    /** Without a weight, where weights are read. */
    nullWeight: number
    /** NaN, infinite, beyond 32-bit floats, or text that is no number. */
    nonFiniteWeight: number
    /** Rows merged into another row of the same user and item. */
    duplicates: number
    /** Rows of users or items with too few interactions. */
    kCore: number
  }
  /** Rows kept that have no time. */
  rowsWithoutTime: number
}

export function emptyReport(): InteractionsReport {
  const dropped = { nullUser: 0, nullItem: 0, nullWeight: 0, nonFiniteWeight: 0, duplicates: 0, kCore: 0 }
  return { read: 0, kept: 0, dropped, rowsWithoutTime: 0 }
}

const MAX_ROWS = 2 ** 31 - 1

/** Collects rows off the JavaScript heap. */
export class ColumnsBuilder {
  readonly #users = new ChunkedArray(Int32Array)
  readonly #items = new ChunkedArray(Int32Array)
  readonly #weights = new ChunkedArray(Float32Array)
  readonly #times = new ChunkedArray(Float64Array)
  #timed = false

  /** @param time NaN for none. @throws ERR_TOO_LARGE beyond 2^31 - 1 rows */
  push(user: number, item: number, weight: number, time: number): void {
    if (this.#users.length === MAX_ROWS)
      throw new KindredError('ERR_TOO_LARGE', `Interactions: more than ${MAX_ROWS} rows. Read the log in parts.`)
    this.#users.push(user)
    this.#items.push(item)
    this.#weights.push(weight)
    if (!this.#timed && Number.isNaN(time)) return
    if (!this.#timed) {
      this.#timed = true
      for (let row = 1; row < this.#users.length; row++) this.#times.push(Number.NaN)
    }
    this.#times.push(time)
  }

  *finish(users: IdMap, items: IdMap): Steps<InteractionColumns> {
    return {
      users,
      items,
      userRows: yield* this.#users.finish(),
      itemRows: yield* this.#items.finish(),
      weights: yield* this.#weights.finish(),
      times: this.#timed ? yield* this.#times.finish() : null,
    }
  }
}
