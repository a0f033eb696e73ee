import fc from 'fast-check'
import { GFCF, type Id, Interactions } from 'kindred'
import { expect, it } from 'vitest'
import { anyLog, code, tasteLog } from '../support/logs.js'

/** The model's item-item weights [items][items], read through its scores. */
async function weightsOf(model: GFCF): Promise<number[][]> {
  const ids = [...model.items]
  const rows = []
  for (const item of ids) {
    const list = await model.recommendFor([{ item }], { exclude: 'none', k: ids.length })
    const scores = new Map<Id, number>(list.map((entry) => [entry.item, entry.score]))
    rows.push(ids.map((id) => scores.get(id)!))
  }
  return rows
}

it('without the low-pass filter the weights are those of the normalised graph', async () => {
  await fc.assert(
    fc.asyncProperty(anyLog, async (log) => {
      const ids = [...log.items]
      const X = Array.from(log.users, () => ids.map(() => 0))
      for (const { user, item, weight } of log) X[log.users.indexOf(user)]![log.items.indexOf(item)] = weight
      const sum = (values: number[]) => values.reduce((a, b) => a + b, 0)
      const degrees = ids.map((_, i) => sum(X.map((row) => row[i]!)))
      const R = X.map((row) => row.map((weight, i) => weight / Math.sqrt(sum(row) * degrees[i]!)))
      const weights = await weightsOf(await new GFCF({ alpha: 0, factors: 2 }).fit(log))
      for (let i = 0; i < ids.length; i++)
        for (let j = 0; j < ids.length; j++)
          expect(weights[i]![j]).toBeCloseTo(sum(R.map((row) => row[i]! * row[j]!)), 5)
    }),
    { numRuns: 20 },
  )
})

it('the low-pass filter projects on as many dimensions as it has factors', async () => {
  const log = tasteLog({ items: 20 })
  const linear = await weightsOf(await new GFCF({ alpha: 0 }).fit(log))
  const both = await weightsOf(await new GFCF({ alpha: 1, factors: 4, iterations: 40 }).fit(log))
  const filter = both.map((row, i) => row.map((weight, j) => weight - linear[i]![j]!))
  expect(filter.reduce((trace, row, i) => trace + row[i]!, 0)).toBeCloseTo(4, 3)
  filter.forEach((row, i) => {
    for (let j = 0; j < row.length; j++)
      expect(row.reduce((sum, value, k) => sum + value * filter[k]![j]!, 0)).toBeCloseTo(filter[i]![j]!, 3)
  })
})

it('folds new interactions in, explains, and checks its options', async () => {
  const model = await new GFCF({ factors: 4 }).fit(tasteLog())
  const rows = [
    { user: 'new', item: 2 },
    { user: 'new', item: 'unheard of' },
  ]
  await model.update(Interactions.from(rows))
  expect(await model.recommend('new', { k: 3 })).toEqual(await model.recommendFor([{ item: 2 }], { k: 3 }))
  expect(await model.score('new', ['unheard of'])).toEqual(new Float32Array(1))
  expect((await model.explain('new', 4)).contributions.map(({ id }) => id)).toEqual([2])
  await expect(new GFCF({ maxBytes: 100 }).fit(tasteLog())).rejects.toEqual(code('ERR_TOO_LARGE'))
  for (const alpha of [-1, Number.NaN]) expect(() => new GFCF({ alpha })).toThrow(code('ERR_VALUE'))
  expect(() => new GFCF({ filter: 1 } as never)).toThrow(/unknown option "filter"/)
})
