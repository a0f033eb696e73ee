import { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { NnNumbers } from '../../native/addon.js'
import { Graph, type Tensor } from '../../nn/graph/graph.js'
import { Program } from '../../nn/graph/program.js'
import { multiply, subtract, total } from '../../nn/ops/layers/arithmetic.js'
import { add, scale } from '../../nn/ops/layers/elementwise.js'
import { gatherRows } from '../../nn/ops/layers/gather.js'
import { type SparseTensor, sparseProduct } from '../../nn/ops/layers/sparse.js'
import { rowDots } from '../../nn/ops/layers/vectors.js'
import { binaryCrossEntropy } from '../../nn/ops/losses/losses.js'
import type { StepLoss } from '../../nn/train/training-step.js'
import { Weights } from '../../nn/weights.js'
import type { InteractionGraph } from './interaction-graph.js'

/** Names of the embeddings e(0) of users and of items. */
export const EMBEDDINGS = ['users', 'items'] as const

/** The standard deviation of the first embeddings: that of the authors' code. */
const SPREAD = 0.1

/** Vectors of users and of items. */
interface Nodes {
  users: Tensor
  items: Tensor
}

/** Embeddings [users, factors] and [items, factors], normal numbers drawn by the seed. @throws ERR_ABORTED */
export async function newEmbeddings(
  { byUser }: InteractionGraph,
  factors: number,
  seed: number,
  signal?: AbortSignal,
): Promise<Weights> {
  const weights = new Weights()
  const random = createRandom(seed)
  const yielder = new LoopYielder(signal)
  for (const [n, name] of EMBEDDINGS.entries()) {
    const rows = [byUser.rows, byUser.cols][n]!
    weights.declare(name, [rows, factors])
    const values = new Float32Array(rows * factors)
    await yielder.over(values.length, 1 << 14, (begin, end) => {
      for (let i = begin; i < end; i++) values[i] = SPREAD * random.normal()
    })
    await weights.write(name, values)
  }
  return weights
}

/** What a run of any of the graphs takes: the normalised edges. */
export function edgeInputs({ byUser, byItem }: InteractionGraph): { inputs: Record<string, NnNumbers>; edges: number } {
  return {
    edges: byUser.indices.length,
    inputs: {
      userOffsets: byUser.indptr,
      userColumns: byUser.indices,
      userValues: byUser.values!,
      itemOffsets: byItem.indptr,
      itemColumns: byItem.indices,
      itemValues: byItem.values!,
    },
  }
}

function edgesOf(graph: Graph, side: 'user' | 'item', rows: number): SparseTensor {
  const edges = graph.dim('edges')
  return {
    offsets: graph.input(`${side}Offsets`, [rows + 1], 'i32'),
    columns: graph.input(`${side}Columns`, [edges], 'i32'),
    values: graph.input(`${side}Values`, [edges]),
  }
}

/**
 * The embeddings after each layer, e(0) to e(layers): each the sum of the neighbours' before, divided by the root of both
 * degrees (He et al. 2020, equation 3).
 */
function propagated(graph: Graph, layers: number): Nodes[] {
  const [users, items] = EMBEDDINGS.map((name) => graph.parameter(name))
  const [userCount, itemCount] = [users!.fixed(0), items!.fixed(0)]
  const byUser = edgesOf(graph, 'user', userCount)
  const byItem = edgesOf(graph, 'item', itemCount)
  const all: Nodes[] = [{ users: users!, items: items! }]
  for (let layer = 0; layer < layers; layer++) {
    const before = all[layer]!
    all.push({
      users: sparseProduct(byUser, before.items, userCount, { transposed: byItem }),
      items: sparseProduct(byItem, before.users, itemCount, { transposed: byUser }),
    })
  }
  return all
}

const sumOf = (nodes: readonly Nodes[]): Nodes => ({
  users: add(...nodes.map(({ users }) => users)),
  items: add(...nodes.map(({ items }) => items)),
})

/**
 * The BPR loss of the samples at the inputs 'sampleUsers', 'wanted' and 'unwanted' i32 [samples], by the mean of all layers
 * (equations 4 and 15), and `regularization` times half the squares of their embeddings e(0), as the authors' code has it.
 */
export function bprLoss(graph: Graph, layers: number, regularization: number): StepLoss {
  const samples = graph.dim('samples')
  const all = propagated(graph, layers)
  const { users, items } = sumOf(all)
  const ids = (name: string) => graph.input(name, [samples], 'i32')
  const [who, wanted, unwanted] = [ids('sampleUsers'), ids('wanted'), ids('unwanted')]
  const user = scale(gatherRows(users, who), 1 / (layers + 1) ** 2)
  const difference = subtract(rowDots(user, gatherRows(items, wanted)), rowDots(user, gatherRows(items, unwanted)))
  const told = binaryCrossEntropy(difference, graph.input('ones', [samples]))
  const own = [gatherRows(all[0]!.users, who), ...[wanted, unwanted].map((rows) => gatherRows(all[0]!.items, rows))]
  const squares = add(...own.map((rows) => total(multiply(rows, rows))))
  // A total over samples, which the input 'share' makes a mean.
  const penalty = total(multiply(scale(squares, regularization / 2), graph.input('share', [])))
  return { told, objective: regularization > 0 ? add(told, penalty) : told }
}

/** What the embeddings give: all [users or items, factors]. */
export interface LightGcnVectors {
  /** The mean of all layers. */
  users: Matrix
  items: Matrix
  /** The sum of all layers but the last: what neighbours get of a node. */
  userSums: Matrix
  itemSums: Matrix
}

/** Makes vectors of the embeddings as they are. */
export function vectorsProgram(
  weights: Weights,
  layers: number,
  edges: InteractionGraph,
): (signal?: AbortSignal) => Promise<LightGcnVectors> {
  const graph = new Graph(weights)
  const all = propagated(graph, layers)
  const mean = sumOf(all)
  const passed = sumOf(all.slice(0, -1))
  const outputs = [mean.users, mean.items].map((x) => scale(x, 1 / (layers + 1)))
  const program = new Program(graph, [...outputs, ...[passed.users, passed.items].map((x) => scale(x, 1))])
  const given = edgeInputs(edges)
  return async (signal) => {
    const found = await program.run(given.inputs, { edges: given.edges }, { signal })
    const [users, items, userSums, itemSums] = found.map((numbers, n) => {
      const rows = n % 2 === 0 ? edges.byUser.rows : edges.byUser.cols
      return new Matrix(rows, numbers.length / Math.max(1, rows), numbers as Float32Array)
    })
    return { users: users!, items: items!, userSums: userSums!, itemSums: itemSums! }
  }
}
