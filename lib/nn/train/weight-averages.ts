import { Graph } from '../graph/graph.js'
import { Program } from '../graph/program.js'
import type { Weights } from '../weights.js'

/**
 * Exponential averages of weights over the steps: after step t each is d average + (1 - d) weight, where d is
 * min(decay, (1 + t) / (10 + t)), as TensorFlow's ExponentialMovingAverage with `num_updates` has it, so that a short training
 * is not an average of its beginning (Polyak and Juditsky 1992 for the idea).
 */
export class WeightAverages {
  /** Names of the averages, which are weights too. */
  readonly names: readonly string[]
  readonly #weights: Weights
  readonly #of: readonly string[]
  readonly #decay: number
  readonly #program: Program

  constructor(weights: Weights, of: readonly string[], decay: number) {
    this.#weights = weights
    this.#of = of
    this.#decay = decay
    this.names = of.map((name) => `${name}.average`)
    const graph = new Graph(weights)
    const [keep, share] = [graph.input('keep', [1]), graph.input('share', [1])]
    for (const [n, name] of of.entries()) {
      const own = this.names[n]!
      if (!weights.has(own)) weights.declare(own, weights.entry(name).shape)
      graph.update('blend', [graph.parameter(name), keep, share], [graph.parameter(own)], [])
    }
    this.#program = new Program(graph, [])
  }

  async #blend(keep: number, signal: AbortSignal | undefined): Promise<void> {
    await this.#program.run({ keep: Float32Array.of(keep), share: Float32Array.of(1 - keep) }, {}, { signal })
  }

  /** Begins with the weights as they are. */
  async start(): Promise<void> {
    for (const name of this.names) await this.#weights.clear(name)
    await this.#blend(0, undefined)
  }

  /** Takes the weights after step `step`, from 1. */
  async add(step: number, signal: AbortSignal | undefined): Promise<void> {
    await this.#blend(Math.min(this.#decay, (1 + step) / (10 + step)), signal)
  }

  /** Weights and averages change places. */
  async exchange(): Promise<void> {
    await this.#weights.exchange(this.#of, this.names)
  }
}
