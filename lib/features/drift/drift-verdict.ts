/** A change of a column in words: 'moderate' from a {@link populationStabilityIndex} of 0.1, 'strong' from 0.25. */
export type DriftVerdict = 'stable' | 'moderate' | 'strong'

/** The customary words for a {@link populationStabilityIndex}. */
export function driftVerdict(index: number): DriftVerdict {
  if (index < 0.1) return 'stable'
  return index < 0.25 ? 'moderate' : 'strong'
}

/**
 * The {@link populationStabilityIndex} that 19 of 20 pairs of samples of one distribution stay below: it is about
 * (1/n + 1/m) times a chi-squared variable of bins - 1 degrees of freedom (Yurdakul and Naranjo 2020), whose quantile is
 * that of Wilson and Hilferty (1931).
 */
export function stabilityByChance(bins: number, n: number, m: number): number {
  const degrees = Math.max(1, bins - 1)
  const width = 2 / (9 * degrees)
  return (1 / n + 1 / m) * degrees * (1 - width + 1.6448536269514722 * Math.sqrt(width)) ** 3
}
