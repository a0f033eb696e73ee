// Models trained on the GPU: the library of CUDA kernels, built for the host, against the CPU.
import {
  AlternatingLeastSquares,
  AttentionPooling,
  BayesianPersonalizedRanking,
  EASE,
  Interactions,
  SimilarityIndex,
} from 'kindred'
import { beforeAll, describe, expect, it } from 'vitest'
import { close, numbers } from '../support/device-results.js'
import { emulatedGpu, runScript } from '../support/emulated-cuda.js'
import { code, tasteLog } from '../support/logs.js'

beforeAll(() => {
  Object.assign(process.env, emulatedGpu)
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

  it('stops early, and on a signal', async () => {
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

  it.each([{ lockFree: true }, { optimizer: 'adam' as const }, { batchSize: 32 }])(
    "%o is the CPU's alone, which 'auto' takes",
    async (only) => {
      const options = { factors: 4, iterations: 2, ...only }
      const cuda = new BayesianPersonalizedRanking({ ...options, device: 'cuda' })
      await expect(cuda.fit(log)).rejects.toEqual(code('ERR_NOT_SUPPORTED'))
      const auto = await new BayesianPersonalizedRanking({ ...options, device: 'auto' }).fit(log)
      expect(await auto.recommend(7)).toHaveLength(10)
    },
  )

  it('takes logs of nothing, and stops on a signal', async () => {
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

it('working space that is kept counts once against the limit', async () => {
  const { reported, stderr } = await runScript(
    `
    const log = kindred.Interactions.from(Array.from({ length: 62 }, (_, i) => ({ user: i % 7, item: i % 31 })))
    // 4 KiB of the matrix and 32 KiB beside it, which the second fit finds there.
    for (let n = 0; n < 2; n++) tell(await caught(new kindred.EASE({ device: 'cuda' }).fit(log)))
    `,
    { ...emulatedGpu, KINDRED_CUDA_MEMORY: '40KiB' },
  )
  expect(reported, stderr).toEqual([null, null])
})
