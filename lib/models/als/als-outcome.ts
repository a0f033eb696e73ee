import type { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr } from '../../native/addon.js'
import { nativeCall } from '../../native/native-call.js'
import type { AlsSettings } from './als-options.js'
import { alsParameters } from './als-parameters.js'

interface Trained {
  /** [users, factors] */
  X: Matrix
  /** [items, factors] */
  Y: Matrix
  /** The loss after each sweep, or empty. */
  losses: readonly number[]
}

/** Share of what the factors would explain, beyond which their penalty has left next to nothing of them. */
const MOST_TAKEN = 0.5
const ROWS_AT_ONCE = 1 << 10
const VALUES_AT_ONCE = 1 << 16

/** The sum of lambda_r |row r|^2, where `counts` are the stored weights of each row among `columns`. */
async function penaltyOf(
  rows: Matrix,
  counts: (row: number) => number,
  columns: number,
  { regularization, regularizationExponent, unobservedWeight }: AlsSettings,
  signal?: AbortSignal,
): Promise<number> {
  let total = 0
  await new LoopYielder(signal).over(rows.rows, ROWS_AT_ONCE, (begin, end) => {
    for (let row = begin; row < end; row++) {
      let squares = 0
      for (const value of rows.row(row)) squares += value * value
      total += (counts(row) + unobservedWeight * columns) ** regularizationExponent * squares
    }
  })
  return regularization * total
}

/**
 * How much of what the factors could explain their penalty took, 0 to 1. Near the optimum the loss lies below that of
 * zero factors by `gain` = sum c s^2 of the scores s, and sum c s (1 - s) over the pairs preferred less the other's is one
 * side's penalty: of a single factor with singular value v, penalty / (penalty + gain) is lambda / v, where from 1 on the
 * factor is zero.
 */
export async function shareTaken(
  Cui: Csr,
  { X, Y, losses }: Trained,
  settings: AlsSettings,
  signal?: AbortSignal,
): Promise<number> {
  const { alpha, unobservedWeight } = settings
  const loss =
    losses.at(-1) ?? (await nativeCall(signal, (native, abort) => native.alsLoss(Cui, X, Y, settings, abort)))
  let lossOfZero = 0
  const perItem = new Int32Array(Cui.cols)
  await new LoopYielder(signal).over(Cui.indices.length, VALUES_AT_ONCE, (begin, end) => {
    for (let n = begin; n < end; n++) {
      perItem[Cui.indices[n]!]!++
      if (Cui.values![n]! > 0) lossOfZero += unobservedWeight + alpha * Cui.values![n]!
    }
  })
  if (lossOfZero === 0) return 0 // nothing to explain
  const gain = lossOfZero - loss
  if (gain < 1e-6 * lossOfZero) return 1
  const ofUsers = await penaltyOf(X, (row) => Cui.indptr[row + 1]! - Cui.indptr[row]!, Cui.cols, settings, signal)
  const ofItems = await penaltyOf(Y, (row) => perItem[row]!, Cui.rows, settings, signal)
  const penalty = (ofUsers + ofItems) / 2
  return penalty / (penalty + gain)
}

/**
 * Warns where a penalty that was given has left next to nothing of the factors: what they rank then is little better than
 * popularity, or worse, and training hardly moves the loss.
 */
export async function warnIfCollapsed(
  Cui: Csr,
  trained: Trained,
  settings: AlsSettings,
  signal?: AbortSignal,
): Promise<void> {
  const share = await shareTaken(Cui, trained, settings, signal)
  if (share < MOST_TAKEN) return
  const { regularization, unobservedWeight, alpha } = settings
  const chosen = await alsParameters(Cui, { ...settings, regularization: null }, signal)
  process.emitWarning(
    `AlternatingLeastSquares: the penalty took ${Math.round(100 * share)} % of what the factors would explain, so that they rank little better than popularity. Lower regularization (${regularization}; left out, it is ${chosen.regularization.toPrecision(3)} for this log), or unobservedWeight (${unobservedWeight}) beside a regularizationExponent, or raise alpha (${alpha}).`,
    { type: 'KindredWarning', code: 'KINDRED_ALS_COLLAPSED' },
  )
}
