import { Features } from '../../data/features.js'
import type { IdMap } from '../../data/id-map.js'
import { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import { POOLING } from '../../encode/bert/architecture.js'
import { bertShapes, DISTANCE_BIASES } from '../../encode/bert/bert-config.js'
import type { NnNumbers } from '../../native/addon.js'
import { KindredError } from '../../native/errors.js'
import { type Adapter, plainDense } from '../../nn/adapters/adapter.js'
import { makeAdapter } from '../../nn/adapters/index.js'
import { bertLayers } from '../../nn/bert/bert-encoder.js'
import { Graph, type Tensor } from '../../nn/graph/graph.js'
import { Program } from '../../nn/graph/program.js'
import { unitRows } from '../../nn/ops/layers/vectors.js'
import { Weights } from '../../nn/weights.js'
import { encodedTokens } from '../../text/base/encoded-tokens.js'
import type { BertSource } from '../../text/base/source.js'
import { pooledStates, type StatePooling } from '../../text/base/text-pooling.js'
import { batchesWithin, batchOf, tokenSequences } from '../../text/base/token-sequences.js'
import type { TuneSettings } from './tune-options.js'

/** Tokens whose states are computed at a time. */
const TOKENS_AT_ONCE = 4096
/** Longest text by default. */
const MOST_TOKENS = 128

/**
 * Texts as far as the layers of an encoder that stay have read them, and its last layers, whose weights are trained in those of
 * another network.
 */
export class TunedTexts {
  readonly #adapter: Adapter | undefined
  readonly #last: readonly number[]
  #vectors: ((signal?: AbortSignal) => Promise<Matrix>) | undefined

  private constructor(
    private readonly source: BertSource,
    private readonly pooling: StatePooling,
    settings: TuneSettings,
    /** The states [tokens, dims] of each text below the last layers. */
    private readonly states: readonly Float32Array[],
  ) {
    const { order } = source.folder.config
    this.#last = order.slice(order.length - settings.layers)
    const products = new Map<string, readonly [number, number]>()
    for (const [name, [rows, cols]] of this.#shapes())
      if (cols !== undefined && name.startsWith('encoder.layer.'))
        products.set(name.replace(/\.weight$/, ''), [rows!, cols])
    this.#adapter = settings.adapter === 'none' ? undefined : makeAdapter(settings.adapter, products)
  }

  /**
   * Reads texts by the layers that stay, 4 bytes a token and dimension.
   * @throws ERR_VALUE for more layers than the encoder can spare, ERR_NOT_SUPPORTED for one with an adapter, or whose layers
   * share their weights, ERR_ABORTED
   */
  static async read(
    source: BertSource,
    pooling: StatePooling,
    texts: readonly string[],
    settings: TuneSettings,
    most: number,
    signal: AbortSignal | undefined,
  ): Promise<TunedTexts> {
    const { config } = source.folder
    const below = config.order.length - settings.layers
    if (below < 1)
      throw new KindredError(
        'ERR_VALUE',
        `tuneEncoder.layers: expected at most ${config.order.length - 1}, for the encoder has ${config.order.length} layers, but received ${settings.layers}.`,
      )
    if (source.adaptation.adapter)
      throw new KindredError(
        'ERR_NOT_SUPPORTED',
        'tuneEncoder: the encoder has an adapter already. Save it and load it again, which makes the adapter part of its weights.',
      )
    if (config.order.slice(below).some((layer) => config.order.slice(0, below).includes(layer)))
      throw new KindredError('ERR_NOT_SUPPORTED', 'tuneEncoder: the layers of the encoder share their weights.')
    const maxTokens = Math.min(settings.maxTokens ?? MOST_TOKENS, most)
    const sequences = await tokenSequences(source.tokenizer, texts, maxTokens, signal)
    const graph = new Graph(source.weights)
    const program = new Program(graph, [encodedTokens(source, graph, false).layers[below - 1]!])
    const states: Float32Array[] = []
    for (const chosen of batchesWithin(sequences, TOKENS_AT_ONCE)) {
      const { inputs, sizes } = batchOf(sequences, chosen, config.padding)
      const [all] = await program.run(inputs, sizes, { signal })
      for (let n = 0; n < chosen.length; n++)
        states.push((all as Float32Array).slice(inputs.offsets[n]! * config.dims, inputs.offsets[n + 1]! * config.dims))
    }
    return new TunedTexts(source, pooling, settings, states)
  }

  /** The vectors of all texts by the encoder as it is. */
  async features(ids: IdMap, signal?: AbortSignal): Promise<Features> {
    const weights = new Weights()
    try {
      await this.declare(weights, 0)
      return await Features.fromAsync(ids, await this.all(signal), { signal })
    } finally {
      weights.dispose()
    }
  }

  /** Length of a vector. */
  get dims(): number {
    return this.source.folder.config.dims
  }

  get count(): number {
    return this.states.length
  }

  /** The encoder's weights that the last layers and the pooling have. */
  #shapes(): [string, readonly number[]][] {
    const { config } = this.source.folder
    const isOwn = (name: string) =>
      name === DISTANCE_BIASES || this.#last.some((n) => name.startsWith(`encoder.layer.${n}.`))
    const queries: [string, readonly number[]][] =
      this.pooling.kind === 'attention' ? [[POOLING.queries, [this.pooling.heads, config.dims]]] : []
    return [...[...bertShapes(config)].filter(([name]) => isOwn(name)), ...queries]
  }

  /** Declares the weights of the last layers, as they are, and those beside them, drawn by the seed. */
  async declare(weights: Weights, seed: number): Promise<void> {
    for (const [name, shape] of this.#shapes()) {
      weights.declare(name, shape)
      await weights.write(name, await this.source.weights.read(name))
    }
    const random = createRandom(seed)
    for (const [name, shape] of this.#adapter?.shapes ?? []) {
      weights.declare(name, shape)
      const values = this.#adapter!.initial(name, random)
      if (values) await weights.write(name, values)
    }
    const graph = new Graph(weights)
    const program = new Program(graph, [this.vectors(graph, false)])
    this.#vectors = (signal) => this.#all(program, signal)
  }

  /** Names of the weights that are trained. */
  get trained(): string[] {
    if (this.#adapter) return [...this.#adapter.shapes.keys()]
    return this.#shapes()
      .map(([name]) => name)
      .filter((name) => name.startsWith('encoder.layer.'))
  }

  /** Names of all weights that {@link declare} declared. */
  get names(): string[] {
    return [...this.#shapes().map(([name]) => name), ...(this.#adapter?.shapes.keys() ?? [])]
  }

  /** Adds the vectors [texts, dims] of norm 1 of the texts at the inputs 'textStates' and 'textOffsets' to a graph. */
  vectors(graph: Graph, isTraining: boolean): Tensor {
    const { config } = this.source.folder
    const [tokens, texts] = [graph.dim('textTokens'), graph.dim('texts')]
    const begin = graph.input('textStates', [tokens, config.dims])
    const offsets = graph.input('textOffsets', [{ ...texts, plus: 1, name: 'texts + 1' }], 'i32')
    const adapter = this.#adapter
    const hooks = { dense: adapter ? (x: Tensor, name: string) => adapter.dense(x, name, isTraining) : plainDense }
    const encoded = bertLayers(graph, config, begin, offsets, isTraining, hooks, this.#last)
    return unitRows(pooledStates(graph, { ...encoded, inputs: { offsets, sequences: texts } }, this.pooling))
  }

  /** The texts of these numbers as inputs of {@link vectors}. */
  inputsOf(chosen: ArrayLike<number>): { inputs: Record<string, NnNumbers>; sizes: Record<string, number> } {
    const { dims } = this
    const textOffsets = new Int32Array(chosen.length + 1)
    for (let n = 0; n < chosen.length; n++)
      textOffsets[n + 1] = textOffsets[n]! + this.states[chosen[n]!]!.length / dims
    const textTokens = textOffsets[chosen.length]!
    const textStates = new Float32Array(textTokens * dims)
    for (let n = 0; n < chosen.length; n++) textStates.set(this.states[chosen[n]!]!, textOffsets[n]! * dims)
    return { inputs: { textStates, textOffsets }, sizes: { textTokens, texts: chosen.length } }
  }

  /** The vectors [texts, dims] of all texts by the weights as they are. */
  all(signal?: AbortSignal): Promise<Matrix> {
    return this.#vectors!(signal)
  }

  async #all(program: Program, signal?: AbortSignal): Promise<Matrix> {
    const out = new Matrix(this.states.length, this.dims)
    for (let begin = 0, end = 0; begin < this.states.length; begin = end) {
      for (let numbers = 0; end < this.states.length; end++) {
        numbers += this.states[end]!.length
        if (numbers > TOKENS_AT_ONCE * this.dims && end > begin) break
      }
      const first = begin
      const { inputs, sizes } = this.inputsOf(Int32Array.from({ length: end - begin }, (_, n) => first + n))
      const [vectors] = await program.run(inputs, sizes, { signal })
      out.data.set(vectors!, begin * this.dims)
    }
    return out
  }

  /** The encoder's weights with what was trained within them, by name. */
  async merged(weights: Weights): Promise<Map<string, Float32Array>> {
    const out = new Map<string, Float32Array>()
    for (const [name] of this.#shapes()) {
      const graph = new Graph(weights)
      const merged = name.endsWith('.weight') && this.#adapter?.merged?.(graph, name.replace(/\.weight$/, ''))
      out.set(
        name,
        merged ? ((await new Program(graph, [merged]).run({}, {}))[0] as Float32Array) : await weights.read(name),
      )
    }
    return out
  }

  /** Gives the encoder its weights of {@link merged}. */
  async settle(merged: ReadonlyMap<string, Float32Array>): Promise<void> {
    for (const [name, values] of merged) await this.source.weights.write(name, values)
  }
}
