import { nativeCall } from '../../native/native-call.js'
import { stacked } from './stacked.js'

/**
 * Two-sided p-values of paired randomisation tests (Fisher 1935; Smucker, Allan, Carterette 2007, "A comparison of
 * statistical significance tests for information retrieval evaluation"): had the two models changed places for each user
 * by the toss of a coin, the same for every metric, how likely a mean difference at least as large would be. From random
 * tosses, the observed ones among them (Phipson, Smyth 2010), so that none is below 1 / (permutations + 1).
 * @param differences arrays [users]; NaN leaves a user out
 * @returns one p-value for each, NaN where a metric has no users
 * @throws ERR_ABORTED
 */
export async function randomizationTests(
  differences: readonly Float64Array[],
  permutations: number,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const { values, users } = await stacked(differences, signal)
  return nativeCall(signal, (native, abort) =>
    native.signFlipPValues(values, differences.length, users, permutations, seed, abort),
  )
}

/**
 * Holm's correction for several tests (Holm 1979, "A simple sequentially rejective multiple test procedure"): the n-th
 * smallest of m p-values times m - n + 1, no smaller than the one before, at most 1. To call significant what stays below
 * 0.05 is wrong about any of them in at most 5 % of the cases. NaN is no test, and stays.
 */
export function holm(pValues: readonly number[]): number[] {
  const adjusted = [...pValues]
  const order = [...pValues.keys()].filter((n) => !Number.isNaN(pValues[n])).sort((a, b) => pValues[a]! - pValues[b]!)
  let least = 0
  for (const [rank, n] of order.entries()) {
    least = Math.max(least, Math.min(1, (order.length - rank) * pValues[n]!))
    adjusted[n] = least
  }
  return adjusted
}
