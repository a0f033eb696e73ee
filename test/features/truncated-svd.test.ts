import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Features, Matrix, SparseMatrix, setThreads, TruncatedSVD } from 'kindred'
import { afterAll, describe, expect, it } from 'vitest'
import { code } from '../support/logs.js'
import { random } from '../support/numbers.js'
import { expectClose, fromOrthonormal, reductions, sparseTable, tableOf, tail } from './reductions.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-svd-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const inputOf = (table: string) => (table === 'sparse' ? sparseTable() : tableOf(table))

describe('TruncatedSVD is that of scikit-learn', () => {
  const solvers = (table: string) => (table === 'sparse' ? ['auto'] : ['exact', 'randomized']) as ('auto' | 'exact')[]
  const cases = reductions.svd.flatMap((one) => solvers(one.table).map((solver) => ({ ...one, solver })))
  it.each(cases)('$table, $solver', async ({ table, components, expected, solver }) => {
    const x = inputOf(table)
    const tolerance = solver === 'exact' ? 3e-6 : 2e-3
    const svd = new TruncatedSVD({ components, solver, powerIterations: 20 })
    const images = await svd.fitTransform(x)
    expectClose(svd.components.data, expected.components, tolerance)
    expectClose(svd.singularValues, expected.singular_values, tolerance)
    expectClose(svd.explainedVariance, expected.explained_variance, tolerance)
    expectClose(svd.explainedVarianceRatio, expected.explained_variance_ratio, tolerance)
    expectClose(tail(images), expected.transformed, tolerance)
    expect(await svd.transform(x)).toEqual(images)
    if (expected.restored) expectClose(tail(await svd.inverseTransform(images)), expected.restored, tolerance)
    expect(fromOrthonormal(svd.components)).toBeLessThan(1e-5)
  })
})

describe('TruncatedSVD', () => {
  const next = random(1)
  const lists = Array.from({ length: 3000 }, () => {
    const columns = new Map(Array.from({ length: 6 }, () => [Math.floor(next() ** 2 * 200), next()] as const))
    return [...columns]
  })

  it('gives sparse rows the same bits for any number of threads, and dense ones the same numbers', async () => {
    const x = SparseMatrix.from(lists, 200)
    const found = []
    try {
      for (const threads of [1, 2, 3]) {
        setThreads(threads)
        const svd = new TruncatedSVD({ components: 8 })
        found.push([await svd.fitTransform(x), svd.components])
      }
    } finally {
      setThreads(2)
    }
    expect(found[1]).toEqual(found[0])
    expect(found[2]).toEqual(found[0])
    const sparse = await new TruncatedSVD({ components: 3, powerIterations: 30 }).fit(x)
    const dense = await new TruncatedSVD({ components: 3 }).fit(await x.toDense())
    expectClose(sparse.singularValues, dense.singularValues, 1e-4)
    expectClose(sparse.explainedVarianceRatio, dense.explainedVarianceRatio, 1e-3)
  })

  it('comes back from disk, keeps ids, and has nothing beyond the rank', async () => {
    const x = SparseMatrix.from([[[0, 1]], [[0, 2]], [[0, 3]], [[0, 1]]], 4)
    const svd = await new TruncatedSVD({ components: 3 }).fit(x)
    expectClose(svd.singularValues, [Math.sqrt(15), 0, 0], 1e-6)
    expect([...svd.components.row(1), ...svd.components.row(2)].every((value) => value === 0)).toBe(true)
    await svd.save(join(dir, 'saved'))
    const loaded = await TruncatedSVD.load(join(dir, 'saved'))
    expect(loaded.options).toEqual(svd.options)
    expect(await loaded.transform(x)).toEqual(await svd.transform(x))
    const features = Features.from(['a', 'b'], new Matrix(2, 4, Float32Array.of(1, 0, 0, 0, 2, 0, 0, 5)))
    const reduced = await loaded.transform(features)
    expect([...reduced.ids]).toEqual(['a', 'b'])
    expectClose(reduced.matrix.data, [1, 0, 0, 2, 0, 0], 1e-6)
    expect([...(await new TruncatedSVD({ components: 1 }).fitTransform(features)).ids]).toEqual(['a', 'b'])
  })

  it('refuses what it cannot use, and stays as it was', async () => {
    const x = SparseMatrix.from(lists.slice(0, 50), 200)
    const svd = await new TruncatedSVD({ components: 2 }).fit(x)
    const before = svd.components
    await expect(new TruncatedSVD({ components: 60 }).fit(x)).rejects.toThrow(/components from 1 to 50/)
    await expect(new TruncatedSVD({ components: 2, solver: 'exact' }).fit(x)).rejects.toEqual(code('ERR_NOT_SUPPORTED'))
    const unsorted = new SparseMatrix(
      3,
      3,
      Int32Array.of(0, 2, 2, 3),
      Int32Array.of(2, 0, 1),
      new Float32Array(3).fill(1),
    )
    await expect(svd.fit(unsorted)).rejects.toEqual(code('ERR_SHAPE'))
    const infinite = SparseMatrix.from(lists.slice(0, 50), 200)
    infinite.values[3] = Infinity
    await expect(svd.fit(infinite)).rejects.toEqual(code('ERR_VALUE'))
    const lacking = new Matrix(40, 3)
    lacking.data[7] = Number.NaN
    await expect(svd.fit(lacking)).rejects.toEqual(code('ERR_VALUE', /column 1/))
    await expect(svd.fit(new Matrix(0, 3))).rejects.toEqual(code('ERR_DATA', /at least 1 row/))
    await expect(svd.fit({} as never)).rejects.toEqual(code('ERR_VALUE'))
    await expect(svd.transform(SparseMatrix.from([[]], 3))).rejects.toEqual(code('ERR_SHAPE'))
    await expect(new TruncatedSVD().transform(x)).rejects.toEqual(code('ERR_NOT_FITTED'))
    await expect(svd.fit(x, { signal: AbortSignal.abort() })).rejects.toEqual(code('ERR_ABORTED'))
    expect(svd.components).toBe(before)
  })
})

it('a sparse matrix of too many columns for its components is refused at once', async () => {
  const rows = [[[0, 1] as const], [[2 ** 31 - 2, 1] as const]]
  const wide = SparseMatrix.from(rows, 2 ** 31 - 1)
  await expect(new TruncatedSVD({ components: 1 }).fit(wide)).rejects.toMatchObject({
    code: 'ERR_TOO_LARGE',
    message: expect.stringContaining('HashingVectorizer'),
  })
})
