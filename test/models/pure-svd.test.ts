import fc from 'fast-check'
import { type Id, Interactions, PureSVD } from 'kindred'
import { expect, it } from 'vitest'
import { dot } from '../support/linear.js'
import { anyLog, code, tasteLog } from '../support/logs.js'

it('with all factors it gives the log back, and a history of the moment scores alike', async () => {
  await fc.assert(
    fc.asyncProperty(anyLog, async (log) => {
      const model = await new PureSVD({ factors: 30 }).fit(log)
      for (const user of [...log.users].slice(0, 4)) {
        const history = [...log].filter((row) => row.user === user)
        const weights = new Map(history.map(({ item, weight }) => [item, weight]))
        const scores = await model.score(user, log.items)
        for (const [row, item] of [...log.items].entries()) expect(scores[row]).toBeCloseTo(weights.get(item) ?? 0, 3)
        const list = await model.recommendFor(history, { exclude: 'none', k: 99 })
        const ofItem = new Map<Id, number>(list.map(({ item, score }) => [item, score]))
        for (const [row, item] of [...log.items].entries()) expect(ofItem.get(item)).toBeCloseTo(scores[row]!, 3)
      }
    }),
    { numRuns: 40 },
  )
})

it('singular vectors: orthonormal users, items whose lengths are the singular values, zeros beyond the rank', async () => {
  const log = tasteLog()
  const model = await new PureSVD({ factors: 50 }).fit(log)
  const { userFactors, itemFactors, singularValues } = model
  const column = ({ rows, cols, data }: { rows: number; cols: number; data: Float32Array }, f: number) =>
    Array.from({ length: rows }, (_, row) => data[row * cols + f]!)
  expect([...singularValues]).toEqual([...singularValues].sort((a, b) => b - a))
  expect(singularValues[log.items.size - 1]! >= 0 && singularValues[log.items.size]).toBe(0)
  for (let f = 0; f < 5; f++)
    for (let g = 0; g <= f; g++) {
      expect(dot(column(userFactors, f), column(userFactors, g))).toBeCloseTo(f === g ? 1 : 0, 4)
      const expected = f === g ? singularValues[f]! ** 2 : 0
      expect(Math.abs(dot(column(itemFactors, f), column(itemFactors, g)) - expected)).toBeLessThan(0.01)
    }
})

it('explains a score by what the user had', async () => {
  const model = await new PureSVD({ factors: 6 }).fit(tasteLog())
  for (const item of [3, 4, 8]) {
    const { score, contributions, rest } = await model.explain(5, item, { k: 3 })
    expect(score).toBeCloseTo((await model.score(5, [item]))[0]!, 4)
    expect(contributions.reduce((sum, part) => sum + part.contribution, rest)).toBeCloseTo(score, 9)
  }
})

it('folds new interactions in: vectors of known items stay, new items score 0', async () => {
  const model = await new PureSVD({ factors: 5 }).fit(tasteLog())
  const before = model.itemFactors
  const others = [...(await model.score(3, model.items))]
  const rows = [
    { user: 'new', item: 2 },
    { user: 'new', item: 'unheard of' },
  ]
  await model.update(Interactions.from(rows))
  expect(model.itemFactors.subarray(0, before.rows).data).toEqual(before.data)
  expect([...(await model.score(3, model.items))].slice(0, -1)).toEqual(others)
  expect(await model.score('new', ['unheard of'])).toEqual(new Float32Array(1))
  const folded = await model.recommendFor([{ item: 2 }], { k: 3 })
  for (const [n, { item, score }] of (await model.recommend('new', { k: 3 })).entries()) {
    expect(item).toBe(folded[n]!.item)
    expect(score).toBeCloseTo(folded[n]!.score, 5)
  }
})

it('same seed, same bits; progress to the end; options checked', async () => {
  const fit = (seed: number) => new PureSVD({ factors: 4, iterations: 2, seed }).fit(tasteLog())
  const [one, same, other] = [await fit(1), await fit(1), await fit(2)]
  expect(same.itemFactors.data).toEqual(one.itemFactors.data)
  expect(other.itemFactors.data).not.toEqual(one.itemFactors.data)
  const reported: number[] = []
  await new PureSVD().fit(tasteLog(), { onProgress: ({ done, total }) => reported.push(done / total) })
  expect(reported.at(-1)).toBe(1)
  for (const factors of [0, 1.5, 5000]) expect(() => new PureSVD({ factors })).toThrow(code('ERR_VALUE'))
  expect(() => new PureSVD({ rank: 3 } as never)).toThrow(/unknown option "rank"/)
})

it('scores weights of any unit alike', async () => {
  const log = tasteLog().transform({ weight: (_weight, { item }) => 1 + (Number(item) % 5) })
  const scores = async (unit: number) => {
    const model = await new PureSVD({ factors: 6 }).fit(log.transform({ weight: (weight) => unit * weight }))
    const history = [
      { item: 3, weight: unit },
      { item: 7, weight: 4 * unit },
    ]
    const list = await model.recommendFor(history, { k: log.items.size, exclude: 'none', fallback: 'none' })
    const folded = new Map(list.map(({ item, score }) => [item, score / unit]))
    return [...(await model.score(5, log.items))].map((score, row) => [score / unit, folded.get(log.items.idAt(row))!])
  }
  const expected = await scores(1)
  for (const unit of [1e-33, 1e-20, 1e-5, 1e5, 1e20, 1e33])
    for (const [row, received] of (await scores(unit)).entries())
      for (const n of [0, 1]) expect(received[n]).toBeCloseTo(expected[row]![n]!, 5)
})

it('refuses weights beyond what 32-bit floats tell apart, and stays as it was', async () => {
  const log = tasteLog()
  const model = await new PureSVD({ factors: 4 }).fit(log)
  const before = await model.recommend(5)
  for (const weight of [3e38, 1e-44])
    await expect(model.fit(log.transform({ weight: () => weight }))).rejects.toEqual(code('ERR_VALUE'))
  const history = [...log.items].map((item) => ({ item, weight: 3e38 }))
  await expect(model.recommendFor(history)).rejects.toThrow(/PureSVD: the weights of a history .* Lower them/)
  await expect(model.update(Interactions.from(history.map((row) => ({ user: 5, ...row }))))).rejects.toEqual(
    code('ERR_VALUE'),
  )
  expect(await model.recommend(5)).toEqual(before)
  const { score } = (await model.recommendFor([{ item: 3, weight: 3e38 }], { exclude: 'none', k: 1 }))[0]!
  expect(score).toBeGreaterThan(1e37)
  expect(score).toBeLessThan(3.1e38)
})
