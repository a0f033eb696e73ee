import { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { Csr, NnNumbers } from '../../native/addon.js'
import { Graph, type Tensor } from '../../nn/graph/graph.js'
import { Program } from '../../nn/graph/program.js'
import { exp, multiply, subtract, total } from '../../nn/ops/layers/arithmetic.js'
import { activation, add, scale } from '../../nn/ops/layers/elementwise.js'
import { gatherRows } from '../../nn/ops/layers/gather.js'
import { linear } from '../../nn/ops/layers/linear.js'
import { reshape } from '../../nn/ops/layers/matrices.js'
import { sliceColumns } from '../../nn/ops/layers/parts.js'
import { logSoftmax } from '../../nn/ops/layers/softmax.js'
import { type SparseTensor, sparseProduct } from '../../nn/ops/layers/sparse.js'
import type { StepLoss } from '../../nn/train/training-step.js'
import { Weights } from '../../nn/weights.js'

/** Sizes of the layers: items, hidden, 2 latent, latent, hidden, items. */
export interface MultVaeSizes {
  readonly items: number
  readonly hidden: number
  readonly latent: number
}

/** Names and shapes of the weights, in the order in which they are drawn. */
export function multVaeShapes({ items, hidden, latent }: MultVaeSizes): ReadonlyMap<string, readonly number[]> {
  return new Map<string, readonly number[]>([
    ['encoder.items', [items, hidden]],
    ['encoder.items.bias', [hidden]],
    ['encoder.latent', [2 * latent, hidden]],
    ['encoder.latent.bias', [2 * latent]],
    ['decoder.hidden', [hidden, latent]],
    ['decoder.hidden.bias', [hidden]],
    ['decoder.items', [items, hidden]],
    ['decoder.items.bias', [items]],
  ])
}

/** The weights with numbers of Glorot and Bengio 2010, drawn by the seed, and biases of 0. @throws ERR_ABORTED */
export async function newMultVae(sizes: MultVaeSizes, seed: number, signal?: AbortSignal): Promise<Weights> {
  const weights = new Weights()
  const random = createRandom(seed)
  const yielder = new LoopYielder(signal)
  for (const [name, shape] of multVaeShapes(sizes)) {
    weights.declare(name, shape)
    const [rows, cols] = shape
    if (cols === undefined) continue
    const spread = Math.sqrt(2 / (rows! + cols))
    const values = new Float32Array(rows! * cols)
    await yielder.over(values.length, 1 << 14, (begin, end) => {
      for (let i = begin; i < end; i++) values[i] = spread * random.normal()
    })
    await weights.write(name, values)
  }
  return weights
}

/** What a run takes of histories [users, items], and of their transpose for a gradient. */
export function historyInputs(rows: Csr, byItem?: Csr): Record<string, NnNumbers> {
  return {
    offsets: rows.indptr,
    columns: rows.indices,
    values: rows.values!,
    ...(byItem && { itemOffsets: byItem.indptr, itemColumns: byItem.indices, itemValues: byItem.values! }),
  }
}

const layer = (x: Tensor, name: string) => linear(x, x.graph.parameter(name), x.graph.parameter(`${name}.bias`))

/** The hidden states [users, hidden] of the encoder, of histories of unit length: sums of rows, no product of the whole. */
function encoderStates(graph: Graph, { items }: MultVaeSizes, isTraining: boolean): Tensor {
  const [users, entries] = [graph.dim('users'), graph.dim('entries')]
  const byUser: SparseTensor = {
    offsets: graph.input('offsets', [{ ...users, plus: 1, name: 'users + 1' }], 'i32'),
    columns: graph.input('columns', [entries], 'i32'),
    values: graph.input('values', [entries]),
  }
  const byItem: SparseTensor = isTraining
    ? {
        offsets: graph.input('itemOffsets', [items + 1], 'i32'),
        columns: graph.input('itemColumns', [entries], 'i32'),
        values: graph.input('itemValues', [entries]),
      }
    : byUser // no gradient is asked for
  const sums = sparseProduct(byUser, graph.parameter('encoder.items'), users, { transposed: byItem })
  return activation(add(sums, graph.parameter('encoder.items.bias')), 'tanh')
}

const decoderStates = (z: Tensor) => activation(layer(z, 'decoder.hidden'), 'tanh')

/**
 * The loss of a batch (Liang et al. 2018, equation 5): minus the multinomial log-likelihood of each user's items, and 'beta'
 * times the divergence of the latent distribution from a standard normal one; the mean over users. Inputs beside those of
 * the histories: 'noise' [users, latent], standard normal; 'beta' []; 'share' [], 1 / users; 'places' i32 [wanted], where in
 * [users * items] each item stands that a user had.
 */
export function multVaeLoss(graph: Graph, sizes: MultVaeSizes): StepLoss {
  const { latent } = sizes
  const users = graph.dim('users')
  const both = layer(encoderStates(graph, sizes, true), 'encoder.latent')
  const [mean, logVariance] = [sliceColumns(both, 0, latent), sliceColumns(both, latent, 2 * latent)]
  const noise = graph.input('noise', [users, latent])
  const z = add(mean, multiply(noise, exp(scale(logVariance, 0.5))))
  const logits = layer(decoderStates(z), 'decoder.items')
  const cells = reshape(logSoftmax(logits), [graph.dim('cells'), 1])
  const wanted = gatherRows(cells, graph.input('places', [graph.dim('wanted')], 'i32'))
  const share = graph.input('share', [])
  const told = multiply(scale(total(wanted), -1), share)
  // KL of N(m, v) from N(0, 1): half the sum of m^2 + v - ln v - 1; the last does not change.
  const parts = subtract(add(multiply(mean, mean), exp(logVariance)), logVariance)
  const divergence = multiply(scale(total(parts), 0.5), share)
  return { told, objective: add(told, multiply(divergence, graph.input('beta', []))) }
}

/** Gives the decoder's hidden states [rows, hidden] for histories of unit length, by the mean of the latent distribution. */
export function foldInProgram(weights: Weights, sizes: MultVaeSizes) {
  const graph = new Graph(weights)
  const both = layer(encoderStates(graph, sizes, false), 'encoder.latent')
  const program = new Program(graph, [decoderStates(sliceColumns(both, 0, sizes.latent))])
  return async (histories: Csr, signal?: AbortSignal): Promise<Matrix> => {
    const given = { users: histories.rows, entries: histories.indices.length }
    const [states] = await program.run(historyInputs(histories), given, { signal })
    return new Matrix(histories.rows, sizes.hidden, states as Float32Array)
  }
}
