import fc from 'fast-check'
import { AlternatingLeastSquares, Features, Interactions } from 'kindred'
import { describe, expect, it } from 'vitest'
import { mixWithPlaced } from '#lib/models/als/als-features.js'
import { alsSettings } from '#lib/models/als/als-options.js'
import { code, parityFeatures, tasteLog } from '../support/logs.js'

const ids = Array.from({ length: 60 }, (_, i) => i)
const options = { factors: 2, regularization: 1 }
const EVEN = 50
/** Users 0, 2, ... like even items, the others odd ones; item 50 had one odd user, by accident. */
const log = Interactions.from([...tasteLog({ users: 200 }), { user: 1, item: EVEN }])

/** What an even user makes of the item, less what an odd one does. */
async function leaning(model: AlternatingLeastSquares, item: number): Promise<number> {
  const [even] = await model.score(0, [item])
  const [odd] = await model.score(3, [item])
  return even! - odd!
}

describe('features of items that behaviour has taught', () => {
  it('decide where behaviour is thin, the more the heavier they are', async () => {
    const leanings = []
    for (const featureWeight of [0, 1, 10, 1000]) {
      const als = new AlternatingLeastSquares({ ...options, featureWeight })
      leanings.push(await leaning(await als.fit(log, { itemFeatures: parityFeatures(ids) }), EVEN))
    }
    expect(leanings[0]!).toBeLessThan(0)
    for (let i = 1; i < leanings.length; i++) expect(leanings[i]!).toBeGreaterThan(leanings[i - 1]!)
    expect(leanings.at(-1)!).toBeGreaterThan(0)
  })

  it('do not overrule much behaviour', async () => {
    const wrong = Features.from(
      ids,
      ids.map((id) => [id === 4 ? -1 : 1 - 2 * (id % 2), 0.1 * Math.sin(id)]),
    )
    const many = Interactions.from([...log, ...Array.from({ length: 100 }, (_, n) => ({ user: 2 * n, item: 4 }))])
    const model = await new AlternatingLeastSquares(options).fit(many, { itemFeatures: wrong })
    expect(await leaning(model, 4)).toBeGreaterThan(0)
  })

  it('change neither users nor items that have none, and nothing with a weight of 0', async () => {
    const plain = await new AlternatingLeastSquares(options).fit(log)
    const some = ids.filter((id) => id !== 6)
    const model = await new AlternatingLeastSquares(options).fit(log, { itemFeatures: parityFeatures(some) })
    expect(model.userFactors.data).toEqual(plain.userFactors.data)
    const row = (from: AlternatingLeastSquares, item: number) => from.itemFactors.row(from.items.indexOf(item))
    expect(row(model, 6)).toEqual(row(plain, 6))
    expect(row(model, EVEN)).not.toEqual(row(plain, EVEN))
    const without = new AlternatingLeastSquares({ ...options, featureWeight: 0 })
    await without.fit(log, { itemFeatures: parityFeatures(ids) })
    expect(without.itemFactors.subarray(0, log.items.size).data).toEqual(plain.itemFactors.data)
  })

  it('that say nothing do no harm', async () => {
    const zeros = Features.from(
      ids,
      ids.map(() => [0, 0, 0]),
    )
    const model = await new AlternatingLeastSquares(options).fit(log, { itemFeatures: zeros })
    expect(model.itemFactors.data.every(Number.isFinite)).toBe(true)
  })

  it('refuse a weight that makes no sense', () => {
    for (const featureWeight of [-1, Number.NaN, Number.POSITIVE_INFINITY, '10' as never])
      expect(() => new AlternatingLeastSquares({ featureWeight })).toThrow(code('ERR_VALUE'))
  })
})

describe('the first interactions of an item that its features have placed', () => {
  const added = (users: number[]) => Interactions.from(users.map((user) => ({ user, item: 58 })))

  it('move it little if they are few, and all the way if they are many', async () => {
    const lean = async (users: number[]) => {
      const model = await new AlternatingLeastSquares(options).fit(log, { itemFeatures: parityFeatures(ids) })
      if (users.length > 0) await model.update(added(users))
      return leaning(model, 58)
    }
    const odd = Array.from({ length: 90 }, (_, n) => 2 * n + 5)
    const leanings = [await lean([]), await lean(odd.slice(0, 1)), await lean(odd.slice(0, 10)), await lean(odd)]
    for (let i = 1; i < leanings.length; i++) expect(leanings[i]!).toBeLessThan(leanings[i - 1]!)
    expect(leanings[1]!).toBeGreaterThan(0)
    expect(leanings.at(-1)!).toBeLessThan(0)
  })

  const vector = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 5, maxLength: 5 })
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0)
  const length = (a: ArrayLike<number>) => Math.sqrt(dot(a, a))

  it('leave it between the two directions, nearer to behaviour with every one, and as long as the longer', () => {
    fc.assert(
      fc.property(vector, vector, fc.nat({ max: 500 }), (a, b, count) => {
        const cosine = dot(a, b) / (length(a) * length(b))
        fc.pre(length(a) > 0 && length(b) > 0 && cosine > -0.9)
        const mixed = [count, count + 1].map((n) => {
          const learned = Float32Array.from(a)
          mixWithPlaced(learned, Float32Array.from(b), n, alsSettings({}))
          return learned
        })
        const toward = mixed.map((one) => dot(one, a) / (length(one) * length(a)))
        expect(length(mixed[0]!)).toBeCloseTo(Math.max(length(a), length(b)), 4)
        expect(toward[0]!).toBeGreaterThanOrEqual(cosine - 1e-6)
        expect(toward[1]!).toBeGreaterThanOrEqual(toward[0]! - 1e-6)
      }),
    )
  })

  it('take the length that its place was given by scale back, the more of them the further', () => {
    fc.assert(
      fc.property(vector, vector, fc.double({ min: 1, max: 9, noNaN: true }), (a, b, scale) => {
        fc.pre(length(a) > 0 && length(b) > 0 && dot(a, b) / (length(a) * length(b)) > -0.9)
        const lengths = [0, 1, 10, 1e9].map((n) => {
          const learned = Float32Array.from(a)
          mixWithPlaced(learned, Float32Array.from(b), n, alsSettings({}), scale)
          return length(learned)
        })
        expect(lengths[0]!).toBeCloseTo(Math.max(length(a), length(b)), 4)
        expect(lengths[1]!).toBeGreaterThanOrEqual(Math.max(length(a), 0.9 * length(b)) - 1e-4)
        for (let i = 1; i < lengths.length; i++) expect(lengths[i]!).toBeLessThanOrEqual(lengths[i - 1]! + 1e-4)
        expect(lengths[3]!).toBeCloseTo(Math.max(length(a), length(b) / scale), 4)
      }),
    )
  })

  it('stand alone where there is no place, or features weigh nothing', () => {
    const learned = Float32Array.of(1, 2)
    mixWithPlaced(learned, Float32Array.of(0, 0), 3, alsSettings({}))
    mixWithPlaced(learned, Float32Array.of(5, 0), 3, alsSettings({ featureWeight: 0 }))
    expect(learned).toEqual(Float32Array.of(1, 2))
  })
})
