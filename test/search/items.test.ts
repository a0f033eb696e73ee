import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Features, type Id, Matrix, SimilarityIndex } from 'kindred'
import { afterAll, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-items-'))
afterAll(() => rmSync(dir, { recursive: true }))

/** Features of these ids, vectors drawn from the seed. */
function featuresOf(ids: readonly Id[], seed: number, dims = 4): Features {
  const random = createRandom(seed)
  return Features.from(
    ids,
    new Matrix(
      ids.length,
      dims,
      Float32Array.from({ length: ids.length * dims }, () => random.normal()),
    ),
  )
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, x, d) => sum + x * b[d]!, 0)

/** The lists by definition: all live items scored, sorted, cut. */
function expectedLists(
  live: ReadonlyMap<Id, Float32Array>,
  queries: Matrix,
  k: number,
  may: (id: Id, q: number) => boolean,
) {
  return Array.from({ length: queries.rows }, (_, q) =>
    [...live]
      .filter(([id]) => may(id, q))
      .map(([item, vector]) => ({ item, score: dot(vector, queries.row(q)) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, k),
  )
}

function expectLists(actual: { item: Id; score: number }[][], expected: { item: Id; score: number }[][]) {
  expect(actual.map((list) => list.map(({ item }) => item))).toEqual(
    expected.map((list) => list.map(({ item }) => item)),
  )
  for (const [q, list] of expected.entries())
    for (const [n, { score }] of list.entries()) expect(actual[q]![n]!.score).toBeCloseTo(score, 4)
}

const anyId: fc.Arbitrary<Id> = fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constantFrom('a', 'b', '7', 'x'))
const someIds = fc.uniqueArray(anyId, { maxLength: 12 })

describe('an index of items', () => {
  it('lists items as the definition does, whatever is added, removed and added again', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(anyId, { minLength: 1, maxLength: 12 }),
        fc.array(fc.record({ remove: someIds, add: someIds }), { maxLength: 3 }),
        someIds,
        someIds,
        fc.integer({ min: 0, max: 15 }),
        async (first, changes, exclude, candidates, k) => {
          const live = new Map<Id, Float32Array>()
          const take = (features: Features) => {
            for (const id of features.ids) live.set(id, features.vector(id))
          }
          const given = featuresOf(first, 1)
          take(given)
          let index = await SimilarityIndex.build(given, { metric: 'dot' })
          for (const [n, { remove, add }] of changes.entries()) {
            const gone = remove.filter((id) => live.has(id))
            await index.removeItems(gone)
            for (const id of gone) live.delete(id)
            const added = featuresOf(
              add.filter((id) => !live.has(id)),
              n + 2,
            )
            await index.add(added)
            take(added)
          }
          const queries = featuresOf(['p', 'q', 'r'], 99).matrix
          const check = async () => {
            for (const id of [...first, ...exclude]) {
              expect(index.rowOf(id) >= 0).toBe(live.has(id))
              if (live.has(id)) expect(index.itemAt(index.rowOf(id))).toBe(id)
            }
            expectLists(
              await index.searchItems(queries, { k }),
              expectedLists(live, queries, k, () => true),
            )
            const some = { k, exclude, candidates, unknown: 'ignore' } as const
            const may = (id: Id) => candidates.includes(id) && !exclude.includes(id)
            expectLists(await index.searchItems(queries, some), expectedLists(live, queries, k, may))
            const each = [exclude, [], candidates]
            const mayEach = (id: Id, q: number) => !each[q]!.includes(id)
            expectLists(
              await index.searchItems(queries, { k, exclude: each }),
              expectedLists(live, queries, k, mayEach),
            )
          }
          await check()
          await index.save(join(dir, 'index'))
          index.dispose()
          index = await SimilarityIndex.load(join(dir, 'index'))
          await check()
          index.dispose()
        },
      ),
      { numRuns: 40 },
    )
  })

  it('takes one query, and candidates as any iterable', async () => {
    const features = featuresOf(['a', 'b', 3], 5)
    const index = await SimilarityIndex.build(features)
    const [list] = await index.searchItems(features.vector('b'), { k: 2 })
    expect(list![0]).toMatchObject({ item: 'b', score: expect.closeTo(1, 5) })
    expect(list).toHaveLength(2)
    expect(
      (await index.searchItems(features.vector('b'), { candidates: new Set([3]) }))[0]!.map(({ item }) => item),
    ).toEqual([3])
    expect((await index.search(features.vector('b'), { k: 1 })).indices).toEqual(Int32Array.of(1))
    expect(await index.searchItems(new Matrix(0, 4))).toEqual([])
  })

  it('refuses what it cannot do, and stays as it was', async () => {
    const features = featuresOf(['a', 'b'], 5)
    const index = await SimilarityIndex.build(features)
    const query = features.vector('a')
    const cases: [Promise<unknown>, object][] = [
      [index.searchItems(query, { candidates: ['a', 'z'] }), { code: 'ERR_UNKNOWN_ID', message: /"z"/ }],
      [index.searchItems(query, { exclude: 'a' as never }), { code: 'ERR_VALUE', message: /exclude/ }],
      [index.searchItems(query, { k: -1 }), { code: 'ERR_VALUE', message: /k: / }],
      [index.searchItems(query, { unknown: 'skip' as never }), { code: 'ERR_VALUE', message: /unknown: / }],
      [index.removeItems(['a', 'z']), { code: 'ERR_UNKNOWN_ID', message: /"z"/ }],
      [index.add(new Matrix(1, 4)), { code: 'ERR_VALUE', message: /expected Features/ }],
      [index.add(featuresOf(['c', 'b'], 6)), { code: 'ERR_DUPLICATE', message: /"b"/ }],
      [index.add(featuresOf(['c'], 6), { signal: AbortSignal.abort() }), { code: 'ERR_ABORTED' }],
    ]
    for (const [call, { message, ...error }] of cases as [Promise<unknown>, { message?: RegExp }][])
      await expect(call).rejects.toMatchObject(message ? { ...error, message: expect.stringMatching(message) } : error)
    expect(index.size).toBe(2)
    expect(index.rowOf('c')).toBe(-1)
    expect((await index.searchItems(query))[0]).toHaveLength(2)

    const plain = await SimilarityIndex.build(features.matrix)
    await expect(plain.searchItems(query)).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
    await expect(plain.removeItems(['a'])).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
    await expect(plain.add(features)).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringMatching(/a Matrix/),
    })
    expect(() => plain.rowOf('a')).toThrow(/Build it of Features/)
    index.dispose()
    await expect(index.searchItems(query)).rejects.toMatchObject({ code: 'ERR_DISPOSED' })
  })
})
