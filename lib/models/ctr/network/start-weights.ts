import { createRandom } from '../../../data/random.js'
import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import type { Weights } from '../../../nn/weights.js'
import type { WeightSpec } from './click-graph.js'

const AT_ONCE = 1 << 14

/** Deviation of embeddings at the start: of smaller ones the products are so small that they begin to learn epochs later. */
const EMBEDDING = 0.1

/** Gives the weights what they begin with, drawn by the seed in the order of `specs`. @throws ERR_ABORTED */
export async function startWeights(
  weights: Weights,
  specs: ReadonlyMap<string, WeightSpec>,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const random = createRandom(seed)
  const yielder = new LoopYielder(signal)
  for (const [name, { shape, start }] of specs) {
    if (start === 'zeros') continue
    const values = new Float32Array(shape.reduce((product, side) => product * side, 1))
    const deviation = start === 'embedding' ? EMBEDDING : Math.sqrt(2 / (shape[0]! + shape[1]!))
    if (start === 'ones') values.fill(1)
    else
      await yielder.over(values.length, AT_ONCE, (begin, end) => {
        for (let n = begin; n < end; n++) values[n] = deviation * random.normal()
      })
    await weights.write(name, values, { signal })
  }
}
