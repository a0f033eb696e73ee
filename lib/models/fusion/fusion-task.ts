import type { Graph, Tensor } from '../../nn/graph/graph.js'
import type { Content } from '../../nn/train/fingerprint.js'
import type { JobBatch } from '../../nn/train/fit-network.js'

/** What a fusion learns from. */
export interface FusionTask {
  /** How many samples there are: labelled items, or users. */
  readonly samples: number
  /** What it learns from and is judged by, beside the blocks. */
  readonly data: Content
  /** What was given and is not learnt from. */
  readonly unused: number
  /** Adds the loss to the graph of a step. */
  record(graph: Graph): Tensor
  /** @param draw what its random numbers are drawn by, another for each batch */
  batch(samples: Int32Array, draw: number): JobBatch
  /** Minus the loss of what was held out; undefined where nothing was. */
  readonly validate: (() => Promise<{ judged: number; score: number }>) | undefined
}
