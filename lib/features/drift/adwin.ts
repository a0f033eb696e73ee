import { checkNumber, checkOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { ExponentialHistogram, joined, type Moments, NOTHING } from './exponential-histogram.js'

/** Options of {@link Adwin}. */
export interface AdwinOptions {
  /** How likely a false alarm may be at each value, between 0 and 1; default 0.002. Smaller is slower to see a change. */
  delta?: number
  /** The least and the greatest value that can come; default [0, 1], as of clicks or errors. */
  range?: readonly [number, number]
}

/** What a value did to the window of {@link Adwin}. */
export interface AdwinUpdate {
  /** Whether the mean has changed: what came before the change was dropped. */
  drift: boolean
  /** Values in the window. */
  width: number
  /** Their mean. */
  mean: number
}

/** @throws ERR_VALUE unless `range` is a pair of finite numbers in order */
function checkRange(range: unknown): [number, number] {
  if (!Array.isArray(range) || range.length !== 2)
    throw new KindredError('ERR_VALUE', `range: expected the least and the greatest value but received ${show(range)}.`)
  const low = checkNumber('range[0]', range[0])
  const high = checkNumber('range[1]', range[1])
  if (!(high > low && Number.isFinite(high - low)))
    throw new KindredError(
      'ERR_VALUE',
      `range: expected a least value below the greatest but received ${low}, ${high}.`,
    )
  return [low, high]
}

/**
 * How far apart the means of the two parts of a window may be by chance (Bifet and Gavaldà 2007, section 3):
 * sqrt(2/m σ² ln(2/δ')) + 2/(3m) ln(2/δ'), where 1/m = 1/n0 + 1/n1, σ² is the variance of the window and δ' = δ / ln n.
 */
export function cutThreshold(n0: number, n1: number, variance: number, delta: number): number {
  const inverse = 1 / n0 + 1 / n1
  const log = Math.log((2 * Math.max(1, Math.log(n0 + n1))) / delta)
  return Math.sqrt(2 * inverse * variance * log) + (2 / 3) * inverse * log
}

/**
 * Adaptive windowing: the mean of a stream over a window that grows while nothing changes, and shrinks when the mean does
 * (ADWIN2 of Bifet and Gavaldà, Learning from Time-Changing Data with Adaptive Windowing, 2007). The window is cut where the
 * means of its two parts differ by more than chance explains; it is kept as some hundred sums, whatever its width.
 *
 * @example
 * const adwin = new Adwin({ delta: 0.002 })
 * for (const clicked of clicks) if (adwin.update(clicked).drift) console.log('the click rate has changed')
 */
export class Adwin {
  /** The chance of a false alarm at each value. */
  readonly delta: number
  /** The least and the greatest value. */
  readonly range: readonly [number, number]
  /** Of values moved to [0, 1]. */
  readonly #histogram = new ExponentialHistogram()
  #window: Moments = NOTHING
  #drifts = 0

  /** @throws ERR_VALUE for an illegal option */
  constructor(options: AdwinOptions = {}) {
    const { delta = 0.002, range = [0, 1] } = checkOptions('Adwin', options, ['delta', 'range'])
    this.delta = checkNumber('delta', delta, { min: Number.MIN_VALUE, max: 1 - Number.EPSILON })
    this.range = Object.freeze(checkRange(range))
  }

  /** Values in the window. */
  get width(): number {
    return this.#window.size
  }

  /** The mean of the window; NaN before the first value. */
  get mean(): number {
    const [low, high] = this.range
    return this.#window.size === 0 ? Number.NaN : low + (high - low) * this.#window.mean
  }

  /** The variance of the window, of all its values; NaN before the first. */
  get variance(): number {
    const [low, high] = this.range
    return (this.#window.squares / this.#window.size) * (high - low) ** 2
  }

  /** How many changes it has seen. */
  get drifts(): number {
    return this.#drifts
  }

  /**
   * Takes the next value of the stream.
   * @throws ERR_VALUE for a value that is not in the range; the window stays as it was
   */
  update(value: number): AdwinUpdate {
    const [low, high] = this.range
    if (!(typeof value === 'number' && value >= low && value <= high))
      throw new KindredError(
        'ERR_VALUE',
        `value: expected a number from ${low} to ${high} but received ${show(value)}. Give the option range for others.`,
      )
    this.#histogram.add((value - low) / (high - low))
    let drift = false
    this.#window = this.#sum()
    while (this.#isToBeCut()) {
      drift = true
      this.#histogram.dropOldest()
      this.#window = this.#sum()
    }
    if (drift) this.#drifts++
    return { drift, width: this.width, mean: this.mean }
  }

  /** Summed anew each time: taking a bucket away from a sum would add up errors of rounding. */
  #sum(): Moments {
    let sum = NOTHING
    for (const bucket of this.#histogram.buckets()) sum = joined(sum, bucket)
    return sum
  }

  #isToBeCut(): boolean {
    const { size, mean, squares } = this.#window
    const total = size * mean
    let [n0, sum0] = [0, 0]
    for (const bucket of this.#histogram.buckets()) {
      n0 += bucket.size
      sum0 += bucket.size * bucket.mean
      const n1 = size - n0
      if (n1 === 0) return false
      const apart = Math.abs(sum0 / n0 - (total - sum0) / n1)
      if (apart > cutThreshold(n0, n1, squares / size, this.delta)) return true
    }
    return false
  }
}

guardReceivers(Adwin)
