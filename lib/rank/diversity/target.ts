import { checkNumber } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { type CategoryShares, sharesOf } from './category-step.js'

/** Shares that sum up to 1, of those given; none for a target of zeros. @throws ERR_VALUE */
export function checkTarget(target: unknown): CategoryShares {
  if (typeof target !== 'object' || target === null || Array.isArray(target))
    throw new KindredError(
      'ERR_VALUE',
      `target: expected an object of shares by category but received ${show(target)}.`,
    )
  const shares = Object.entries(target).map(
    ([name, share]) => [name, checkNumber(`target.${name}`, share, { min: 0, max: 1e15 })] as const,
  )
  return sharesOf(new Map(shares.filter(([, share]) => share > 0)))
}
