import type { Tensor } from '../../data/storage/safetensors.js'
import type { SavedTensors } from '../../data/storage/saved-tensors.js'
import { Weights } from '../../nn/weights.js'
import { Discriminator, discriminatorShapes, firstDiscriminatorWeights } from './discriminator.js'
import type { Draws } from './draws.js'
import { firstGeneratorWeights, Generator, generatorShapes } from './generator.js'
import type { SeqGANSettings } from './seqgan-options.js'

/** A generator and a discriminator over one vocabulary. */
export class SeqGANNetwork {
  readonly weights = new Weights()
  readonly generator: Generator
  readonly discriminator: Discriminator
  readonly #shapes: Readonly<Record<string, number[]>>

  /** Weights of zeros. @param items of the vocabulary */
  constructor(items: number, { dims, hidden, discriminatorDims, widths, filters }: SeqGANSettings) {
    const ofGenerator = { items, dims, hidden }
    const ofDiscriminator = { items, dims: discriminatorDims, widths, filters }
    this.#shapes = { ...generatorShapes(ofGenerator), ...discriminatorShapes(ofDiscriminator) }
    for (const [name, shape] of Object.entries(this.#shapes)) this.weights.declare(name, shape)
    this.generator = new Generator(this.weights, ofGenerator)
    this.discriminator = new Discriminator(this.weights, ofDiscriminator)
  }

  get names(): string[] {
    return [...this.generator.names, ...this.discriminator.names]
  }

  /** Draws the first weights. */
  async begin(draws: Draws, signal?: AbortSignal): Promise<void> {
    for (const [n, [name, shape]] of Object.entries(this.#shapes).entries()) {
      const first = name.startsWith('generator.') ? firstGeneratorWeights : firstDiscriminatorWeights
      await this.weights.write(name, first(name, shape, draws.stream('weights', n)), { signal })
    }
  }

  /** Copies of all weights. */
  async tensors(signal?: AbortSignal): Promise<Record<string, Tensor>> {
    const tensors: Record<string, Tensor> = {}
    for (const [name, shape] of Object.entries(this.#shapes))
      tensors[name] = { shape, data: await this.weights.read(name, { signal }) }
    return tensors
  }

  /** Takes the numbers of saved tensors. @returns them @throws ERR_MODEL_FILE */
  async take(saved: SavedTensors, signal?: AbortSignal): Promise<Record<string, Tensor>> {
    const tensors: Record<string, Tensor> = {}
    for (const [name, shape] of Object.entries(this.#shapes)) {
      const [rows, cols] = shape
      const { data } =
        cols === undefined ? { data: saved.vector(name, Float32Array, rows) } : saved.matrix(name, { rows, cols })
      tensors[name] = { shape, data }
    }
    // Memory is taken once all of them are there.
    for (const [name, { data }] of Object.entries(tensors))
      await this.weights.write(name, data as Float32Array, { signal })
    return tensors
  }
}
