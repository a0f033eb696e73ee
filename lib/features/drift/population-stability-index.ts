import { checkFloor, type StabilityOptions, sharesOfBoth } from './histogram-checks.js'

/**
 * The population stability index of two histograms over the same bins: the sum over bins of (q - p) ln(q / p), where p is
 * the share of the reference and q that of the current values. Both are taken to be at least `floor`. 0 for equal shares;
 * by custom 0.1 and more is a moderate change, 0.25 and more a strong one (Siddiqi, Credit Risk Scorecards, 2006). It is
 * the same in both directions.
 * @param reference counts or shares [bins]
 * @param current counts or shares [bins], of the same bins
 * @throws ERR_VALUE for counts below 0 or not finite, ERR_DATA for a histogram of zeros, ERR_SHAPE for other bins
 */
export function populationStabilityIndex(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  options: StabilityOptions = {},
): number {
  const floor = checkFloor(options)
  const [expected, actual] = sharesOfBoth(reference, current)
  return expected.reduce((sum, share, bin) => {
    const [p, q] = [Math.max(share, floor), Math.max(actual[bin]!, floor)]
    return sum + (q - p) * Math.log(q / p)
  }, 0)
}
