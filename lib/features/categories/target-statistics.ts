import type { Random } from '../../data/random.js'
import { inBlocks, type Resumable } from '../../data/resumable.js'

/** How far the mean of a category is drawn to that of all: as so many rows of that mean would, or as the spread of both says. */
export type TargetSmoothing = 'auto' | number

/** What targets are on average. */
export interface TargetMeans {
  /** [categories], smoothed. */
  readonly values: Float64Array
  /** Mean of all rows. */
  readonly prior: number
}

/**
 * Means of a target by category, drawn to the mean of all: (sum + m prior) / (count + m) with m rows of smoothing, or, with
 * 'auto', by empirical Bayes (Micci-Barreca 2001, eq. 5; as scikit-learn's TargetEncoder). Rows of `fold` in `folds` are left out.
 * @param codes [rows], in [-1, categories)
 */
export function* targetMeans(
  codes: Int32Array,
  categories: number,
  target: ArrayLike<number>,
  smooth: TargetSmoothing,
  folds?: Int32Array,
  fold = -1,
): Resumable<TargetMeans> {
  const isOut = (i: number) => folds !== undefined && folds[i] === fold
  const counts = new Float64Array(categories)
  const means = new Float64Array(categories)
  let rows = 0
  let total = 0
  yield* inBlocks(codes.length, (begin, end) => {
    for (let i = begin; i < end; i++) {
      if (isOut(i)) continue
      rows++
      total += target[i]!
      const code = codes[i]!
      if (code < 0) continue
      counts[code]!++
      means[code]! += target[i]!
    }
  })
  const prior = rows === 0 ? 0 : total / rows
  if (smooth !== 'auto') {
    const values = means.map((sum, c) => {
      const weight = counts[c]! + smooth
      return weight === 0 ? prior : (sum + smooth * prior) / weight
    })
    return { prior, values }
  }
  for (let c = 0; c < categories; c++) means[c]! /= counts[c]! || 1
  const squares = new Float64Array(categories)
  let variance = 0
  yield* inBlocks(codes.length, (begin, end) => {
    for (let i = begin; i < end; i++) {
      if (isOut(i)) continue
      variance += (target[i]! - prior) ** 2
      const code = codes[i]!
      if (code >= 0) squares[code]! += (target[i]! - means[code]!) ** 2
    }
  })
  variance /= rows || 1
  const values = means.map((mean, c) => {
    const count = counts[c]!
    const weight = (variance * count) / (variance * count + squares[c]! / count)
    return Number.isNaN(weight) ? prior : weight * mean + (1 - weight) * prior
  })
  return { prior, values }
}

/** The fold of each row: `folds` blocks of nearly equal length, of the rows in order or shuffled. */
export function foldsOf(rows: number, folds: number, random: Random | undefined): Int32Array {
  const order = Int32Array.from({ length: rows }, (_, i) => i)
  random?.shuffle(order)
  const out = new Int32Array(rows)
  for (let f = 0, begin = 0; f < folds; f++) {
    const end = begin + Math.floor(rows / folds) + (f < rows % folds ? 1 : 0)
    for (let i = begin; i < end; i++) out[order[i]!] = f
    begin = end
  }
  return out
}
