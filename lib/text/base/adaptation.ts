import { createRandom } from '../../data/random.js'
import { DISTANCE_BIASES } from '../../encode/bert/bert-config.js'
import { KindredError, show } from '../../native/errors.js'
import type { Adapter, AdapterStep, Dense, Products, WeightReader } from '../../nn/adapters/adapter.js'
import { type AdapterOptions, makeAdapter } from '../../nn/adapters/index.js'
import { Graph, type Tensor } from '../../nn/graph/graph.js'
import { Program } from '../../nn/graph/program.js'
import type { OnnxGraph } from '../../nn/onnx/onnx-graph.js'
import { add } from '../../nn/ops/layers/elementwise.js'
import { releaseSnapshot, type Weights } from '../../nn/weights.js'

/** Key of config.json for an adapter that no weights of the encoder can take the place of. */
export const ADAPTER_CONFIG = 'kindred_adapter'

const WEIGHT = '.weight'

/** The products of an encoder, of its weights: all matrices but tables of embeddings. */
function productsOf(shapes: ReadonlyMap<string, readonly number[]>): Products {
  const products = new Map<string, readonly [number, number]>()
  for (const [name, shape] of shapes)
    if (shape.length === 2 && name.endsWith(WEIGHT) && !name.startsWith('embeddings.') && name !== DISTANCE_BIASES)
      products.set(name.slice(0, -WEIGHT.length), [shape[0]!, shape[1]!])
  return products
}

/** What a fit has changed before its first step. */
interface Adapting {
  /** Makes it what it was. */
  undo(): Promise<void>
  /** Gives the memory that {@link undo} needs back. */
  end(): void
}

const UNCHANGED: Adapting = { undo: async () => {}, end: () => {} }

/** The adapter of an encoder, if it has one: what a fit makes, and what is saved in its place. */
export class Adaptation {
  readonly #weights: Weights
  readonly #products: Products
  #adapter: Adapter | undefined

  /** @param shapes the weights of the encoder */
  constructor(weights: Weights, shapes: ReadonlyMap<string, readonly number[]>) {
    this.#weights = weights
    this.#products = productsOf(shapes)
  }

  get adapter(): Adapter | undefined {
    return this.#adapter
  }

  /** How products are made. */
  dense(isTraining: boolean): Dense | undefined {
    const adapter = this.#adapter
    return adapter && ((x, name) => adapter.dense(x, name, isTraining))
  }

  /** Weights beside the encoder's that are saved, since none of the encoder's can take their place. */
  get savedShapes(): ReadonlyMap<string, readonly number[]> {
    return this.#adapter === undefined || this.#adapter.merged ? new Map() : this.#adapter.shapes
  }

  /** What config.json says of them. */
  get savedConfig(): Readonly<Record<string, unknown>> {
    return this.savedShapes.size === 0 ? {} : { [ADAPTER_CONFIG]: this.#adapter!.options }
  }

  /** Restores an adapter that was saved. @param read the numbers of a tensor of the folder */
  async load(options: unknown, read: (name: string, shape: readonly number[]) => Promise<Float32Array>): Promise<void> {
    const adapter = makeAdapter(options, this.#products)
    for (const [name, shape] of adapter.shapes) {
      this.#weights.declare(name, shape)
      await this.#weights.write(name, await read(name, shape))
    }
    this.#adapter = adapter
  }

  /**
   * Makes the adapter that a fit asks for: that of the fit before if it is the same, else a new one. One that was before becomes
   * part of the encoder's weights; where it cannot, it stays, and is trained with all others.
   * @returns what to call when the fit has failed, or else ended
   * @throws ERR_VALUE for an illegal option, ERR_NOT_SUPPORTED for another adapter over one that cannot be merged
   */
  async begin(options: AdapterOptions | undefined, seed: number): Promise<Adapting> {
    const before = this.#adapter
    const next = options === undefined ? undefined : makeAdapter(options, this.#products)
    if (before && next && JSON.stringify(before.options) === JSON.stringify(next.options)) return this.#kept(before)
    if (before && !before.merged) {
      if (next === undefined) return UNCHANGED
      throw new KindredError(
        'ERR_NOT_SUPPORTED',
        `adapter: the model has one of kind '${before.options.kind}' already, which cannot be merged. Continue with ${show(before.options)}, or without, which trains all weights.`,
      )
    }
    const merging = before ? await this.#merge(before) : UNCHANGED
    try {
      if (next) await this.#declare(next, seed)
    } catch (error) {
      await merging.undo()
      merging.end()
      throw error
    }
    this.#adapter = next
    return {
      end: merging.end,
      undo: async () => {
        this.#adapter = before
        await merging.undo()
      },
    }
  }

  /** What a training step makes less for its adapter, given what it makes less otherwise. */
  objective(loss: Tensor): Tensor {
    const penalty = this.#adapter?.penalty?.(loss.graph)
    const whole = penalty ? add(loss, penalty) : loss
    this.#adapter?.observe?.(whole)
    return whole
  }

  async afterStep(at: AdapterStep): Promise<void> {
    await this.#adapter?.afterStep?.(this.#weights, at)
  }

  /** To be called when a training has ended. */
  async settle(): Promise<void> {
    await this.#adapter?.settle?.(this.#weights)
  }

  /** The weights that a fit trains, of all: those of the head, of the adapter, and what it trains of the encoder. */
  trainable(all: readonly string[], isOfHead: (name: string) => boolean, isAsked: boolean): string[] {
    const adapter = this.#adapter
    const constants = new Set(adapter?.constants)
    const own = [...(adapter?.shapes.keys() ?? [])].filter((name) => !constants.has(name))
    return [...(isAsked ? all.filter((name) => isOfHead(name) || adapter!.trains(name)) : all), ...own]
  }

  /** The weights as they are saved. */
  reader(): WeightReader {
    const weights = this.#weights
    const adapter = this.#adapter
    return {
      entry: (name: string) => weights.entry(name),
      read: async (name: string) => (adapter && (await this.#merged(adapter, name))) ?? weights.read(name),
      adapted: adapter?.onnx && ((graph: OnnxGraph, y: string, name: string) => adapter.onnx!(graph, weights, y, name)),
    }
  }

  async #declare(adapter: Adapter, seed: number): Promise<void> {
    const random = createRandom(seed)
    for (const [name, shape] of adapter.shapes) {
      if (!this.#weights.has(name)) this.#weights.declare(name, shape)
      const values = adapter.initial(name, random)
      await (values ? this.#weights.write(name, values) : this.#weights.clear(name))
    }
  }

  /** The encoder's weights of this name with the adapter within them; undefined where it does not touch them. */
  async #merged(adapter: Adapter, name: string): Promise<Float32Array | undefined> {
    if (!name.endsWith(WEIGHT)) return undefined
    const graph = new Graph(this.#weights)
    const merged = adapter.merged?.(graph, name.slice(0, -WEIGHT.length))
    return merged && ((await new Program(graph, [merged]).run({}, {}))[0] as Float32Array)
  }

  /** What a training changes of an adapter beside what an optimiser does. */
  async #kept(adapter: Adapter): Promise<Adapting> {
    if (adapter.constants === undefined) return UNCHANGED
    const copies = await this.#weights.snapshot(adapter.constants)
    return {
      end: () => releaseSnapshot(copies),
      undo: () => this.#weights.restore(copies),
    }
  }

  /** Puts an adapter into the encoder's weights; undone, they are as they were to the bit. */
  async #merge(adapter: Adapter): Promise<Adapting> {
    const touched = [...this.#products.keys()].map((name) => name + WEIGHT)
    const copies = await this.#weights.snapshot([...touched, ...adapter.shapes.keys()])
    for (const name of touched) {
      const merged = await this.#merged(adapter, name)
      if (merged) await this.#weights.write(name, merged)
    }
    return {
      end: () => releaseSnapshot(copies),
      undo: () => this.#weights.restore(copies),
    }
  }
}
