import type { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { addOuter, dot, times } from './positive-definite.js'

/** What questions are chosen by. */
export interface Questions {
  k: number
  /** The variance of answers about what the head says. */
  noise: number
  /** [items] how much the variance of each item's score counts */
  targets: Float64Array
  /** [items] how probable an answer is; null: certain */
  answerable: Float64Array | null
  isLeftOut(row: number): boolean
}

/**
 * The items whose answers are expected to lower the mean variance of scores most. An answer about x changes the covariance C of the
 * head to C - C x x'C / (noise + x'C x), and so the variance of the score of z by (z'C x)^2 / (noise + x'C x): no answer is needed
 * to know it. Each is chosen as if those before it had been answered.
 * @param vectors [items, dims]
 * @param covariance [dims, dims] of the head now
 */
export async function mostInformative(
  vectors: Matrix,
  covariance: Float64Array,
  { k, noise, targets, answerable, isLeftOut }: Questions,
  signal: AbortSignal | undefined,
): Promise<{ row: number; score: number }[]> {
  const { rows, cols, data } = vectors
  const yielder = new LoopYielder(signal)
  const total = targets.reduce((a, b) => a + b, 0)
  // Sum over targets z of their share times z z'.
  const moments = new Float64Array(cols * cols)
  await yielder.over(rows, 64, (begin, end) => {
    for (let row = begin; row < end; row++)
      if (targets[row]! > 0) addOuter(moments, data.subarray(row * cols, (row + 1) * cols), targets[row]! / total, cols)
  })
  const c = covariance.slice()
  const chosen: { row: number; score: number }[] = []
  const isChosen = new Uint8Array(rows)
  while (chosen.length < k) {
    let best = { row: -1, score: -Infinity }
    await yielder.over(rows, 32, (begin, end) => {
      for (let row = begin; row < end; row++) {
        if (isChosen[row] === 1 || isLeftOut(row)) continue
        const x = data.subarray(row * cols, (row + 1) * cols)
        const cx = times(c, x, cols)
        const decrease = dot(cx, times(moments, cx, cols), cols) / (noise + dot(x, cx, cols))
        const score = decrease * (answerable?.[row] ?? 1)
        if (score > best.score) best = { row, score }
      }
    })
    if (best.row < 0) break
    chosen.push(best)
    isChosen[best.row] = 1
    const x = data.subarray(best.row * cols, (best.row + 1) * cols)
    const cx = times(c, x, cols)
    addOuter(c, cx, -1 / (noise + dot(x, cx, cols)), cols)
  }
  return chosen
}
