import { type Direction, lossOf, type Trial } from './trial.js'

/** When a trial is stopped early: where what it reports is worse than the median of earlier trials at the same step. */
export interface PruningOptions {
  /** No trial is stopped before so many complete ones have reached its step; default 5. */
  trials?: number
  /** No trial is stopped before this step; default 1. */
  steps?: number
}

/**
 * The median stopping rule (Golovin et al. 2017, "Google Vizier", section 3.2.2, with scores at the step instead of their
 * running means): whether the best score of a trial so far is worse than the median of those that complete trials had at
 * its last step.
 */
export function isBelowMedian(
  steps: Trial['steps'],
  trials: readonly Trial<unknown>[],
  direction: Direction,
  { trials: fewest, steps: warmup }: Required<PruningOptions>,
): boolean {
  const step = steps.at(-1)![0]
  if (step < warmup) return false
  const best = Math.min(...steps.map(([, score]) => lossOf(score, direction)))
  const others = trials
    .filter(({ state }) => state === 'complete')
    .flatMap((trial) => trial.steps.filter(([at]) => at === step).map(([, score]) => lossOf(score, direction)))
    .sort((a, b) => a - b)
  if (others.length < Math.max(1, fewest)) return false
  const half = others.length >> 1
  const median = others.length % 2 === 1 ? others[half]! : (others[half - 1]! + others[half]!) / 2
  return best > median
}
