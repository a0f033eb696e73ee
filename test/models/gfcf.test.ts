import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
  for (const alpha of [-1, Number.NaN]) expect(() => new GFCF({ alpha })).toThrow(code('ERR_VALUE'))
  expect(() => new GFCF({ filter: 1 } as never)).toThrow(/unknown option "filter"/)
})

it('scores the same with its factors kept apart, for a catalogue whose weights are too large', async () => {
  await fc.assert(
    fc.asyncProperty(anyLog, fc.constantFrom(0, 0.3, 2), fc.constantFrom(1, 3, 40), async (log, alpha, factors) => {
      const whole = await new GFCF({ alpha, factors }).fit(log)
      const apart = await new GFCF({ alpha, factors, maxBytes: 0 }).fit(log)
      const dir = mkdtempSync(join(tmpdir(), 'kindred-gfcf-'))
      try {
        await apart.save(dir)
        for (const model of [apart, await GFCF.load(dir)]) {
          await model.update(Interactions.from([{ user: 'new', item: [...log.items][0]! }]))
          for (const user of ['new', ...log.users].slice(0, 4)) {
            const expected = await whole.recommendFor(rowsOf(log, user, 'new'), { exclude: 'none', k: 100 })
            const items = expected.map(({ item }) => item)
            const scores = await model.score(user, items)
            for (const [i, { score }] of expected.entries()) expect(scores[i]).toBeCloseTo(score, 4)
          }
          const [item] = log.items
          const [user] = log.users
          const similar = await whole.similarItems(item!, { k: 5 })
          for (const { item: other, score } of await model.similarItems(item!, { k: 5 }))
            expect(score).toBeCloseTo(similar.find((entry) => entry.item === other)?.score ?? score, 4)
          const { contributions, score } = await model.explain(user!, item!, { k: 100 })
          const expected = await whole.explain(user!, item!)
          expect(score).toBeCloseTo(expected.score, 4)
          const sum = contributions.reduce((total, { contribution }) => total + contribution, 0)
          expect(sum).toBeCloseTo(score, 4)
        }
      } finally {
        rmSync(dir, { recursive: true })
      }
    }),
    { numRuns: 20 },
  )
})

/** What a user has, by the log, or the first item for the user whom an update brings. */
function rowsOf(log: Interactions, user: Id, fresh: Id) {
  if (user === fresh) return [{ item: [...log.items][0]! }]
  return [...log].filter((row) => row.user === user).map(({ item, weight }) => ({ item, weight }))
}
