import fc from 'fast-check'
import { Interactions, SLIM } from 'kindred'
import { expect, it } from 'vitest'
import { anyLog, code, tasteLog } from '../support/logs.js'

/** Weights [items][items], column j those of item j, by plain coordinate descent on scikit-learn's objective. */
function plainWeights(X: number[][], alpha: number, l1Ratio: number): number[][] {
  const users = X.length
  const items = X[0]!.length
  const W = X[0]!.map(() => Array.from({ length: items }, () => 0))
  for (let j = 0; j < items; j++) {
    const residual = X.map((row) => row[j]!)
    for (let sweep = 0; sweep < 5000; sweep++)
      for (let i = 0; i < items; i++) {
        if (i === j) continue
        const before = W[i]![j]!
        const size = X.reduce((sum, row) => sum + row[i]! ** 2, 0) / users
        const slope = X.reduce((sum, row, u) => sum + row[i]! * residual[u]!, 0) / users + size * before
        const after = Math.max(slope - alpha * l1Ratio, 0) / (size + alpha * (1 - l1Ratio))
        X.forEach((row, u) => {
          residual[u]! -= row[i]! * (after - before)
        })
        W[i]![j] = after
      }
  }
  return W
}

it("minimises scikit-learn's objective", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyLog,
      fc.double({ min: 0.05, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 0.9, noNaN: true }),
      async (log, alpha, l1Ratio) => {
        const X = Array.from(log.users, () => Array.from(log.items, () => 0))
        for (const { user, item, weight } of log) X[log.users.indexOf(user)]![log.items.indexOf(item)] = weight
        const W = plainWeights(X, alpha, l1Ratio)
        const model = await new SLIM({ alpha, l1Ratio, iterations: 5000, tolerance: 1e-6 }).fit(log)
        expect(model.notConverged).toBe(0)
        for (const [row, user] of [...log.users].entries())
          for (const [j, score] of (await model.score(user, log.items)).entries())
            expect(score).toBeCloseTo(
              X[row]!.reduce((sum, weight, i) => sum + weight * W[i]![j]!, 0),
              3,
            )
      },
    ),
    { numRuns: 25 },
  )
})

it('keeps the largest weights of each item, and explains scores by them', async () => {
  const model = await new SLIM({ neighbors: 3 }).fit(tasteLog())
  const full = await new SLIM({ neighbors: 99 }).fit(tasteLog())
  for (const item of [2, 7, 11]) {
    const history = [...tasteLog().items].map((id) => ({ item: id }))
    const parts = (await Promise.all(history.map(({ item: id }) => full.recommendFor([{ item: id }], { k: 99 }))))
      .map((list) => list.find((entry) => entry.item === item)?.score ?? 0)
      .sort((a, b) => b - a)
    const [entry] = await model.recommendFor(history, { exclude: 'none', candidates: [item] })
    expect(entry!.score).toBeCloseTo(parts[0]! + parts[1]! + parts[2]!, 5)
  }
  const { score, contributions, rest } = await model.explain(3, 5)
  expect(score).toBeCloseTo((await model.score(3, [5]))[0]!, 5)
  expect(rest).toBe(0)
  expect(contributions.every(({ from, contribution }) => from === 'item' && contribution > 0)).toBe(true)
  expect(contributions.length).toBeLessThanOrEqual(3)
})

it('folds new interactions in: users by their history, new items without weights', async () => {
  const model = await new SLIM().fit(tasteLog())
  const rows = [
    { user: 'new', item: 2 },
    { user: 'new', item: 'unheard of' },
  ]
  await model.update(Interactions.from(rows))
  expect(await model.recommend('new', { k: 3 })).toEqual(await model.recommendFor([{ item: 2 }], { k: 3 }))
  expect(await model.score('new', ['unheard of'])).toEqual(new Float32Array(1))
})

it('counts the items that needed more sweeps; checks options; tells progress', async () => {
  expect((await new SLIM({ iterations: 1, tolerance: 0 }).fit(tasteLog())).notConverged).toBeGreaterThan(0)
  const reported: number[] = []
  await new SLIM().fit(tasteLog(), { onProgress: ({ done, total }) => reported.push(done / total) })
  expect(reported.at(-1)).toBe(1)
  await expect(new SLIM({ maxBytes: 100 }).fit(tasteLog())).rejects.toEqual(code('ERR_TOO_LARGE'))
  for (const l1Ratio of [-0.1, 1.1, Number.NaN]) expect(() => new SLIM({ l1Ratio })).toThrow(code('ERR_VALUE'))
  expect(() => new SLIM({ l1: 1 } as never)).toThrow(/unknown option "l1"/)
})
