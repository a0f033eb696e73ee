import type { Interactions } from '../../data/log/interactions.js'
import { weightSpread } from '../../data/log/weight-spread.js'
import { runYielding } from '../../data/resumable.js'

/** The greatest weight over the median, and the share of the greatest 1 % of rows, from which on both a tail is heavy. */
const HEAVY = { overMedian: 100, topShare: 0.1 }
const WEIGHTS_AT_ONCE = 1 << 16

/** Whether weights above 0 lie within a factor of {@link HEAVY}, which ratings and their like do; one cheap pass. */
function* lieClose(weights: Float32Array) {
  let least = Infinity
  let greatest = 0
  for (let row = 0; row < weights.length; row++) {
    if (row % WEIGHTS_AT_ONCE === 0) yield
    const weight = weights[row]!
    if (weight <= 0) continue
    if (weight < least) least = weight
    if (weight > greatest) greatest = weight
  }
  return greatest < HEAVY.overMedian * least
}

/**
 * Warns that a few rows have most of the weight, as counts often do: models that weigh by it learn little from the
 * others.
 * @param algorithm names the model
 */
export async function warnOfHeavyWeights(algorithm: string, log: Interactions, signal?: AbortSignal): Promise<void> {
  if (await runYielding(lieClose(log.weights), signal)) return
  const { median, max, topShare } = await runYielding(weightSpread(log.weights), signal)
  if (max < HEAVY.overMedian * median || topShare < HEAVY.topShare) return
  process.emitWarning(
    `${algorithm}: the weights of the log are spread so widely (median ${round(median)}, greatest ${round(max)}) that the greatest 1 % of rows hold ${Math.round(100 * topShare)} % of the sum and drown the others. Fit on log.transform({ weight: 'log' }), or 'binary' or 'rank'; log.weightSpread() shows the spread.`,
    { type: 'KindredWarning', code: 'KINDRED_WEIGHTS' },
  )
}

const round = (value: number): number => Number(value.toPrecision(3))
