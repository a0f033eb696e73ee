import { IdMap, Matrix } from 'kindred'
import { describe, expect, it } from 'vitest'
import { kindWeights, scaledKinds } from '#lib/models/towers/kind-weights.js'

const ITEMS = 300
const wave = (n: number) => Math.sin(n * n)
const matrix = (rows: number, cols: number, of: (row: number, col: number) => number) =>
  new Matrix(
    rows,
    cols,
    Float32Array.from({ length: rows * cols }, (_, i) => of(Math.floor(i / cols), i % cols)),
  )
const kind = (name: string, dims: number) => ({ name, dims, mean: new Float32Array(dims), factor: 1 })
const settings = { featureMap: 'auto' as const, featureRegularization: 0.3 }
const rows = Int32Array.from({ length: ITEMS }, (_, n) => n)
const items = IdMap.from(rows)
const users = matrix(40, 4, (row, col) => wave(9 + row * 4 + col))
/** What is liked is one of the first two columns, or their product; the others, of the same spread, tell nothing. */
const features = matrix(ITEMS, 12, (row, col) => wave(1 + row * 12 + col))
const vectors = matrix(ITEMS, 4, (row, col) => {
  const [a, b] = features.row(row)
  return [a!, b!, a! * b!, a! + b!][col]!
})

describe('kindWeights', () => {
  it.each([
    [[kind('told', 2), kind('noise', 10)], 0],
    [[kind('both', 1), kind('told', 1), kind('noise', 10)], 1],
  ])('a kind that tells what is liked counts more than one that tells nothing', async (kinds, telling) => {
    const weights = await kindWeights({ items, features, vectors, users, rows, kinds, settings }, undefined)
    expect(weights.at(-1)! * 10).toBeLessThanOrEqual(weights[telling]!)
  })

  it('is 1 for a single kind, and for too few items to hold any out', async () => {
    const one = [kind('all', 12)]
    expect([
      ...(await kindWeights({ items, features, vectors, users, rows, kinds: one, settings }, undefined)),
    ]).toEqual([1])
    const kinds = [kind('told', 2), kind('noise', 10)]
    const few = rows.subarray(0, 5)
    expect([
      ...(await kindWeights({ items, features, vectors, users, rows: few, kinds, settings }, undefined)),
    ]).toEqual([1, 1])
  })

  it('hears an abort', async () => {
    const kinds = [kind('told', 2), kind('noise', 10)]
    const signal = AbortSignal.abort()
    await expect(kindWeights({ items, features, vectors, users, rows, kinds, settings }, signal)).rejects.toMatchObject(
      {
        code: 'ERR_ABORTED',
      },
    )
  })
})

it('scaledKinds makes distances within a kind as long as its weight says, whatever its dimensions', async () => {
  const scaled = await scaledKinds(features, [kind('a', 2), kind('b', 10)], [1, 4], undefined)
  const squares = (from: number, to: number, of: Matrix) => {
    let sum = 0
    for (let row = 0; row < of.rows; row++) for (let d = from; d < to; d++) sum += of.row(row)[d]! ** 2
    return sum
  }
  expect(squares(0, 2, scaled)).toBeCloseTo(squares(0, 2, features) / 2, 2)
  expect(squares(2, 12, scaled)).toBeCloseTo((squares(2, 12, features) * 4) / 10, 2)
})
