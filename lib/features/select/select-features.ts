import type { Matrix } from '../../data/matrix.js'
import { checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { checkMatrix } from '../../search/similarity-matrix.js'
import { checkNames, type NumberList } from '../linear/inputs.js'
import type { ColumnScores } from './scores.js'
import { type FeatureSelection, selectionOf } from './selection.js'

/** Options of {@link selectFeatures}: one of `k` and `threshold`. */
export interface SelectFeaturesOptions {
  /** How many columns to keep, those of the highest scores; of equal ones the earlier. At least 0. */
  k?: number
  /** Keeps the columns of this score or higher. */
  threshold?: number
  /** Names of the columns. */
  names?: readonly string[]
}

/**
 * Keeps the columns of the highest scores, as scikit-learn's `SelectKBest` and `SelectFromModel`. A score of NaN is below all
 * others and never kept. What it gives goes into {@link takeColumns}.
 * @param matrix [rows, cols], of which only the number of columns counts
 * @param scores [cols], or what {@link fScore} and {@link chiSquared} give
 * @throws ERR_VALUE unless one of k and threshold is given, ERR_SHAPE for another number of scores than columns
 */
export function selectFeatures(
  matrix: Matrix,
  scores: NumberList | ColumnScores,
  options: SelectFeaturesOptions = {},
): FeatureSelection {
  options = checkOptions('selectFeatures', options, ['k', 'threshold', 'names'])
  if ((options.k === undefined) === (options.threshold === undefined))
    throw new KindredError('ERR_VALUE', 'selectFeatures: expected one of k and threshold.')
  const k = options.k === undefined ? undefined : checkInteger('k', options.k, { min: 0 })
  const threshold = options.threshold === undefined ? undefined : checkNumber('threshold', options.threshold)
  const { cols } = checkMatrix('matrix', matrix)
  const names = checkNames(options.names, cols)
  const own = scoresOf(scores, cols)
  if (threshold !== undefined)
    return selectionOf(own, names, (column) =>
      own[column]! >= threshold ? undefined : `its score ${own[column]} is not ${threshold} or higher`,
    )
  const order = Array.from(own.keys())
    .filter((column) => !Number.isNaN(own[column]))
    .sort((a, b) => own[b]! - own[a]! || a - b) // of two infinities the difference is NaN
  const best = new Set(order.slice(0, k!))
  return selectionOf(own, names, (column) =>
    best.has(column) ? undefined : `its score ${own[column]} is not among the ${k} highest`,
  )
}

function scoresOf(scores: NumberList | ColumnScores, cols: number): Float64Array {
  const list = ((scores as Partial<ColumnScores> | null)?.scores ?? scores) as NumberList
  if (typeof list !== 'object' || list === null || typeof list.length !== 'number')
    throw new KindredError('ERR_VALUE', `scores: expected an array of numbers but received ${show(scores)}.`)
  if (list.length !== cols)
    throw new KindredError('ERR_SHAPE', `scores: expected one for each of ${cols} columns but received ${list.length}.`)
  return Float64Array.from(Array.from(list), (score, column) => {
    if (typeof score !== 'number')
      throw new KindredError('ERR_VALUE', `scores: expected numbers but column ${column} has ${show(score)}.`)
    return score
  })
}
