import fc from 'fast-check'
import { Matrix, SimilarityIndex } from 'kindred'
import { describe, expect, it, vi } from 'vitest'
import { addon } from '#lib/native/addon.js'
import { code } from '../support/logs.js'
import { bruteForce, DTYPES, expectLists, METRICS, matrixOf, random } from './brute-force.js'

/** Bits of the rows that `listed` names. */
function bitmap(rows: number, listed: Iterable<number>): Uint8Array {
  const bits = new Uint8Array(Math.ceil(rows / 8))
  for (const row of listed) bits[row >> 3]! |= 1 << (row & 7)
  return bits
}

const problem = fc
  .record({
    rows: fc.integer({ min: 0, max: 140 }),
    queries: fc.integer({ min: 0, max: 8 }),
    dims: fc.constantFrom(1, 2, 3, 17),
    k: fc.integer({ min: 0, max: 150 }),
    metric: fc.constantFrom(...METRICS),
    dtype: fc.constantFrom(...DTYPES),
  })
  .chain((sizes) =>
    fc.record({
      sizes: fc.constant(sizes),
      items: matrixOf(sizes.rows, sizes.dims),
      queries: matrixOf(sizes.queries, sizes.dims),
      lists: fc.array(fc.array(fc.nat({ max: Math.max(0, sizes.rows - 1) }), { maxLength: sizes.rows && 60 }), {
        minLength: sizes.queries,
        maxLength: sizes.queries,
      }),
    }),
  )

describe('search', () => {
  it('equals brute force for every metric, without and with each kind of filter', async () => {
    await fc.assert(
      fc.asyncProperty(problem, async ({ sizes: { rows, k, metric, dtype }, items, queries, lists }) => {
        using index = await SimilarityIndex.build(items, { metric, dtype })
        const sets = lists.map((list) => new Set(list))
        const first = sets[0] ?? new Set<number>()
        const bitmaps = new Uint8Array(lists.flatMap((list) => [...bitmap(rows, list)]))
        const cases: [object, (q: number, row: number) => boolean][] = [
          [{}, () => true],
          [{ exclude: [...first] }, (_, row) => !first.has(row)],
          [{ exclude: Int32Array.from(first) }, (_, row) => !first.has(row)],
          [{ exclude: bitmap(rows, first) }, (_, row) => !first.has(row)],
          [{ candidates: [...first] }, (_, row) => first.has(row)],
          [{ candidates: bitmap(rows, first) }, (_, row) => first.has(row)],
        ]
        if (lists.length > 0)
          cases.push(
            [{ exclude: lists }, (q, row) => !sets[q]!.has(row)],
            [{ candidates: lists }, (q, row) => sets[q]!.has(row)],
            [{ exclude: bitmaps, candidates: bitmaps }, () => false],
            [{ candidates: bitmaps, exclude: [...first] }, (q, row) => sets[q]!.has(row) && !first.has(row)],
            [{ exclude: bitmaps, candidates: [...first] }, (q, row) => !sets[q]!.has(row) && first.has(row)],
          )
        for (const [filter, may] of cases) {
          const expected = bruteForce(items, queries, metric, k, may)
          expectLists(index.searchSync(queries, { k, ...filter }), expected, k, items, queries, metric)
          expectLists(await index.search(queries, { k, ...filter }), expected, k, items, queries, metric)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('gives the same off the thread as at once, alone as among others', async () => {
    using index = await SimilarityIndex.build(random(20011, 33))
    const queries = random(50, 33, 2)
    const found = await index.search(queries, { k: 7 })
    expect(found).toEqual(index.searchSync(queries, { k: 7 }))
    const alone = await index.search(queries.row(13), { k: 7 })
    expect(alone.indices).toEqual(found.indices.slice(13 * 7, 14 * 7))
    expect(alone.scores).toEqual(found.scores.slice(13 * 7, 14 * 7))
  })

  it('lists ten by default, and reads views at their place', async () => {
    const items = random(40, 3)
    using index = await SimilarityIndex.build(items.subarray(5, 40))
    const { indices, scores } = await index.search(items.subarray(9, 11))
    expect([indices.length, indices[0], indices[10]]).toEqual([20, 4, 5])
    expect(scores[0]).toBeCloseTo(1, 6)
  })

  it('refuses what does not fit, and says what does', async () => {
    using index = await SimilarityIndex.build(random(20, 3))
    const query = new Float32Array(3)
    const bad: [() => unknown, string, RegExp][] = [
      [() => index.searchSync(new Float32Array(4)), 'ERR_SHAPE', /expected 3 dimensions but received 4/],
      [() => index.searchSync(Float32Array.of(1, Number.NaN, 0)), 'ERR_VALUE', /queries: row 0 holds NaN at 1/],
      [() => index.searchSync([1, 2, 3] as never), 'ERR_VALUE', /expected a Matrix/],
      [() => index.searchSync(query, { k: -1 }), 'ERR_VALUE', /k: /],
      [() => index.searchSync(query, { k: 1.5 }), 'ERR_VALUE', /k: /],
      [() => index.searchSync(query, { n: 3 } as never), 'ERR_VALUE', /unknown option "n"/],
      [() => index.searchSync(query, { exclude: [20] }), 'ERR_VALUE', /exclude: .* from 0 to 19, but received 20/],
      [() => index.searchSync(query, { candidates: [[-1]] }), 'ERR_VALUE', /candidates: .*-1/],
      [() => index.searchSync(query, { candidates: [[1], [2]] }), 'ERR_SHAPE', /each of 1 queries but received 2/],
      [() => index.searchSync(query, { candidates: [[1], 2] as never }), 'ERR_SHAPE', /candidates/],
      [() => index.searchSync(query, { candidates: new Uint8Array(2) }), 'ERR_SHAPE', /bitmap of 3 bytes for 20 rows/],
      [() => index.searchSync(query, { exclude: 'seen' as never }), 'ERR_VALUE', /exclude: expected a list/],
    ]
    for (const [call, expected, message] of bad) {
      expect(call).toThrow(code(expected))
      expect(call).toThrow(message)
    }
    await expect(index.search(query, { signal: AbortSignal.abort() })).rejects.toEqual(code('ERR_ABORTED'))
  })

  it('fills long lists on another thread', async () => {
    using index = await SimilarityIndex.build(random(3, 2))
    const atOnce = vi.spyOn(addon(), 'vectorIndexSearchSync')
    try {
      const { indices } = await index.search(new Float32Array(2), { k: 10_000_000 })
      expect([indices.length, indices[2], indices[3], indices.at(-1)]).toEqual([10_000_000, 2, -1, -1])
      expect(atOnce).not.toHaveBeenCalled()
      await index.search(new Float32Array(2), { k: 10 })
      expect(atOnce).toHaveBeenCalledOnce()
    } finally {
      atOnce.mockRestore()
    }
  })

  it('stops when its signal fires', async () => {
    using index = await SimilarityIndex.build(random(20000, 64))
    const controller = new AbortController()
    const search = index.search(random(20000, 64), { signal: controller.signal })
    setTimeout(() => controller.abort(), 5)
    await expect(search).rejects.toEqual(code('ERR_ABORTED'))
  })
})

describe('build', () => {
  it('refuses bad vectors and options by name', async () => {
    const items = random(5000, 4)
    items.row(4321)[2] = Number.NEGATIVE_INFINITY
    await expect(SimilarityIndex.build(items)).rejects.toThrow('vectors: row 4321 holds -Infinity at 2')
    const legal = random(2, 2)
    await expect(SimilarityIndex.build(legal, { dtype: 'f16' as never })).rejects.toThrow(
      /'f32', 'tf32', 'bf16', 'int8'/,
    )
    await expect(SimilarityIndex.build(legal, { dtype: 'f32', exact: false })).rejects.toThrow(/exact: expected true/)
    await expect(SimilarityIndex.build(legal, { dtype: 'int8', exact: 1 as never })).rejects.toThrow(/true or false/)
    const wide = new Matrix(1, 32769)
    await expect(SimilarityIndex.build(wide, { dtype: 'int8' })).rejects.toEqual(code('ERR_TOO_LARGE'))
    await expect(SimilarityIndex.build(legal, { metric: 'l2' as never })).rejects.toThrow(
      /'dot', 'cosine', 'euclidean'/,
    )
    await expect(SimilarityIndex.build(legal, { size: 2 } as never)).rejects.toThrow(/unknown option/)
    await expect(SimilarityIndex.build([[1]] as never)).rejects.toEqual(code('ERR_VALUE'))
  })

  it('copies: later changes to the matrix do not show', async () => {
    const items = random(10, 2)
    using index = await SimilarityIndex.build(items, { metric: 'euclidean' })
    const query = items.row(3).slice()
    items.data.fill(0)
    expect(index.searchSync(query, { k: 1 }).indices[0]).toBe(3)
    expect(index.bytes).toBeGreaterThanOrEqual(64 * 2 * 4)
  })
})

describe('add and remove', () => {
  it('equal an index of all rows with the removed ones excluded', async () => {
    await fc.assert(
      fc.asyncProperty(
        problem,
        fc.nat(140),
        async ({ sizes: { rows, k, metric, dtype }, items, queries, lists }, cut) => {
          const split = Math.min(cut, rows)
          const gone = new Set(lists.flat())
          using index = await SimilarityIndex.build(items.subarray(0, split), { metric, dtype })
          const early = [...gone].filter((row) => row < split)
          const changes = [index.remove(early), index.add(items.subarray(split)), index.remove([...gone])]
          await Promise.all(changes)
          expect([index.rows, index.size]).toEqual([rows, rows - gone.size])
          const expected = bruteForce(items, queries, metric, k, (_, row) => !gone.has(row))
          expectLists(await index.search(queries, { k }), expected, k, items, queries, metric)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('leave the index as it was when they are refused', async () => {
    using index = await SimilarityIndex.build(random(5, 2))
    await expect(index.add(random(1, 3))).rejects.toEqual(code('ERR_SHAPE'))
    await expect(index.add(new Matrix(1, 2, Float32Array.of(0, Number.NaN)))).rejects.toEqual(code('ERR_VALUE'))
    await expect(index.remove([1, 5])).rejects.toThrow('rows from 0 to 4 but received 5')
    await expect(index.remove('all' as never)).rejects.toEqual(code('ERR_VALUE'))
    await index.add(random(1, 2))
    expect([index.rows, index.size]).toEqual([6, 6])
  })
})

describe('dispose', () => {
  it('is final, may come twice, and lets calls under way end', async () => {
    const index = await SimilarityIndex.build(random(20000, 16))
    const search = index.search(random(100, 16))
    const adding = expect(index.add(random(1000, 16))).rejects.toEqual(code('ERR_DISPOSED'))
    index.dispose()
    index.dispose()
    expect((await search).indices).toHaveLength(1000)
    await adding
    await expect(index.search(new Float32Array(16))).rejects.toEqual(code('ERR_DISPOSED'))
    expect(() => index.searchSync(new Float32Array(16))).toThrow(code('ERR_DISPOSED'))
    await expect(index.add(random(1, 16))).rejects.toEqual(code('ERR_DISPOSED'))
    await expect(index.remove([1])).rejects.toEqual(code('ERR_DISPOSED'))
    await expect(index.save('anywhere')).rejects.toEqual(code('ERR_DISPOSED'))
  })
})
