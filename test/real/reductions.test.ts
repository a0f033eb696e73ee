import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Matrix, PCA, TruncatedSVD } from 'kindred'
import { describe, expect, it } from 'vitest'
import { type Expected, expectClose, tail } from '../features/reductions.js'
import { lines, real } from '../support/real.js'

interface Item {
  year: number | null
  genres: string[]
}

/** Year and genres of each item that has a year, as test/fixtures/make-reductions-ml1m.py takes them. */
function items(): Matrix {
  const list = lines(`${real}/data/ml-1m/items.jsonl`).flatMap((line) => {
    const item = JSON.parse(line) as Item
    return item.year === null ? [] : [item as Item & { year: number }]
  })
  const genres = [...new Set(list.flatMap((item) => item.genres))].sort()
  const x = new Matrix(list.length, 1 + genres.length)
  for (const [r, item] of list.entries())
    x.row(r).set([item.year, ...genres.map((genre) => Number(item.genres.includes(genre)))])
  return x
}

describe.skipIf(!real)('ML-1M items, as scikit-learn reduces them', () => {
  const path = join(__dirname, '..', 'fixtures', 'reductions-ml1m.json')
  const expected = JSON.parse(readFileSync(path, 'utf8')) as { pca: Expected; svd: Expected }
  it.each([
    ['pca', new PCA({ components: 6 }), 2e-5],
    ['pca', new PCA({ components: 6, solver: 'randomized', powerIterations: 20 }), 1e-3],
    ['svd', new TruncatedSVD({ components: 6 }), 2e-5],
  ] as const)('%s %#', async (name, reduction, tolerance) => {
    const x = items()
    await reduction.fit(x)
    const of = expected[name]
    expectClose(reduction.components.data, of.components, tolerance)
    expectClose(reduction.explainedVariance, of.explained_variance, tolerance)
    expectClose(reduction.explainedVarianceRatio, of.explained_variance_ratio, tolerance)
    expectClose(reduction.singularValues, of.singular_values, tolerance)
    expectClose(tail(await reduction.transform(x)), of.transformed, tolerance)
    expect(x.cols).toBe(19)
  })
})
