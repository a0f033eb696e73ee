// The library of CUDA kernels itself, built for the host.
import { SimilarityIndex } from 'kindred'
import { describe, expect, it } from 'vitest'
import { emulatedGpu, runScript } from '../support/fake-cuda.js'
import { computeSuite, expectSameLists, numbers } from './compute-suite.js'

computeSuite(emulatedGpu)

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
