import { gatherRows as gatherMatrixRows } from '../../data/gather-rows.js'
import type { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { PCA } from '../../features/reduce/pca.js'
import type { Graph, Tensor } from '../../nn/graph/graph.js'
import { multiply } from '../../nn/ops/layers/arithmetic.js'
import { activation, add, dropout, scale } from '../../nn/ops/layers/elementwise.js'
import { linear } from '../../nn/ops/layers/linear.js'
import { concatColumns, sliceColumns } from '../../nn/ops/layers/parts.js'
import { softmax } from '../../nn/ops/layers/softmax.js'
import { unitRows } from '../../nn/ops/layers/vectors.js'
import type { BlockShape, PreparedBlocks } from './prepared-blocks.js'

/** Length of what a modality's vector is mapped to before its attention is told. */
const ATTENTION_DIMS = 32

/** Below every score: e to its power is 0. */
const NEVER = 1e9

/** Names and shapes of a fusion's weights. */
export function fusionShapes(blocks: readonly BlockShape[], dims: number): Map<string, readonly number[]> {
  return new Map<string, readonly number[]>([
    ...blocks.flatMap((block, n): [string, readonly number[]][] => [
      [`blocks.${n}.weight`, [dims, block.dims]],
      [`blocks.${n}.bias`, [dims]],
    ]),
    ['attention.weight', [ATTENTION_DIMS, dims]],
    ['attention.bias', [ATTENTION_DIMS]],
    ['attention.query', [1, ATTENTION_DIMS]],
    ['attention.prior.bias', [blocks.length]],
  ])
}

/** What a fusion makes of items. */
export interface Fused {
  /** [items, dims], of norm 1; zeros for an item without any block */
  readonly vectors: Tensor
  /** [items, blocks] the share of each block, which add up to 1; 0 where it is absent */
  readonly attention: Tensor
}

/**
 * Adds a fusion to a graph: each block is mapped into one space, where the vectors of norm 1 are weighted by attention (a learned
 * query over tanh(W u + b), as Yang et al. 2016, "Hierarchical attention networks", equations 8 to 10, have it for sentences) and
 * added up.
 * @param rows of each block [items, its dims], zeros where it is absent
 * @param present [items, blocks] 1 or 0
 * @param rate of dropout of the blocks' numbers
 */
export function recordFusion(graph: Graph, rows: readonly Tensor[], present: Tensor, rate: number): Fused {
  const of = (name: string) => graph.parameter(name)
  const units = rows.map((x, n) => unitRows(linear(dropout(x, rate), of(`blocks.${n}.weight`), of(`blocks.${n}.bias`))))
  const scores = units.map((unit) =>
    linear(activation(linear(unit, of('attention.weight'), of('attention.bias')), 'tanh'), of('attention.query')),
  )
  const [minusOne] = graph.add('fill', [], [{ shape: [] }], [-1])
  const absent = scale(add(present, minusOne!), NEVER)
  const all = add(concatColumns(scores), of('attention.prior.bias'), absent)
  const attention = multiply(softmax(all), present)
  const parts = units.map((unit, n) => multiply(unit, sliceColumns(attention, n, n + 1)))
  return { vectors: unitRows(add(...parts)), attention }
}

/** How many of `dims` columns each block gets: an equal share, and what others leave over where it has more directions. */
export function columnShares(directions: readonly number[], dims: number): number[] {
  const shares = directions.map(() => 0)
  for (let left = dims; left > 0; left--) {
    const open = directions.map((most, n) => ({ n, most })).filter(({ n, most }) => shares[n]! < most)
    const least = open.reduce<number | undefined>(
      (best, { n }) => (best === undefined || shares[n]! < shares[best]! ? n : best),
      undefined,
    )
    if (least === undefined) break
    shares[least]!++
  }
  return shares
}

/**
 * Weights to begin with: each block's principal components in columns of its own, less its mean, with the same attention for all,
 * so that the first vectors are those of a concatenation; training changes what is already there, which little data needs.
 * @throws ERR_ABORTED
 */
export async function initialWeights(
  blocks: readonly BlockShape[],
  { rows, present }: PreparedBlocks,
  dims: number,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<Map<string, Float32Array>> {
  const random = createRandom(seed)
  const made = new Map<string, Float32Array>()
  for (const [name, shape] of fusionShapes(blocks, dims))
    made.set(name, new Float32Array(shape.reduce((product, side) => product * side, 1)))
  const hidden = made.get('attention.weight')!
  for (let i = 0; i < hidden.length; i++) hidden[i] = random.normal() / Math.sqrt(dims)
  const known = await Promise.all(
    rows.map((matrix, block) => knownRows(matrix, present, { block, blocks: blocks.length }, signal)),
  )
  const shares = columnShares(
    known.map(({ rows: count, cols }) => Math.min(Math.max(count - 1, 0), cols)),
    dims,
  )
  let column = 0
  for (const [n, matrix] of known.entries()) {
    const components = shares[n]!
    if (components > 0) {
      const pca = await new PCA({ components, seed }).fit(matrix, { signal })
      const weight = made.get(`blocks.${n}.weight`)!
      const bias = made.get(`blocks.${n}.bias`)!
      weight.set(pca.components.data, column * matrix.cols)
      for (let k = 0; k < components; k++)
        bias[column + k] = -pca.components.row(k).reduce((sum, value, c) => sum + value * pca.mean[c]!, 0)
    }
    column += components
  }
  return made
}

/** The rows of a block that are there. */
async function knownRows(
  matrix: Matrix,
  present: Float32Array,
  { block, blocks }: { block: number; blocks: number },
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  const known: number[] = []
  await new LoopYielder(signal).over(matrix.rows, 1 << 12, (begin, end) => {
    for (let r = begin; r < end; r++) if (present[r * blocks + block] === 1) known.push(r)
  })
  return known.length === matrix.rows ? matrix : gatherMatrixRows(matrix, known)
}
