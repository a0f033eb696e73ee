import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Concatenation, concatenate, type FeatureFusion, Features, setThreads, WeightedSum, weightedSum } from 'kindred'
import { afterAll, describe, expect, it } from 'vitest'
import { code } from '../support/logs.js'
import { expectClose } from './reductions.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-fusion-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const text = Features.from(['a', 'b', 'c'], [[3, 4], [0, 2], [0, 0]]) // biome-ignore format: rows
const image = Features.from(['b', 'd', 'a'], [[1, 0, 0], [0, 0, 5], [0, 6, 8]]) // biome-ignore format: rows
const r2 = Math.SQRT2

describe('concatenate', () => {
  it('puts unit vectors side by side, and makes up for what is missing', async () => {
    const { features, report } = await concatenate({ text, image })
    expect([...features.ids]).toEqual(['a', 'b', 'c', 'd'])
    expectClose(features.vector('a'), [0.6, 0.8, 0, 0.6, 0.8], 1e-6)
    expectClose(features.vector('b'), [0, 1, 1, 0, 0], 1e-6)
    expectClose(features.vector('c'), [0, 0, 0, 0, 0], 1e-6)
    expectClose(features.vector('d'), [0, 0, 0, 0, r2], 1e-6)
    expect(report).toEqual({ items: 4, missing: { text: 1, image: 1 }, zeros: { text: 1, image: 0 }, dropped: 0 })
  })

  it('weighs blocks: the dot product by the square', async () => {
    const { features } = await concatenate({ text, image }, { weights: { image: 2 } })
    expectClose(features.vector('b'), [0, 1, 2, 0, 0], 1e-6)
    expectClose(features.vector('d'), [0, 0, 0, 0, Math.sqrt(5)], 1e-6)
    const alone = await concatenate({ text, image }, { weights: { image: 0 } })
    expectClose(alone.features.vector('d'), [0, 0, 0, 0, 0], 1e-6)
    expectClose(alone.features.vector('b'), [0, 1, 0, 0, 0], 1e-6)
  })

  it('takes the mean of a block, or leaves the item out, if told so', async () => {
    const mean = await concatenate({ text, image }, { missing: 'mean', scaling: 'none' })
    expectClose(mean.features.vector('d'), [1, 2, 0, 0, 5], 1e-6)
    expectClose(mean.features.vector('c'), [0, 0, 1 / 3, 2, 13 / 3], 1e-6)
    const unit = await concatenate({ text, image }, { missing: 'mean' })
    expectClose(unit.features.vector('d'), [0.2, 0.6, 0, 0, 1], 1e-6)
    const dropped = await concatenate({ text, image }, { missing: 'drop' })
    expect([...dropped.features.ids]).toEqual(['a', 'b'])
    expect(dropped.report).toMatchObject({ items: 4, missing: { text: 1, image: 1 }, dropped: 2 })
  })

  it('divides a block by its mean norm', async () => {
    const { features } = await concatenate({ text, image }, { scaling: 'mean-norm', missing: 'mean' })
    const [t, i] = [7 / 3, 16 / 3]
    expectClose(features.vector('a'), [3 / t, 4 / t, 0, 6 / i, 8 / i], 1e-6)
  })

  it('gives items of every block the norm of as many unit vectors, in any order of items', async () => {
    const vectors = (dims: number) =>
      fc.array(fc.float({ noNaN: true, min: -5, max: 5 }), { minLength: dims, maxLength: dims })
    const block = (dims: number) =>
      fc.uniqueArray(fc.tuple(fc.nat(20), vectors(dims)), { selector: ([id]) => id, minLength: 1 })
    await fc.assert(
      fc.asyncProperty(block(2), block(3), async (a, b) => {
        const of = (rows: [number, number[]][]) =>
          Features.from(
            rows.map(([id]) => id),
            rows.map(([, row]) => row),
          )
        const { features, report } = await concatenate({ a: of(a), b: of(b) })
        const backwards = await concatenate({ a: of([...a].reverse()), b: of([...b].reverse()) })
        expect(report).toEqual(backwards.report)
        for (const id of features.ids) {
          expect(backwards.features.vector(id)).toEqual(features.vector(id))
          const given = [a, b].map((rows) => rows.find(([other]) => other === id)?.[1])
          const norms = given.map((row) => (row === undefined ? undefined : row.some((value) => value !== 0) ? 1 : 0))
          const known = norms.filter((norm) => norm !== undefined)
          const expected = Math.sqrt((2 / known.length) * known.reduce<number>((p, q) => p + q, 0))
          expect(Math.hypot(...features.vector(id))).toBeCloseTo(expected, 4)
        }
        expect(features.size + report.missing.a!).toBe(a.length + 2 * report.missing.a!)
      }),
      { numRuns: 60 },
    )
  })
})

describe('weightedSum', () => {
  const other = Features.from(['b', 'e'], [[5, 0], [0, 1]]) // biome-ignore format: rows
  it('adds unit vectors up, with weights that have the same sum for all', async () => {
    const { features, report } = await weightedSum({ text, other }, { weights: { text: 1, other: 3 } })
    expectClose(features.vector('b'), [3, 1], 1e-6)
    expectClose(features.vector('a'), [2.4, 3.2], 1e-6)
    expectClose(features.vector('e'), [0, 4], 1e-6)
    expect(report.missing).toEqual({ text: 1, other: 2 })
    await expect(weightedSum({ text, image })).rejects.toThrow(/text have 2 numbers and those of image have 3/)
  })
})

it('takes blocks by any name', async () => {
  const { features } = await concatenate({ toString: text, constructor: image })
  expect(features.matrix).toEqual((await concatenate({ text, image })).features.matrix)
})

describe.each([Concatenation, WeightedSum])('%o', (Fusion) => {
  const blocks = { one: text, two: Features.from(['a', 'x'], [[1, 1], [2, 0]]) } // biome-ignore format: rows
  it('fuses later items by what it learnt, without a block too, and comes back from disk', async () => {
    const fusion = await new Fusion({ missing: 'mean', weights: { two: 2 } }).fit(blocks)
    const same: FeatureFusion = fusion
    expect(same.report).toBeUndefined()
    expect(fusion.blocks).toEqual(['one', 'two'])
    const later = Features.from(['new'], [[0, 9]])
    const fused = await fusion.transform({ two: later })
    expect(fused.dims).toBe(fusion.dims)
    expect(fusion.report).toMatchObject({ items: 1, missing: { one: 1, two: 0 } })
    await fusion.save(join(dir, Fusion.name))
    const loaded = await Fusion.load(join(dir, Fusion.name))
    expect(loaded.options).toEqual(fusion.options)
    expect((await loaded.transform({ two: later })).matrix).toEqual(fused.matrix)
  })

  it('gives the same bits for any number of threads', async () => {
    const many = Features.from(
      Array.from({ length: 3000 }, (_, i) => i),
      Array.from({ length: 3000 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]),
    )
    const found = []
    try {
      for (const threads of [1, 3]) {
        setThreads(threads)
        const fusion = await new Fusion({ missing: 'mean', scaling: 'mean-norm' }).fit({ one: many, two: text })
        found.push((await fusion.transform({ one: many, two: text })).matrix)
      }
    } finally {
      setThreads(2)
    }
    expect(found[1]).toEqual(found[0])
  })

  it('refuses what it cannot use, and stays as it was', async () => {
    const fusion = await new Fusion().fit(blocks)
    const before = (await fusion.transform(blocks)).matrix
    await expect(fusion.fit({})).rejects.toThrow(/at least one block/)
    await expect(fusion.fit({ one: 5 as never })).rejects.toThrow(/block one/)
    await expect(fusion.fit({ one: Features.from([], []) })).rejects.toEqual(code('ERR_DATA'))
    await expect(new Fusion({ weights: { tow: 1 } }).fit(blocks)).rejects.toThrow(/mean "two"/)
    await expect(fusion.transform({ tow: text } as never)).rejects.toThrow(/mean "two"/)
    await expect(fusion.transform({ two: Features.from(['a'], [[1]]) })).rejects.toEqual(code('ERR_SHAPE'))
    await expect(new Fusion().transform(blocks)).rejects.toEqual(code('ERR_NOT_FITTED'))
    await expect(fusion.fit(blocks, { signal: AbortSignal.abort() })).rejects.toEqual(code('ERR_ABORTED'))
    expect(() => new Fusion({ weights: { one: -1 } })).toThrow(code('ERR_VALUE'))
    expect(() => new Fusion({ missing: 'ignore' as never })).toThrow(code('ERR_VALUE'))
    expect((await fusion.transform(blocks)).matrix).toEqual(before)
  })
})
