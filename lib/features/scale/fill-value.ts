import { KindredError, show } from '../../native/errors.js'

/** What is put where a number is missing: a statistic of those that are there, or a number of yours. */
export type FillRule = 'mean' | 'median' | 'most-frequent' | number

export const FILL_RULES = ['mean', 'median', 'most-frequent'] as const

/** `rule` if it is one. @throws ERR_VALUE */
export function checkFillRule(name: string, rule: unknown): FillRule {
  if (typeof rule === 'number' && Number.isFinite(rule)) return rule
  if ((FILL_RULES as readonly unknown[]).includes(rule)) return rule as FillRule
  const legal = FILL_RULES.map((word) => `'${word}'`).join(', ')
  throw new KindredError(
    'ERR_VALUE',
    `${name}: expected one of ${legal} or a finite number but received ${show(rule)}.`,
  )
}

/** The most frequent of ascending numbers, the least among several; NaN where there are none. */
export function mostFrequent(sorted: Float64Array): number {
  let best = Number.NaN
  let most = 0
  for (let begin = 0, i = 1; i <= sorted.length; i++) {
    if (i < sorted.length && sorted[i] === sorted[begin]) continue
    if (i - begin > most) {
      most = i - begin
      best = sorted[begin]!
    }
    begin = i
  }
  return best
}
