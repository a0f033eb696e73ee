import { Matrix } from '../../data/matrix.js'
import type { Random } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { NnNumbers } from '../../native/addon.js'
import { Graph } from '../../nn/graph/graph.js'
import { Program } from '../../nn/graph/program.js'
import { gatherRows } from '../../nn/ops/layers/gather.js'
import { Weights } from '../../nn/weights.js'
import { type Fused, fusionShapes, recordFusion } from './fusion-network.js'
import type { ModalityFusionSettings } from './fusion-options.js'
import type { BlockShape, PreparedBlocks } from './prepared-blocks.js'

/** Items whose vectors are made in one run. */
const ITEMS_AT_ONCE = 1 << 12

/** Inputs of a run and its sizes. */
export interface RunInputs {
  readonly inputs: Readonly<Record<string, NnNumbers>>
  readonly sizes: Readonly<Record<string, number>>
}

/** A network under training, with the vectors of its blocks beside its weights, so that a step names items alone. */
export class FusionTraining {
  /** Those of the fusion, of its task, and the blocks' vectors, which are not trained. */
  readonly weights = new Weights()
  readonly #own: readonly string[]
  readonly #task: string[] = []
  readonly #program: Program

  private constructor(
    readonly settings: ModalityFusionSettings,
    readonly blocks: readonly BlockShape[],
    readonly prepared: PreparedBlocks,
  ) {
    const shapes = fusionShapes(blocks, settings.dims)
    for (const [name, shape] of shapes) this.weights.declare(name, shape)
    for (const [n, { rows, cols }] of prepared.rows.entries()) this.weights.declare(rowsOf(n), [rows, cols])
    this.#own = [...shapes.keys()]
    const graph = new Graph(this.weights)
    this.#program = new Program(graph, [this.fused(graph, 0).vectors])
  }

  static async begin(
    settings: ModalityFusionSettings,
    blocks: readonly BlockShape[],
    prepared: PreparedBlocks,
    initial: ReadonlyMap<string, Float32Array>,
  ): Promise<FusionTraining> {
    const training = new FusionTraining(settings, blocks, prepared)
    for (const [name, values] of initial) await training.weights.write(name, values)
    for (const [n, { data }] of prepared.rows.entries()) await training.weights.write(rowsOf(n), data)
    return training
  }

  /** Names of the weights that are trained. */
  get trained(): string[] {
    return [...this.#own, ...this.#task]
  }

  /** Names of the weights of the fusion alone. */
  get names(): readonly string[] {
    return this.#own
  }

  /** One more weight that is trained, of the task. */
  async addWeight(name: string, shape: readonly number[], values: Float32Array): Promise<void> {
    this.weights.declare(name, shape)
    await this.weights.write(name, values)
    this.#task.push(name)
  }

  /** The items of a batch: the inputs 'items' i32 [items] and 'present' [items, blocks]. */
  fused(graph: Graph, rate: number): Fused {
    const items = graph.input('items', [graph.dim('items')], 'i32')
    const rows = this.blocks.map((_, n) => gatherRows(graph.parameter(rowsOf(n)), items))
    return recordFusion(graph, rows, graph.input('present', [graph.dim('items'), this.blocks.length]), rate)
  }

  /** The inputs of {@link fused}. @param random draws which blocks fall away; none do if absent */
  itemInputs(items: Int32Array, random?: Random): RunInputs {
    const count = this.blocks.length
    const rate = random ? this.settings.modalityDropout : 0
    const present = new Float32Array(items.length * count)
    for (let i = 0; i < items.length; i++) {
      const own = present.subarray(i * count, (i + 1) * count)
      own.set(this.prepared.present.subarray(items[i]! * count, (items[i]! + 1) * count))
      if (rate > 0) dropBlocks(own, rate, random!)
    }
    return { inputs: { items, present }, sizes: { items: items.length } }
  }

  /** Their vectors as the weights now are [items, dims]. @throws ERR_ABORTED */
  async vectorsOf(items: Int32Array, signal: AbortSignal | undefined): Promise<Matrix> {
    const out = new Matrix(items.length, this.settings.dims)
    const yielder = new LoopYielder(signal)
    for (let begin = 0; begin < items.length; begin += ITEMS_AT_ONCE) {
      const { inputs, sizes } = this.itemInputs(items.subarray(begin, begin + ITEMS_AT_ONCE))
      const [vectors] = await this.#program.run(inputs, sizes, { signal })
      out.data.set(vectors!, begin * out.cols)
      if (yielder.due) await yielder.yieldToLoop()
    }
    return out
  }
}

const rowsOf = (block: number) => `rows.${block}`

/** Each block falls away with this probability, but for the last one that is left, which is drawn. */
export function dropBlocks(present: Float32Array, rate: number, random: Random): void {
  const known = Array.from(present.keys()).filter((block) => present[block] === 1)
  if (known.length < 2) return
  const kept = known.filter(() => random.next() >= rate)
  if (kept.length === known.length) return
  present.fill(0)
  for (const block of kept.length > 0 ? kept : [known[random.integer(known.length)]!]) present[block] = 1
}
