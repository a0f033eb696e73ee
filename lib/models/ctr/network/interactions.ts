import type { Tensor } from '../../../nn/graph/graph.js'
import { multiply, subtract } from '../../../nn/ops/layers/arithmetic.js'
import { add, scale } from '../../../nn/ops/layers/elementwise.js'
import { splitColumns } from '../../../nn/ops/layers/parts.js'
import { rowDots } from '../../../nn/ops/layers/vectors.js'
import type { ClickGraph } from './click-graph.js'

/** Columns in parts of the same size: the gradient is put together once, where that of slices would be one tensor for each. */
export function equalParts(x: Tensor, parts: number): Tensor[] {
  return splitColumns(
    x,
    Array.from({ length: parts }, () => x.fixed(1) / parts),
  )
}

/**
 * The sum over all pairs of fields of the dot products of their embeddings, in linear time (Rendle 2010, "Factorization Machines",
 * lemma 3.1): half of the squared norm of their sum, less their squared norms.
 * @param x [rows, fields * dims]
 * @returns [rows]
 */
export function pairProducts(x: Tensor, fields: number): Tensor {
  const sum = add(...equalParts(x, fields))
  return scale(subtract(rowDots(sum, sum), rowDots(x, x)), 0.5)
}

/**
 * The sum over all pairs of fields i < j of the dot product of what i keeps for j with what j keeps for i (Juan et al. 2016,
 * "Field-aware Factorization Machines for CTR Prediction", equation 4).
 * @param x [rows, fields * (fields * dims)]: of each field its embeddings for every field
 * @returns [rows]
 */
export function fieldAwareProducts(x: Tensor, fields: number): Tensor {
  const parts = equalParts(x, fields * fields)
  const of = (i: number, j: number) => parts[i * fields + j]!
  const terms: Tensor[] = []
  for (let i = 0; i < fields; i++) for (let j = i + 1; j < fields; j++) terms.push(rowDots(of(i, j), of(j, i)))
  return add(...terms)
}

/**
 * Cross layers x' = x0 * (W x + b) + x (Wang et al. 2021, "DCN V2", equation 1).
 * @param x0 [rows, width]
 * @returns [rows, width]
 */
export function crossLayers(graph: ClickGraph, x0: Tensor, layers: number): Tensor {
  const width = x0.fixed(1)
  let x = x0
  for (let n = 0; n < layers; n++) x = add(multiply(x0, graph.linear(`cross.${n}`, x, width)), x)
  return x
}
