// A model that a service asks makes codes of its vectors; what it lists stays the same to the bit.
import { AlternatingLeastSquares, Interactions, Matrix } from 'kindred'
import { expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { codesOf } from '#lib/models/base/packed-vectors.js'

const ITEMS = 20_000
const FACTORS = 64

/** Resolves once there are codes. */
async function untilCoded(vectors: Matrix): Promise<void> {
  while (codesOf(vectors, 1) === null) await new Promise((resolve) => setTimeout(resolve, 5))
}

it('lists by codes are those without, also after updates', async () => {
  const random = createRandom(3)
  const rows = Array.from({ length: ITEMS }, (_, item) => ({ user: item % 200, item }))
  for (let n = 0; n < 4000; n++) rows.push({ user: random.integer(200), item: random.integer(300) })
  const model = await new AlternatingLeastSquares({ factors: FACTORS, iterations: 1, seed: 1 }).fit(
    Interactions.from(rows),
  )
  const users = Array.from({ length: 12 }, (_, n) => n * 7)
  const calls = () =>
    Promise.all([
      model.recommendMany(users, { k: 20 }),
      model.recommendMany(users, { k: 20, exclude: 'none' }),
      model.recommend(3, { k: 7, exclude: [1, 2, 3], candidates: Array.from({ length: 500 }, (_, n) => 3 * n) }),
      model.recommend(3, { k: 5, minScore: 0.01 }),
      model.recommendFor([{ item: 4 }, { item: 9, weight: 2 }], { k: 15 }),
    ])
  const plain = await calls()
  const { itemFactors } = model
  const served = model as AlternatingLeastSquares & { serves: boolean }
  served.serves = true
  await untilCoded(itemFactors)
  expect(await calls()).toEqual(plain)
  await model.update(
    Interactions.from([
      { user: 3, item: 17 },
      { user: 'new', item: 5 },
    ]),
  )
  // Items that were all known keep their vectors, and the codes of these.
  expect(model.itemFactors).toBe(itemFactors)
  const coded = [...(await calls()), await model.recommend('new', { k: 9 })]
  served.serves = false
  expect([...(await calls()), await model.recommend('new', { k: 9 })]).toEqual(coded)
  await model.update(Interactions.from([{ user: 3, item: 'fresh' }]))
  expect(model.itemFactors).not.toBe(itemFactors)
  expect(itemFactors.rows).toBe(ITEMS)
})

it('there are none for few numbers, nor for many queries', () => {
  const small = new Matrix(100, 4)
  for (let n = 0; n < 50; n++) expect(codesOf(small, 1)).toBeNull()
  const large = new Matrix(ITEMS, FACTORS)
  for (let n = 0; n < 50; n++) expect(codesOf(large, 17)).toBeNull()
})
