import { createRandom } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { JobBatch } from '../../nn/train/fit-network.js'
import { hasEntry } from '../base/held-out-lists.js'
import type { InteractionGraph } from './interaction-graph.js'
import { edgeInputs } from './lightgcn-network.js'

/** Tries to draw an item that the user has not, after which one is taken that the user may have. */
const MOST_DRAWS = 100

/** Edges with a negative for each, and the edges that vectors are passed on along. */
export async function bprBatch(
  graph: InteractionGraph,
  chosen: Int32Array,
  seed: number,
  draw: number,
  signal: AbortSignal | undefined,
): Promise<JobBatch> {
  const { byUser, users } = graph
  const random = createRandom((seed + draw * 0x9e3779b9) % 2 ** 53)
  const unwanted = new Int32Array(chosen.length)
  await new LoopYielder(signal).over(chosen.length, 1 << 10, (begin, end) => {
    for (let n = begin; n < end; n++) {
      const user = users[chosen[n]!]!
      let item = random.integer(byUser.cols)
      for (let tries = 1; tries < MOST_DRAWS && hasEntry(byUser, user, item); tries++)
        item = random.integer(byUser.cols)
      unwanted[n] = item
    }
  })
  const { inputs, edges } = edgeInputs(graph)
  return {
    inputs: {
      ...inputs,
      sampleUsers: Int32Array.from(chosen, (edge) => users[edge]!),
      wanted: Int32Array.from(chosen, (edge) => byUser.indices[edge]!),
      unwanted,
      ones: new Float32Array(chosen.length).fill(1),
      share: Float32Array.of(1 / chosen.length),
    },
    sizes: { samples: chosen.length, edges },
  }
}
