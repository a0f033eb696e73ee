// Matrices on the GPU: the library of CUDA kernels, built for the host, against the CPU.
import { DeviceMatrix, Matrix } from 'kindred'
import { beforeAll, describe, expect, it } from 'vitest'
import { close, numbers } from '../support/device-results.js'
import { emulatedGpu } from '../support/emulated-cuda.js'
import { code } from '../support/logs.js'

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
