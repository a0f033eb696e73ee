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
    const values = new Float64Array(categories)
    yield* inBlocks(categories, (begin, end) => {
      for (let c = begin; c < end; c++) {
        const weight = counts[c]! + smooth
        values[c] = weight === 0 ? prior : (means[c]! + smooth * prior) / weight
      }
    })
    return { prior, values }
  }
  yield* inBlocks(categories, (begin, end) => {
    for (let c = begin; c < end; c++) means[c]! /= counts[c]! || 1
  })
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
  const values = new Float64Array(categories)
  yield* inBlocks(categories, (begin, end) => {
    for (let c = begin; c < end; c++) {
      const count = counts[c]!
      const weight = (variance * count) / (variance * count + squares[c]! / count)
      values[c] = Number.isNaN(weight) ? prior : weight * means[c]! + (1 - weight) * prior
    }
  })
  return { prior, values }
}

/** The fold of each row: `folds` blocks of nearly equal length, of the rows in order or shuffled. */
export function* foldsOf(rows: number, folds: number, random: Random | undefined): Resumable<Int32Array> {
  const order = new Int32Array(rows)
  yield* inBlocks(rows, (begin, end) => {
    for (let i = begin; i < end; i++) order[i] = i
  })
  if (random !== undefined) yield* shuffled(order, random)
  const least = Math.floor(rows / folds)
  const longer = rows % folds
  const out = new Int32Array(rows)
  yield* inBlocks(rows, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const isLonger = i < longer * (least + 1)
      out[order[i]!] = isLonger ? Math.floor(i / (least + 1)) : longer + Math.floor((i - longer * (least + 1)) / least)
    }
  })
  return out
}

/** As `random.shuffle`, in place. */
function* shuffled(values: Int32Array, random: Random): Resumable<void> {
  const last = values.length - 1
  yield* inBlocks(last, (begin, end) => {
    for (let i = last - begin; i > last - end; i--) {
      const j = random.integer(i + 1)
      const kept = values[i]!
      values[i] = values[j]!
      values[j] = kept
    }
  })
}
