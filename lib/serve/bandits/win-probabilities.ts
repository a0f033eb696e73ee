import { NODES, PARTIAL, WEIGHTS } from './gauss-panel.js'

/** The distribution of one arm's score: smooth, with one peak. */
export interface ScoreDistribution {
  /** Where the peak is. */
  readonly center: number
  /** Its width there, as a standard deviation; above 0. */
  readonly width: number
  /** Beyond these its probability is nothing. */
  readonly low: number
  readonly high: number
  density(score: number): number
  cumulative(score: number): number
}

/** The longest step of the integration that this distribution allows from a point on. */
function stepFrom({ center, width, low, high }: ScoreDistribution, at: number): number {
  if (at < low) return low - at
  if (at >= high) return Infinity
  const apart = (at - center) / width
  // Wider as one leaves the peak, but never over it.
  if (apart < -2) return Math.max(0.7 * width, (-apart - 1.5) * width * 0.3)
  return (0.7 + 0.25 * Math.max(0, apart)) * width
}

/**
 * The probability of each of several independent scores to be the highest: the integral of its density times the cumulative
 * distributions of the others, panel by panel with 5 nodes each, on which densities and cumulative distributions alike are
 * interpolated. Errors are below 1e-6. The cost grows with the number of arms whose scores overlap.
 * @param probabilities written whole, they sum to 1
 */
export function winProbabilities(scores: readonly ScoreDistribution[], probabilities: Float64Array): void {
  probabilities.fill(0)
  let [begin, end] = [-Infinity, -Infinity]
  for (const { low, high } of scores) {
    if (low > begin) begin = low
    if (high > end) end = high
  }
  // Below `begin`, one score is higher for sure.
  const active = scores.flatMap((score, index) => (score.high > begin ? [index] : []))
  const count = active.length
  const below = Float64Array.from(active, (index) => scores[index]!.cumulative(begin))
  const densities = Array.from({ length: NODES.length }, () => new Float64Array(count))
  const [totals, before, wins] = [new Float64Array(count), new Float64Array(count + 1), new Float64Array(count)]
  for (let at = begin; at < end; ) {
    let step = end - at
    for (const index of active) step = Math.min(step, stepFrom(scores[index]!, at))
    if (!(at + step > at)) break
    for (let a = 0; a < count; a++) {
      const score = scores[active[a]!]!
      for (let n = 0; n < NODES.length; n++) densities[n]![a] = score.density(at + step * NODES[n]!)
    }
    for (let n = 0; n < NODES.length; n++) {
      for (let a = 0; a < count; a++) {
        let sum = below[a]!
        for (let m = 0; m < NODES.length; m++) sum += step * PARTIAL[n]![m]! * densities[m]![a]!
        totals[a] = Math.min(1, Math.max(0, sum))
      }
      // Products of all cumulative distributions but one: those before it times those after it.
      before[0] = 1
      for (let a = 0; a < count; a++) before[a + 1] = before[a]! * totals[a]!
      let after = step * WEIGHTS[n]!
      for (let a = count - 1; a >= 0; a--) {
        wins[a]! += densities[n]![a]! * before[a]! * after
        after *= totals[a]!
      }
    }
    for (let a = 0; a < count; a++)
      for (let m = 0; m < NODES.length; m++) below[a]! += step * WEIGHTS[m]! * densities[m]![a]!
    at += step
  }
  const sum = wins.reduce((total, win) => total + win, 0)
  for (const [a, index] of active.entries()) probabilities[index] = wins[a]! / sum
}
