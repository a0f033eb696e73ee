// An index on the GPU: the library of CUDA kernels, built for the host, against the CPU.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { backendInfo, DeviceMatrix, Matrix, type Neighbors, SimilarityIndex } from 'kindred'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectSameLists, numbers } from '../support/device-results.js'
import { emulatedGpu } from '../support/emulated-cuda.js'
import { code } from '../support/logs.js'

beforeAll(() => {
  Object.assign(process.env, emulatedGpu)
})

describe('an index on the GPU', () => {
  const metric = fc.constantFrom('dot', 'cosine', 'euclidean')
  const dtype = fc.constantFrom('f32', 'tf32', 'bf16', 'int8')
  const rows = (size: number) => fc.uniqueArray(fc.integer({ min: 0, max: size - 1 }), { maxLength: size })

  it('lists what the CPU lists, whatever was added, removed, excluded and a candidate', async () => {
    const given = fc
      .record({ metric, dtype, first: fc.integer({ min: 1, max: 40 }), added: fc.integer({ min: 0, max: 70 }) })
      .chain(({ first, added, ...rest }) =>
        fc.record({
          ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, fc.constant(value)])),
          first: fc.constant(first),
          added: fc.constant(added),
          removed: rows(first + added),
          k: fc.integer({ min: 0, max: first + added + 3 }),
          exclude: fc.option(fc.oneof(rows(first + added), fc.tuple(rows(first + added), rows(first + added))), {
            nil: undefined,
          }),
          candidates: fc.option(fc.oneof(rows(first + added), fc.tuple(rows(first + added), rows(first + added))), {
            nil: undefined,
          }),
        }),
      )
    await fc.assert(
      fc.asyncProperty(given, async ({ first, added, removed, k, exclude, candidates, ...kind }) => {
        const lists: Neighbors[] = []
        const filter = { exclude: exclude as never, candidates: candidates as never }
        const queries = numbers(2, 6, 3)
        let all: Neighbors | undefined
        for (const device of ['cpu', 'cuda'] as const) {
          using index = await SimilarityIndex.build(numbers(first, 6), { ...(kind as object), device })
          await index.add(numbers(added, 6, 2))
          await index.remove(removed)
          lists.push(await index.search(queries, { k, ...filter }))
          all ??= await index.search(queries, { k: first + added, ...filter })
        }
        expectSameLists(lists[1]!, lists[0]!, all!, 2)
      }),
      { numRuns: 60 },
    )
  })

  it("'tf32' is 'f32' on the CPU, for loaded ones too", async () => {
    const queries = numbers(3, 4, 3)
    using f32 = await SimilarityIndex.build(numbers(9, 4))
    using tf32 = await SimilarityIndex.build(numbers(9, 4), { dtype: 'tf32' })
    expect(tf32).toMatchObject({ dtype: 'tf32', exact: true })
    expect(await tf32.search(queries)).toEqual(await f32.search(queries))
    const refused = SimilarityIndex.build(numbers(9, 4), { dtype: 'tf32', exact: false })
    await expect(refused).rejects.toEqual(code('ERR_VALUE'))
    const dir = mkdtempSync(join(tmpdir(), 'kindred-device-'))
    try {
      await tf32.save(dir)
      using loaded = await SimilarityIndex.load(dir, { device: 'cuda' })
      expect(loaded.dtype).toBe('tf32')
      expect((await loaded.search(queries)).indices).toEqual((await f32.search(queries)).indices)
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it('takes queries that are on the GPU, and so does one on the CPU', async () => {
    const queries = numbers(3, 8, 5)
    using there = await DeviceMatrix.upload(queries)
    for (const device of ['cuda', 'cpu'] as const) {
      using index = await SimilarityIndex.build(numbers(50, 8), { device })
      expect((await index.search(there)).indices).toEqual((await index.search(queries)).indices)
      await expect(index.search(await DeviceMatrix.upload(numbers(3, 7)))).rejects.toEqual(code('ERR_SHAPE'))
    }
  })

  it('starts empty, answers one query, saves and loads', async () => {
    using index = await SimilarityIndex.build(new Matrix(0, 4), { device: 'cuda' })
    expect([...(await index.search(numbers(1, 4), { k: 2 })).indices]).toEqual([-1, -1])
    await index.add(numbers(5, 4))
    expect([...(await index.search(numbers(5, 4).row(3), { k: 1 })).indices]).toEqual([3])
    expect(index.searchSync(numbers(5, 4).row(3), { k: 1 }).indices).toEqual(Int32Array.of(3))
    const dir = mkdtempSync(join(tmpdir(), 'kindred-device-'))
    try {
      await index.save(dir)
      using loaded = await SimilarityIndex.load(dir, { device: 'cuda' })
      expect(loaded.device).toBe('cuda')
      expect(await loaded.search(numbers(2, 4))).toEqual(await index.search(numbers(2, 4)))
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it('refuses the queries that the CPU refuses', async () => {
    using index = await SimilarityIndex.build(numbers(5, 4), { device: 'cuda' })
    await expect(index.search(numbers(1, 5))).rejects.toEqual(code('ERR_SHAPE'))
    await expect(index.search(new Matrix(1, 4, Float32Array.of(1, Number.NaN, 1, 1)))).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringMatching(/row 0 holds NaN at 1/),
    })
    await expect(index.search(numbers(1, 4), { signal: AbortSignal.abort() })).rejects.toEqual(code('ERR_ABORTED'))
  })

  it("lists of more than 2048 rows are refused by 'cuda' and done on the CPU by 'auto', which is counted", async () => {
    using cuda = await SimilarityIndex.build(numbers(3000, 2), { device: 'cuda' })
    using auto = await SimilarityIndex.build(numbers(3000, 2), { device: 'auto' })
    using cpu = await SimilarityIndex.build(numbers(3000, 2))
    await expect(cuda.search(numbers(1, 2), { k: 2049 })).rejects.toEqual(code('ERR_TOO_LARGE'))
    const before = backendInfo().cuda.fallbacks
    expect(await auto.search(numbers(1, 2), { k: 2049 })).toEqual(await cpu.search(numbers(1, 2), { k: 2049 }))
    expect(backendInfo().cuda).toMatchObject({
      fallbacks: before + 1,
      lastFallback: expect.stringContaining('2048'),
      available: true,
    })
  })
})

describe('an index of codes alone', () => {
  it.each(['bf16', 'int8'] as const)('lists by the scores of the codes that the CPU has: %s', async (dtype) => {
    for (const metric of ['dot', 'cosine', 'euclidean'] as const) {
      const options = { metric, dtype, exact: false }
      using cpu = await SimilarityIndex.build(numbers(90, 19), options)
      using cuda = await SimilarityIndex.build(numbers(90, 19), { ...options, device: 'cuda' })
      const queries = numbers(4, 19, 3)
      const all = await cpu.search(queries, { k: 90 })
      expectSameLists(await cuda.search(queries), await cpu.search(queries), all, 4)
      expect((await cuda.search(queries, { k: 90 })).indices).toHaveLength(all.indices.length)
    }
  })
})
