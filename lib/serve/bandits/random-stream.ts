import { createRandom, type Random } from '../../data/random.js'

/** The finalizer of MurmurHash3 (Appleby): every bit of the result depends on every bit of the argument. */
function mixed(word: number): number {
  let z = word | 0
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
  return (z ^ (z >>> 16)) >>> 0
}

/**
 * The random numbers of one choice: those of the `count`-th choice under a seed are the same whatever came before, so that a
 * bandit that was saved goes on as if it had not been.
 */
export function randomOfChoice(seed: number, count: number): Random {
  const [low, high] = [mixed(seed), mixed(Math.floor(seed / 2 ** 32) ^ 0x5bd1e995)]
  const first = mixed(count ^ low)
  const second = mixed(Math.floor(count / 2 ** 32) ^ high ^ first ^ Math.imul(low, 0x9e3779b9))
  return createRandom((second & 0x1fffff) * 2 ** 32 + first)
}
