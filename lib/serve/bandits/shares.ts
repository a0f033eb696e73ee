/** Gives the best arms equal shares, and every arm an equal part of `epsilon`. @param shares [arms], written whole */
export function shareAmongBest(scores: Float64Array, epsilon: number, shares: Float64Array): void {
  let best = -Infinity
  for (const score of scores) if (score > best) best = score
  let ties = 0
  for (const score of scores) if (score === best) ties++
  const [least, most] = [epsilon / scores.length, (1 - epsilon) / ties]
  for (let i = 0; i < scores.length; i++) shares[i] = least + (scores[i] === best ? most : 0)
}

/** The index that a uniform number in [0, 1) falls on, by shares that sum to 1. */
export function drawIndex(shares: Float64Array, uniform: number): number {
  let last = 0
  let sum = 0
  for (let i = 0; i < shares.length; i++) {
    if (!(shares[i]! > 0)) continue
    last = i
    sum += shares[i]!
    if (uniform < sum) return i
  }
  // The shares sum to a little less than 1 by rounding.
  return last
}
