import fc from 'fast-check'
import { fuseScores, reciprocalRankFusion } from 'kindred'
import { describe, expect, it } from 'vitest'
import { code } from '../support/logs.js'

const list = (entries: Record<string, number>) => Object.entries(entries).map(([item, score]) => ({ item, score }))

describe('fuseScores', () => {
  const one = list({ a: 10, b: 6, c: 2 })
  const two = list({ c: 0.9, d: 0.5, a: 0.1 })

  it('adds up what is normalised', () => {
    expect(fuseScores([one, two])).toEqual(list({ c: 1, a: 1, b: 0.5, d: 0.5 }).sort(byPlace('acbd')))
    expect(fuseScores([one, two], { weights: [1, 3], k: 2 })).toEqual([
      { item: 'c', score: 3 },
      { item: 'd', score: 1.5 },
    ])
    const raw = fuseScores([one, two], { normalization: 'none' })
    expect(raw.map(({ item }) => item)).toEqual(['a', 'b', 'c', 'd'])
    expect(raw.map(({ score }) => score)).toEqual([10.1, 6.1, 2.9, 2.5].map((value) => expect.closeTo(value, 9)))
  })

  it('has mean 0 in each list by z-scores', () => {
    const z = Math.sqrt(1.5)
    const fused = fuseScores([one, two], { normalization: 'z-score' })
    expect(Object.fromEntries(fused.map(({ item, score }) => [item, score]))).toEqual({
      a: expect.closeTo(0, 9),
      c: expect.closeTo(0, 9),
      b: expect.closeTo(-z, 9),
      d: expect.closeTo(-z, 9),
    })
  })

  it('bears lists of one score, of one item, and of none', () => {
    expect(fuseScores([list({ a: 3, b: 3 }), []])).toEqual(list({ a: 1, b: 1 }))
    expect(fuseScores([list({ a: 3, b: 3 })], { normalization: 'z-score' })).toEqual(list({ a: 0, b: 0 }))
    expect(fuseScores([list({ a: -1e308, b: 1e308 })])).toEqual(list({ b: 1, a: 0 }))
    expect(fuseScores([])).toEqual([])
  })
})

describe('reciprocalRankFusion', () => {
  it('adds up the reciprocals of ranks', () => {
    const fused = reciprocalRankFusion([list({ a: 1, b: 1 }), list({ b: 1, c: 1 })])
    expect(fused).toEqual(list({ b: 1 / 61 + 1 / 62, a: 1 / 61, c: 1 / 62 }))
    expect(reciprocalRankFusion([list({ a: 1, b: 1 })], { rankConstant: 0, weights: [2], k: 1 })).toEqual(
      list({ a: 2 }),
    )
  })
})

const byPlace = (order: string) => (p: { item: string }, q: { item: string }) =>
  order.indexOf(p.item) - order.indexOf(q.item)

describe.each([fuseScores, reciprocalRankFusion])('%o', (fuse) => {
  it('gives every item of the lists once, best first, whatever else', () => {
    const entries = fc.uniqueArray(
      fc.record({ item: fc.nat(30), score: fc.double({ noNaN: true, min: -1e6, max: 1e6 }) }),
      {
        selector: ({ item }) => item,
      },
    )
    fc.assert(
      fc.property(fc.array(entries, { maxLength: 4 }), fc.option(fc.nat(5)), (lists, k) => {
        const fused = fuse(lists, k === null ? {} : { k })
        const all = new Set(lists.flat().map(({ item }) => item))
        expect(fused).toHaveLength(Math.min(k ?? Infinity, all.size))
        expect(new Set(fused.map(({ item }) => item)).size).toBe(fused.length)
        for (let n = 1; n < fused.length; n++) expect(fused[n]!.score).toBeLessThanOrEqual(fused[n - 1]!.score)
      }),
    )
  })

  it('refuses what is no list', () => {
    expect(() => fuse(5 as never)).toThrow(code('ERR_VALUE'))
    expect(() => fuse([[{ item: 1, score: Number.NaN }]])).toThrow(/list 0, place 0/)
    expect(() => fuse([[{ item: 1.5, score: 1 }]])).toThrow(code('ERR_VALUE'))
    expect(() => fuse([[5 as never]])).toThrow(code('ERR_VALUE'))
    expect(() => fuse([list({ a: 1 }), [...list({ b: 2 }), ...list({ b: 1 })]])).toThrow(code('ERR_DUPLICATE'))
    expect(() => fuse([list({ a: 1 })], { weights: [1, 2] })).toThrow(code('ERR_SHAPE'))
    expect(() => fuse([list({ a: 1 })], { weights: [-1] })).toThrow(code('ERR_VALUE'))
    expect(() => fuse([list({ a: 1 })], { k: -1 })).toThrow(code('ERR_VALUE'))
  })
})
