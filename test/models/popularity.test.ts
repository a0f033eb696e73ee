import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Interactions, loadModel, Popularity } from 'kindred'
import { afterAll, describe, expect, it } from 'vitest'

const dir = mkdtempSync(join(tmpdir(), 'kindred-popularity-'))
afterAll(() => rmSync(dir, { recursive: true }))

interface Row {
  user: number
  item: number
  weight: number
  time?: number
}

/** What each item counts, by the definition. */
function counted(rows: readonly Row[], halfLife: number, byWeight: boolean): Map<number, number> {
  const latest = Math.max(...rows.flatMap(({ time }) => (time === undefined ? [] : [time])))
  const counts = new Map<number, number>()
  for (const { item, weight, time = latest } of rows) {
    const share = 0.5 ** ((latest - time) / halfLife)
    counts.set(item, (counts.get(item) ?? 0) + (byWeight ? weight * share : share))
  }
  return counts
}

const rowsOf = fc.uniqueArray(
  fc.record({
    user: fc.integer({ min: 0, max: 20 }),
    item: fc.integer({ min: 0, max: 8 }),
    weight: fc.integer({ min: 1, max: 5 }),
    time: fc.option(fc.integer({ min: 0, max: 1000 }), { nil: undefined, freq: 10 }),
  }),
  { selector: ({ user, item }) => `${user} ${item}`, minLength: 2, maxLength: 60 },
)

describe('Popularity with halfLife', () => {
  it('counts by the definition, fitted at once or updated row by row, saved and loaded', async () => {
    await fc.assert(
      fc.asyncProperty(
        rowsOf,
        fc.constantFrom(1, 50, 1e6),
        fc.boolean(),
        fc.nat(),
        async (drawn, halfLife, byWeight, cut) => {
          const rows: Row[] = drawn.map(({ time, ...row }) => (time === undefined ? row : { ...row, time }))
          rows[0] = { ...rows[0]!, time: 500 }
          const begin = 1 + (cut % (rows.length - 1))
          const model = new Popularity({ by: byWeight ? 'weight' : 'count', halfLife })
          await model.fit(Interactions.from(rows.slice(0, begin)))
          let known = counted(rows.slice(0, begin), halfLife, byWeight)
          const check = async (own: Popularity) => {
            for (const [item, count] of known) {
              const [score] = await own.score(own.users.idAt(0), [item])
              expect(score).toBeCloseTo(count, 4)
            }
          }
          await check(model)
          // What has no time counts as the latest so far.
          const timesUntil = (end: number) => rows.slice(0, end).flatMap(({ time }) => time ?? [])
          const fitted = Math.max(...timesUntil(begin))
          for (let n = 0; n < begin; n++) rows[n] = { ...rows[n]!, time: rows[n]!.time ?? fitted }
          for (let n = begin; n < rows.length; n++) {
            await model.update(Interactions.from([rows[n]!]))
            rows[n] = { ...rows[n]!, time: rows[n]!.time ?? Math.max(...timesUntil(n)) }
          }
          known = counted(rows, halfLife, byWeight)
          await check(model)
          await model.save(dir)
          const loaded = (await loadModel(dir)) as Popularity
          expect(loaded.options).toEqual(model.options)
          expect(loaded.itemFactors.data).toEqual(model.itemFactors.data)
          const more = Interactions.from([{ user: 'new', item: 3, time: 2000 }])
          await model.update(more)
          await loaded.update(more)
          expect(loaded.itemFactors.data).toEqual(model.itemFactors.data)
        },
      ),
      { numRuns: 30 },
    )
  })

  it('lists what is popular of late first, and what a user has again counts again', async () => {
    const old = Array.from({ length: 10 }, (_, user) => ({ user, item: 'old', time: 0 }))
    const late = Array.from({ length: 3 }, (_, user) => ({ user, item: 'late', time: 100 }))
    const log = Interactions.from([...old, ...late])
    const first = async (model: Popularity) => (await model.recommendFor([], { k: 1 }))[0]!.item
    expect(await first(await new Popularity().fit(log))).toBe('old')
    const model = await new Popularity({ halfLife: 20 }).fit(log)
    expect(await first(model)).toBe('late')
    await model.update(Interactions.from([0, 1, 2, 3].map((user) => ({ user, item: 'old', time: 101 }))))
    expect(await first(model)).toBe('old')
    expect(await model.recommend(0, { k: 1, exclude: 'none' })).toMatchObject([{ item: 'old' }])
  })

  it('refuses a log without times and illegal half-lives, and stays as it was', async () => {
    const timed = Interactions.from([{ user: 1, item: 1, time: 1 }])
    const model = await new Popularity({ halfLife: 5 }).fit(timed)
    await expect(model.fit(Interactions.from([{ user: 1, item: 2 }]))).rejects.toMatchObject({ code: 'ERR_DATA' })
    expect([...model.items]).toEqual([1])
    for (const halfLife of [0, -1, Number.NaN, Infinity])
      expect(() => new Popularity({ halfLife })).toThrow(expect.objectContaining({ code: 'ERR_VALUE' }))
  })
})
