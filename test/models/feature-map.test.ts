import fc from 'fast-check'
import { Features, Matrix } from 'kindred'
import { describe, expect, it } from 'vitest'
import { IdMap } from '#lib/data/id-map.js'
import { createRandom } from '#lib/data/random.js'
import { describedItems } from '#lib/models/als/described-items.js'
import { FeatureMap } from '#lib/models/als/feature-map.js'
import { dot, mean, solve } from '../support/linear.js'
import { code } from '../support/logs.js'

function normals(rows: number, cols: number, seed: number, offset = 0): number[][] {
  const random = createRandom(seed)
  return Array.from({ length: rows }, () => Array.from({ length: cols }, () => Math.fround(offset + random.normal())))
}

const matrix = (rows: number[][], cols: number) => new Matrix(rows.length, cols, Float32Array.from(rows.flat()))

/** Ridge regression with an intercept that is not penalised. */
function linear(x: number[][], y: number[][], regularization: number, z: number[]): number[] {
  const mx = mean(x)
  const my = mean(y)
  const centred = x.map((row) => row.map((value, c) => value - mx[c]!))
  const column = (rows: number[][], c: number) => rows.map((row) => row[c]!)
  const a = mx.map((_, i) =>
    mx.map((_, j) => dot(column(centred, i), column(centred, j)) + (i === j ? regularization : 0)),
  )
  const b = mx.map((_, i) =>
    my.map((m, j) =>
      dot(
        column(centred, i),
        column(y, j).map((value) => value - m),
      ),
    ),
  )
  const weights = solve(a, b)
  return my.map(
    (m, j) =>
      m +
      dot(
        z.map((value, c) => value - mx[c]!),
        column(weights, j),
      ),
  )
}

const squaredDistance = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0)

/** Gaussian kernel ridge regression around the mean, the width from the mean over all pairs. */
function kernel(x: number[][], y: number[][], regularization: number, z: number[]): number[] {
  const my = mean(y)
  const total = x.reduce((sum, a) => x.reduce((inner, b) => inner + squaredDistance(a, b), sum), 0)
  const gamma = total > 0 ? 1.7 / (total / x.length ** 2) : 1
  const k = (a: number[], b: number[]) => Math.exp(-gamma * squaredDistance(a, b))
  const a = x.map((row, i) => x.map((other, j) => k(row, other) + (i === j ? regularization : 0)))
  const dual = solve(
    a,
    y.map((row) => row.map((value, j) => value - my[j]!)),
  )
  return my.map(
    (m, j) =>
      m +
      dot(
        x.map((row) => k(row, z)),
        dual.map((row) => row[j]!),
      ),
  )
}

describe.each([
  ['linear', linear, 5],
  ['kernel', kernel, 0.5],
] as const)('the %s map', (featureMap, plain, penalty) => {
  it('equals a plain implementation in double, whatever items have features', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 24 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(0, 100),
        fc.nat(1000),
        async (items, dims, factors, offset, seed) => {
          // Items 0, 1, ... have factors, 1, 2, ... have features, in another order.
          const y = normals(items + 1, factors, seed)
          const x = normals(items, dims, seed + 1, offset)
          const ids = Array.from({ length: items }, (_, i) => items - i)
          const features = Features.from(ids, matrix(x, dims))
          const settings = { featureMap, featureRegularization: null }
          const log = IdMap.from(Array.from({ length: items + 1 }, (_, i) => i))
          const described = await describedItems(log, Int32Array.from(y.keys()), features)
          const map = await FeatureMap.learn(features, described, matrix(y, factors), settings)
          expect(map.kind).toBe(featureMap)
          const z = normals(3, dims, seed + 2, offset)
          const mapped = await map.apply(matrix(z, dims))
          for (const [r, row] of z.entries()) {
            const expected = plain(
              x,
              ids.map((id) => y[id]!),
              penalty,
              row,
            )
            for (const [c, value] of expected.entries()) expect(mapped.row(r)[c]!).toBeCloseTo(value, 3)
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  it('maps many items as it maps one', async () => {
    const x = normals(30, 4, 1)
    const ids = IdMap.from(x.keys())
    const settings = { featureMap, featureRegularization: 2 }
    const features = Features.from(ids, matrix(x, 4))
    const map = await FeatureMap.learn(
      features,
      await describedItems(ids, Int32Array.from(ids), features),
      matrix(normals(30, 3, 2), 3),
      settings,
    )
    const many = matrix(normals(1000, 4, 3), 4)
    const mapped = await map.apply(many)
    for (const row of [0, 255, 256, 999])
      expect(mapped.row(row)).toEqual((await map.apply(many.subarray(row, row + 1))).data)
    expect((await map.apply(new Matrix(0, 4))).rows).toBe(0)
    await expect(map.apply(new Matrix(1, 5))).rejects.toEqual(code('ERR_SHAPE'))
  })
})

it('a kernel is as wide for features far from 0 as for those around it', async () => {
  const x = normals(20, 2, 1)
  const far = x.map((row) => row.map((value) => Math.round(value * 64) / 64 + 1e5))
  const near = far.map((row) => row.map((value) => value - 1e5))
  const ids = IdMap.from(x.keys())
  const y = matrix(normals(20, 2, 2), 2)
  const settings = { featureMap: 'kernel', featureRegularization: null } as const
  const [a, b] = await Promise.all(
    [far, near].map(async (rows) => {
      const features = Features.from(ids, matrix(rows, 2))
      const map = await FeatureMap.learn(
        features,
        await describedItems(ids, Int32Array.from(ids), features),
        y,
        settings,
      )
      return map.apply(matrix(rows, 2))
    }),
  )
  for (let i = 0; i < a!.data.length; i++) expect(a!.data[i]!).toBeCloseTo(b!.data[i]!, 5)
})
