/** How many rows came, how many stayed, and why the others went. */
export interface InteractionsReport {
  /** Rows that came. */
  read: number
  /** Rows that stayed. */
  kept: number
  /** Rows that went, each under the first reason that applied. */
  dropped: {
    /** Rows without a user. */
    nullUser: number
    /** Rows without an item. */
    nullItem: number
    /** Rows whose weight is null. */
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
