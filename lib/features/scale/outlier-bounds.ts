import { checkNumber, checkOneOf } from '../../native/argument-checks.js'
import { type Moments, quantileOf, varianceOf } from './statistics.js'

/**
 * Which numbers are outliers: those beyond `factor` times the range between the quartiles from the nearer of them ('iqr',
 * Tukey's fences), those further than `threshold` standard deviations from the mean ('z-score'), or the least and the greatest
 * `share` of them ('winsorise').
 */
export type OutlierMethod = 'iqr' | 'z-score' | 'winsorise'

/** How outliers are told and what becomes of them. */
export interface OutlierRule {
  /** Default 'iqr'. */
  method?: OutlierMethod
  /** With 'iqr': how many ranges between the quartiles from them; default 1.5. */
  factor?: number
  /** With 'z-score': how many standard deviations from the mean; default 3. */
  threshold?: number
  /** With 'winsorise': the share at each end; default 0.01. */
  share?: number
  /** 'clip' (default) takes the nearest number that is none; 'missing' counts it as missing. */
  action?: 'clip' | 'missing'
}

export const OUTLIER_OPTIONS = ['method', 'factor', 'threshold', 'share', 'action'] as const
const METHODS = ['iqr', 'z-score', 'winsorise'] as const

/** A rule with every default. @throws ERR_VALUE */
export function checkOutlierRule(rule: OutlierRule): Required<OutlierRule> {
  return {
    method: checkOneOf('method', rule.method ?? 'iqr', METHODS),
    factor: checkNumber('factor', rule.factor ?? 1.5, { min: 0 }),
    threshold: checkNumber('threshold', rule.threshold ?? 3, { min: 0 }),
    share: checkNumber('share', rule.share ?? 0.01, { min: 0, max: 0.5 }),
    action: checkOneOf('action', rule.action ?? 'clip', ['clip', 'missing']),
  }
}

/** The least and the greatest number that is no outlier; no bounds where there are no numbers. */
export function outlierBounds(
  { method, factor, threshold, share }: Required<OutlierRule>,
  moments: Moments,
  sorted: Float64Array,
): [number, number] {
  if (moments.count === 0) return [-Infinity, Infinity]
  if (method === 'z-score') {
    const reach = threshold * Math.sqrt(varianceOf(moments))
    return [moments.mean - reach, moments.mean + reach]
  }
  if (method === 'winsorise') return [quantileOf(sorted, share), quantileOf(sorted, 1 - share)]
  const [low, high] = [quantileOf(sorted, 0.25), quantileOf(sorted, 0.75)]
  return [low - factor * (high - low), high + factor * (high - low)]
}
