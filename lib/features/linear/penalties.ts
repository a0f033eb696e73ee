import { checkInteger, checkNumber } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import type { NumberList } from './inputs.js'

/** Which penalties a path goes through. */
export interface PenaltyGridOptions {
  /** The penalties, each above 0; sorted, the largest first. Default: `alphaCount` from the least that leaves no weight. */
  alphas?: NumberList
  /** How many, where they are not given. Default 100. */
  alphaCount?: number
  /** The smallest as a share of the largest, where they are not given. Default 1e-3. */
  epsilon?: number
}

/** The names of {@link PenaltyGridOptions}. */
export const GRID_OPTIONS = ['alphas', 'alphaCount', 'epsilon'] as const

/** The options, checked. */
export interface PenaltyGrid {
  /** Descending, or undefined: {@link gridOf}. */
  readonly alphas: Float64Array | undefined
  readonly alphaCount: number
  readonly epsilon: number
}

/** @throws ERR_VALUE */
export function checkGrid(options: PenaltyGridOptions): PenaltyGrid {
  const alphaCount = checkInteger('alphaCount', options.alphaCount ?? 100, { min: 1, max: 1e6 })
  const epsilon = checkNumber('epsilon', options.epsilon ?? 1e-3, { min: Number.MIN_VALUE, max: 1 })
  if (options.alphas === undefined) return { alphas: undefined, alphaCount, epsilon }
  const given = options.alphas
  if (typeof given !== 'object' || given === null || !(given.length > 0))
    throw new KindredError('ERR_VALUE', `alphas: expected penalties, at least one, but received ${show(given)}.`)
  const alphas = Float64Array.from(Array.from(given), (alpha) =>
    checkNumber('alphas', alpha, { min: Number.MIN_VALUE }),
  )
  return { alphas: alphas.sort().reverse(), alphaCount, epsilon }
}

/** The penalties: those given, or in equal ratios from `largest`, the least one that leaves no weight. */
export function gridOf({ alphas, alphaCount, epsilon }: PenaltyGrid, largest: number): Float64Array {
  if (alphas !== undefined) return alphas
  // Where nothing correlates with the target any penalty does.
  const top = largest > 1e-15 ? largest : 1e-15
  return Float64Array.from({ length: alphaCount }, (_, n) =>
    alphaCount === 1 ? top : top * epsilon ** (n / (alphaCount - 1)),
  )
}
