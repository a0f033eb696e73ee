import type { Graph, Tensor } from '../../nn/graph/graph.js'
import { exp } from '../../nn/ops/layers/arithmetic.js'
import { add, scale } from '../../nn/ops/layers/elementwise.js'

/** No temperature is less: CLIP's logits are scaled by 100 at most (Radford et al. 2021, section 2.5). */
const LEAST = 0.01

/** The least and the greatest temperature that training may begin with. */
export const TEMPERATURES = { min: 0.0101, max: 100 } as const

/** Name of the weight that a learnt temperature is made of. */
export const TEMPERATURE = 'temperature'

/** The weight [1] that stands for a temperature. */
export const temperatureWeight = (temperature: number): Float32Array =>
  Float32Array.of(-Math.log(temperature / LEAST - 1))

/** The temperature that a weight stands for. */
export const temperatureOf = (weight: number): number => LEAST * (1 + Math.exp(-weight))

/** What cosines are divided by before a softmax [1], learnt as 0.01 (1 + e^-w), which is at least 0.01 without clipping. */
export function recordTemperature(graph: Graph): Tensor {
  const [one] = graph.add('fill', [], [{ shape: [] }], [1])
  return scale(add(one!, exp(scale(graph.parameter(TEMPERATURE), -1))), LEAST)
}
