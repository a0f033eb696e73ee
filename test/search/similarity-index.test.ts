import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Matrix, type Neighbors, SimilarityIndex } from 'kindred'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { addon } from '#lib/native/addon.js'
import { code } from '../support/logs.js'

const METRICS = ['dot', 'cosine', 'euclidean'] as const
type Metric = (typeof METRICS)[number]
const DTYPES = ['f32', 'bf16', 'int8'] as const

/** Small integers: dot products and squared distances are exact, and tie often. */
const matrixOf = (rows: number, cols: number) =>
  fc
    .array(fc.integer({ min: -3, max: 3 }), { minLength: rows * cols, maxLength: rows * cols })
    .map((values) => new Matrix(rows, cols, Float32Array.from(values)))

function random(rows: number, cols: number, seed = 1): Matrix {
  const matrix = new Matrix(rows, cols)
  let state = seed
  for (let i = 0; i < matrix.data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    matrix.data[i] = state / 2 ** 31 - 1
  }
  return matrix
}

function score(a: Float32Array, b: Float32Array, metric: Metric): number {
  let [dot, aa, bb, distance] = [0, 0, 0, 0]
  for (let t = 0; t < a.length; t++) {
    dot += a[t]! * b[t]!
    aa += a[t]! ** 2
    bb += b[t]! ** 2
    distance += (a[t]! - b[t]!) ** 2
  }
  if (metric === 'dot') return Math.fround(dot)
  if (metric === 'euclidean') return Math.fround(-Math.sqrt(distance))
  return aa === 0 || bb === 0 ? 0 : dot / Math.sqrt(aa * bb)
}

/** What a search must give: [row, score] of each query, best first. */
function bruteForce(
  items: Matrix,
  queries: Matrix,
  metric: Metric,
  k: number,
  may: (query: number, row: number) => boolean,
) {
  return Array.from({ length: queries.rows }, (_, q) =>
    Array.from({ length: items.rows }, (_, row) => ({ row, score: score(queries.row(q), items.row(row), metric) }))
      .filter(({ row }) => may(q, row))
      .sort((a, b) => b.score - a.score || a.row - b.row)
      .slice(0, k),
  )
}

function expectLists(
  found: Neighbors,
  expected: ReturnType<typeof bruteForce>,
  k: number,
  items: Matrix,
  queries: Matrix,
  metric: Metric,
) {
  const places = Array.from(found.indices, (row, i) => ({ row, score: found.scores[i]! + 0 }))
  const wanted = expected.flatMap((list) =>
    Array.from({ length: k }, (_, n) => list[n] ?? { row: -1, score: Number.NaN }),
  )
  if (metric !== 'cosine') return expect(places).toEqual(wanted.map(({ row, score }) => ({ row, score: score + 0 })))
  // Rounding may order near ties otherwise: each place has the score that belongs there, and the row has that score.
  expect(places).toHaveLength(wanted.length)
  const near = (a: number, b: number) => Math.abs(a - b) < 1e-6
  const wrong = places.filter(({ row, score: value }, i) => {
    if (row < 0 || wanted[i]!.row < 0) return row !== wanted[i]!.row || !Number.isNaN(value)
    const own = score(queries.row(Math.floor(i / k)), items.row(row), metric)
    return !near(value, wanted[i]!.score) || !near(value, own)
  })
  expect(wrong).toEqual([])
}

/** Bits of the rows that `listed` names. */
function bitmap(rows: number, listed: Iterable<number>): Uint8Array {
  const bits = new Uint8Array(Math.ceil(rows / 8))
  for (const row of listed) bits[row >> 3]! |= 1 << (row & 7)
  return bits
}

const folders: string[] = []
function folder(): string {
  folders.push(mkdtempSync(join(tmpdir(), 'kindred-index-')))
  return join(folders.at(-1)!, 'index')
}
afterEach(() => {
  for (const dir of folders.splice(0)) rmSync(dir, { recursive: true })
})

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

describe('codes', () => {
  it.each(METRICS)('exact lists are those of f32 to the bit for the metric %s', async (metric) => {
    const [items, queries] = [random(9000, 48), random(40, 48, 2)]
    using plain = await SimilarityIndex.build(items, { metric })
    const expected = await plain.search(queries, { k: 25 })
    for (const dtype of ['bf16', 'int8'] as const) {
      using index = await SimilarityIndex.build(items, { metric, dtype })
      expect([index.dtype, index.exact, index.recall]).toEqual([dtype, true, undefined])
      expect(await index.search(queries, { k: 25 })).toEqual(expected)
      expect(index.searchSync(queries, { k: 25 })).toEqual(expected)
    }
  })

  it.each(['bf16', 'int8'] as const)('%s alone takes less memory and tells its recall', async (dtype) => {
    const items = random(6000, 32)
    const k = 10
    using plain = await SimilarityIndex.build(items, { metric: 'dot' })
    using index = await SimilarityIndex.build(items, { metric: 'dot', dtype, exact: false })
    expect(index.bytes).toBeLessThan(plain.bytes * (dtype === 'int8' ? 0.3 : 0.51))
    expect(index.recall).toMatchObject({ k, queries: 256, rows: 6000 })
    // The same measure, taken from outside, of other queries.
    const queries = random(256, 32, 9)
    const [exact, found] = [await plain.search(queries, { k }), await index.search(queries, { k })]
    let hits = 0
    for (let q = 0; q < 256; q++) {
      const list = found.indices.subarray(q * k, (q + 1) * k)
      for (const row of exact.indices.subarray(q * k, (q + 1) * k)) if (list.includes(row)) hits++
    }
    expect(index.recall!.value).toBeGreaterThan(0.9)
    expect(Math.abs(index.recall!.value - hits / (256 * k))).toBeLessThan(0.03)
    expect(index.recall!.value).toBeLessThan(1)

    await index.add(random(3000, 32, 5))
    expect(index.recall).toMatchObject({ queries: 512, rows: 9000 })
    expect(index.recall!.value).toBeGreaterThan(0.9)
    await index.add(random(3, 32, 5))
    expect(index.recall!.rows).toBe(9000)
  })

  it('an index whose recall was not measured to the end is as it was, and the other one is given back', async () => {
    using index = await SimilarityIndex.build(random(300, 8), { dtype: 'int8', exact: false })
    const { recall } = index
    const controller = new AbortController()
    const { topK } = addon()
    const measured = vi.spyOn(addon(), 'topK').mockImplementation((...call) => {
      controller.abort()
      return topK(...call)
    })
    const released = vi.spyOn(addon(), 'vectorIndexRelease')
    try {
      await expect(index.add(random(300, 8, 2), { signal: controller.signal })).rejects.toEqual(code('ERR_ABORTED'))
      expect([measured.mock.calls.length, released.mock.calls.length]).toEqual([1, 1])
    } finally {
      measured.mockRestore()
      released.mockRestore()
    }
    expect([index.rows, index.recall]).toEqual([300, recall])
    expect(index.searchSync(random(1, 8)).indices).toHaveLength(10)
    await index.add(random(300, 8, 2))
    expect(index.rows).toBe(600)
  })

  it('recall counts what is found, not what is itself', async () => {
    const same = new Matrix(40, 4, new Float32Array(160).fill(1))
    using ties = await SimilarityIndex.build(same, { dtype: 'int8', exact: false })
    expect(ties.recall!.value).toBe(1)
    // One number dwarfs the others, whose differences a byte cannot hold.
    const dwarfed = random(500, 8)
    for (let row = 0; row < 500; row++) dwarfed.row(row)[0] = 1e6
    using lost = await SimilarityIndex.build(dwarfed, { metric: 'euclidean', dtype: 'int8', exact: false })
    expect(lost.recall!.value).toBeLessThan(0.2)
  })
})

describe('save and load', () => {
  it.each(METRICS)('give the same bits for the metric %s', async (metric) => {
    const dir = folder()
    const queries = random(9, 7, 3)
    using index = await SimilarityIndex.build(random(5000, 7), { metric })
    await index.remove([0, 17, 4999])
    await index.save(dir)
    using loaded = await SimilarityIndex.load(dir)
    expect([loaded.metric, loaded.dims, loaded.rows, loaded.size]).toEqual([metric, 7, 5000, 4997])
    expect(loaded.searchSync(queries, { k: 30 })).toEqual(index.searchSync(queries, { k: 30 }))
    await loaded.add(random(3, 7, 4))
    await loaded.save(dir)
    expect((await SimilarityIndex.load(dir)).rows).toBe(5003)
  })

  it.each(['bf16', 'int8'] as const)('keep the codes of %s, exact or alone', async (dtype) => {
    const queries = random(9, 7, 3)
    for (const exact of [true, false]) {
      const dir = folder()
      using index = await SimilarityIndex.build(random(300, 7), { metric: 'euclidean', dtype, exact })
      await index.save(dir)
      using loaded = await SimilarityIndex.load(dir)
      expect([loaded.dtype, loaded.exact, loaded.recall]).toEqual([dtype, exact, index.recall])
      expect(loaded.searchSync(queries, { k: 30 })).toEqual(index.searchSync(queries, { k: 30 }))
    }
  })

  it('holds an index without rows', async () => {
    const dir = folder()
    using empty = await SimilarityIndex.build(new Matrix(0, 3))
    await empty.save(dir)
    using loaded = await SimilarityIndex.load(dir)
    expect([...(await loaded.search(new Float32Array(3), { k: 2 })).indices]).toEqual([-1, -1])
  })

  it('a config of another metric or dtype is refused', async () => {
    const dir = folder()
    await (await SimilarityIndex.build(random(2, 2))).save(dir)
    const path = join(dir, 'config.json')
    const text = readFileSync(path, 'utf8')
    for (const [from, to] of [
      ['cosine', 'l2'],
      ['f32', 'f8'],
    ] as const) {
      writeFileSync(path, text.replace(`"${from}"`, `"${to}"`))
      await expect(SimilarityIndex.load(dir)).rejects.toEqual(code('ERR_MODEL_FILE'))
    }
    const config = JSON.parse(text)
    for (const [key, value] of [
      ['metric', undefined],
      ['exact', 1],
      ['exact', null],
      ['dtype', ['f32']],
      ['recall', 'high'],
      ['recall', null],
      ['recall', { value: 2, k: 10, queries: 1, rows: 1 }],
      ['recall', { value: 1 }],
    ]) {
      writeFileSync(path, JSON.stringify({ ...config, [key as string]: value }))
      await expect(SimilarityIndex.load(dir), `${key}: ${value}`).rejects.toEqual(code('ERR_MODEL_FILE'))
    }
    writeFileSync(path, text)
    using whole = await SimilarityIndex.load(dir)
    expect(whole.rows).toBe(2)
    await expect(SimilarityIndex.load(join(dir, 'none'))).rejects.toEqual(code('ERR_MODEL_FILE'))
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
    await expect(index.save(folder())).rejects.toEqual(code('ERR_DISPOSED'))
  })
})
