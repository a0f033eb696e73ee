import { Matrix, SimilarityIndex } from 'kindred'
import { describe, expect, it } from 'vitest'
// @ts-expect-error plain JavaScript
import { cosineListsValidator } from '../../bench/harness/cosine-lists.mjs'
// @ts-expect-error plain JavaScript
import { neighborsValidator, recall, referenceScores } from '../../bench/harness/neighbors.mjs'
// @ts-expect-error plain JavaScript
import { powerLawLog, rowsOf } from '../../bench/harness/power-law-log.mjs'
// @ts-expect-error plain JavaScript
import { startPython } from '../../bench/harness/python.mjs'
// @ts-expect-error plain JavaScript
import { clustered, uniform } from '../../bench/harness/random.mjs'

describe('the validation of searches', () => {
  const items = new Matrix(300, 9, uniform(300 * 9, 1))
  const queries = new Matrix(5, 9, uniform(5 * 9, 2))
  const k = 4
  const find = async () => (await SimilarityIndex.build(items, { metric: 'dot' })).search(queries, { k })
  const validator = () => neighborsValidator({ items, queries, k })

  it('accepts exact lists, and knows the best scores itself', async () => {
    const found = await find()
    expect(validator()({ name: 'a' }, found)).toBeUndefined()
    const { scores } = referenceScores(items, queries.row(0), k)
    for (let i = 0; i < k; i++) expect(found.scores[i]).toBeCloseTo(scores[i]!, 5)
  })

  it('refuses a wrong score, a wrong row, a row twice, and lists unlike the first ones', async () => {
    const broken = async (change: (found: { indices: Int32Array; scores: Float32Array }) => void, query = 0) => {
      const validate = validator()
      validate({ name: 'a' }, await find())
      const found = await find()
      change({ indices: found.indices.subarray(query * k), scores: found.scores.subarray(query * k) })
      return () => validate({ name: 'b' }, found)
    }
    expect(await broken(({ scores }) => scores.set([scores[0]! + 0.01]))).toThrow(/^b, query 0, place 0/)
    expect(await broken(({ indices }) => indices.set([indices[0] === 7 ? 8 : 7], 2))).toThrow('place 2')
    expect(await broken(({ indices }) => indices.set([indices[0]!], 1))).toThrow('no row twice')
    expect(await broken(({ scores }) => scores.set([scores[1]! - 0.01], 1), 1)).toThrow('query 1, place 1')
  })

  it('tells the recall of an approximate rival', async () => {
    const validate = validator()
    const found = await find()
    validate({ name: 'a' }, found)
    expect(validate({ name: 'b', exact: false }, found)).toEqual({ recall: 1 })
    expect(recall(Int32Array.of(1, 2, 9, 8), Int32Array.of(2, 1, 3, 8), 2)).toBe(0.75)
  })
})

describe('the validation of neighbour lists', () => {
  // Items 0 and 1 share both of their users, item 2 shares one of its two with them.
  const byItem = { rows: 3, cols: 3, indptr: Int32Array.of(0, 2, 4, 6), indices: Int32Array.of(0, 1, 0, 1, 1, 2) }
  const byUser = { rows: 3, cols: 3, indptr: Int32Array.of(0, 2, 5, 6), indices: Int32Array.of(0, 1, 0, 1, 2, 2) }
  const right = { indices: Int32Array.of(1, 2, 0, 2, 1, 0), scores: Float32Array.of(1, 0.5, 1, 0.5, 0.5, 0.5) }
  const validate = (answer: typeof right) => cosineListsValidator({ byItem, byUser, k: 2 })({ name: 'a' }, answer)

  it('accepts the cosines, in any order of equals, and refuses others', () => {
    expect(validate(right)).toBeUndefined()
    expect(validate({ ...right, indices: Int32Array.of(1, 2, 0, 2, 0, 1) })).toBeUndefined()
    expect(() => validate({ ...right, scores: Float32Array.of(1, 0.4, 1, 0.5, 0.5, 0.5) })).toThrow('item 0, place 1')
    expect(() => validate({ ...right, indices: Int32Array.of(2, 1, 0, 2, 1, 0) })).toThrow('item 0, place 0')
  })

  it('lets rivals add up in float32, and not the first contestant', () => {
    const off = { ...right, scores: right.scores.map((x) => x * (1 + 1e-4)) }
    const long = { ...byItem, indptr: Int32Array.of(0, 2, 4, 6, 5006) }
    const validator = () => cosineListsValidator({ byItem: { ...long, rows: 3 }, byUser, k: 2 })
    expect(() => validator()({ name: 'a' }, off)).toThrow('item 0, place 0')
    const validate = validator()
    validate({ name: 'a' }, right)
    expect(validate({ name: 'b' }, off)).toBeUndefined()
    expect(() => validate({ name: 'a' }, off)).toThrow('item 0, place 0')
  })
})

describe('the data', () => {
  it('is the same for the same seed', () => {
    expect(uniform(50, 3)).toEqual(uniform(50, 3))
    expect(uniform(50, 3)).not.toEqual(uniform(50, 4))
    const shape = { centres: 3, directions: 1, seed: 2 }
    const vectors = clustered(20, 8, shape)
    expect(vectors).toEqual(clustered(20, 8, shape))
    for (let row = 0; row < 20; row++) expect(Math.hypot(...vectors.subarray(row * 8, row * 8 + 8))).toBeCloseTo(1, 5)
  })

  it('has each pair once, popular items and busy users', () => {
    const shape = { users: 2000, items: 500, nonzeros: 60_000, seed: 5 }
    const log = powerLawLog(shape)
    const pairs = [...rowsOf(log)].map(({ user, item }) => user * 500 + item)
    expect(new Set(pairs).size).toBe(log.size)
    expect(Math.abs(log.size - shape.nonzeros)).toBeLessThan(0.1 * shape.nonzeros)
    const counts = new Int32Array(500)
    for (const item of log.itemOf) counts[item]!++
    const head = counts.subarray(0, 50).reduce((sum, n) => sum + n, 0)
    const tail = counts.subarray(450).reduce((sum, n) => sum + n, 0)
    expect(head).toBeGreaterThan(3 * tail)
    expect(log).toEqual(powerLawLog(shape))
  })
})

describe('a rival in Python', () => {
  it('is reported to be missing, and why, where there is no such Python', async () => {
    const { missing } = await startPython('/no/such/python', 'faiss_flat.py')
    expect(missing).toContain('ENOENT')
  })
})
