/** A probe below this share of the best one says that the machine was halved. */
export const WHOLE = 0.7

/** The value below which the share `p` of `values` lies, linear between neighbours; NaN of none. */
export function quantile(values, p) {
  const sorted = [...values].sort((a, b) => a - b)
  if (sorted.length === 0) return Number.NaN
  const place = p * (sorted.length - 1)
  const below = Math.floor(place)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below] + (place - below) * (sorted[above] - sorted[below])
}

export const median = (values) => quantile(values, 0.5)

/** Median, lowest, highest and quartiles of `values`; null of none. */
export function spread(values) {
  if (values.length === 0) return null
  const [low, q1, middle, q3, high] = [0, 0.25, 0.5, 0.75, 1].map((p) => quantile(values, p))
  return { median: middle, low, high, q1, q3 }
}

/**
 * How often `ours` fits into the rival's time, round by round: above 1 ours is faster.
 * @param rounds [{ ours, rival }] in ms
 */
export const ratios = (rounds) => rounds.map(({ ours, rival }) => rival / ours)

/** Whether the machine was whole at each of these probes, beside the best one ever seen. */
export const isWhole = (probes, best) => Math.min(...probes) >= WHOLE * best

/**
 * The rounds in which the machine was whole.
 * @param rounds [{ probes }]
 */
export const wholeRounds = (rounds, best) => rounds.filter(({ probes }) => isWhole(probes, best))
