import { createRandom } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Dim } from '../../nn/graph/dim.js'
import type { Graph, Tensor } from '../../nn/graph/graph.js'
import { multiply, total } from '../../nn/ops/layers/arithmetic.js'
import { activation, add, dropout, scale } from '../../nn/ops/layers/elementwise.js'
import { gatherRows, scatterRows } from '../../nn/ops/layers/gather.js'
import { linear } from '../../nn/ops/layers/linear.js'
import { matmul, reshape } from '../../nn/ops/layers/matrices.js'
import { concatColumns } from '../../nn/ops/layers/parts.js'
import { logSoftmax } from '../../nn/ops/layers/softmax.js'
import { type SparseTensor, sparseProduct } from '../../nn/ops/layers/sparse.js'
import type { StepLoss } from '../../nn/train/training-step.js'
import { Weights } from '../../nn/weights.js'

/** Sizes of both towers. */
export interface TowerSizes {
  readonly users: number
  readonly items: number
  readonly dims: number
  /** Of the layer between features and vectors. */
  readonly hidden: number
  /** Columns of the features of items and of users; 0 for none. */
  readonly itemWidth: number
  readonly userWidth: number
}

/** What of the network is a matter of choice. */
export interface TowerRates {
  /** Of the hidden layer of features. */
  readonly dropout: number
  /** Penalty on the squares of the vectors of a batch. */
  readonly regularization: number
}

/** Names and shapes of the weights, in the order in which they are drawn. */
export function towerShapes(sizes: TowerSizes): ReadonlyMap<string, readonly number[]> {
  const { users, items, dims, hidden, itemWidth, userWidth } = sizes
  const side = (name: string, width: number, out: number): [string, readonly number[]][] =>
    width === 0
      ? []
      : [
          [`${name}.hidden.weight`, [hidden, width]],
          [`${name}.hidden.bias`, [hidden]],
          [`${name}.out.weight`, [out, hidden]],
          [`${name}.out.bias`, [out]],
        ]
  return new Map([
    ['users', [users, dims]],
    ['items', [items, dims + 1]],
    ['history', [items, dims]],
    ...side('item', itemWidth, dims + 1),
    ...side('past', itemWidth, dims),
    ...side('user', userWidth, dims),
  ] as [string, readonly number[]][])
}

/** The standard deviation of the first embeddings, and of what features add to them: products begin near 0. */
const SPREAD = 0.03

/** The weights, drawn by the seed: those of hidden layers as by Glorot and Bengio 2010, biases of 0. @throws ERR_ABORTED */
export async function newTowers(sizes: TowerSizes, seed: number, signal?: AbortSignal): Promise<Weights> {
  const weights = new Weights()
  const random = createRandom(seed)
  const yielder = new LoopYielder(signal)
  for (const [name, shape] of towerShapes(sizes)) {
    weights.declare(name, shape)
    const [rows, cols] = shape
    if (cols === undefined) continue
    const spread = name.endsWith('.hidden.weight') ? Math.sqrt(2 / (rows! + cols)) : SPREAD
    const values = new Float32Array(rows! * cols)
    await yielder.over(values.length, 1 << 14, (begin, end) => {
      for (let i = begin; i < end; i++) values[i] = spread * random.normal()
    })
    // The last column of items is their bias.
    if (name === 'items') for (let row = 0; row < rows!; row++) values[row * cols + cols - 1] = 0
    await weights.write(name, values)
  }
  return weights
}

const layer = (x: Tensor, name: string) =>
  linear(x, x.graph.parameter(`${name}.weight`), x.graph.parameter(`${name}.bias`))

/** What the features of a side become [rows, out]. */
function ofFeatures(x: Tensor, side: 'item' | 'past' | 'user', rate: number): Tensor {
  const inner = activation(layer(dropout(x, rate), `${side}.hidden`), 'gelu')
  return layer(dropout(inner, rate), `${side}.out`)
}

/**
 * The vectors [rows, dims + 1] of items, the last number a bias: the own embedding, where 'itemKeep' [rows, 1] is not 0, and what
 * the features say.
 * @param rows how many
 * @param ids i32 [rows]
 * @param features [rows, itemWidth], if items have any
 */
export function itemTower(
  graph: Graph,
  rows: Dim,
  ids: Tensor,
  features: Tensor | undefined,
  rate: number,
): { vectors: Tensor; own: Tensor } {
  const own = multiply(gatherRows(graph.parameter('items'), ids), graph.input('itemKeep', [rows, 1]))
  return { vectors: features ? add(own, ofFeatures(features, 'item', rate)) : own, own }
}

/** A matrix of users by items, in a graph. */
export function historyOf(graph: Graph, users: Dim, items: number, isTraining: boolean): [SparseTensor, SparseTensor] {
  const entries = graph.dim('entries')
  const byUser = {
    offsets: graph.input('offsets', [{ ...users, plus: 1, name: 'users + 1' }], 'i32'),
    columns: graph.input('columns', [entries], 'i32'),
    values: graph.input('values', [entries]),
  }
  if (!isTraining) return [byUser, byUser]
  return [
    byUser,
    {
      offsets: graph.input('itemOffsets', [items + 1], 'i32'),
      columns: graph.input('itemColumns', [entries], 'i32'),
      values: graph.input('itemValues', [entries]),
    },
  ]
}

/**
 * The vectors [users, dims] of users: the own embedding, where 'userKeep' [users, 1] is not 0, what the history says (the sum of
 * its items' rows of 'history', where 'pastKeep' [users, 1] is not 0), and what its features and those of the user say.
 */
export function userTower(
  graph: Graph,
  sizes: TowerSizes,
  users: Dim,
  ids: Tensor,
  rate: number,
  isTraining: boolean,
): { vectors: Tensor; own: Tensor; past: Tensor } {
  const { items, itemWidth, userWidth } = sizes
  const own = multiply(gatherRows(graph.parameter('users'), ids), graph.input('userKeep', [users, 1]))
  const [byUser, byItem] = historyOf(graph, users, items, isTraining)
  const known = sparseProduct(byUser, graph.parameter('history'), users, { transposed: byItem })
  const past = multiply(known, graph.input('pastKeep', [users, 1]))
  const terms = [own, past]
  if (itemWidth > 0) terms.push(ofFeatures(graph.input('pastFeatures', [users, itemWidth]), 'past', rate))
  if (userWidth > 0) terms.push(ofFeatures(graph.input('userFeatures', [users, userWidth]), 'user', rate))
  return { vectors: add(...terms), own, past }
}

/**
 * The loss of a batch of users: of all candidates each user shall choose the wanted ones: minus the logarithm of the softmax over
 * the candidates of the batch, whose logits are lessened by the logarithm of how likely each is to be among them
 * (Yi et al. 2019, "Sampling-bias-corrected neural modeling", section 3), the mean over what is wanted. Items of the history
 * that was the input are no candidates for their user.
 * @param itemFeatures the features [candidates, itemWidth] of the candidates, if items have any
 */
export function towerLoss(
  graph: Graph,
  sizes: TowerSizes,
  { dropout: rate, regularization }: TowerRates,
  itemFeatures: Tensor | undefined,
): StepLoss {
  const [users, candidates, cells] = ['users', 'candidates', 'cells'].map((name) => graph.dim(name))
  const user = userTower(graph, sizes, users!, graph.input('userIds', [users!], 'i32'), rate, true)
  const item = itemTower(graph, candidates!, graph.input('itemIds', [candidates!], 'i32'), itemFeatures, rate)
  const query = concatColumns([user.vectors, graph.input('ones', [users!, 1])])
  const corrected = add(matmul(query, item.vectors, { transposeB: true }), graph.input('correction', [candidates!]))
  const hidden = graph.dim('hidden')
  const mask = scatterRows(graph.input('hiddenValues', [hidden, 1]), graph.input('hiddenPlaces', [hidden], 'i32'), [
    cells!,
    { symbol: -1, plus: 1, name: '1' },
  ])
  const logits = add(reshape(corrected, [cells!, 1]), mask)
  const logs = reshape(logSoftmax(reshape(logits, [users!, candidates!])), [cells!, 1])
  const wanted = graph.dim('wanted')
  const chosen = gatherRows(logs, graph.input('places', [wanted], 'i32'))
  const told = scale(total(multiply(chosen, graph.input('shares', [wanted, 1]))), -1)
  if (regularization === 0) return { told, objective: told }
  const squares = (x: Tensor) => total(multiply(x, x))
  const penalty = add(
    multiply(add(squares(user.own), squares(user.past)), graph.input('perUser', [])),
    multiply(squares(item.own), graph.input('perCandidate', [])),
  )
  return { told, objective: add(told, scale(penalty, regularization)) }
}
