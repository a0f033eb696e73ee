import { KindredError } from '../../native/errors.js'
import { ChunkedArray } from '../chunked-array.js'
import type { IdMap } from '../id-map.js'
import type { Resumable } from '../resumable.js'

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

  *finish(users: IdMap, items: IdMap): Resumable<InteractionColumns> {
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
