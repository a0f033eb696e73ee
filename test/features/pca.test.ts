import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Features, Matrix, PCA, setThreads } from 'kindred'
import { afterAll, describe, expect, it } from 'vitest'
import { code } from '../support/logs.js'
import { random } from '../support/numbers.js'
import { type Expected, expectClose, fromOrthonormal, reductions, tableOf, tail } from './reductions.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-pca-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** How far single precision may leave a number of the largest of its kind. */
const TOLERANCE = 2e-6

async function expectLearnt(pca: PCA, x: Matrix, expected: Expected, tolerance = TOLERANCE): Promise<void> {
  expectClose(pca.components.data, expected.components, tolerance)
  expectClose(pca.explainedVariance, expected.explained_variance, tolerance)
  expectClose(pca.explainedVarianceRatio, expected.explained_variance_ratio, tolerance)
  expectClose(pca.singularValues, expected.singular_values, tolerance)
  expectClose(pca.mean, expected.mean!, tolerance)
  const images = await pca.transform(x)
  expectClose(tail(images), expected.transformed, 10 * tolerance)
  expectClose(tail(await pca.inverseTransform(images)), expected.restored!, 10 * tolerance)
}

/** [rows, cols] of rank `rank` and noise, around a mean of 3. */
function planted(rows: number, cols: number, rank: number, seed: number): Matrix {
  const next = random(seed)
  const directions = Array.from({ length: rank * cols }, () => next() - 0.5)
  const x = new Matrix(rows, cols)
  for (let r = 0; r < rows; r++) {
    const row = x.row(r).fill(3)
    for (let k = 0; k < rank; k++) {
      const weight = (20 * (next() - 0.5)) / (k + 1)
      for (let c = 0; c < cols; c++) row[c]! += weight * directions[k * cols + c]!
    }
    for (let c = 0; c < cols; c++) row[c]! += 0.1 * (next() - 0.5)
  }
  return x
}

describe('PCA is that of scikit-learn', () => {
  it.each(reductions.pca)('$table, $options', async ({ table, options, expected }) => {
    const x = tableOf(table)
    const pca = await new PCA(options).fit(x)
    expect(pca.solver).toBe('covariance')
    expect(pca.samplesSeen).toBe(x.rows)
    await expectLearnt(pca, x, expected)
  })

  it.each(reductions.pca.filter(({ options }) => !(options.components! < 1)))(
    'by subspace iteration: $table, $options',
    async ({ table, options, expected }) => {
      const x = tableOf(table)
      const pca = await new PCA({ ...options, solver: 'randomized', powerIterations: 12 }).fit(x)
      expect(pca.solver).toBe('randomized')
      await expectLearnt(pca, x, expected, 3e-4)
    },
  )

  it.each(reductions.incremental)('batch by batch: $table', async ({ table, components, batches, expected }) => {
    const x = tableOf(table)
    const pca = new PCA({ components })
    let begin = 0
    for (const rows of batches) {
      await pca.partialFit(x.subarray(begin, begin + rows))
      begin += rows
    }
    expect(pca.samplesSeen).toBe(x.rows)
    expect(pca.solver).toBe('incremental')
    await expectLearnt(pca, x, expected, 5e-6)
  })
})

describe('PCA', () => {
  it('finds orthonormal components of whatever is given, and restores all of it from all of them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 12 }),
        fc.integer({ min: 1, max: 12 }),
        fc.func(fc.integer({ min: -9, max: 9 })),
        async (rows, cols, number) => {
          const x = new Matrix(rows, cols)
          for (let i = 0; i < rows * cols; i++) x.data[i] = number(i)
          const pca = await new PCA().fit(x)
          expect(pca.components.rows).toBe(Math.min(rows, cols))
          expect(fromOrthonormal(pca.components)).toBeLessThan(1e-5)
          const ratios = [...pca.explainedVarianceRatio]
          expect(ratios).toEqual([...ratios].sort((a, b) => b - a))
          const restored = await pca.inverseTransform(await pca.transform(x))
          for (let i = 0; i < x.data.length; i++) expect(Math.abs(restored.data[i]! - x.data[i]!)).toBeLessThan(1e-4)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('does not depend on the order of the rows, but for rounding', async () => {
    const x = planted(500, 20, 3, 1)
    const reversed = new Matrix(500, 20)
    for (let r = 0; r < 500; r++) reversed.row(499 - r).set(x.row(r))
    const [a, b] = [await new PCA({ components: 3 }).fit(x), await new PCA({ components: 3 }).fit(reversed)]
    expectClose(a.components.data, b.components.data, 1e-6)
  })

  it.each(['covariance', 'randomized'] as const)(
    'gives the same bits for any number of threads: %s',
    async (solver) => {
      const x = planted(9000, 90, 5, 2)
      const found = []
      try {
        for (const threads of [1, 2, 3]) {
          setThreads(threads)
          const pca = await new PCA({ components: 5, solver }).fit(x)
          found.push({ components: pca.components, mean: pca.mean, images: await pca.transform(x) })
        }
      } finally {
        setThreads(2)
      }
      expect(found[1]).toEqual(found[0])
      expect(found[2]).toEqual(found[0])
    },
  )

  it('sums large tables in float, as well as small ones in double', async () => {
    const x = planted(70_000, 250, 4, 3) // rows * dims^2 > 2^32
    const pca = await new PCA({ components: 4 }).fit(x)
    const randomized = await new PCA({ components: 4, solver: 'randomized' }).fit(x)
    expectClose(pca.explainedVariance, randomized.explainedVariance, 1e-5)
    expectClose(pca.mean, randomized.mean, 1e-6)
    expect(fromOrthonormal(pca.components)).toBeLessThan(1e-6)
  })

  it('whitens to variance 1, and components without variance to 0', async () => {
    const x = new Matrix(50, 3)
    for (let r = 0; r < 50; r++) x.row(r).set([r, (r * 7) % 11, 2 * r])
    const images = await new PCA({ whiten: true }).fitTransform(x)
    const again = await new PCA().fit(images)
    expectClose(again.explainedVariance, [1, 1, 0], 1e-5)
  })

  it('takes Features, and keeps their ids', async () => {
    const features = Features.from(['a', 'b', 'c'], planted(3, 5, 2, 4))
    const pca = await new PCA({ components: 2 }).fit(features)
    const reduced = await pca.transform(features)
    expect([...reduced.ids]).toEqual(['a', 'b', 'c'])
    expect(reduced.dims).toBe(2)
    expect((await pca.inverseTransform(reduced)).matrix).toEqual(await pca.inverseTransform(reduced.matrix))
    expect((await new PCA({ components: 2 }).fitTransform(features)).matrix).toEqual(reduced.matrix)
  })

  it('goes on from a fit with partialFit, one call after the other', async () => {
    const x = planted(600, 12, 3, 5)
    const pca = await new PCA({ components: 12 }).fit(x.subarray(0, 200))
    await Promise.all([pca.partialFit(x.subarray(200, 400)), pca.partialFit(x.subarray(400))])
    const whole = await new PCA({ components: 12 }).fit(x)
    expect(pca.samplesSeen).toBe(600)
    expectClose(pca.explainedVariance, whole.explainedVariance, 1e-5)
    expectClose(pca.mean, whole.mean, 1e-6)
  })

  it('comes back from disk as it was', async () => {
    const x = planted(100, 8, 2, 6)
    for (const options of [{ components: 3, whiten: true }, { components: 0.9 }, {}]) {
      const pca = await new PCA(options).fit(x)
      await pca.save(join(dir, 'saved'))
      const loaded = await PCA.load(join(dir, 'saved'))
      expect(loaded.options).toEqual(pca.options)
      expect(await loaded.transform(x)).toEqual(await pca.transform(x))
      if (options.components === 3) expect((await loaded.partialFit(x)).samplesSeen).toBe(200)
    }
    await expect(PCA.load(dir)).rejects.toEqual(code('ERR_MODEL_FILE'))
    await expect(new PCA().save(join(dir, 'none'))).rejects.toEqual(code('ERR_NOT_FITTED'))
  })

  it('refuses what it cannot use, and stays as it was', async () => {
    for (const components of [0, -1, 1.5, Number.NaN, '3' as never])
      expect(() => new PCA({ components })).toThrow(code('ERR_VALUE'))
    expect(() => new PCA({ components: 0.5, solver: 'randomized' })).toThrow(/components, with solver/)
    expect(() => new PCA({ solver: 'full' as never })).toThrow(code('ERR_VALUE'))
    const x = planted(30, 4, 2, 7)
    const pca = await new PCA({ components: 3 }).fit(x)
    const before = await pca.transform(x)
    const bad = planted(30, 4, 2, 8)
    bad.data[61] = Number.NaN
    await expect(pca.fit(bad)).rejects.toThrow(/finite numbers.*column 1/)
    const wide = planted(4, 30, 2, 9)
    wide.data[32] = Number.NaN
    await expect(pca.fit(wide)).rejects.toThrow(/PCA.fit: expected finite numbers but column 2/)
    await expect(pca.partialFit(bad)).rejects.toEqual(code('ERR_VALUE'))
    await expect(new PCA({ components: 3, solver: 'randomized' }).fit(bad)).rejects.toThrow(/column 1/)
    await expect(pca.transform(bad)).rejects.toThrow(/row 15/)
    await expect(pca.fit(x.subarray(0, 2))).rejects.toThrow(/components from 1 to 2/)
    await expect(pca.fit(x.subarray(0, 1))).rejects.toEqual(code('ERR_DATA'))
    await expect(pca.fit([[1]] as never)).rejects.toEqual(code('ERR_VALUE'))
    await expect(pca.transform(new Matrix(2, 5))).rejects.toEqual(code('ERR_SHAPE'))
    await expect(pca.partialFit(new Matrix(2, 5))).rejects.toEqual(code('ERR_SHAPE'))
    await expect(pca.inverseTransform(x)).rejects.toEqual(code('ERR_SHAPE'))
    await expect(new PCA({ components: 3 }).partialFit(x.subarray(0, 2))).rejects.toEqual(code('ERR_DATA'))
    await expect(new PCA({ components: 0.5 }).partialFit(x)).rejects.toEqual(code('ERR_NOT_SUPPORTED'))
    await expect(new PCA().transform(x)).rejects.toEqual(code('ERR_NOT_FITTED'))
    expect(() => new PCA().components).toThrow(code('ERR_NOT_FITTED'))
    const controller = new AbortController()
    const fitting = pca.fit(planted(20_000, 60, 2, 9), { signal: controller.signal })
    controller.abort()
    await expect(fitting).rejects.toEqual(code('ERR_ABORTED'))
    expect(await pca.transform(x)).toEqual(before)
  })

  it('tells how far it has come', async () => {
    const x = planted(100, 8, 2, 10)
    const seen: [number, number][] = []
    const onProgress = ({ done, total }: { done: number; total: number }) => seen.push([done, total])
    await new PCA({ components: 2 }).fit(x, { onProgress })
    await new PCA({ components: 2, solver: 'randomized', powerIterations: 3 }).fit(x, { onProgress })
    expect(seen).toEqual([[1, 2], [2, 2], [1, 3], [2, 3], [3, 3]]) // biome-ignore format: pairs
  })
})
