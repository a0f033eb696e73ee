import { Adwin } from 'kindred'
import { describe, expect, it } from 'vitest'
import { cutThreshold } from '#lib/features/drift/adwin.js'
import { BUCKETS_A_SIZE, ExponentialHistogram } from '#lib/features/drift/exponential-histogram.js'
import { code } from '../support/logs.js'
import { random } from '../support/numbers.js'

/** The same test on the values themselves: the window as an array, cut where an exponential histogram has its buckets. */
class BruteForce {
  #values: number[] = []
  /** How many values are in each bucket, oldest first. */
  #sizes: number[] = []
  readonly #delta: number

  constructor(delta: number) {
    this.#delta = delta
  }

  update(value: number) {
    this.#values.push(value)
    this.#sizes.push(1)
    for (let size = 1; this.#sizes.filter((one) => one === size).length > BUCKETS_A_SIZE; size *= 2) {
      const at = this.#sizes.indexOf(size)
      this.#sizes.splice(at, 2, 2 * size)
    }
    let drift = false
    while (this.#isToBeCut()) {
      drift = true
      this.#values.splice(0, this.#sizes.shift()!)
    }
    return { drift, width: this.#values.length, mean: mean(this.#values) }
  }

  #isToBeCut(): boolean {
    const all = mean(this.#values)
    const variance = mean(this.#values.map((value) => (value - all) ** 2))
    let n0 = 0
    for (const size of this.#sizes.slice(0, -1)) {
      n0 += size
      const [older, newer] = [this.#values.slice(0, n0), this.#values.slice(n0)]
      const [m, log] = [
        1 / (1 / older.length + 1 / newer.length),
        Math.log(2 / (this.#delta / Math.max(1, Math.log(this.#values.length)))),
      ]
      if (Math.abs(mean(older) - mean(newer)) > Math.sqrt((2 / m) * variance * log) + (2 / (3 * m)) * log) return true
    }
    return false
  }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

/** Ones with the probability that `rate` gives of a step. */
function clicks(length: number, rate: (step: number) => number, seed: number): number[] {
  const next = random(seed)
  return Array.from({ length }, (_, step) => (next() < rate(step) ? 1 : 0))
}

/** The steps at which it says that something changed. */
function alarms(values: readonly number[], options = {}): number[] {
  const adwin = new Adwin(options)
  return values.flatMap((value, step) => (adwin.update(value).drift ? [step] : []))
}

describe('Adwin', () => {
  it.each<[string, number, (step: number) => number]>([
    ['a stationary stream', 0.002, () => 0.3],
    ['a jump', 0.002, (step) => (step < 300 ? 0.2 : 0.8)],
    ['jumps', 0.05, (step) => (Math.floor(step / 150) % 2 === 0 ? 0.1 : 0.7)],
    ['a slope', 0.01, (step) => step / 700],
    ['alarms at every turn', 0.9, () => 0.5],
  ])('equals the same test on the values themselves: %s', (_, delta, rate) => {
    const adwin = new Adwin({ delta })
    const reference = new BruteForce(delta)
    const next = random(3)
    let drifts = 0
    for (const click of clicks(700, rate, 7)) {
      // Values between 0 and 1 too.
      const value = next() < 0.5 ? click : click * next()
      const [ours, theirs] = [adwin.update(value), reference.update(value)]
      expect([ours.drift, ours.width]).toEqual([theirs.drift, theirs.width])
      expect(ours.mean).toBeCloseTo(theirs.mean, 9)
      if (ours.drift) drifts++
    }
    expect(adwin.drifts).toBe(drifts)
    if (rate(0) !== rate(699)) expect(drifts).toBeGreaterThan(0)
  })

  it.each([0.002, 0.05, 0.3])('rings no false alarm more often than delta %d promises', (delta) => {
    // By the theorem at most a share delta of steps.
    let steps = 0
    let rung = 0
    for (let seed = 0; seed < 20; seed++) {
      const values = clicks(2000, () => [0.01, 0.1, 0.5, 0.9][seed % 4]!, 100 + seed)
      steps += values.length
      rung += alarms(values, { delta }).length
    }
    expect(rung / steps).toBeLessThan(delta)
    if (delta === 0.002) expect(rung).toBeLessThanOrEqual(4)
  })

  it('keeps the whole of a stationary stream, in little memory', () => {
    const adwin = new Adwin()
    for (const value of clicks(50_000, () => 0.3, 4)) adwin.update(value)
    expect(adwin.width).toBe(50_000)
    expect(Math.abs(adwin.mean - 0.3)).toBeLessThan(0.01)
    expect(Math.abs(adwin.variance - 0.21)).toBeLessThan(0.01)
    const histogram = new ExponentialHistogram()
    for (let n = 0; n < 50_000; n++) histogram.add(0)
    const buckets = [...histogram.buckets()]
    expect(buckets.reduce((sum, { size }) => sum + size, 0)).toBe(50_000)
    expect(buckets.length).toBeLessThanOrEqual(BUCKETS_A_SIZE * 15)
  })

  it('sees a jump soon, the greater the sooner, and forgets what was before it', () => {
    const delays = [0.1, 0.3, 0.6].map((jump) => {
      const values = clicks(6000, (step) => (step < 3000 ? 0.2 : 0.2 + jump), 11)
      const adwin = new Adwin()
      let first = Infinity
      for (const [step, value] of values.entries())
        if (adwin.update(value).drift && step >= 3000) first = Math.min(first, step - 3000)
      expect(adwin.mean).toBeGreaterThan(0.2 + 0.85 * jump)
      expect(adwin.width).toBeGreaterThan(2000)
      expect(adwin.width).toBeLessThan(3700)
      return first
    })
    for (const [n, jump] of [0.1, 0.3, 0.6].entries()) {
      // So many values after the jump, a difference as great as it is beyond chance.
      const share = (after: number) => 0.2 + (jump * after) / (3000 + after)
      const isSeen = (after: number) => cutThreshold(3000, after, share(after) * (1 - share(after)), 0.002) < jump
      let soonest = 1
      while (!isSeen(soonest)) soonest++
      expect(delays[n]).toBeGreaterThan(soonest / 3)
      expect(delays[n]).toBeLessThan(2 * soonest + 32)
    }
    expect(delays.toSorted((a, b) => b - a)).toEqual(delays)
  })

  it('takes values of another range, and sees the same', () => {
    const values = clicks(1500, (step) => (step < 700 ? 0.2 : 0.6), 13)
    const temperatures = values.map((value) => -40 + 100 * value)
    expect(alarms(temperatures, { range: [-40, 60] })).toEqual(alarms(values))
    const adwin = new Adwin({ range: [-40, 60] })
    expect([adwin.update(0).mean, adwin.update(20).mean]).toEqual([0, 10])
    expect(adwin.variance).toBeCloseTo(100, 9)
  })

  it('has a threshold as in the paper', () => {
    const [n0, n1, variance, delta] = [30, 70, 0.2, 0.01]
    const m = 1 / (1 / n0 + 1 / n1)
    const prime = delta / Math.log(n0 + n1)
    const byHand = Math.sqrt((2 / m) * variance * Math.log(2 / prime)) + (2 / (3 * m)) * Math.log(2 / prime)
    expect(cutThreshold(n0, n1, variance, delta)).toBeCloseTo(byHand, 12)
  })

  it('is empty at first', () => {
    expect(new Adwin()).toMatchObject({ width: 0, mean: Number.NaN, variance: Number.NaN, drifts: 0, delta: 0.002 })
  })

  it.each([Number.NaN, Infinity, -0.1, 1.1, '0.5', undefined])('refuses %s, and stays as it was', (value) => {
    const adwin = new Adwin()
    adwin.update(0.25)
    expect(() => adwin.update(value as number)).toThrow(code('ERR_VALUE', /value: expected a number from 0 to 1/))
    expect([adwin.width, adwin.mean]).toEqual([1, 0.25])
  })

  it.each([
    [{ delta: 0 }, /delta/],
    [{ delta: 1 }, /delta/],
    [{ range: [1, 0] }, /range: expected a least value below the greatest but received 1, 0/],
    [{ range: [0, Infinity] }, /range\[1\]/],
    [{ range: [-1e308, 1e308] }, /range/],
    [{ range: 5 }, /range: expected the least and the greatest value but received 5/],
    [{ dleta: 0.1 }, /Did you mean "delta"/],
  ])('refuses the options %j', (options, message) => {
    expect(() => new Adwin(options as object)).toThrow(code('ERR_VALUE', message))
  })
})
