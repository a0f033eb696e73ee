import { gatherRows as rowsOf } from '../../data/gather-rows.js'
import { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import { KindredError } from '../../native/errors.js'
import { Graph } from '../../nn/graph/graph.js'
import { Program } from '../../nn/graph/program.js'
import { gatherRows } from '../../nn/ops/layers/gather.js'
import { inBatchContrastive } from '../../nn/ops/losses/contrastive.js'
import { fitNetwork } from '../../nn/train/fit-network.js'
import type { TrainingHistory } from '../../nn/train/history.js'
import { networkSettings } from '../../nn/train/network-options.js'
import { Weights } from '../../nn/weights.js'
import { recordTemperature, TEMPERATURE, temperatureOf, temperatureWeight } from '../fusion/temperature.js'
import { initialProjection, projectionShapes, recordProjection, VIEWS, type View } from './projection-network.js'
import {
  type CrossModalProjectionSettings,
  type FitProjectionOptions,
  PROJECTION_DEFAULTS,
} from './projection-options.js'
import { partnerRanks } from './retrieval-report.js'

/** What a fit gives. */
export interface FittedProjection {
  readonly weights: ReadonlyMap<string, Float32Array>
  readonly temperature: number
  readonly history: TrainingHistory<number>
  /** Pairs that it learnt from. */
  readonly samples: number
}

/** Pairs to learn from and those that are held out. */
function heldOut(pairs: number, share: number | undefined, seed: number) {
  const order = createRandom(seed).shuffle(Int32Array.from({ length: pairs }, (_, n) => n))
  const count = share === undefined ? 0 : Math.min(pairs - 2, Math.max(1, Math.round(share * pairs)))
  return { train: order.subarray(count).sort(), held: order.subarray(0, count).sort() }
}

const tableOf = (view: View) => `rows.${view}`

/** The mean of one over the rank of held-out partners among all that are held out, both ways. */
function validateProjection(
  weights: Weights,
  sides: readonly [Matrix, Matrix],
  signal: AbortSignal | undefined,
): () => Promise<{ judged: number; score: number }> {
  const graph = new Graph(weights)
  const pairs = graph.dim('pairs')
  const outputs = VIEWS.map((view, n) => recordProjection(graph, view, graph.input(view, [pairs, sides[n]!.cols]), 0))
  const program = new Program(graph, outputs)
  const [x, y] = sides
  const partners = Int32Array.from({ length: x.rows }, (_, n) => n)
  return async () => {
    const found = await program.run({ x: x.data, y: y.data }, { pairs: x.rows }, { signal })
    const [first, second] = found.map((data) => new Matrix(x.rows, data.length / x.rows, data as Float32Array))
    let sum = 0
    for (const [from, to] of [
      [first!, second!],
      [second!, first!],
    ] as const)
      for (const rank of await partnerRanks(from, to, partners, signal)) sum += 1 / rank
    const judged = sum / (2 * x.rows)
    return { judged, score: judged }
  }
}

/**
 * Trains both maps.
 * @param x [pairs, its dims] of norm 1, row by row with y
 * @throws as {@link CrossModalProjection.fit}
 */
export async function fitProjection(
  settings: CrossModalProjectionSettings,
  x: Matrix,
  y: Matrix,
  options: FitProjectionOptions,
): Promise<FittedProjection> {
  const { validation, signal, checkpoint, checkpointEvery, onProgress } = options
  const { dims, regularization, dropout, temperature, ...own } = settings
  const network = networkSettings(
    { ...own, checkpoint, checkpointEvery, signal, onProgress },
    PROJECTION_DEFAULTS,
    validation !== undefined,
  )
  if (network.batchSize < 2)
    throw new KindredError(
      'ERR_VALUE',
      `batchSize: expected at least 2, since the pairs of a batch are told from each other, but received ${network.batchSize}.`,
    )
  const { seed } = network
  const { train, held } = heldOut(x.rows, validation, seed)
  if (train.length < 2)
    throw new KindredError(
      'ERR_DATA',
      `CrossModalProjection.fit: expected at least 2 pairs to learn from${held.length > 0 ? ` beside ${held.length} held out` : ''} but there are ${x.rows}.`,
    )
  const [first, second] = [rowsOf(x, train), rowsOf(y, train)]
  const sizes = { x: x.cols, y: y.cols }
  const shapes = projectionShapes(sizes, dims)
  const weights = new Weights()
  try {
    for (const [name, shape] of shapes) weights.declare(name, shape)
    const initial = await initialProjection(first, second, { dims, regularization, seed }, signal)
    for (const [name, values] of initial) await weights.write(name, values)
    weights.declare(TEMPERATURE, [1])
    await weights.write(TEMPERATURE, temperatureWeight(temperature))
    for (const [n, side] of [first, second].entries()) {
      weights.declare(tableOf(VIEWS[n]!), [side.rows, side.cols])
      await weights.write(tableOf(VIEWS[n]!), side.data)
    }
    const trained = [...shapes.keys(), TEMPERATURE]
    const history = await fitNetwork<number>(
      {
        settings: network,
        samples: train.length,
        options: { dims, regularization, dropout, temperature, validation },
        data: [x.data, y.data],
        batch: (pairs) => ({ inputs: { pairs }, sizes: { pairs: pairs.length } }),
        validate: held.length > 0 ? validateProjection(weights, [rowsOf(x, held), rowsOf(y, held)], signal) : undefined,
      },
      {
        weights,
        trained,
        all: trained,
        others: [],
        learningRateFactor: () => 1,
        weightDecay: (name) => (name === TEMPERATURE || name.endsWith('bias') ? 0 : network.weightDecay),
        record: (graph) => {
          const pairs = graph.input('pairs', [graph.dim('pairs')], 'i32')
          const [a, b] = VIEWS.map((view) =>
            recordProjection(graph, view, gatherRows(graph.parameter(tableOf(view)), pairs), dropout),
          )
          const loss = inBatchContrastive(a!, b!, { temperature: recordTemperature(graph), symmetric: true })
          return { objective: loss, told: loss }
        },
      },
    )
    const learnt = new Map<string, Float32Array>()
    for (const name of shapes.keys()) learnt.set(name, await weights.read(name, { signal }))
    const [last] = await weights.read(TEMPERATURE, { signal })
    return { weights: learnt, temperature: temperatureOf(last!), history, samples: train.length }
  } finally {
    weights.dispose()
  }
}
