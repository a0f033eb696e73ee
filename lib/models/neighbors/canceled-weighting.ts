import { rowValues } from '../../data/csr.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import type { NeighborSettings } from './knn-options.js'

/** Of one ratio of weights to another in the same row, relative: the rounding of 32-bit floats. */
const ROUNDING = 1e-6

/**
 * Warns (KINDRED_WEIGHTING) where a weighting has no effect: a cosine without shrinkage does not see that all weights of a
 * row are multiplied by one number, as 'tfidf' does to users whose weights are all 1.
 * @param plain the log as rows of what is compared
 * @param weighted the same places under the weighting
 */
export async function warnIfCanceled(
  model: string,
  plain: Csr,
  weighted: Csr,
  { weighting, shrinkage }: NeighborSettings,
  signal?: AbortSignal,
): Promise<void> {
  if (shrinkage > 0 || !(await areProportional(plain, weighted, signal))) return
  process.emitWarning(
    `${model}: weighting '${weighting}' cancels out on this log: it multiplies all weights of a row by the same number, which a cosine does not see. Similarities are those of weighting 'none'. Take another weighting, or shrinkage above 0.`,
    { type: 'KindredWarning', code: 'KINDRED_WEIGHTING' },
  )
}

/**
 * Whether each row is a multiple of the other matrix's, and some row of two numbers other than 0 tells it. Rows are compared
 * by their first number other than 0.
 */
async function areProportional(a: Csr, b: Csr, signal?: AbortSignal): Promise<boolean> {
  const yielder = new LoopYielder(signal)
  let telling = false
  for (let row = 0; row < a.rows; row++) {
    if (yielder.due) await yielder.yieldToLoop()
    const [x, y] = [rowValues(a, row), rowValues(b, row)]
    const first = x.findIndex((value, n) => value !== 0 || y[n] !== 0)
    for (let n = Math.max(first, 0) + 1; n < x.length; n++) {
      const [left, right] = [y[n]! * x[first]!, y[first]! * x[n]!]
      if (!(Math.abs(left - right) <= ROUNDING * Math.abs(left))) return false
      if (x[n] !== 0) telling = true
    }
  }
  return telling
}
