import { Matrix, SimilarityIndex } from 'kindred'
import { describe, expect, it, vi } from 'vitest'
import { addon } from '#lib/native/addon.js'
import { code } from '../support/logs.js'
import { METRICS, random } from './brute-force.js'

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
