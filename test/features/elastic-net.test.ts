import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { ElasticNet, elasticNetPath, Lasso, LogisticL1, lassoPath, Matrix, setThreads } from 'kindred'
import { describe, expect, it, onTestFinished } from 'vitest'
import { random } from '../support/numbers.js'
import { farthest, matrixOf, selectionCases } from '../support/selection-fixture.js'

const FINE = { tolerance: 1e-13, iterations: 1_000_000 }

describe.each(selectionCases.map((one) => [`${one.rows} x ${one.cols}`, one] as const))('of %s', (_, one) => {
  const matrix = matrixOf(one)

  it.each([true, false])('coefficients are those of scikit-learn, with a Gram matrix: %s', async (precompute) => {
    for (const { alpha, l1Ratio, fitIntercept, positive, coef, intercept } of one.linear) {
      const options = { alpha, fitIntercept, positive, precompute, ...FINE }
      const model = l1Ratio === 1 ? new Lasso(options) : new ElasticNet({ ...options, l1Ratio })
      await model.fit(matrix, one.y)
      expect(model.converged).toBe(true)
      expect(farthest(model.coef, coef)).toBeLessThan(1e-5)
      expect(farthest([model.intercept], [intercept])).toBeLessThan(1e-5)
      expect([...model.selected]).toEqual(coef.flatMap((value, column) => (value === 0 ? [] : [column])))
    }
  })

  it('a path is that of scikit-learn, with the same penalties', async () => {
    const path = await lassoPath(matrix, one.y, { alphaCount: 12, epsilon: 0.01, fitIntercept: false, ...FINE })
    expect(farthest(path.alphas, one.path.alphas)).toBeLessThan(1e-6)
    expect(farthest(path.coefs, one.path.coefs.flat())).toBeLessThan(1e-5)
    expect(path.notConverged).toBe(0)
  })

  it('predictions are those of the coefficients', async () => {
    const model = await new Lasso({ alpha: 0.02 }).fit(matrix, one.y)
    const predicted = await model.predict(matrix)
    const expected = Array.from(predicted, (_, row) =>
      model.coef.reduce((sum, weight, column) => sum + weight * matrix.row(row)[column]!, model.intercept),
    )
    expect(farthest(predicted, expected)).toBeLessThan(1e-6)
  })
})

/** Rows of numbers, and a target that some columns make up. */
function table(rows: number, cols: number, seed: number) {
  const next = random(seed)
  const matrix = new Matrix(
    rows,
    cols,
    Float32Array.from({ length: rows * cols }, () => 2 * next() - 1),
  )
  const target = Float64Array.from({ length: rows }, (_, row) => {
    const own = matrix.row(row)
    return 3 + own.reduce((sum, x, c) => (c % 4 === 0 ? sum + ((c % 3) - 1.2) * x : sum), 0.3 * next())
  })
  return { matrix, target }
}

/** The largest violation of the conditions of the minimum (Karush, Kuhn, Tucker), per row, from the table in double. */
function violation(
  { matrix, target }: ReturnType<typeof table>,
  model: { coef: Float64Array; intercept: number },
  { alpha, l1Ratio }: { alpha: number; l1Ratio: number },
) {
  const { rows, cols, data } = matrix
  const residual = target.map((y, r) =>
    model.coef.reduce((rest, weight, c) => rest - weight * data[r * cols + c]!, y - model.intercept),
  )
  let worst = Math.abs(residual.reduce((sum, r) => sum + r, 0)) / rows
  for (let c = 0; c < cols; c++) {
    const gradient = residual.reduce((sum, r, row) => sum + r * data[row * cols + c]!, 0) / rows
    const weight = model.coef[c]!
    const slope = gradient - alpha * (1 - l1Ratio) * weight
    const beyond =
      weight === 0 ? Math.abs(slope) - alpha * l1Ratio : Math.abs(slope - alpha * l1Ratio * Math.sign(weight))
    worst = Math.max(worst, beyond)
  }
  return worst
}

it('satisfies the conditions of its minimum on any table', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 0, max: 80 }),
      fc.integer({ min: 0, max: 1000 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      fc.double({ min: 0.1, max: 0.95, noNaN: true }),
      fc.boolean(),
      async (rows, cols, seed, alpha, l1Ratio, precompute) => {
        const data = table(rows, cols, seed)
        const model = await new ElasticNet({ alpha, l1Ratio, precompute, ...FINE }).fit(data.matrix, data.target)
        expect(violation(data, model, { alpha, l1Ratio })).toBeLessThan(1e-5)
      },
    ),
    { numRuns: 60 },
  )
})

it('gives the same bits for any number of threads', async () => {
  const { matrix, target } = table(3000, 90, 1)
  const paths = []
  try {
    for (const threads of [1, 2, 5]) {
      setThreads(threads)
      paths.push(await elasticNetPath(matrix, target, { alphaCount: 20, l1Ratio: 0.8 }))
    }
  } finally {
    setThreads(2)
  }
  expect(paths[1]).toEqual(paths[0])
  expect(paths[2]).toEqual(paths[0])
})

it('standardised columns take a penalty in units of their deviation', async () => {
  const { matrix, target } = table(200, 8, 2)
  const scaled = new Matrix(
    200,
    8,
    matrix.data.map((x, i) => (i % 8 === 4 ? 1000 * x : x)),
  )
  const [plain, large] = await Promise.all(
    [matrix, scaled].map((own) => new Lasso({ alpha: 0.05, standardize: true, ...FINE }).fit(own, target)),
  )
  expect(1000 * large!.coef[4]!).toBeCloseTo(plain!.coef[4]!, 5)
  expect(large!.coef[0]).toBeCloseTo(plain!.coef[0]!, 5)
})

it('screens columns out and tells how many were looked at', async () => {
  const { matrix, target } = table(400, 300, 3)
  const path = await lassoPath(matrix, target, { alphaCount: 10, epsilon: 0.1 })
  expect(path.screened[0]).toBeLessThan(300)
  expect(path.alphas).toHaveLength(10)
  const weights = path.coefs.subarray(0, 300)
  expect(weights.every((weight) => Math.abs(weight) < 1e-9)).toBe(true) // the largest penalty leaves none
})

it('tells what did not converge', async () => {
  const { matrix, target } = table(200, 100, 4)
  const model = await new Lasso({ alpha: 1e-4, iterations: 1 }).fit(matrix, target)
  expect(model.converged).toBe(false)
  expect(model.dualGap).toBeGreaterThan(0)
  expect((await lassoPath(matrix, target, { alphas: [1e-4], iterations: 1 })).notConverged).toBe(1)
})

describe('a model', () => {
  const { matrix, target } = table(120, 6, 5)
  const names = ['a', 'b', 'c', 'd', 'e', 'f']

  it('names its columns, takes them, and is loaded as it was saved', async () => {
    const model = await new ElasticNet({ alpha: 0.1, l1Ratio: 0.9 }).fit(matrix, target, { names })
    expect(model.selection.names).toEqual(Array.from(model.selected, (column) => names[column]))
    expect(model.selection.dropped.map(({ name }) => name)).toContain('b')
    const taken = await model.transform(matrix)
    expect([taken.rows, taken.cols]).toEqual([120, model.selected.length])
    expect(taken.row(7)[0]).toBe(matrix.row(7)[model.selected[0]!])
    const dir = mkdtempSync(join(tmpdir(), 'kindred-linear-'))
    onTestFinished(() => rmSync(dir, { recursive: true }))
    await model.save(dir)
    const loaded = await ElasticNet.load(dir)
    expect(loaded.options).toEqual(model.options)
    expect(loaded.coef).toEqual(model.coef)
    expect(loaded.selection).toEqual(model.selection)
    expect(await loaded.predict(matrix)).toEqual(await model.predict(matrix))
    await expect(Lasso.load(dir)).rejects.toMatchObject({
      code: 'ERR_MODEL_FILE',
      message: expect.stringContaining('of class "ElasticNet", not "Lasso"'),
    })
    writeFileSync(join(dir, 'config.json'), '{')
    await expect(ElasticNet.load(dir)).rejects.toMatchObject({ code: 'ERR_MODEL_FILE' })
  })

  it('stays as it was where a fit fails', async () => {
    const model = await new Lasso({ alpha: 0.1 }).fit(matrix, target)
    const before = model.coef
    const broken = new Matrix(2, 6)
    broken.data[9] = Number.NaN
    await expect(model.fit(broken, [1, 2])).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringContaining('row 1 holds nan in column 3'),
    })
    expect(model.coef).toBe(before)
  })

  it.each<[string, () => Promise<unknown>, string, RegExp]>([
    ['not fitted', async () => new Lasso().predict(matrix), 'ERR_NOT_FITTED', /Call fit/],
    ['alpha 0', async () => new Lasso({ alpha: 0 }), 'ERR_VALUE', /alpha/],
    ['l1Ratio above 1', async () => new ElasticNet({ l1Ratio: 2 }), 'ERR_VALUE', /l1Ratio/],
    ['no such precompute', async () => new Lasso({ precompute: 'yes' as never }), 'ERR_VALUE', /precompute/],
    ['a target too short', async () => new Lasso().fit(matrix, [1]), 'ERR_SHAPE', /120 rows but received 1/],
    ['a target of text', async () => new Lasso().fit(matrix, [...target].fill('a' as never)), 'ERR_VALUE', /row 0/],
    ['no matrix', async () => new Lasso().fit([[1]] as never, [1]), 'ERR_VALUE', /expected a Matrix/],
    ['no rows', async () => new Lasso().fit(new Matrix(0, 3), []), 'ERR_SHAPE', /at least one row/],
    ['too few names', async () => new Lasso().fit(matrix, target, { names: ['a'] }), 'ERR_SHAPE', /6 columns/],
    ['alphas of 0', async () => lassoPath(matrix, target, { alphas: [0] }), 'ERR_VALUE', /alphas/],
    ['no alphas', async () => lassoPath(matrix, target, { alphas: [] }), 'ERR_VALUE', /at least one/],
    ['a path of ridge', async () => elasticNetPath(matrix, target, { l1Ratio: 0 }), 'ERR_VALUE', /l1Ratio/],
  ])('refuses: %s', async (_, call, code, message) => {
    await expect(call()).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('refuses a matrix of other columns', async () => {
    const model = await new Lasso({ alpha: 0.1 }).fit(matrix, target)
    await expect(model.predict(new Matrix(1, 5))).rejects.toMatchObject({ code: 'ERR_SHAPE' })
    await expect(model.transform(new Matrix(1, 5))).rejects.toMatchObject({ code: 'ERR_SHAPE' })
  })

  it('fits ridge, of which the penalty leaves every column', async () => {
    const model = await new ElasticNet({ alpha: 0.3, l1Ratio: 0, ...FINE }).fit(matrix, target)
    expect(model.selected).toHaveLength(6)
    expect(violation({ matrix, target }, model, { alpha: 0.3, l1Ratio: 0 })).toBeLessThan(1e-6)
  })
})

it('stops when aborted, with the event loop free meanwhile', async () => {
  const { matrix, target } = table(4000, 600, 6)
  const controller = new AbortController()
  const done: number[] = []
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  const call = lassoPath(matrix, target, {
    tolerance: 1e-12,
    iterations: 1e6,
    epsilon: 1e-5,
    precompute: false,
    signal: controller.signal,
    onProgress: ({ done: n }) => {
      done.push(n)
      if (n === 3) controller.abort()
    },
  })
  await expect(call).rejects.toMatchObject({ code: 'ERR_ABORTED', name: 'AbortError' })
  clearInterval(timer)
  expect(done).toEqual([1, 2, 3])
  expect(turns).toBeGreaterThan(0)
})

it('LogisticL1 gives the error of the caller where onProgress throws', async () => {
  const thrown = new Error('of the caller')
  const fit = new LogisticL1().fit(new Matrix(2, 1, Float32Array.of(0, 1)), [0, 1], {
    onProgress: () => {
      throw thrown
    },
  })
  await expect(fit).rejects.toBe(thrown)
})
