import { rowIndices } from '../../../data/csr.js'
import { Matrix } from '../../../data/matrix.js'
import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import type { ScoreNormalization } from '../../../features/fuse/fuse-scores.js'
import type { Csr } from '../../../native/addon.js'
import { nativeCall } from '../../../native/native-call.js'
import type { Evidence } from '../../base/evidence.js'
import { normalizeScores } from './normalize-scores.js'

/** How the scores of models become points, which weighted sums are made of. */
export interface PointRule {
  /** 'scores': their scores, normalised; 'ranks': 1 / (rankConstant + rank) */
  method: 'scores' | 'ranks'
  normalization: ScoreNormalization
  rankConstant: number
}

/** What a model gives each item for each user. */
export interface MemberPoints {
  /** [users, items], NaN where the model has no evidence */
  points: Matrix
  /** [users] what an item without evidence counts as */
  missing: Float32Array
}

/** Below all scores, and still a number to kernels. */
const LOWEST = -3.4028234663852886e38
/** Stands for 0 where that would say that nothing is known; above what lists count as such. */
const ALMOST_ZERO = 2 ** -100

/**
 * The points of a model's scores, which are overwritten.
 * @param scores [users, items]
 * @param seen [users, items] what does not count in ranks: an item's rank is the one it takes among what is not seen
 */
export async function memberPoints(
  scores: Matrix,
  evidence: Evidence,
  seen: Csr,
  rule: PointRule,
  signal: AbortSignal | undefined,
): Promise<MemberPoints> {
  const missing = new Float32Array(scores.rows)
  if (rule.method === 'ranks') {
    await normalizeScores(scores, evidence, 'none', signal)
    return { points: await reciprocalRanks(scores, seen, rule.rankConstant, signal), missing }
  }
  await normalizeScores(scores, evidence, rule.normalization, signal)
  await new LoopYielder(signal).over(scores.rows, 16, (begin, end) => {
    for (let q = begin; q < end; q++) {
      const row = scores.row(q)
      let least = Infinity
      for (let i = 0; i < row.length; i++) if (row[i]! < least) least = row[i]!
      missing[q] = least === Infinity ? 0 : least
    }
  })
  return { points: scores, missing }
}

/** 1 / (constant + rank), ranks from 1, ties in the order of items; NaN where the scores are. */
async function reciprocalRanks(
  scores: Matrix,
  seen: Csr,
  constant: number,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  const { rows, cols } = scores
  const points = new Matrix(rows, cols, new Float32Array(rows * cols).fill(Number.NaN))
  const known = new Int32Array(rows)
  const yielder = new LoopYielder(signal)
  await yielder.over(rows, 16, (begin, end) => {
    for (let q = begin; q < end; q++) {
      const row = scores.row(q)
      for (let i = 0; i < cols; i++)
        if (!Number.isNaN(row[i]!)) known[q]!++
        else row[i] = LOWEST
    }
  })
  const order = await nativeCall(signal, (native, abort) => native.topKOfScores(scores, cols, null, null, null, abort))
  const isSeen = new Uint8Array(cols)
  await yielder.over(rows, 16, (begin, end) => {
    for (let q = begin; q < end; q++) {
      const had = rowIndices(seen, q)
      for (const item of had) isSeen[item] = 1
      const row = points.row(q)
      for (let place = 0, rank = 1; place < known[q]!; place++) {
        const item = order.indices[q * cols + place]!
        row[item] = 1 / (constant + rank)
        if (isSeen[item] === 0) rank++
      }
      for (const item of had) isSeen[item] = 0
    }
  })
  return points
}

/**
 * The weighted sums of what models give items [users, items], and 0 where none of them has evidence.
 * @param offsets [items] added to what some model has evidence for; null: nothing
 */
export async function combinePoints(
  members: readonly MemberPoints[],
  weights: ArrayLike<number>,
  offsets: Float32Array | null,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  const { rows, cols } = members[0]!.points
  const out = new Matrix(rows, cols)
  await new LoopYielder(signal).over(rows, 4, (begin, end) => {
    const sums = new Float64Array(cols)
    const known = new Uint8Array(cols)
    for (let q = begin; q < end; q++) {
      sums.fill(0)
      known.fill(0)
      for (const [m, { points, missing }] of members.entries()) {
        const [weight, least] = [weights[m]!, weights[m]! * missing[q]!]
        for (let i = 0, at = q * cols; i < cols; i++, at++) {
          const point = points.data[at]!
          if (!Number.isNaN(point)) {
            sums[i]! += weight * point
            known[i] = 1
          } else sums[i]! += least
        }
      }
      const row = out.row(q)
      for (let i = 0; i < cols; i++)
        if (known[i] === 1) {
          row[i] = sums[i]! + (offsets?.[i] ?? 0)
          if (row[i] === 0) row[i] = ALMOST_ZERO
        }
    }
  })
  return out
}
