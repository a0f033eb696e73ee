import { createRandom } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'

/** Samples that are shuffled between two looks at the clock. */
const AT_ONCE = 1 << 14

/** The order of samples in each epoch, and the numbers that its steps are drawn from, by the seed. */
export class SampleOrder {
  readonly #random: ReturnType<typeof createRandom>
  readonly #samples: number

  constructor(samples: number, seed: number) {
    this.#samples = samples
    this.#random = createRandom(seed)
  }

  /** The order of the next epoch (Fisher-Yates), the event loop running in between. @throws ERR_ABORTED */
  async next(signal: AbortSignal | undefined): Promise<Int32Array> {
    const order = new Int32Array(this.#samples)
    const yielder = new LoopYielder(signal)
    await yielder.over(order.length, AT_ONCE, (begin, end) => {
      for (let n = begin; n < end; n++) order[n] = n
    })
    await yielder.over(order.length - 1, AT_ONCE, (begin, end) => {
      for (let n = begin; n < end; n++) {
        const i = order.length - 1 - n
        const j = this.#random.integer(i + 1)
        const kept = order[i]!
        order[i] = order[j]!
        order[j] = kept
      }
    })
    return order
  }

  /** What the next step draws its dropout from. */
  draw(): number {
    return this.#random.integer(2 ** 31)
  }

  /** Goes past epochs of so many steps each, and past steps of the one after them: its order. @throws ERR_ABORTED */
  async skip(epochs: number, perEpoch: number, steps: number, signal: AbortSignal | undefined): Promise<Int32Array> {
    for (let epoch = 0; epoch < epochs; epoch++) {
      await this.next(signal)
      for (let step = 0; step < perEpoch; step++) this.draw()
    }
    const order = await this.next(signal)
    for (let step = 0; step < steps; step++) this.draw()
    return order
  }
}
