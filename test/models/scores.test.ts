// The maths of the simple models against plain implementations.
import fc from 'fast-check'
import { ContentBased, Features, type Id, type Interaction, type Interactions, Matrix, Popularity } from 'kindred'
import { expect, it } from 'vitest'
import { dot } from '../support/linear.js'
import { anyLog } from '../support/logs.js'

/** The new rows over the old ones: a pair that was known takes the new weight. */
function merged(old: Interactions, added: Interactions): Interaction[] {
  const pair = ({ user, item }: Interaction) => JSON.stringify([user, item])
  const rows = new Map([...old].map((row) => [pair(row), row]))
  for (const row of added) rows.set(pair(row), row)
  return [...rows.values()]
}

it.each(['count', 'weight'] as const)('Popularity by %s, fitted and updated', async (by) => {
  const plain = (rows: Interaction[], item: Id) =>
    rows.filter((row) => row.item === item).reduce((sum, { weight }) => sum + (by === 'count' ? 1 : weight), 0)
  await fc.assert(
    fc.asyncProperty(anyLog, anyLog, async (log, added) => {
      const model = await new Popularity({ by }).fit(log)
      for (const rows of [[...log], merged(log, added)]) {
        const [user] = model.users
        const scores = await model.score(user!, model.items)
        expect([...scores]).toEqual(Array.from(model.items, (item) => plain(rows, item)))
        await model.update(added)
      }
    }),
    { numRuns: 30 },
  )
})

it('ContentBased: the cosine of an item and the weighted sum of what the user had, fitted and updated', async () => {
  const vectorOf = (id: Id) => [1, 2, 3].map((d) => Math.sin(d * (String(id).charCodeAt(0) + Number(id === 3))))
  const unit = (v: number[]) => v.map((value) => value / Math.hypot(...v))
  await fc.assert(
    fc.asyncProperty(anyLog, anyLog, async (log, added) => {
      // Every item but the last has features, and so has one that nobody touched.
      const described = [...[...log.items].slice(0, -1), 'untouched']
      fc.pre(described.length > 1)
      const vectors = described.map((id) => vectorOf(id).map((value) => 5 * value))
      const model = await new ContentBased().fit(log, { itemFeatures: Features.from(described, vectors) })
      expect(model.withoutFeatures).toBe(1)
      for (const rows of [[...log], merged(log, added)]) {
        for (const user of [...model.users].slice(0, 4)) {
          const profile = [0, 0, 0]
          for (const { item, weight } of rows.filter((row) => row.user === user && described.includes(row.item)))
            for (const [d, value] of unit(vectorOf(item)).entries()) profile[d]! += weight * value
          if (Math.hypot(...profile) < 1e-3) continue
          const scores = await model.score(user, model.items)
          for (const [i, item] of [...model.items].entries())
            expect(scores[i]!).toBeCloseTo(described.includes(item) ? dot(unit(profile), unit(vectorOf(item))) : 0, 4)
        }
        await model.update(added)
      }
    }),
    { numRuns: 30 },
  )
})

it('ContentBased leaves the given features alone', async () => {
  const [log] = fc.sample(anyLog, { numRuns: 1, seed: 1 })
  const ids = [...log!.items]
  const matrix = new Matrix(ids.length, 2, new Float32Array(ids.length * 2).fill(3))
  await new ContentBased().fit(log!, { itemFeatures: Features.from(ids, matrix) })
  expect(matrix.data.every((value) => value === 3)).toBe(true)
})
