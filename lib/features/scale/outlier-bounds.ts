import { checkNumber, checkOneOf } from '../../native/argument-checks.js'
import { checkRange } from './check-range.js'
import { type Moments, quantileOf, varianceOf } from './statistics.js'

/**
 * Which numbers are outliers: those further than `factor` interquartile ranges from the quartiles ('iqr', Tukey 1977), those
 * further than `factor` standard deviations from the mean ('z-score'), or those beyond two quantiles ('winsorize').
 */
export type OutlierMethod = 'iqr' | 'z-score' | 'winsorize'

/** How outliers are told, and what becomes of them. */
export interface OutlierLimits {
  /** Default 'iqr'. */
  method?: OutlierMethod
  /** Of 'iqr' (default 1.5) and 'z-score' (default 3). */
  factor?: number
  /** Of 'winsorize': the quantiles of the least and the greatest number that is none; default [0.05, 0.95]. */
  limits?: readonly [number, number]
  /** 'clip' (default): to the nearest number that is none. 'missing': counts as missing. */
  action?: 'clip' | 'missing'
}

export const OUTLIER_OPTIONS = ['method', 'factor', 'limits', 'action'] as const
const METHODS = ['iqr', 'z-score', 'winsorize'] as const

/** With every default. @throws ERR_VALUE */
export function checkOutlierLimits(rule: OutlierLimits): Required<OutlierLimits> {
  const method = checkOneOf('method', rule.method ?? 'iqr', METHODS)
  const limits = checkRange('limits', rule.limits ?? [0.05, 0.95])
  return {
    method,
    factor: checkNumber('factor', rule.factor ?? (method === 'z-score' ? 3 : 1.5), { min: 0 }),
    limits: [checkNumber('limits[0]', limits[0], { min: 0 }), checkNumber('limits[1]', limits[1], { max: 1 })],
    action: checkOneOf('action', rule.action ?? 'clip', ['clip', 'missing']),
  }
}

/** The least and the greatest number that is no outlier; no bounds where there are no numbers. */
export function outlierBounds(
  { method, factor, limits }: Required<OutlierLimits>,
  moments: Moments,
  sorted: Float64Array,
): [number, number] {
  if (moments.count === 0) return [-Infinity, Infinity]
  if (method === 'z-score') {
    const reach = factor * Math.sqrt(varianceOf(moments))
    return [moments.mean - reach, moments.mean + reach]
  }
  if (method === 'winsorize') return [quantileOf(sorted, limits[0]), quantileOf(sorted, limits[1])]
  const [low, high] = [quantileOf(sorted, 0.25), quantileOf(sorted, 0.75)]
  return [low - factor * (high - low), high + factor * (high - low)]
}
