import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ElasticNetCV, LassoCV, Matrix, setThreads } from 'kindred'
import { describe, expect, it, onTestFinished } from 'vitest'
import { farthest, matrixOf, selectionCases } from '../support/selection-fixture.js'

const FINE = { tolerance: 1e-11, iterations: 1_000_000 }

describe.each(selectionCases.map((one) => [`${one.rows} x ${one.cols}`, one] as const))('of %s', (_, one) => {
  const matrix = matrixOf(one)

  it('the lasso chooses as scikit-learn does', async () => {
    const { alpha, alphas, msePath, coef, intercept } = one.crossValidated.lasso
    const model = await new LassoCV({ alphaCount: 20, ...FINE }).fit(matrix, one.y)
    expect(farthest(model.alphas, alphas)).toBeLessThan(1e-6)
    expect(farthest(model.msePath, msePath.flat())).toBeLessThan(1e-5)
    expect(farthest([model.alpha], [alpha])).toBeLessThan(1e-6)
    expect(farthest(model.coef, coef)).toBeLessThan(1e-5)
    expect(farthest([model.intercept], [intercept])).toBeLessThan(1e-5)
    expect([model.l1Ratio, model.notConverged]).toEqual([1, 0])
  })

  it('the elastic net chooses as scikit-learn does', async () => {
    const { alpha, l1Ratio, alphas, msePath, coef } = one.crossValidated.elasticNet
    const model = await new ElasticNetCV({ l1Ratio: [0.2, 0.8], alphaCount: 15, folds: 4, ...FINE }).fit(matrix, one.y)
    expect(model.l1Ratio).toBe(l1Ratio)
    expect(farthest(model.alphas, alphas)).toBeLessThan(1e-6)
    expect(farthest(model.msePath, msePath.flat())).toBeLessThan(1e-5)
    expect(farthest([model.alpha], [alpha])).toBeLessThan(1e-6)
    expect(farthest(model.coef, coef)).toBeLessThan(1e-5)
  })
})

const [one] = selectionCases
const matrix = matrixOf(one!)

it('deals rows out by its seed, counts its fits, and gives the same bits for any number of threads', async () => {
  const models = []
  try {
    for (const threads of [1, 3]) {
      setThreads(threads)
      const done: number[] = []
      const model = await new LassoCV({ folds: 3, seed: 5, alphaCount: 10 }).fit(matrix, one!.y, {
        onProgress: ({ done: n, total }) => {
          expect(total).toBe(31)
          done.push(n)
        },
      })
      expect(done).toEqual(Array.from({ length: 31 }, (_, i) => i + 1))
      models.push(model)
    }
  } finally {
    setThreads(2)
  }
  expect(models[1]!.msePath).toEqual(models[0]!.msePath)
  expect(models[1]!.coef).toEqual(models[0]!.coef)
  const other = await new LassoCV({ folds: 3, seed: 6, alphaCount: 10 }).fit(matrix, one!.y)
  expect(other.msePath).not.toEqual(models[0]!.msePath)
})

it('is loaded as it was saved', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kindred-linear-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const model = await new ElasticNetCV({ l1Ratio: [0.5, 0.9], alphas: [1, 0.1], folds: 3 }).fit(matrix, one!.y)
  await model.save(dir)
  const loaded = await ElasticNetCV.load(dir)
  expect(loaded.options).toEqual(model.options)
  expect([loaded.alpha, loaded.l1Ratio, loaded.msePath]).toEqual([model.alpha, model.l1Ratio, model.msePath])
})

it.each<[string, () => Promise<unknown>, RegExp]>([
  ['one fold', async () => new LassoCV({ folds: 1 }), /folds/],
  ['more folds than rows', async () => new LassoCV({ folds: 3 }).fit(new Matrix(2, 1), [1, 2]), /the 2 rows/],
  ['no share', async () => new ElasticNetCV({ l1Ratio: [] }), /at least one/],
])('refuses: %s', async (_, call, message) => {
  await expect(call()).rejects.toMatchObject({ code: 'ERR_VALUE', message: expect.stringMatching(message) })
})
