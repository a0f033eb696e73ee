/** One step of {@link Interactions.transform}. */
export interface WeightTransform {
  /** What the weights became. */
  weight: 'log' | 'binary' | 'rank' | 'function'
  /** Of 'log'. */
  scale?: number
}

/** How many rows were read, how many were kept, and why the others were dropped. */
export interface InteractionsReport {
  /** Rows read. */
  read: number
  /** Rows kept. */
  kept: number
  /** Rows dropped, each counted under the first reason that applies. */
  dropped: {
    /** Rows without a user. */
    nullUser: number
    /** Rows without an item. */
    nullItem: number
    /** Rows whose weight is null. */
    nullWeight: number
    /** NaN, infinite, beyond 32-bit floats, or what is no number. */
    nonFiniteWeight: number
    /** Rows merged into another row of the same user and item. */
    duplicates: number
    /** Rows of users or items with too few interactions. */
    kCore: number
  }
  /** Rows kept that have no time. */
  rowsWithoutTime: number
  /** Rows read whose time is there, but is no finite number and no date; absent where there are none. */
  unreadableTimes?: number
  /** What was done to the weights since, in this order; absent where nothing was. */
  transforms?: readonly WeightTransform[]
}

export function emptyReport(): InteractionsReport {
  const dropped = { nullUser: 0, nullItem: 0, nullWeight: 0, nonFiniteWeight: 0, duplicates: 0, kCore: 0 }
  return { read: 0, kept: 0, dropped, rowsWithoutTime: 0 }
}
