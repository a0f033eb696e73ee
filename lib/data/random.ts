import { checkInteger } from '../native/argument-checks.js'

/** A seeded stream of random numbers. */
export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  next(): number
  /** Uniform in {0, ..., n - 1}, without bias. @throws ERR_VALUE unless n is an integer from 1 to 2^32 */
  integer(n: number): number
  /** Shuffles in place (Fisher-Yates) and returns its argument. */
  shuffle<T extends Int32Array | Float64Array>(values: T): T
  /** Standard normal (Marsaglia's polar method). */
  normal(): number
}

/**
 * xoshiro128** (Blackman, Vigna 2018), its state filled by splitmix32 from the seed. Same seed, same bits, on every
 * machine; `normal` as far as `Math.log` agrees.
 * @param seed an integer from 0 to 2^53 - 1
 * @throws ERR_VALUE
 */
export function createRandom(seed: number): Random {
  checkInteger('seed', seed, { min: 0 })
  const state = fillState(seed)
  let spare: number | undefined

  const bits = () => {
    const a = state[0]!
    const b = state[1]!
    const c = state[2]! ^ a
    const d = state[3]! ^ b
    state[0] = a ^ d
    state[1] = b ^ c
    state[2] = c ^ (b << 9)
    state[3] = rotate(d, 11)
    return Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
  }
  const next = () => ((bits() >>> 5) * 2 ** 26 + (bits() >>> 6)) / 2 ** 53
  const integer = (n: number) => {
    checkInteger('n', n, { min: 1, max: 2 ** 32 })
    const limit = 2 ** 32 - (2 ** 32 % n)
    for (;;) {
      const value = bits()
      if (value < limit) return value % n
    }
  }

  return {
    next,
    integer,
    shuffle(values) {
      for (let i = values.length - 1; i > 0; i--) {
        const j = integer(i + 1)
        const kept = values[i]!
        values[i] = values[j]!
        values[j] = kept
      }
      return values
    },
    normal() {
      if (spare !== undefined) {
        const value = spare
        spare = undefined
        return value
      }
      for (;;) {
        const u = 2 * next() - 1
        const v = 2 * next() - 1
        const s = u * u + v * v
        if (s >= 1 || s === 0) continue
        const scale = Math.sqrt((-2 * Math.log(s)) / s)
        spare = v * scale
        return u * scale
      }
    },
  }
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by))
}

function fillState(seed: number): Int32Array {
  const state = new Int32Array(4)
  let low = seed | 0
  const high = Math.floor(seed / 2 ** 32) | 0
  for (let i = 0; i < 4; i++) {
    low = (low + 0x9e3779b9) | 0
    let z = low ^ (i >= 2 ? high : 0)
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    state[i] = z ^ (z >>> 15)
  }
  if (state.every((word) => word === 0)) state[0] = 1
  return state
}
