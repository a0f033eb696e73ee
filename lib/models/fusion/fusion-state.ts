import { Matrix } from '../../data/matrix.js'
import { Graph } from '../../nn/graph/graph.js'
import { Program } from '../../nn/graph/program.js'
import { Weights } from '../../nn/weights.js'
import type { FusionSamples } from './fit-fusion.js'
import { fusionShapes, recordFusion } from './fusion-network.js'
import type { BlockShape, PreparedBlocks } from './prepared-blocks.js'

/** Numbers of blocks' vectors that one run takes. */
const NUMBERS_AT_ONCE = 1 << 20

/** What a fusion has learnt, ready to fuse. */
export class FusionState {
  readonly #program: Program
  readonly weights = new Weights()

  private constructor(
    readonly blocks: readonly BlockShape[],
    readonly dims: number,
    readonly temperature: number,
    readonly samples: FusionSamples,
  ) {
    for (const [name, shape] of fusionShapes(blocks, dims)) this.weights.declare(name, shape)
    const graph = new Graph(this.weights)
    const items = graph.dim('items')
    const rows = blocks.map((block, n) => graph.input(`rows.${n}`, [items, block.dims]))
    const { vectors, attention } = recordFusion(graph, rows, graph.input('present', [items, blocks.length]), 0)
    this.#program = new Program(graph, [vectors, attention])
  }

  /** @param weights by name, of the sizes that the blocks say */
  static async of(
    blocks: readonly BlockShape[],
    dims: number,
    learnt: { weights: ReadonlyMap<string, Float32Array>; temperature: number; samples: FusionSamples },
  ): Promise<FusionState> {
    const state = new FusionState(blocks, dims, learnt.temperature, learnt.samples)
    for (const name of fusionShapes(blocks, dims).keys()) await state.weights.write(name, learnt.weights.get(name)!)
    return state
  }

  /** The vectors of items [items, dims], and the attention that each block has [items, blocks]. @throws ERR_ABORTED */
  async fuse({ rows, present, ids }: PreparedBlocks, signal: AbortSignal | undefined) {
    const blocks = this.blocks.length
    const vectors = new Matrix(ids.size, this.dims)
    const attention = new Matrix(ids.size, blocks)
    const size = Math.max(1, Math.floor(NUMBERS_AT_ONCE / this.blocks.reduce((sum, { dims }) => sum + dims, 0)))
    for (let begin = 0; begin < ids.size; begin += size) {
      const end = Math.min(begin + size, ids.size)
      const inputs: Record<string, Float32Array> = { present: present.subarray(begin * blocks, end * blocks) }
      for (const [n, { data, cols }] of rows.entries()) inputs[`rows.${n}`] = data.subarray(begin * cols, end * cols)
      const [fused, shares] = await this.#program.run(inputs, { items: end - begin }, { signal })
      vectors.data.set(fused!, begin * this.dims)
      attention.data.set(shares!, begin * blocks)
    }
    return { vectors, attention }
  }
}
