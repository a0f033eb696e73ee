import { guardReceivers } from '../native/guard-receivers.js'
import { pearson } from './pearson.js'
import { spearman } from './spearman.js'

/** Predicted numbers against the true ones. */
export class RegressionReport {
  /** Mean of the squared differences. */
  readonly mse: number
  /** Mean of the absolute differences. */
  readonly mae: number
  /** Pearson's correlation; 0 where the truth or the predictions are all equal. */
  readonly pearson: number
  /** Spearman's correlation, of the ranks; 0 likewise. */
  readonly spearman: number
  /** How many texts were judged. */
  readonly support: number

  /** @internal */
  constructor(truth: ArrayLike<number>, predicted: ArrayLike<number>) {
    let [squares, differences] = [0, 0]
    for (let n = 0; n < truth.length; n++) {
      const difference = predicted[n]! - truth[n]!
      squares += difference * difference
      differences += Math.abs(difference)
    }
    this.support = truth.length
    this.mse = squares / Math.max(1, truth.length)
    this.mae = differences / Math.max(1, truth.length)
    this.pearson = pearson(truth, predicted)
    this.spearman = spearman(truth, predicted)
  }

  /** One line a figure, four decimals. */
  toString(): string {
    const line = (name: string, value: number) => name.padEnd(12) + value.toFixed(4).padStart(10)
    return [
      line('mse', this.mse),
      line('mae', this.mae),
      line('pearson', this.pearson),
      line('spearman', this.spearman),
      'support'.padEnd(12) + String(this.support).padStart(10),
    ].join('\n')
  }
}

guardReceivers(RegressionReport)
