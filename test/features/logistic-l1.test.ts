import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LogisticL1, logisticL1Path, Matrix, setThreads } from 'kindred'
import { describe, expect, it, onTestFinished } from 'vitest'
import { farthest, matrixOf, selectionCases } from '../support/selection-fixture.js'

const FINE = { tolerance: 1e-10, iterations: 1000 }

describe.each(selectionCases.map((one) => [`${one.rows} x ${one.cols}`, one] as const))('of %s', (_, one) => {
  const matrix = matrixOf(one)
  const target = one.labels.map((label) => Number(label > 0))

  it('coefficients are those of scikit-learn', async () => {
    for (const { alpha, fitIntercept, coef, intercept } of one.logistic) {
      const model = await new LogisticL1({ alpha, fitIntercept, ...FINE }).fit(matrix, target)
      expect(model.converged).toBe(true)
      expect(farthest(model.coef, coef)).toBeLessThan(2e-4)
      expect(farthest([model.intercept], [intercept])).toBeLessThan(2e-4)
    }
  })

  it('a path ends where single fits do, and gives the same bits for any number of threads', async () => {
    const paths = []
    try {
      for (const threads of [1, 2, 5]) {
        setThreads(threads)
        paths.push(await logisticL1Path(matrix, target, { alphaCount: 8, epsilon: 0.05, ...FINE }))
      }
    } finally {
      setThreads(2)
    }
    expect(paths[1]).toEqual(paths[0])
    expect(paths[2]).toEqual(paths[0])
    const [path] = paths
    expect(path!.notConverged).toBe(0)
    expect([...path!.losses]).toEqual([...path!.losses].sort((a, b) => b - a))
    expect(path!.coefs.subarray(0, one.cols).every((weight) => Math.abs(weight) < 1e-6)).toBe(true)
    for (const n of [3, 7]) {
      const model = await new LogisticL1({ alpha: path!.alphas[n]!, ...FINE }).fit(matrix, target)
      expect(farthest(path!.coefs.subarray(n * one.cols, (n + 1) * one.cols), [...model.coef])).toBeLessThan(1e-6)
    }
  })

  it('predicts probabilities, and is loaded as it was saved', async () => {
    const model = await new LogisticL1({ alpha: 0.02 }).fit(matrix, target)
    const predicted = await model.predict(matrix)
    const expected = Array.from(predicted, (_, row) => {
      const margin = model.coef.reduce((sum, w, c) => sum + w * matrix.row(row)[c]!, model.intercept)
      return 1 / (1 + Math.exp(-margin))
    })
    expect(farthest(predicted, expected)).toBeLessThan(1e-6)
    const dir = mkdtempSync(join(tmpdir(), 'kindred-linear-'))
    onTestFinished(() => rmSync(dir, { recursive: true }))
    await model.save(dir)
    expect(await (await LogisticL1.load(dir)).predict(matrix)).toEqual(predicted)
  })
})

it.each<[string, number[], RegExp]>([
  ['other classes', [0, 2, 1], /row 1 has 2/],
  ['one class', [1, 1, 1], /both classes but all 3 rows are 1/],
])('refuses %s', async (_, target, message) => {
  await expect(new LogisticL1().fit(new Matrix(3, 1), target)).rejects.toMatchObject({
    code: 'ERR_VALUE',
    message: expect.stringMatching(message),
  })
})

it('separable classes are bounded by the penalty', async () => {
  const matrix = new Matrix(4, 1, Float32Array.of(-2, -1, 1, 2))
  const model = await new LogisticL1({ alpha: 1e-3 }).fit(matrix, [0, 0, 1, 1])
  expect(model.converged).toBe(true)
  expect(model.coef[0]).toBeGreaterThan(3)
  expect((await model.predict(matrix))[3]).toBeGreaterThan(0.99)
})
