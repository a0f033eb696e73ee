import fc from 'fast-check'
import { EASE, Interactions } from 'kindred'
import { expect, it } from 'vitest'
import { solve } from '../support/linear.js'
import { anyLog, code, tasteLog } from '../support/logs.js'

/** Scores of every user and item as Steck 2019 has them, [users][items]. */
function plainScores(log: Interactions, regularization: number): number[][] {
  const X = Array.from(log.users, () => Array.from(log.items, () => 0))
  for (const { user, item, weight } of log) X[log.users.indexOf(user)]![log.items.indexOf(item)] = weight
  const all = Array.from({ length: log.items.size }, (_, i) => i)
  const gram = all.map((i) => all.map((j) => X.reduce((s, x) => s + x[i]! * x[j]!, i === j ? regularization : 0)))
  const P = solve(
    gram,
    all.map((i) => all.map((j) => Number(i === j))),
  )
  const B = all.map((i) => all.map((j) => (i === j ? 0 : -P[i]![j]! / P[j]![j]!)))
  return X.map((x) => all.map((j) => x.reduce((s, weight, i) => s + weight * B[i]![j]!, 0)))
}

it('scores as the closed form, and weighs a history of the moment alike', async () => {
  await fc.assert(
    fc.asyncProperty(anyLog, fc.double({ min: 5, max: 500, noNaN: true }), async (log, regularization) => {
      const model = await new EASE({ regularization }).fit(log)
      const expected = plainScores(log, regularization)
      for (const [row, user] of [...log.users].entries()) {
        const scores = await model.score(user, log.items)
        for (const [column, score] of scores.entries()) expect(score).toBeCloseTo(expected[row]![column]!, 4)
        const history = [...log].filter((entry) => entry.user === user)
        expect(await model.recommendFor(history, { k: 5 })).toEqual(await model.recommend(user, { k: 5 }))
      }
    }),
    { numRuns: 40 },
  )
})

it('explains by weight times what the user had', async () => {
  const log = tasteLog()
  const model = await new EASE({ regularization: 10 }).fit(log)
  const { contributions } = await model.explain(3, 6)
  for (const { id, contribution } of contributions)
    expect(contribution).toBe(model.itemWeights.row(log.items.indexOf(id))[log.items.indexOf(6)])
  expect(contributions.length).toBeGreaterThan(1)
})

it('folds new interactions in: the weights stay, new items have none', async () => {
  const model = await new EASE({ regularization: 5 }).fit(tasteLog())
  const before = model.itemWeights
  await model.update(
    Interactions.from([
      { user: 'new', item: 2 },
      { user: 'new', item: 'unheard of' },
    ]),
  )
  expect(model.itemWeights).toBe(before)
  expect(await model.recommend('new', { k: 3 })).toEqual(await model.recommendFor([{ item: 2 }], { k: 3 }))
  expect(await model.score('new', ['unheard of'])).toEqual(new Float32Array(1))
  expect((await model.explain('new', 4)).contributions.map(({ id }) => id)).toEqual([2])
})

it('refuses, before any work, weights larger than allowed', async () => {
  const log = tasteLog()
  const maxBytes = 4 * log.items.size ** 2
  await new EASE({ maxBytes }).fit(log)
  await expect(new EASE({ maxBytes: maxBytes - 1 }).fit(log)).rejects.toEqual(code('ERR_TOO_LARGE'))
})

it('refuses a regularization that single precision does not bear', async () => {
  const twins = Interactions.from(Array.from({ length: 50 }, (_, n) => ({ user: n >> 1, item: n % 2 })))
  await expect(new EASE({ regularization: 1e-6 }).fit(twins)).rejects.toThrow(/Increase the regularization/)
  await expect(new EASE({ regularization: 1e-6 }).fit(twins)).rejects.toEqual(code('ERR_NOT_POSITIVE_DEFINITE'))
  const pairs = Array.from({ length: 200 * 400 }, (_, n) => ({ user: Math.floor(n / 400), item: n % 400 }))
  const close = Interactions.from(
    pairs.filter(({ user, item }) => ((item >> 1) * 7 + user * 3) % 11 < 5 || item >> 1 === user),
  )
  await expect(new EASE({ regularization: 3 }).fit(close)).rejects.toThrow(/the inverse has an error of .* Increase/)
  await new EASE({ regularization: 30 }).fit(close)
  for (const regularization of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5' as never])
    expect(() => new EASE({ regularization })).toThrow(code('ERR_VALUE'))
  expect(() => new EASE({ lambda: 3 } as never)).toThrow(/unknown option "lambda"/)
})

it('tells progress to the end, and stops when asked', async () => {
  const reported: number[] = []
  const log = tasteLog()
  await new EASE().fit(log, { onProgress: ({ done, total }) => reported.push(done / total) })
  expect(reported.at(-1)).toBe(1)
  await expect(new EASE().fit(log, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
})

/** Groups of three items that share no users: the weights of each group stand alone. */
function separateGroups(groups: number): Interactions {
  const rows = []
  for (let group = 0; group < groups; group++)
    for (const [n, items] of [[0, 1], [1, 2], [1, 2], [0], [2]].entries())
      for (const item of items) rows.push({ user: 5 * group + n, item: 3 * group + item, weight: 1 + (group % 40) })
  return Interactions.from(rows)
}

it('finds the weights of more items than one native call inverts', async () => {
  const groups = 400
  const reported: number[] = []
  const { itemWeights } = await new EASE({ regularization: 20 }).fit(separateGroups(groups), {
    onProgress: ({ done }) => reported.push(done),
  })
  expect(reported).toEqual([1024, 1200])
  for (let group = 0; group < groups; group++) {
    const squared = (1 + (group % 40)) ** 2
    const gram = [
      [2, 1, 0],
      [1, 3, 2],
      [0, 2, 3],
    ].map((row, i) => row.map((value, j) => squared * value + (i === j ? 20 : 0)))
    const P = solve(gram, [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ])
    for (let i = 0; i < 3; i++) {
      const row = itemWeights.row(3 * group + i)
      const expected = P[i]!.map((value, j) => (i === j ? 0 : -value / P[j]![j]!))
      expect(Math.max(...expected.map((value, j) => Math.abs(value - row[3 * group + j]!)))).toBeLessThan(1e-5)
      expect(row.every((value, item) => Math.floor(item / 3) === group || Math.abs(value) < 1e-5)).toBe(true)
    }
  }
})
