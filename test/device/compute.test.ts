// What the library of CUDA kernels computes, built for the host, against the CPU.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import {
  AlternatingLeastSquares,
  AttentionPooling,
  BayesianPersonalizedRanking,
  backendInfo,
  DeviceMatrix,
  EASE,
  Interactions,
  Matrix,
  type Neighbors,
  SimilarityIndex,
} from 'kindred'
import { beforeAll, describe, expect, it } from 'vitest'
import { emulatedGpu, runScript } from '../support/emulated-cuda.js'
import { code, tasteLog } from '../support/logs.js'

function numbers(rows: number, cols: number, seed = 1): Matrix {
  const data = Float32Array.from({ length: rows * cols }, (_, i) => Math.sin(seed * 97 + i * 12.9898))
  return new Matrix(rows, cols, data)
}

function close(a: Float32Array, b: Float32Array, absolute = 1e-4) {
  expect(a).toHaveLength(b.length)
  for (let i = 0; i < a.length; i++)
    expect(Math.abs(a[i]! - b[i]!)).toBeLessThanOrEqual(absolute + 1e-3 * Math.abs(b[i]!))
}

/** Row by row the same lists, but for rows whose scores differ by rounding alone; `all` has the CPU's score of every row. */
function expectSameLists(cuda: Neighbors, cpu: Neighbors, all: Neighbors, queries: number) {
  const k = cpu.indices.length / queries
  const rows = all.indices.length / queries
  for (let q = 0; q < queries; q++) {
    const places = [...all.indices.subarray(q * rows, (q + 1) * rows)]
    const listed = cuda.indices.subarray(q * k, (q + 1) * k)
    expect(new Set(listed.filter((row) => row >= 0)).size).toBe(listed.filter((row) => row >= 0).length)
    for (let i = 0; i < k; i++) {
      const row = listed[i]!
      const score = cpu.scores[q * k + i]!
      if (cpu.indices[q * k + i] === -1) {
        expect(row).toBe(-1)
        expect(cuda.scores[q * k + i]).toBeNaN()
        continue
      }
      expect(cuda.scores[q * k + i]).toBeCloseTo(score, 4)
      if (row !== cpu.indices[q * k + i]) expect(all.scores[q * rows + places.indexOf(row)]).toBeCloseTo(score, 5)
    }
  }
}

beforeAll(() => {
  Object.assign(process.env, emulatedGpu)
})

describe('DeviceMatrix', () => {
  it('comes back as it went, again and again', async () => {
    const matrix = numbers(33, 7)
    const there = await DeviceMatrix.upload(matrix)
    expect(there).toMatchObject({ rows: 33, cols: 7 })
    expect(there.bytes).toBeGreaterThanOrEqual(33 * 7 * 4)
    expect(await there.download()).toEqual(matrix)
    expect(await there.download()).toEqual(matrix)
    there.dispose()
  })

  it('takes an empty matrix, and a view of a part of one', async () => {
    expect((await (await DeviceMatrix.upload(new Matrix(0, 5))).download()).rows).toBe(0)
    const part = numbers(9, 4).subarray(3, 5)
    expect([...(await (await DeviceMatrix.upload(part)).download()).data]).toEqual([...part.data])
  })

  it('normalises its rows in place', async () => {
    const there = await DeviceMatrix.upload(new Matrix(3, 2, Float32Array.of(3, 4, 0, 0, 0, 2)))
    expect(await there.normalizeRows()).toBe(1)
    close((await there.download()).data, Float32Array.of(0.6, 0.8, 0, 0, 0, 1))
  })

  it('gives the products that principal components are made of, and takes rows on to them', async () => {
    const [rows, cols, count] = [37, 5, 2]
    const x = numbers(rows, cols)
    const basis = numbers(count, cols, 3)
    using there = await DeviceMatrix.upload(x)
    using components = await DeviceMatrix.upload(basis)
    const { gram, sums } = await there.gram()
    const column = (c: number) => Array.from({ length: rows }, (_, r) => x.row(r)[c]!)
    const dot = (a: number[], b: number[]) => a.reduce((sum, v, i) => sum + v * b[i]!, 0)
    for (let i = 0; i < cols; i++) {
      expect(sums[i]).toBeCloseTo(
        column(i).reduce((a, b) => a + b, 0),
        9,
      )
      for (let j = 0; j < cols; j++) expect(gram[i * cols + j]).toBeCloseTo(dot(column(i), column(j)), 9)
    }
    const mean = sums.map((sum) => sum / rows)
    for (const centred of [false, true]) {
      using out = await there.project(components, centred ? { mean } : {})
      const expected = Float32Array.from({ length: rows * count }, (_, n) => {
        const row = Array.from(x.row(Math.floor(n / count)), (v, c) => v - (centred ? mean[c]! : 0))
        return dot(row, [...basis.row(n % count)])
      })
      close((await out.download()).data, expected)
    }
    await expect(there.project(there, { mean: new Float64Array(4) })).rejects.toEqual(code('ERR_SHAPE'))
    using narrow = await DeviceMatrix.upload(numbers(2, 3))
    await expect(there.project(narrow)).rejects.toEqual(code('ERR_SHAPE'))
    await expect(there.project(basis as never)).rejects.toEqual(code('ERR_VALUE'))
  })

  it('is of no use after dispose, which may come twice or in the midst of a call', async () => {
    const matrix = numbers(4, 4)
    const there = await DeviceMatrix.upload(matrix)
    const download = there.download()
    there.dispose()
    there[Symbol.dispose]()
    expect(await download).toEqual(matrix)
    await expect(there.download()).rejects.toEqual(code('ERR_DISPOSED'))
    await expect(there.normalizeRows()).rejects.toEqual(code('ERR_DISPOSED'))
  })

  it('refuses what is no matrix and options that it does not know', async () => {
    await expect(DeviceMatrix.upload([] as never)).rejects.toEqual(code('ERR_VALUE'))
    await expect(DeviceMatrix.upload(numbers(1, 1), { sigal: 1 } as never)).rejects.toEqual(code('ERR_VALUE'))
    await expect(DeviceMatrix.upload(numbers(1, 1), { signal: AbortSignal.abort() })).rejects.toEqual(
      code('ERR_ABORTED'),
    )
  })
})

describe('an index on the GPU', () => {
  const metric = fc.constantFrom('dot', 'cosine', 'euclidean')
  const dtype = fc.constantFrom('f32', 'tf32', 'bf16', 'int8')
  const rows = (size: number) => fc.uniqueArray(fc.integer({ min: 0, max: size - 1 }), { maxLength: size })

  it('lists what the CPU lists, whatever was added, removed, excluded and allowed', async () => {
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

describe('attention pooling on the GPU', () => {
  const [batch, tokens, dims] = [3, 5, 8]
  const pooling = AttentionPooling.random({ dims, heads: 2, seed: 4 })
  const input = {
    states: numbers(batch * tokens, dims).data,
    mask: Uint8Array.from({ length: batch * tokens }, (_, i) => (i % 3 === 0 || i > 9 ? 0 : 1)),
    batch,
    tokens,
  }
  const dOut = numbers(batch, dims, 7)

  it.each(['cuda', 'auto'] as const)('%s: forward and backward are those of the CPU', async (device) => {
    close((await pooling.forward(input, { device })).data, (await pooling.forward(input)).data)
    const [there, here] = [await pooling.backward(input, dOut, { device }), await pooling.backward(input, dOut)]
    close(there.queries.data, here.queries.data)
    close(there.states, here.states)
  })

  it('leaves there what is there', async () => {
    using states = await DeviceMatrix.upload(new Matrix(batch * tokens, dims, input.states))
    using given = await DeviceMatrix.upload(dOut)
    using out = await pooling.forward({ ...input, states })
    close((await out.download()).data, (await pooling.forward(input)).data)
    const gradients = await pooling.backward({ ...input, states }, given)
    close((await gradients.states.download()).data, (await pooling.backward(input, dOut)).states)
    await expect(pooling.backward({ ...input, states }, dOut as never)).rejects.toEqual(code('ERR_VALUE'))
  })

  it('refuses shapes that do not fit', async () => {
    const short = { ...input, mask: input.mask.subarray(1) }
    await expect(pooling.forward(short, { device: 'cuda' })).rejects.toEqual(code('ERR_SHAPE'))
    await expect(pooling.forward({ ...input, batch: 2 }, { device: 'cuda' })).rejects.toEqual(code('ERR_SHAPE'))
    using states = await DeviceMatrix.upload(numbers(4, 4))
    await expect(pooling.forward({ ...input, states })).rejects.toEqual(code('ERR_SHAPE'))
    const wrong = pooling.backward(input, numbers(batch, dims + 1), { device: 'cuda' })
    await expect(wrong).rejects.toEqual(code('ERR_SHAPE'))
  })
})

describe('AlternatingLeastSquares on the GPU', () => {
  const log = Interactions.from(
    Array.from({ length: 400 }, (_, i) => ({ user: (i * 7) % 40, item: (i * i + i) % 31, weight: 1 + (i % 3) })),
  )

  // The CPU's conjugate gradients take their panels in bfloat16.
  it.each([
    ['cg', 5e-3],
    ['cholesky', 1e-4],
  ] as const)('%s: learns what it learns on the CPU', async (solver, tolerance) => {
    const options = { factors: 8, iterations: 4, seed: 3, solver, trackLoss: true } as const
    const seen: number[] = []
    const cuda = await new AlternatingLeastSquares({ ...options, device: 'cuda' }).fit(log, {
      onProgress: ({ done }) => seen.push(done),
    })
    const cpu = await new AlternatingLeastSquares(options).fit(log)
    expect(seen).toEqual([1, 2, 3, 4])
    expect(cuda.losses).toHaveLength(4)
    expect(cuda.losses.at(-1)! / cpu.losses.at(-1)!).toBeCloseTo(1, 3)
    const items = [...log.items]
    close(await cuda.score(7, items), await cpu.score(7, items), tolerance)
  })

  it("'block' is the CPU's alone, which 'auto' takes", async () => {
    const options = { factors: 8, iterations: 2, solver: 'block' } as const
    const cuda = new AlternatingLeastSquares({ ...options, device: 'cuda' })
    await expect(cuda.fit(log)).rejects.toEqual(code('ERR_NOT_SUPPORTED'))
    const auto = await new AlternatingLeastSquares({ ...options, device: 'auto' }).fit(log)
    const cpu = await new AlternatingLeastSquares(options).fit(log)
    expect(await auto.score(7, [...log.items])).toEqual(await cpu.score(7, [...log.items]))
  })

  it('takes every option that the CPU takes', async () => {
    const options = {
      solver: 'cholesky' as const,
      factors: 8,
      iterations: 3,
      unobservedWeight: 0.3,
      regularizationExponent: 0.7,
      regularization: 0.1,
    }
    const cuda = await new AlternatingLeastSquares({ ...options, device: 'cuda' }).fit(log)
    const cpu = await new AlternatingLeastSquares(options).fit(log)
    close(await cuda.score(7, [...log.items]), await cpu.score(7, [...log.items]))
  })

  it('stops early, and when it is told to', async () => {
    const options = { factors: 4, iterations: 50, tolerance: 0.1, device: 'cuda' } as const
    const model = await new AlternatingLeastSquares(options).fit(log)
    expect(model.losses.length).toBeLessThan(50)
    const controller = new AbortController()
    const stopped = new AlternatingLeastSquares({ factors: 4, device: 'cuda' }).fit(log, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    await expect(stopped).rejects.toEqual(code('ERR_ABORTED'))
  })
})

describe('BayesianPersonalizedRanking on the GPU', () => {
  const log = Interactions.from(
    Array.from({ length: 2000 }, (_, i) => ({ user: (i * 7) % 97, item: (i * i + 3 * i) % 401 })),
  )
  const items = [...log.items]

  it.each(['uniform', 'popularity'] as const)(
    'learns what it learns on the CPU (%s), again and again',
    async (negativeSampling) => {
      const options = { factors: 19, iterations: 5, seed: 3, negativeSampling }
      const seen: number[] = []
      const fit = () =>
        new BayesianPersonalizedRanking({ ...options, device: 'cuda' }).fit(log, {
          onProgress: ({ done }) => seen.push(done),
        })
      const cuda = await fit()
      const cpu = await new BayesianPersonalizedRanking(options).fit(log)
      expect(seen).toEqual([1, 2, 3, 4, 5])
      close(Float32Array.from(cuda.losses), Float32Array.from(cpu.losses))
      close(cuda.userFactors.data, cpu.userFactors.data)
      close(cuda.itemFactors.data, cpu.itemFactors.data)
      expect((await fit()).itemFactors.data).toEqual(cuda.itemFactors.data)
      close(await cuda.score(7, items), await cpu.score(7, items))
    },
  )

  it('learns a catalogue of more blocks than the CPU has, and folds in on the CPU', async () => {
    const wide = tasteLog({ users: 400, items: 4000, perUser: 60 })
    const model = await new BayesianPersonalizedRanking({ factors: 4, iterations: 40, device: 'cuda' }).fit(wide)
    expect(model.losses.at(-1)).toBeLessThan(0.7 * model.losses[0]!)
    const list = await model.recommendFor([{ item: 2 }, { item: 8 }, { item: 20 }], { k: 10 })
    expect(list).toHaveLength(10)
  })

  it("lockFree is the CPU's alone, which 'auto' takes", async () => {
    const options = { factors: 4, iterations: 2, lockFree: true }
    const cuda = new BayesianPersonalizedRanking({ ...options, device: 'cuda' })
    await expect(cuda.fit(log)).rejects.toEqual(code('ERR_NOT_SUPPORTED'))
    const auto = await new BayesianPersonalizedRanking({ ...options, device: 'auto' }).fit(log)
    expect(await auto.recommend(7)).toHaveLength(10)
  })

  it('takes logs of nothing, and stops when it is told to', async () => {
    const empty = Interactions.from([{ user: 1, item: 1, weight: 0 }])
    const model = await new BayesianPersonalizedRanking({ factors: 2, iterations: 2, device: 'cuda' }).fit(empty)
    expect(model.losses).toEqual([0, 0])
    const controller = new AbortController()
    const stopped = new BayesianPersonalizedRanking({ factors: 4, device: 'cuda' }).fit(log, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    await expect(stopped).rejects.toEqual(code('ERR_ABORTED'))
  })
})

describe('EASE on the GPU', () => {
  const log = Interactions.from(Array.from({ length: 300 }, (_, i) => ({ user: (i * 7) % 40, item: (i * i + i) % 31 })))

  it('has the weights that it has on the CPU', async () => {
    const seen: number[] = []
    const cuda = await new EASE({ regularization: 5, device: 'cuda' }).fit(log, {
      onProgress: ({ done }) => seen.push(done),
    })
    const cpu = await new EASE({ regularization: 5 }).fit(log)
    close(cuda.itemWeights.data, cpu.itemWeights.data)
    expect(seen).toEqual([log.items.size])
  })
})

it('a device that is none is refused, naming those that are', async () => {
  const device = 'gpu' as never
  const refusal = expect.objectContaining({
    code: 'ERR_VALUE',
    message: expect.stringMatching(/'auto', 'cpu', 'cuda'/),
  })
  expect(() => new AlternatingLeastSquares({ device })).toThrow(refusal)
  await expect(SimilarityIndex.build(numbers(1, 1), { device })).rejects.toEqual(refusal)
  const pooling = AttentionPooling.zeros({ dims: 2 })
  const input = { states: new Float32Array(2), mask: new Uint8Array(1), batch: 1, tokens: 1 }
  await expect(pooling.forward(input, { device })).rejects.toEqual(refusal)
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

it('working space that is kept counts once against the limit', async () => {
  const { told, stderr } = await runScript(
    `
    const log = kindred.Interactions.from(Array.from({ length: 62 }, (_, i) => ({ user: i % 7, item: i % 31 })))
    // 4 KiB of the matrix and 32 KiB beside it, which the second fit finds there.
    for (let n = 0; n < 2; n++) tell(await caught(new kindred.EASE({ device: 'cuda' }).fit(log)))
    `,
    { ...emulatedGpu, KINDRED_CUDA_MEMORY: '40KiB' },
  )
  expect(told, stderr).toEqual([null, null])
})
