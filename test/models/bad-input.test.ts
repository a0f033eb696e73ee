import {
  AlternatingLeastSquares,
  ContentBased,
  compare,
  evaluate,
  evaluateSampled,
  Features,
  Interactions,
  Popularity,
} from 'kindred'
import { beforeEach, describe, expect, it } from 'vitest'
import { code, parityFeatures, tasteLog } from '../support/logs.js'

const log = tasteLog()
const ids = Array.from({ length: 45 }, (_, i) => i)
const features = parityFeatures(ids)
const newItems = (first: number) => parityFeatures([first, first + 1])

const MODELS = {
  AlternatingLeastSquares: () =>
    new AlternatingLeastSquares({ factors: 4, iterations: 2 }).fit(log, { itemFeatures: features }),
  ContentBased: () => new ContentBased().fit(log, { itemFeatures: features }),
  Popularity: () => new Popularity().fit(log),
}

describe.each(Object.entries(MODELS))('%s', (name, fit) => {
  let model: Awaited<ReturnType<typeof fit>>
  beforeEach(async () => {
    model = await fit()
  })

  it('refuses what is of another type, and stays as it was', async () => {
    const before = await model.recommend(1)
    const rows = [{ user: 1, item: 2 }] as never
    const refused = [
      () => model.fit(rows),
      () => model.fit(log, { itemFeatures: rows }),
      () => model.fit(log, { itemFeatures: features, onProgress: 5 as never }),
      () => model.fit(log, { itemFeatures: features, signal: 'now' as never }),
      () => model.update(rows),
      () => model.update(undefined as never),
      () => model.score(1, 3 as never),
      () => model.score(1, 'ab' as never),
      () => model.score(1, undefined as never),
      () => model.recommend(1, { signal: {} as never }),
      () => model.recommend(1, { exclude: 'sen' as never }),
      () => model.recommend(1, { candidates: 5 as never }),
      () => model.recommendMany('ab' as never),
      () => model.recommendFor({} as never),
    ]
    for (const call of refused) await expect(call(), String(call)).rejects.toEqual(code('ERR_VALUE'))
    if (name !== 'Popularity') await expect(model.addItems(rows)).rejects.toEqual(code('ERR_VALUE'))
    for (const id of [undefined, null, Number.NaN, Symbol('1'), {}, 1n])
      await expect(model.recommend(id as never)).rejects.toEqual(code('ERR_UNKNOWN_ID'))
    expect(await model.recommend(1)).toEqual(before)
  })

  it('loses no change when two come at once', async () => {
    const update = (user: string) => model.update(Interactions.from([{ user, item: 2 }]))
    await Promise.all([update('a'), update('b')])
    for (const user of ['a', 'b']) expect(model.users.has(user)).toBe(true)
    if (name === 'Popularity') return
    await Promise.all([model.addItems(newItems(100)), model.addItems(newItems(200))])
    for (const item of [100, 200]) expect(model.items.has(item)).toBe(true)
  })

  it('an aborted update leaves it as it was', async () => {
    const { users } = model
    const update = model.update(Interactions.from([{ user: 'a', item: 2 }]), { signal: AbortSignal.abort() })
    await expect(update).rejects.toEqual(code('ERR_ABORTED'))
    expect(model.users).toBe(users)
  })
})

it('lists of many users never mix two states of a model', async () => {
  const many = Interactions.from(Array.from({ length: 20_000 }, (_, i) => ({ user: i >> 2, item: (i * 7) % 61 })))
  const model = await new Popularity().fit(many)
  const before = await model.recommendMany(model.users)
  const lists = model.recommendMany(model.users)
  await model.update(Interactions.from(Array.from({ length: 100 }, (_, user) => ({ user, item: 'new' }))))
  expect(await lists).toEqual(before)
})

it('evaluation refuses what is no model, no log, no list', async () => {
  const model = await MODELS.Popularity()
  for (const call of [
    () => evaluate(null as never, log),
    () => evaluate({} as never, log),
    () => evaluate(model, log, { candidates: {} as never }),
    () => evaluate(model, log, { signal: 1 as never }),
    () => compare(null as never, log),
    () => evaluateSampled(model, log, { negatives: [5] as never }),
    () => evaluateSampled(model, log, { negatives: [[1]] as never }),
    () => evaluateSampled(model, log, { negatives: [[1, 7]] as never }),
    () => evaluateSampled(model, log, { negatives: 5, candidates: [1] } as never),
    () => evaluateSampled(model, log, { negatives: 5, exclude: 'seen' } as never),
  ])
    await expect(call(), String(call)).rejects.toEqual(code('ERR_VALUE'))
})

describe('AlternatingLeastSquares', () => {
  it('says so when numbers leave the range of floats', async () => {
    for (const options of [{ alpha: 1e300 }, { alpha: 3e38 }, { regularization: 1e300 }])
      await expect(new AlternatingLeastSquares({ factors: 4, ...options }).fit(log)).rejects.toEqual(code('ERR_VALUE'))
    expect(() => new AlternatingLeastSquares({ trackLoss: 'no' as never })).toThrow(code('ERR_VALUE'))
  })

  it('updates a user to what fold-in gives, items known by features only not among what they declined', async () => {
    const model = await new AlternatingLeastSquares({ factors: 4, regularization: 0.1 }).fit(log, {
      itemFeatures: Features.from(
        Array.from({ length: 400 }, (_, i) => i),
        Array.from({ length: 400 }, (_, i) => [i % 2 === 0 ? 1 : -1]),
      ),
    })
    const folded = await model.recommendFor([{ item: 2 }, { item: 6, weight: 3 }], { k: 400 })
    await model.update(
      Interactions.from([
        { user: 'new', item: 2 },
        { user: 'new', item: 6, weight: 3 },
      ]),
    )
    const updated = await model.recommend('new', { k: 400 })
    for (const [i, { item, score }] of updated.entries()) {
      expect(item).toBe(folded[i]!.item)
      expect(score).toBeCloseTo(folded[i]!.score, 5)
    }
  })
})
