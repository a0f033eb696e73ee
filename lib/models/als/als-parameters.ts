import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import { KindredError } from '../../native/errors.js'
import type { AlsOptions, AlsParameters } from './als-options.js'

const VALUES_AT_ONCE = 1 << 16

/** Sum of alpha |w| over the log / unobservedWeight * users * items, where `alpha` is chosen. */
const OBSERVED = 1 / 40
/** The penalty over the largest singular value to be expected by chance, where `regularization` is chosen. */
const PENALTY = 0.4
/** The most that it may be over the largest singular value that there must be. */
const MOST_PENALTY = 0.3
/** Over the unobserved weight: beyond it the latter is lost in rounding. */
const MOST_CONFIDENCE = 1e15

/** Mean and greatest of the absolute weights, 0 for a log without any, and how many are above 0. */
export async function weightSize(
  { values }: Csr,
  signal?: AbortSignal,
): Promise<{ mean: number; max: number; preferred: number }> {
  const count = values!.length
  let [sum, max, preferred] = [0, 0, 0]
  await new LoopYielder(signal).over(count, VALUES_AT_ONCE, (begin, end) => {
    for (let n = begin; n < end; n++) {
      const size = Math.abs(values![n]!)
      sum += size
      if (values![n]! > 0) preferred++
      if (size > max) max = size
    }
  })
  return { mean: count === 0 ? 0 : sum / count, max, preferred }
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
 * and unit of weights [users, items]. What is observed adds 1/40 of the confidence of all pairs, and at least doubles that
 * of the pairs concerned. The penalty is 0.4 c (sqrt(p) + sqrt(q)) for a user with p and an item with q weights above 0, the
 * means, of confidence c: but for the 0.4 the singular value that the strongest factor of a log without any taste would
 * have (Geman 1980, "A limit theorem for the norm of random matrices"). Factors of a singular value below their penalty
 * are zero; at most 0.3 c sqrt(p q), which the strongest factor's exceeds, so that it survives on tiny logs too.
 * @throws ERR_VALUE if observed pairs outweigh the others beyond what numbers can tell apart
 */
export async function alsParameters(Cui: Csr, options: AlsOptions, signal?: AbortSignal): Promise<AlsParameters> {
  const { alpha, regularization, unobservedWeight } = options
  if (alpha !== null && regularization !== null) return { alpha, regularization }
  const { mean, preferred } = await weightSize(Cui, signal)
  const perUser = Cui.indices.length / Cui.rows
  const chosen = alpha ?? (mean > 0 ? (unobservedWeight / mean) * Math.max(1, (OBSERVED * Cui.cols) / perUser) : 1)
  if (!(chosen * mean <= MOST_CONFIDENCE * unobservedWeight))
    throw new KindredError(
      'ERR_VALUE',
      `AlternatingLeastSquares: expected alpha times the mean weight to be at most ${MOST_CONFIDENCE} times unobservedWeight, but it is ${((chosen * mean) / unobservedWeight).toPrecision(3)} times that. Lower alpha or the weights.`,
    )
  // Only what is preferred has to be explained by factors.
  const [p, q] = [Math.max(preferred, 1) / Cui.rows, Math.max(preferred, 1) / Cui.cols]
  const byChance = PENALTY * (Math.sqrt(p) + Math.sqrt(q))
  const singularValue = Math.min(byChance, MOST_PENALTY * Math.sqrt(p * q))
  const penalty = (unobservedWeight + chosen * mean) * singularValue
  return { alpha: chosen, regularization: regularization ?? penalty / meanPenalty(Cui, options) }
}
