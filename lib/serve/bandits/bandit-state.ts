import type { Id } from '../../data/id-map.js'
import { KindredError, show } from '../../native/errors.js'
import { armIds } from './arms.js'

/**
 * Sufficient statistics of a bandit, or what was added to them: sums over events, without priors. `structuredClone`,
 * `postMessage` and `v8.serialize` take it.
 */
export interface BanditStatistics {
  /** The class, e.g. 'LinUCB'. */
  algorithm: string
  /** The arms. */
  arms: Id[]
  /**
   * [arms, width], row-major. Of each arm its number of rewards and their sum; with contexts of n numbers its number of
   * rewards, the sum of r x [n], and the sum of x xᵀ [n, n].
   */
  statistics: Float64Array
  /** What a hybrid keeps of all removed arms together; of length 0 for others, and where only additions are told. */
  retired: Float64Array
}

function invalid(cause: string): KindredError {
  return new KindredError(
    'ERR_DATA',
    `statistics: ${cause}. Give what exportDelta gave, of a bandit of the same options.`,
  )
}

/** Whether this is a list of `size` finite numbers, such as a Float64Array of any realm. */
function isNumbers(value: unknown, size: number): value is Float64Array {
  if (typeof value !== 'object' || value === null || (value as Float64Array).length !== size) return false
  for (let i = 0; i < size; i++) if (!Number.isFinite((value as Float64Array)[i])) return false
  return true
}

/**
 * The statistics as own copies.
 * @throws ERR_VALUE for what is no object, ERR_DATA where they do not fit the bandit
 */
export function checkStatistics(
  given: BanditStatistics,
  expected: { algorithm: string; width: number; retiredWidth: number },
): BanditStatistics {
  if (typeof given !== 'object' || given === null)
    throw new KindredError('ERR_VALUE', `statistics: expected what exportDelta gave but received ${show(given)}.`)
  const { algorithm, statistics, retired } = given
  if (algorithm !== expected.algorithm)
    throw invalid(`expected those of a ${expected.algorithm} but received those of ${show(algorithm)}`)
  if (!Array.isArray(given.arms)) throw invalid(`arms: expected a list of ids but received ${show(given.arms)}`)
  const arms = [...armIds(given.arms)]
  const { width } = expected
  if (!isNumbers(statistics, arms.length * width))
    throw invalid(`expected ${arms.length} x ${width} finite numbers, as of as many dims`)
  if (!isNumbers(retired, 0) && !isNumbers(retired, expected.retiredWidth))
    throw invalid(`retired: expected ${expected.retiredWidth} finite numbers`)
  for (let i = 0; i < arms.length; i++)
    if (statistics[i * width]! < 0) throw invalid(`expected counts of at least 0 but received ${statistics[i * width]}`)
  return { algorithm, arms, statistics: Float64Array.from(statistics), retired: Float64Array.from(retired) }
}
