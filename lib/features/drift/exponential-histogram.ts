/** Sums over values: their number, their mean, and the sum of the squares of their deviations from it. */
export interface Moments {
  readonly size: number
  readonly mean: number
  readonly squares: number
}

export const NOTHING: Moments = { size: 0, mean: 0, squares: 0 }

/** The moments of the values of both (Chan, Golub and LeVeque 1983). */
export function joined(a: Moments, b: Moments): Moments {
  const size = a.size + b.size
  if (size === 0) return NOTHING
  const apart = b.mean - a.mean
  return {
    size,
    mean: a.mean + (apart * b.size) / size,
    squares: a.squares + b.squares + apart * apart * ((a.size * b.size) / size),
  }
}

/** Buckets of each size that are kept (M of the paper). */
export const BUCKETS_A_SIZE = 5

/**
 * The values of a window in buckets of 1, 2, 4, ... values, at most {@link BUCKETS_A_SIZE} of a size, the newest smallest
 * (Bifet and Gavaldà 2007, section 4; after Datar et al. 2002): memory grows with the logarithm of the window.
 */
export class ExponentialHistogram {
  /** Of bucket size 2^row, oldest first. */
  readonly #rows: Moments[][] = []

  /** Takes a value. Where there are too many buckets of a size, the two oldest of them become one. */
  add(value: number): void {
    let arriving: Moments | undefined = { size: 1, mean: value, squares: 0 }
    for (let row = 0; arriving !== undefined; row++) {
      this.#rows[row] ??= []
      const buckets: Moments[] = this.#rows[row]!
      buckets.push(arriving)
      arriving = buckets.length > BUCKETS_A_SIZE ? joined(buckets.shift()!, buckets.shift()!) : undefined
    }
  }

  /** Drops the oldest bucket. */
  dropOldest(): void {
    this.#rows.at(-1)?.shift()
    while (this.#rows.at(-1)?.length === 0) this.#rows.pop()
  }

  /** The buckets, oldest first. */
  *buckets(): Generator<Moments, void> {
    for (let row = this.#rows.length - 1; row >= 0; row--) yield* this.#rows[row]!
  }
}
