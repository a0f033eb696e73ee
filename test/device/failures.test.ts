import {
  AlternatingLeastSquares,
  AttentionPooling,
  BayesianPersonalizedRanking,
  backendInfo,
  DeviceMatrix,
  EASE,
  Interactions,
  Matrix,
  SimilarityIndex,
} from 'kindred'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { emulatedGpu, runScript } from '../support/emulated-cuda.js'
import { code } from '../support/logs.js'

/** Allocations are counted anew from here. */
async function countAnew() {
  delete process.env.KINDRED_EMULATED_OUT_OF_MEMORY
  const matrix = await DeviceMatrix.upload(new Matrix(1, 1))
  matrix.dispose()
}

beforeAll(async () => {
  Object.assign(process.env, emulatedGpu)
  await countAnew() // and the device is found while it has memory
})
afterEach(() => {
  delete process.env.KINDRED_EMULATED_OUT_OF_MEMORY
  delete process.env.KINDRED_EMULATED_BYTES
})

const numbers = (rows: number, cols: number) =>
  new Matrix(
    rows,
    cols,
    Float32Array.from({ length: rows * cols }, (_, i) => Math.sin(i * 12.9898)),
  )
const log = Interactions.from(Array.from({ length: 90 }, (_, i) => ({ user: (i * 7) % 20, item: (i * i) % 17 })))

type Where = 'auto' | 'cpu' | 'cuda'

const pooling = AttentionPooling.random({ dims: 4, heads: 2, seed: 1 })
const states = { states: numbers(6, 4).data, mask: new Uint8Array(6).fill(1), batch: 2, tokens: 3 }

const WORK: Record<string, (device: Where) => Promise<unknown>> = {
  'an index': async (device) => {
    using index = await SimilarityIndex.build(numbers(30, 4), { device })
    return await index.search(numbers(2, 4))
  },
  'forward pooling': (device) => pooling.forward(states, { device }),
  'backward pooling': (device) => pooling.backward(states, numbers(2, 4), { device }),
  EASE: async (device) => (await new EASE({ device }).fit(log)).itemWeights,
  BPR: async (device) => {
    const model = await new BayesianPersonalizedRanking({ factors: 4, iterations: 2, device }).fit(log)
    return model.score(0, [...log.items])
  },
  ALS: async (device) => {
    const model = await new AlternatingLeastSquares({ factors: 4, iterations: 2, device }).fit(log)
    return model.score(0, [...log.items])
  },
}

describe('when the n-th allocation finds no memory, whatever n', () => {
  it.each(Object.keys(WORK))("%s: 'cuda' says so, 'auto' does it on the CPU, nothing is left behind", async (name) => {
    const work = WORK[name]!
    const expected = await work('cpu')
    let failed = 0
    for (;;) {
      process.env.KINDRED_EMULATED_OUT_OF_MEMORY = String(failed + 1)
      const error = await work('cuda').then(
        () => null,
        (thrown) => thrown,
      )
      if (error === null) break
      expect(error).toMatchObject({
        code: 'ERR_OUT_OF_MEMORY',
        message: expect.stringMatching(/\[\d+, \d+.*\].* \d+ bytes of device memory are needed and \d+ bytes are free/),
      })
      await countAnew()
      const before = backendInfo().cuda.fallbacks
      process.env.KINDRED_EMULATED_OUT_OF_MEMORY = String(failed + 1)
      expect(await work('auto')).toEqual(expected)
      expect(backendInfo().cuda).toMatchObject({ available: true, fallbacks: before + 1 })
      await countAnew()
      failed++
    }
    expect(failed).toBeGreaterThan(0)
    process.env.KINDRED_EMULATED_BYTES = '256'
    await countAnew() // all 256 bytes, the least that an allocation takes, are free
  })
})

describe('what does not fit is refused before anything is uploaded, with shapes, bytes and advice', () => {
  it.each<[string, RegExp]>([
    ['an index', /an index \[30, 4\] on the device: 1024 bytes .* 256 bytes are free .* device: 'cpu'/],
    ['forward pooling', /a device matrix \[2, 4\]: 256 bytes .* 0 bytes are free/],
    ['ALS', /ALS with 4 factors on \[20, 9\]: \d+ bytes .* 256 bytes are free/],
    ['BPR', /BPR with 16 factors on \[20, 9\]: \d+ bytes .* 256 bytes are free/],
  ])('%s', async (name, message) => {
    process.env.KINDRED_EMULATED_BYTES = '256'
    await expect(WORK[name]!('cuda')).rejects.toMatchObject({
      code: 'ERR_OUT_OF_MEMORY',
      message: expect.stringMatching(message),
    })
  })

  it('KINDRED_CUDA_MEMORY is a limit that disposing frees again', async () => {
    const { code: ended, reported } = await runScript(
      `
      const { DeviceMatrix } = kindred
      const first = await DeviceMatrix.upload(numbers(20, 10))
      tell(await caught(DeviceMatrix.upload(numbers(20, 10))))
      first.dispose()
      const second = await DeviceMatrix.upload(numbers(20, 10))
      tell(second.bytes)
      `,
      { ...emulatedGpu, KINDRED_CUDA_MEMORY: '1.5KiB' },
    )
    expect(ended).toBe(0)
    expect(reported).toEqual([
      {
        code: 'ERR_OUT_OF_MEMORY',
        message: expect.stringMatching(/1024 bytes .* 512 bytes are free .*KINDRED_CUDA_MEMORY/),
      },
      1024,
    ])
  })
})

describe('a device that is lost', () => {
  it("is of no more use: 'cuda' says why, 'auto' goes on, on the CPU", async () => {
    const {
      code: ended,
      stderr,
      reported,
    } = await runScript(
      `
      const { SimilarityIndex, DeviceMatrix, AlternatingLeastSquares, Interactions } = kindred
      const build = (device) => SimilarityIndex.build(numbers(30, 4), { device })
      const [cpu, auto, cuda] = [await build('cpu'), await build('auto'), await build('cuda')]
      const kept = await DeviceMatrix.upload(numbers(2, 4))
      process.env.KINDRED_EMULATED_LOST = '1'
      const list = async (index) => [...(await index.search(numbers(2, 4), { k: 3 })).indices]
      const expected = await list(cpu)
      tell(JSON.stringify(await list(auto)) === JSON.stringify(expected))
      tell(kindred.backendInfo().cuda)
      delete process.env.KINDRED_EMULATED_LOST
      tell(await caught(list(cuda)))
      tell(await caught(kept.download()))
      tell(await caught(build('cuda')))
      await auto.add(numbers(3, 4))
      tell((await auto.search(numbers(2, 4))).indices.length)
      const log = Interactions.from([{ user: 1, item: 1 }, { user: 2, item: 2 }])
      tell(await caught(new AlternatingLeastSquares({ device: 'cuda' }).fit(log)))
      tell(await caught(new AlternatingLeastSquares({ device: 'auto' }).fit(log)))
      for (const each of [cpu, auto, cuda, kept]) each.dispose()
      `,
      emulatedGpu,
    )
    expect(ended).toBe(0)
    const lost = { code: 'ERR_DEVICE', message: expect.stringMatching(/the device was lost \(.*illegal memory access/) }
    expect(reported).toEqual([
      true,
      expect.objectContaining({
        state: 'unavailable',
        available: false,
        fallbacks: 1,
        reason: lost.message,
        lastFallback: lost.message,
      }),
      lost,
      lost,
      lost,
      20,
      lost,
      null,
    ])
    expect(stderr.match(/KindredWarning/g)).toHaveLength(1)
  })

  it.each([1, 5, 9, 14])("ALS of 'auto' that loses it at computation %d is that of the CPU", async (n) => {
    const { code: ended, reported } = await runScript(
      `
      const { AlternatingLeastSquares, DeviceMatrix, Interactions } = kindred
      const log = Interactions.from(Array.from({ length: 90 }, (_, i) => ({ user: (i * 7) % 20, item: (i * i) % 17 })))
      const fit = async (device) => [...await (await new AlternatingLeastSquares({ factors: 4, iterations: 3, device }).fit(log)).score(0, [...log.items])]
      await DeviceMatrix.upload(numbers(1, 1))
      process.env.KINDRED_EMULATED_LOST = '${n}'
      const [auto, cpu] = [await fit('auto'), await fit('cpu')]
      tell(JSON.stringify(auto) === JSON.stringify(cpu))
      tell(kindred.backendInfo().cuda.fallbacks)
      `,
      emulatedGpu,
    )
    expect({ ended, reported }).toEqual({ ended: 0, reported: [true, 1] })
  })
})

it("a kernel that the library does not have is refused by 'cuda' and left to the CPU by 'auto'", async () => {
  const { code: ended, reported } = await runScript(
    `
    const { AlternatingLeastSquares, Interactions } = kindred
    const log = Interactions.from([{ user: 1, item: 1 }, { user: 2, item: 2 }])
    tell(await caught(new AlternatingLeastSquares({ device: 'cuda' }).fit(log)))
    tell(await caught(new AlternatingLeastSquares({ device: 'auto' }).fit(log)))
    tell(kindred.backendInfo().cuda)
    `,
    { ...emulatedGpu, KINDRED_EMULATED_CUDA: 'without-als' },
  )
  const missing = expect.stringMatching(/ALS .* does not have this kernel.*npm run build:cuda/)
  expect(ended).toBe(0)
  expect(reported).toEqual([
    { code: 'ERR_NOT_SUPPORTED', message: missing },
    null,
    expect.objectContaining({ available: true, fallbacks: 1, lastFallback: missing }),
  ])
})

it('options that are illegal are refused for every device alike', async () => {
  await expect(SimilarityIndex.build(numbers(1, 1), { device: null as never })).resolves.toBeInstanceOf(SimilarityIndex)
  await expect(SimilarityIndex.build(numbers(1, 1), { device: 1 as never })).rejects.toEqual(code('ERR_VALUE'))
})
