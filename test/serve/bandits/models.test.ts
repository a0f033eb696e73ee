// What bandits compute step by step, against the algorithms as their papers state them.
import { LinUCB, ThompsonSampling } from 'kindred'
import { describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { invertPositiveDefinite } from '#lib/evaluate/off-policy/cholesky.js'
import type { Arm } from '#lib/serve/bandits/arms.js'
import { drawLogitOfBeta, logitOfBeta } from '#lib/serve/bandits/beta-distribution.js'
import { type HybridArm, HybridModel } from '#lib/serve/bandits/hybrid-model.js'
import { type Ridge, RidgeModel } from '#lib/serve/bandits/ridge-model.js'
import { winProbabilities } from '#lib/serve/bandits/win-probabilities.js'

type Rows = number[][]
const zeros = (rows: number, cols: number): Rows => Array.from({ length: rows }, () => new Array<number>(cols).fill(0))
const identity = (n: number, scale = 1): Rows => zeros(n, n).map((row, i) => row.map((_, j) => (i === j ? scale : 0)))
const times = (a: Rows, b: Rows): Rows =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, m) => sum + value * b[m]![j]!, 0)))
const transposed = (a: Rows): Rows => a[0]!.map((_, j) => a.map((row) => row[j]!))
const plus = (a: Rows, b: Rows, scale = 1): Rows => a.map((row, i) => row.map((x, j) => x + scale * b[i]![j]!))
const column = (x: readonly number[]): Rows => x.map((value) => [value])
const inverse = (a: Rows): Rows => {
  const out = new Float64Array(a.length ** 2)
  invertPositiveDefinite(Float64Array.from(a.flat()), a.length, out)
  return a.map((_, i) => [...out.subarray(i * a.length, (i + 1) * a.length)])
}

const newArm = <D>(model: { width: number; fresh(): D }): Arm<D> => ({
  id: 0,
  statistics: new Float64Array(model.width),
  exported: undefined,
  derived: model.fresh(),
})

/** Algorithm 2 of Li et al. 2010, line by line. */
class Algorithm2 {
  a0: Rows
  b0: Rows
  readonly arms: { a: Rows; b: Rows; B: Rows }[]
  constructor(arms: number, d: number, k: number, ridge: number) {
    this.a0 = identity(k, ridge)
    this.b0 = zeros(k, 1)
    this.arms = Array.from({ length: arms }, () => ({ a: identity(d, ridge), b: zeros(d, 1), B: zeros(d, k) }))
  }
  predict(arm: number, x: number[], z: number[]): { mean: number; variance: number } {
    const { a, b, B } = this.arms[arm]!
    const [ai, a0i] = [inverse(a), inverse(this.a0)]
    const beta = times(a0i, this.b0)
    const theta = times(ai, plus(b, times(B, beta), -1))
    const [xc, zc] = [column(x), column(z)]
    const form = (left: Rows, right: Rows) => times(transposed(left), right)[0]![0]!
    const BtAix = times(times(transposed(B), ai), xc)
    const s =
      form(zc, times(a0i, zc)) -
      2 * form(zc, times(a0i, BtAix)) +
      form(xc, times(ai, xc)) +
      form(xc, times(ai, times(B, times(a0i, BtAix))))
    return { mean: form(theta, xc) + form(zc, beta), variance: s }
  }
  learn(arm: number, x: number[], z: number[], reward: number): void {
    const own = this.arms[arm]!
    const shared = (sign: number) => {
      const BtAi = times(transposed(own.B), inverse(own.a))
      this.a0 = plus(this.a0, times(BtAi, own.B), sign)
      this.b0 = plus(this.b0, times(BtAi, own.b), sign)
    }
    const [xc, zc] = [column(x), column(z)]
    shared(1)
    own.a = plus(own.a, times(xc, [x]))
    own.B = plus(own.B, times(xc, [z]))
    own.b = plus(own.b, xc, reward)
    this.a0 = plus(this.a0, times(zc, [z]))
    this.b0 = plus(this.b0, zc, reward)
    shared(-1)
  }
}

describe('the hybrid model', () => {
  it.each([1, 7, 1000])('is Algorithm 2, inverses computed anew every %i events', (refreshEvery) => {
    const [d, k, arms] = [3, 4, 3]
    const random = createRandom(2)
    const model = new HybridModel(d, k, 0.7, refreshEvery)
    const reference = new Algorithm2(arms, d, k, 0.7)
    const own = Array.from({ length: arms }, () => newArm<HybridArm>(model))
    const numbers = (n: number) => Array.from({ length: n }, () => random.normal())
    const prediction = { mean: 0, variance: 0 }
    for (let event = 0; event < 60; event++) {
      const [arm, x, z, reward] = [random.integer(arms), numbers(d), numbers(k), random.normal()]
      for (let a = 0; a < arms; a++) {
        model.predict(own[a]!.derived, Float64Array.from([0, ...x, ...z]), 1, prediction)
        const expected = reference.predict(a, x, z)
        expect(prediction.mean).toBeCloseTo(expected.mean, 9)
        expect(prediction.variance).toBeCloseTo(expected.variance, 9)
      }
      model.learn(own[arm]!, Float64Array.from([...x, ...z]), reward)
      reference.learn(arm, x, z, reward)
    }
    // Computed of the statistics alone, as after a load, it is the same.
    const loaded = new HybridModel(d, k, 0.7, refreshEvery)
    const copies = own.map(({ statistics }) => ({ ...newArm<HybridArm>(loaded), statistics }))
    loaded.derive(copies, copies, new Float64Array(loaded.retiredWidth))
    const context = Float64Array.from([...numbers(d), ...numbers(k)])
    model.predict(own[1]!.derived, context, 0, prediction)
    const after = { mean: 0, variance: 0 }
    loaded.predict(copies[1]!.derived, context, 0, after)
    expect(after.mean).toBeCloseTo(prediction.mean, 9)
    expect(after.variance).toBeCloseTo(prediction.variance, 9)
  })

  it('keeps what removed arms said of the shared weights', () => {
    const make = () => new LinUCB({ arms: ['old', 'new'], dims: 1, sharedDims: 2, alpha: 0 })
    const bandit = make()
    const random = createRandom(3)
    for (let i = 0; i < 200; i++) {
      const z = [random.next(), random.next()]
      bandit.update('old', [1, ...z], 2 * z[0]! - z[1]!)
    }
    const x = [
      [1, 1, 0],
      [1, 0, 1],
    ]
    const known = bandit.propensities(x)
    bandit.removeArms(['old'])
    bandit.addArms(['newer'])
    expect([...bandit.propensities(x)]).toEqual([1, 0])
    expect([...known]).toEqual([1, 0])
    const merged = make()
    merged.removeArms(['old'])
    merged.merge(bandit)
    expect([...merged.propensities(x)]).toEqual([1, 0])
    expect([...make().propensities(x)]).toEqual([0.5, 0.5])
  })

  it('saves that too', async () => {
    const { mkdtempSync, rmSync } = await import('node:fs')
    const dir = mkdtempSync('/tmp/kindred-hybrid-')
    try {
      const bandit = new LinUCB({ arms: ['old', 'new', 'other'], dims: 1, sharedDims: 1, alpha: 0 })
      for (let i = 0; i < 20; i++) bandit.update('old', [1, i / 20], i / 20)
      bandit.removeArms(['old'])
      await bandit.save(dir)
      const loaded = await LinUCB.load(dir)
      const x = [
        [1, 0],
        [1, 1],
      ]
      expect([...loaded.propensities(x)]).toEqual([0, 1])
    } finally {
      rmSync(dir, { recursive: true })
    }
  })
})

describe('the disjoint model', () => {
  it.each([1, 10, 100_000])('is the ridge regression of its events, anew every %i', (refreshEvery) => {
    const d = 4
    const random = createRandom(1)
    const model = new RidgeModel(d, 0.5, refreshEvery)
    const arm = newArm<Ridge>(model)
    let [a, b] = [identity(d, 0.5), zeros(d, 1)]
    for (let event = 0; event < 80; event++) {
      const x = Array.from({ length: d }, () => random.normal())
      const reward = random.normal()
      model.learn(arm, Float64Array.from(x), reward)
      a = plus(a, times(column(x), [x]))
      b = plus(b, column(x), reward)
    }
    const theta = times(inverse(a), b)
    for (let i = 0; i < d; i++) expect(arm.derived.theta[i]).toBeCloseTo(theta[i]![0]!, 9)
    expect(arm.statistics[0]).toBe(80)
  })

  it('keeps errors of rounding from growing', () => {
    const d = 6
    const errorOf = (refreshEvery: number) => {
      const random = createRandom(4)
      const model = new RidgeModel(d, 1e-6, refreshEvery)
      const arm = newArm<Ridge>(model)
      for (let event = 0; event < 20_000; event++) {
        // Nearly on a line, and large: the inverse is ill-conditioned.
        const t = 1000 * random.next()
        model.learn(
          arm,
          Float64Array.from({ length: d }, (_, i) => t * (i + 1) + 0.01 * random.normal()),
          t,
        )
      }
      const exact = newArm<Ridge>(model)
      exact.statistics.set(arm.statistics)
      model.derive([exact])
      let [error, size] = [0, 0]
      for (let i = 0; i < d * d; i++) {
        error = Math.max(error, Math.abs(arm.derived.inverse[i]! - exact.derived.inverse[i]!))
        size = Math.max(size, Math.abs(exact.derived.inverse[i]!))
      }
      return error / size
    }
    expect(errorOf(100)).toBeLessThan(1e-3)
    expect(errorOf(100)).toBeLessThan(errorOf(1_000_000) / 2)
  })
})

describe('the probability to win', () => {
  const betas = (parameters: [number, number][]) => {
    const p = new Float64Array(parameters.length)
    winProbabilities(
      parameters.map(([a, b]) => logitOfBeta(a, b)),
      p,
    )
    return p
  }

  it('of two whole Beta distributions is that of their closed form', () => {
    // P(B > A) = sum over i below a_B of B(a_A + i, b_A + b_B) / ((b_B + i) B(1 + i, b_B) B(a_A, b_A)) (Miller 2015).
    const logFactorial = (n: number) => {
      let sum = 0
      for (let i = 2; i <= n; i++) sum += Math.log(i)
      return sum
    }
    const logBeta = (a: number, b: number) => logFactorial(a - 1) + logFactorial(b - 1) - logFactorial(a + b - 1)
    for (const [aA, bA, aB, bB] of [
      [1, 1, 1, 1],
      [1, 1, 3, 2],
      [5, 100, 9, 90],
      [2, 900, 40, 2000],
      [1000, 3000, 1010, 2990],
      [1, 40, 300, 2],
    ] as [number, number, number, number][]) {
      let expected = 0
      for (let i = 0; i < aB; i++)
        expected += Math.exp(logBeta(aA + i, bA + bB) - Math.log(bB + i) - logBeta(1 + i, bB) - logBeta(aA, bA))
      const [, second] = betas([
        [aA, bA],
        [aB, bB],
      ])
      expect(Math.abs(second! - expected), `${aA} ${bA} ${aB} ${bB}`).toBeLessThan(1e-6)
    }
  })

  it('is 1 / n for n alike, and of one arm 1', () => {
    for (const n of [1, 2, 5, 40, 300])
      for (const [a, b] of [
        [1, 1],
        [0.3, 0.2],
        [30, 4000],
      ] as const)
        for (const p of betas(Array.from({ length: n }, () => [a, b]))) expect(Math.abs(p - 1 / n)).toBeLessThan(1e-6)
  })

  it('is what draws tell', () => {
    const random = createRandom(7)
    const parameters: [number, number][] = [
      [0.5, 0.5],
      [3, 20],
      [40, 400],
      [1e4, 9e4],
      [1, 300],
    ]
    const wins = new Float64Array(5)
    const draws = 40_000
    for (let draw = 0; draw < draws; draw++) {
      const scores = parameters.map(([a, b]) => drawLogitOfBeta(a, b, random))
      wins[scores.indexOf(Math.max(...scores))]!++
    }
    betas(parameters).forEach((p, i) => {
      expect(Math.abs(p - wins[i]! / draws)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / draws) + 1e-4)
    })
  })

  it('of normal scores is that of their difference, whatever their widths', () => {
    const bandit = new ThompsonSampling({ arms: 2, dims: 1, scale: 0.5, regularization: 1 })
    for (let i = 0; i < 3; i++) bandit.update(0, [1], 1)
    // Means 3/4 and 0, variances 0.25 / 4 and 0.25: the difference is 0.75 / sqrt(0.3125) = 1.3416 deviations above 0.
    expect(bandit.propensities([1])[0]).toBeCloseTo(0.910142, 5)
    expect([...bandit.propensities([0])]).toEqual([0.5, 0.5])
    for (let i = 0; i < 100_000; i++) bandit.update(1, [1], 0)
    expect(bandit.propensities([1])[0]).toBeCloseTo(0.99865, 4)
  })
})
