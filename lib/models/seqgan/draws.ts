import { createRandom } from '../../data/random.js'

/** What is drawn, each from a stream of its own. */
const KINDS = ['weights', 'real', 'lists', 'rollouts', 'pretraining', 'sample'] as const

/** Draws of one step have numbers below this. */
const OF_STEP = 1 << 12

/** Random numbers by what they are for and the number of the step: the same whatever was drawn before. */
export class Draws {
  readonly #bases = new Map<string, number>()

  constructor(seed: number) {
    const random = createRandom(seed)
    for (const kind of KINDS) this.#bases.set(kind, random.integer(2 ** 32))
  }

  /** Two integers that a run draws from. @param step from 0 @param draw within the step, from 0 */
  seed(kind: (typeof KINDS)[number], step: number, draw: number): Int32Array {
    return Int32Array.of(this.#bases.get(kind)!, step * OF_STEP + draw)
  }

  /** A stream of random numbers. */
  stream(kind: (typeof KINDS)[number], step: number) {
    return createRandom(this.#bases.get(kind)! * 2 ** 20 + (step % 2 ** 20))
  }
}
