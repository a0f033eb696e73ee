import type { Tensor } from '../../../data/storage/safetensors.js'
import type { Table } from '../../../data/table/table.js'
import { KindredError } from '../../../native/errors.js'
import { Graph, type Tensor as GraphTensor } from '../../../nn/graph/graph.js'
import { Program } from '../../../nn/graph/program.js'
import { activation } from '../../../nn/ops/layers/elementwise.js'
import { Weights } from '../../../nn/weights.js'
import type { CandidateScorer, FittedClicks } from '../base/base-click-model.js'
import type { ClickCounts, ClickField } from '../base/click-model.js'
import { CandidateRows } from '../fields/candidate-rows.js'
import { type EncodedRows, inputsOf, sliceRows } from '../fields/encoded-rows.js'
import { encoderTensors } from '../fields/encoder-file.js'
import { fieldOf } from '../fields/field-plan.js'
import type { RowEncoder } from '../fields/row-encoder.js'
import { ClickGraph, type WeightSpec } from './click-graph.js'

/** Rows of one run: what is computed in between fits into the caches. */
const ROWS_OF_RUN = 4096

/** What a network of clicks computes: logits [rows]. */
export type ClickNetwork = (graph: ClickGraph) => GraphTensor

/** A network of clicks with its encoder and its weights. */
export class FittedNetwork implements FittedClicks {
  readonly encoder: RowEncoder
  readonly weights: Weights
  readonly specs: ReadonlyMap<string, WeightSpec>
  readonly #program: Program

  /** Declares the weights that are not there yet. */
  constructor(network: ClickNetwork, encoder: RowEncoder, weights: Weights) {
    this.encoder = encoder
    this.weights = weights
    const graph = new ClickGraph(new Graph(weights), encoder, false)
    this.#program = new Program(graph.graph, [activation(network(graph), 'sigmoid')])
    this.specs = graph.specs
  }

  get fields(): readonly ClickField[] {
    return this.encoder.plans.map(fieldOf)
  }

  async predict(table: Table, counts: ClickCounts, signal: AbortSignal | undefined): Promise<Float32Array> {
    return this.predictEncoded(await this.encoder.encode('predict', table, counts, signal), signal)
  }

  async candidates(items: Table, signal: AbortSignal | undefined): Promise<CandidateScorer> {
    const rows = await CandidateRows.of(this.encoder, items, signal)
    return {
      score: async (context, taken, ofCall, own) => this.predictEncoded(rows.join(context, taken, own), ofCall),
    }
  }

  /** One with the same weights, in memory of its own. */
  async copy(network: ClickNetwork, signal: AbortSignal | undefined): Promise<FittedNetwork> {
    const weights = new Weights()
    const copied = new FittedNetwork(network, this.encoder, weights)
    for (const name of this.specs.keys())
      await weights.write(name, await this.weights.read(name, { signal }), { signal })
    return copied
  }

  /** Probabilities of rows that were encoded [rows]. @throws ERR_NOT_FINITE, ERR_ABORTED */
  async predictEncoded(encoded: EncodedRows, signal?: AbortSignal): Promise<Float32Array> {
    const predicted = new Float32Array(encoded.rows)
    for (let begin = 0; begin < encoded.rows; begin += ROWS_OF_RUN) {
      const part = await this.#run(sliceRows(encoded, begin, Math.min(begin + ROWS_OF_RUN, encoded.rows)), signal)
      const wrong = part.findIndex(Number.isNaN)
      if (wrong >= 0)
        throw new KindredError(
          'ERR_NOT_FINITE',
          `predict: the probability of row ${begin + wrong} is no number: what its vectors or sparse features hold is too large. Scale them as those of the training.`,
        )
      predicted.set(part, begin)
    }
    return predicted
  }

  async #run(encoded: EncodedRows, signal: AbortSignal | undefined): Promise<Float32Array> {
    const { inputs, sizes } = inputsOf(encoded)
    const [predicted] = await this.#program.run(inputs, sizes, { signal })
    return predicted as Float32Array
  }

  async saved(signal: AbortSignal | undefined) {
    const { config, tensors } = await encoderTensors(this.encoder, signal)
    const weights: Record<string, Tensor> = {}
    for (const [name, { shape }] of this.specs)
      weights[`weights.${name}`] = { shape: [...shape], data: await this.weights.read(name, { signal }) }
    return { config, tensors: { ...tensors, ...weights } }
  }
}
