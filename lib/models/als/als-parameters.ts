import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import type { AlsOptions, AlsParameters } from './als-options.js'

const VALUES_AT_ONCE = 1 << 16

/** alpha * mean weight * sqrt(density) / unobservedWeight, where `alpha` is chosen; docs/factorization.md says how. */
const CONFIDENCE = 0.7
/** The penalty over the confidence of a mean row, where `regularization` is chosen. */
const PENALTY = 0.1

/** The mean of the absolute weights, 0 for a log without any. */
export async function meanWeight({ values }: Csr, signal?: AbortSignal): Promise<number> {
  let sum = 0
  await new LoopYielder(signal).over(values!.length, VALUES_AT_ONCE, (begin, end) => {
    for (let n = begin; n < end; n++) sum += Math.abs(values![n]!)
  })
  return values!.length === 0 ? 0 : sum / values!.length
}

/**
 * A mean row's penalty / `regularization`, the geometric mean of both sides: of constant penalties only the product
 * changes the scores, since factors of one side can be scaled against those of the other.
 */
function meanPenalty({ rows, cols, indices }: Csr, { unobservedWeight, regularizationExponent }: AlsOptions): number {
  const user = indices.length / rows + unobservedWeight * cols
  const item = indices.length / cols + unobservedWeight * rows
  return Math.sqrt(user * item) ** regularizationExponent
}

/**
 * Fills in `alpha` and `regularization` where they are null, such that they mean the same on a log of any size, density
 * and unit of weights [users, items].
 */
export async function alsParameters(Cui: Csr, options: AlsOptions, signal?: AbortSignal): Promise<AlsParameters> {
  const { unobservedWeight } = options
  if (options.alpha !== null && options.regularization !== null)
    return { alpha: options.alpha, regularization: options.regularization }
  const mean = await meanWeight(Cui, signal)
  const density = Cui.indices.length / Cui.rows / Cui.cols
  const alpha = options.alpha ?? (mean > 0 ? (CONFIDENCE * unobservedWeight) / (mean * Math.sqrt(density)) : 1)
  const perRow = (unobservedWeight + alpha * mean) * density * Math.sqrt(Cui.rows * Cui.cols)
  return { alpha, regularization: options.regularization ?? (PENALTY * perRow) / meanPenalty(Cui, options) }
}
