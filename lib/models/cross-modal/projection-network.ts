import type { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import { CanonicalCorrelation } from '../../features/reduce/canonical-correlation.js'
import { PCA } from '../../features/reduce/pca.js'
import type { Graph, Tensor } from '../../nn/graph/graph.js'
import { dropout } from '../../nn/ops/layers/elementwise.js'
import { linear } from '../../nn/ops/layers/linear.js'
import { unitRows } from '../../nn/ops/layers/vectors.js'

/** The two modalities. */
export const VIEWS = ['x', 'y'] as const

/** One of the two modalities. */
export type View = (typeof VIEWS)[number]

/** Of how many principal components a canonical correlation is made: a third of the pairs, so that chance is not all that it finds. */
const PAIRS_PER_COMPONENT = 3

/** Names and shapes of a projection's weights. */
export function projectionShapes(sizes: Readonly<Record<View, number>>, dims: number): Map<string, readonly number[]> {
  return new Map<string, readonly number[]>(
    VIEWS.flatMap((view): [string, readonly number[]][] => [
      [`${view}.weight`, [dims, sizes[view]]],
      [`${view}.bias`, [dims]],
    ]),
  )
}

/** Adds the vectors of one modality in the common space to a graph, of norm 1 [rows, dims]. @param rows [rows, its dims] of norm 1 */
export function recordProjection(graph: Graph, view: View, rows: Tensor, rate: number): Tensor {
  const [weight, bias] = ['weight', 'bias'].map((name) => graph.parameter(`${view}.${name}`))
  return unitRows(linear(dropout(rows, rate), weight!, bias!))
}

/**
 * Weights to begin with: the canonical correlation of both sides' principal components;
 * coordinates beyond those that the pairs tell begin with small random weights.
 * @param x [pairs, its dims] of norm 1, row by row with y
 * @throws ERR_ABORTED
 */
export async function initialProjection(
  x: Matrix,
  y: Matrix,
  { dims, regularization, seed }: { dims: number; regularization: number; seed: number },
  signal: AbortSignal | undefined,
): Promise<Map<string, Float32Array>> {
  const random = createRandom(seed)
  const made = new Map<string, Float32Array>()
  const directions = Math.max(1, Math.floor(x.rows / PAIRS_PER_COMPONENT))
  const parts = await Promise.all(
    [x, y].map((side) =>
      new PCA({ components: Math.min(directions, side.cols, side.rows), seed }).fit(side, { signal }),
    ),
  )
  const [first, second] = await Promise.all([x, y].map((side, n) => parts[n]!.transform(side, { signal })))
  const components = Math.min(dims, first!.cols, second!.cols)
  const cca = await new CanonicalCorrelation({ components, regularization }).fit(first!, second!, { signal })
  for (const [n, view] of VIEWS.entries()) {
    const { components: axes, mean } = parts[n]!
    const weights = n === 0 ? cca.xWeights : cca.yWeights
    const weight = new Float32Array(dims * axes.cols)
    const bias = new Float32Array(dims)
    for (let d = 0; d < dims; d++) {
      const row = weight.subarray(d * axes.cols, (d + 1) * axes.cols)
      if (d < components)
        for (let k = 0; k < axes.rows; k++) {
          const share = weights.row(k)[d]!
          const axis = axes.row(k)
          for (let c = 0; c < row.length; c++) row[c]! += share * axis[c]!
        }
      else for (let c = 0; c < row.length; c++) row[c] = (0.01 * random.normal()) / Math.sqrt(row.length)
      bias[d] = -row.reduce((sum, value, c) => sum + value * mean[c]!, 0)
    }
    made.set(`${view}.weight`, weight)
    made.set(`${view}.bias`, bias)
  }
  return made
}
