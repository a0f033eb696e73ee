import type { Graph, Tensor } from '../../nn/graph/graph.js'
import { divide } from '../../nn/ops/layers/arithmetic.js'
import { add } from '../../nn/ops/layers/elementwise.js'
import { gatherRows, sequenceMean } from '../../nn/ops/layers/gather.js'
import { linear } from '../../nn/ops/layers/linear.js'
import { unitRows } from '../../nn/ops/layers/vectors.js'
import { softCrossEntropy } from '../../nn/ops/losses/soft-losses.js'
import { recordTemperature } from './temperature.js'

/**
 * Adds to a graph how unlikely users' targets are among candidates, by the cosine with the mean of the users' items.
 * Inputs: 'histories' i32 [histories], rows of `vectors` by user, 'offsets' i32 [users + 1], 'targets' [users, candidates], a
 * distribution for each user, and 'corrections' [candidates], which are added to the logits.
 * @param vectors [items, dims] of norm 1
 * @param candidates [candidates, dims] of norm 1
 */
export function profileLoss(graph: Graph, vectors: Tensor, candidates: Tensor): Tensor {
  const users = graph.dim('users')
  const histories = graph.input('histories', [graph.dim('histories')], 'i32')
  const offsets = graph.input('offsets', [{ ...users, plus: 1 }], 'i32')
  const profiles = unitRows(sequenceMean(gatherRows(vectors, histories), offsets, users))
  const logits = divide(linear(profiles, candidates), recordTemperature(graph))
  const corrected = add(logits, graph.input('corrections', [graph.dim('candidates')]))
  return softCrossEntropy(corrected, graph.input('targets', [users, graph.dim('candidates')]))
}
