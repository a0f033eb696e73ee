import type { Rounds } from './logged-feedback.js'

/**
 * An estimator of the value of a policy: 'dm', the direct method; 'ips', inverse propensity scores; 'snips', self-normalised
 * (Swaminathan and Joachims 2015); 'dr', doubly robust (Dudík et al. 2014); 'sndr', self-normalised; 'switch-dr' (Wang et al.
 * 2017); 'dros', with optimistic shrinkage (Su et al. 2020).
 */
export type OffPolicyEstimator = 'dm' | 'ips' | 'snips' | 'dr' | 'sndr' | 'switch-dr' | 'dros'

export const WITHOUT_MODEL = ['ips', 'snips'] as const satisfies readonly OffPolicyEstimator[]

export const ESTIMATORS = [
  ...WITHOUT_MODEL,
  'dm',
  'dr',
  'sndr',
  'switch-dr',
  'dros',
] as const satisfies readonly OffPolicyEstimator[]

/** What bounds large weights. */
export interface WeightBounds {
  /** The most that a weight counts for 'ips' and 'dr'. */
  readonly clip: number
  /** Above it, 'switch-dr' trusts the model alone. */
  readonly switchAt: number
  /** λ of 'dros': w becomes λ w / (w² + λ). */
  readonly shrinkage: number
}

/** An estimate as means over rounds: that of `base`, plus that of `correction` over that of `normalizer`. */
export interface Terms {
  /** Nothing where it is absent. */
  readonly base: Float64Array | undefined
  readonly correction: Float64Array
  /** 1 where it is absent. */
  readonly normalizer: Float64Array | undefined
}

/** The weight of 'dros', which is w for an infinite λ. */
export function shrunken(weight: number, shrinkage: number): number {
  return shrinkage === Infinity ? weight : (shrinkage * weight) / (weight * weight + shrinkage)
}

/** What an estimator's mean is over. Those but 'ips' and 'snips' need a model of rewards. */
export function termsOf(estimator: OffPolicyEstimator, rounds: Rounds, bounds: WeightBounds): Terms {
  const { rewards, weights, expected, direct } = rounds
  const weighted = (weight: (w: number) => number, model: Float64Array | undefined) =>
    weights.map((w, round) => weight(w) * (rewards[round]! - (model?.[round] ?? 0)))
  const whole = (w: number) => w
  switch (estimator) {
    case 'dm':
      return { base: undefined, correction: direct!, normalizer: undefined }
    case 'ips':
      return {
        base: undefined,
        correction: weighted((w) => Math.min(w, bounds.clip), undefined),
        normalizer: undefined,
      }
    case 'snips':
      return { base: undefined, correction: weighted(whole, undefined), normalizer: weights }
    case 'dr':
      return { base: direct, correction: weighted((w) => Math.min(w, bounds.clip), expected), normalizer: undefined }
    case 'sndr':
      return { base: direct, correction: weighted(whole, expected), normalizer: weights }
    case 'switch-dr':
      return {
        base: direct,
        correction: weighted((w) => (w <= bounds.switchAt ? w : 0), expected),
        normalizer: undefined,
      }
    case 'dros':
      return {
        base: direct,
        correction: weighted((w) => shrunken(w, bounds.shrinkage), expected),
        normalizer: undefined,
      }
  }
}
