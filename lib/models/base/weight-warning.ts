import type { Interactions } from '../../data/log/interactions.js'
import { weightSpread } from '../../data/log/weight-spread.js'
import { type Resumable, ROWS_PER_YIELD, runYielding } from '../../data/resumable.js'

/** The greatest weight over the median, and the share of the greatest 1 % of rows, from which on both a tail is heavy. */
const HEAVY = { overMedian: 100, topShare: 0.1 }

/** What a pass over the weights tells. */
interface Signs {
  /** Whether weights other than 0 lie within a factor of {@link HEAVY}, signs aside, which ratings and their like do. */
  lieClose: boolean
  anyNegative: boolean
}

function* signsOf(weights: Float32Array): Resumable<Signs> {
  let least = Infinity
  let greatest = 0
  let anyNegative = false
  for (let row = 0; row < weights.length; row++) {
    if (row % ROWS_PER_YIELD === 0) yield
    const size = Math.abs(weights[row]!)
    if (size === 0) continue
    if (weights[row]! < 0) anyNegative = true
    if (size < least) least = size
    if (size > greatest) greatest = size
  }
  return { lieClose: greatest < HEAVY.overMedian * least, anyNegative }
}

/**
 * Warns that a few rows have most of the weight, as counts often do: models that weigh by it learn little from the
 * others. Dislikes weigh as much as likes.
 * @param algorithm names the model
 */
export async function warnOfHeavyWeights(algorithm: string, log: Interactions, signal?: AbortSignal): Promise<void> {
  const { lieClose, anyNegative } = await runYielding(signsOf(log.weights), signal)
  if (lieClose) return
  const sizes = anyNegative ? log.weights.map(Math.abs) : log.weights
  const { median, max, topShare } = await runYielding(weightSpread(sizes), signal)
  if (max < HEAVY.overMedian * median || topShare < HEAVY.topShare) return
  const spread = `median ${round(median)}, greatest ${round(max)}${anyNegative ? ', signs aside' : ''}`
  const remedy = anyNegative
    ? "{ weight: 'rank' }), or 'binary', which makes 0 of all below 0"
    : "{ weight: 'log' }), or 'binary' or 'rank'"
  process.emitWarning(
    `${algorithm}: the weights of the log are spread so widely (${spread}) that the greatest 1 % of rows hold ${Math.round(100 * topShare)} % of the sum and drown the others. Fit on log.transform(${remedy}; log.weightSpread() shows the spread.`,
    { type: 'KindredWarning', code: 'KINDRED_WEIGHTS' },
  )
}

const round = (value: number): number => Number(value.toPrecision(3))
