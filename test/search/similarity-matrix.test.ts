import { Matrix, similarityMatrix } from 'kindred'
import { expect, it } from 'vitest'
import { code } from '../support/logs.js'

const a = new Matrix(3, 2, Float32Array.of(3, 4, 0, 0, -1, 0))
const b = new Matrix(2, 2, Float32Array.of(3, 4, 6, 0))

it('holds every pair, by the metric asked for', async () => {
  const dot = await similarityMatrix(a, b, { metric: 'dot' })
  expect([dot.rows, dot.cols, ...dot.data]).toEqual([3, 2, 25, 18, 0, 0, -3, -6])
  const { data } = await similarityMatrix(a, b)
  for (const [i, value] of [1, 0.6, 0, 0, -0.6, -1].entries()) expect(data[i]).toBeCloseTo(value, 6)
  const distances = await similarityMatrix(a.subarray(1, 2), b, { metric: 'euclidean' })
  expect([...distances.data]).toEqual([-5, -6])
})

it('has a limit of memory, named with its option', async () => {
  await expect(similarityMatrix(a, b, { maxBytes: 23 })).rejects.toThrow(
    /\[3, 2\] takes 24 bytes, over the limit of maxBytes = 23/,
  )
  expect((await similarityMatrix(a, b, { maxBytes: 24 })).rows).toBe(3)
  const wide = new Matrix(50_000_000, 0)
  await expect(similarityMatrix(wide, wide)).rejects.toEqual(code('ERR_TOO_LARGE'))
})

it('refuses what does not fit', async () => {
  await expect(similarityMatrix(a, new Matrix(2, 3))).rejects.toEqual(code('ERR_SHAPE'))
  await expect(similarityMatrix(a, new Matrix(1, 2, Float32Array.of(0, Number.NaN)))).rejects.toThrow(
    'b: row 0 holds NaN at 1',
  )
  await expect(similarityMatrix(a, b, { metric: 'l1' as never })).rejects.toEqual(code('ERR_VALUE'))
  await expect(similarityMatrix(a, b, { limit: 3 } as never)).rejects.toThrow(/unknown option "limit"/)
  await expect(similarityMatrix(a, [1] as never)).rejects.toEqual(code('ERR_VALUE'))
  await expect(similarityMatrix(a, b, { signal: AbortSignal.abort() })).rejects.toEqual(code('ERR_ABORTED'))
})
