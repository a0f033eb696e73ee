import type { Matrix } from '../../../data/matrix.js'
import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import type { ScoreNormalization } from '../../../features/fuse/fuse-scores.js'
import type { Evidence } from '../../base/evidence.js'

/**
 * Makes the scores of each user comparable with another model's, in place: what the model has evidence for is normalised over
 * those items, the others become NaN.
 * @param scores [users, items] as the model gives them
 */
export async function normalizeScores(
  scores: Matrix,
  evidence: Evidence,
  normalization: ScoreNormalization,
  signal?: AbortSignal,
): Promise<void> {
  const { rows, cols, data } = scores
  await new LoopYielder(signal).over(rows, Math.max(1, Math.floor(2 ** 18 / Math.max(1, cols))), (begin, end) => {
    for (let row = begin; row < end; row++)
      normalizeRow(data.subarray(row * cols, (row + 1) * cols), evidence, normalization)
  })
}

function normalizeRow(row: Float32Array, evidence: Evidence, normalization: ScoreNormalization): void {
  if (evidence !== 'all') for (let i = 0; i < row.length; i++) if (row[i] === 0) row[i] = Number.NaN
  if (normalization === 'none') return
  const [shift, scale] = normalization === 'z-score' ? standard(row) : range(row)
  for (let i = 0; i < row.length; i++)
    row[i] = scale > 0 ? (row[i]! - shift) / scale : row[i]! * 0 + equal(normalization)
}

/** What scores become that are all equal. */
const equal = (normalization: 'z-score' | 'min-max') => (normalization === 'z-score' ? 0 : 1)

/** Mean and standard deviation (divided by n) of the numbers. */
function standard(row: Float32Array): [mean: number, deviation: number] {
  let [sum, count] = [0, 0]
  for (let i = 0; i < row.length; i++)
    if (!Number.isNaN(row[i]!)) {
      sum += row[i]!
      count++
    }
  const mean = count > 0 ? sum / count : 0
  let squares = 0
  for (let i = 0; i < row.length; i++) if (!Number.isNaN(row[i]!)) squares += (row[i]! - mean) ** 2
  return [mean, count > 0 ? Math.sqrt(squares / count) : 0]
}

/** The least of the numbers and their range. */
function range(row: Float32Array): [least: number, range: number] {
  let [low, high] = [Infinity, -Infinity]
  for (let i = 0; i < row.length; i++) {
    if (row[i]! < low) low = row[i]!
    if (row[i]! > high) high = row[i]!
  }
  return [low, high > low ? high - low : 0]
}
