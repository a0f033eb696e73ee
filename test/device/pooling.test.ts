// Attention pooling on the GPU: the library of CUDA kernels, built for the host, against the CPU.
import { AttentionPooling, DeviceMatrix, Matrix } from 'kindred'
import { beforeAll, describe, expect, it } from 'vitest'
import { close, numbers } from '../support/device-results.js'
import { emulatedGpu } from '../support/emulated-cuda.js'
import { code } from '../support/logs.js'

beforeAll(() => {
  Object.assign(process.env, emulatedGpu)
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
