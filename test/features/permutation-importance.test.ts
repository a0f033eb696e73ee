import { Matrix, permutationImportance, Table } from 'kindred'
import { describe, expect, it } from 'vitest'
import { random } from '../support/numbers.js'

const next = random(1)
const ROWS = 400
const matrix = new Matrix(
  ROWS,
  3,
  Float32Array.from({ length: ROWS * 3 }, () => 2 * next() - 1),
)
const rowsOf = (m: Matrix) => Array.from({ length: m.rows }, (_, row) => m.row(row))
const predict = (m: Matrix) => rowsOf(m).map(([a, b]) => 3 * a! - b!)
const target = predict(matrix)

it('is what shuffling each column costs, twice the variance that the column makes', async () => {
  const before = matrix.data.slice()
  const found = await permutationImportance(async (m: Matrix) => predict(m), matrix, target, {
    metric: 'mse',
    repeats: 20,
    names: ['a', 'b', 'c'],
  })
  expect(found.baseline).toBeCloseTo(0, 12)
  expect(found.names).toEqual(['a', 'b', 'c'])
  const variance = (column: number) => rowsOf(matrix).reduce((sum, row) => sum + row[column]! ** 2, 0) / ROWS
  expect(found.means[0]! / (2 * 9 * variance(0))).toBeCloseTo(1, 1)
  expect(found.means[1]! / (2 * variance(1))).toBeCloseTo(1, 1)
  expect([found.means[2], found.deviations[2]]).toEqual([0, 0])
  expect(found.deviations[0]).toBeGreaterThan(0)
  expect(found.importances).toHaveLength(60)
  expect(found.means[1]).toBeCloseTo(found.importances.subarray(20, 40).reduce((sum, x) => sum + x, 0) / 20, 12)
  expect(matrix.data).toEqual(before)
})

it('has the same bits for the same seed, of all columns or of some', async () => {
  const [all, some, other] = await Promise.all(
    [{ seed: 3 }, { seed: 3, columns: [1] }, { seed: 4 }].map((options) =>
      permutationImportance(predict, matrix, target, options),
    ),
  )
  expect(all!.means[1]).toBe(some!.means[0])
  expect([...some!.columns]).toEqual([1])
  expect(other!.means).not.toEqual(all!.means)
  expect(all!.baseline).toBe(1)
})

describe('of a table', () => {
  const table = Table.from({
    color: Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 'red' : 'blue')),
    size: Array.from({ length: 60 }, (_, i) => i),
  })
  const classes = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 'good' : 'bad'))
  const byColor = (own: Table) => Array.from(own, ({ color }) => (color === 'red' ? 'good' : 'bad'))

  it('columns of any type are shuffled', async () => {
    const found = await permutationImportance(byColor, table, classes, { metric: 'accuracy' })
    expect(found.names).toEqual(['color', 'size'])
    expect(found.baseline).toBe(1)
    expect(found.means[0]).toBeGreaterThan(0.3)
    expect(found.means[1]).toBe(0)
    const one = await permutationImportance(byColor, table, classes, { metric: 'accuracy', columns: ['size'] })
    expect(one.names).toEqual(['size'])
    const missing = permutationImportance(byColor, table, classes, { columns: ['weight'] })
    await expect(missing).rejects.toMatchObject({ code: 'ERR_COLUMN' })
  })
})

describe('metrics', () => {
  const four = new Matrix(4, 1, Float32Array.of(0.1, 0.4, 0.35, 0.8))
  const first = (m: Matrix) => Array.from(m.data)
  it.each<[string, number[], number]>([
    ['auc', [0, 0, 1, 1], 0.75],
    ['logLoss', [0, 0, 1, 1], -(Math.log(0.9) + Math.log(0.6) + Math.log(0.35) + Math.log(0.8)) / 4],
    ['mae', [0, 0, 1, 1], (0.1 + 0.4 + 0.65 + 0.2) / 4],
    ['r2', [0, 0, 1, 1], 1 - (0.01 + 0.16 + 0.4225 + 0.04)],
  ])('%s', async (metric, classes, expected) => {
    const found = await permutationImportance(first, four, classes, { metric: metric as 'auc' })
    expect(found.baseline).toBeCloseTo(expected, 6)
    // Whatever the metric, a column that predicts is worth something on the mean of many shuffles.
    const many = await permutationImportance(first, four, classes, { metric: metric as 'auc', repeats: 200 })
    expect(many.means[0]).toBeGreaterThan(0)
  })

  it('ties count as half of the area', async () => {
    const found = await permutationImportance(() => [1, 1, 1, 1], four, [0, 1, 0, 1], { metric: 'auc' })
    expect(found.baseline).toBe(0.5)
  })

  it('of the caller, the larger the better', async () => {
    const metric = (t: ArrayLike<unknown>, p: ArrayLike<unknown>) => -Math.abs((t[3] as number) - (p[3] as number))
    const found = await permutationImportance(first, four, [0, 0, 0, 0.8], { metric, repeats: 50 })
    expect(found.means[0]).toBeGreaterThan(0)
  })
})

it('is aborted, tells how far it is, and passes on what predict throws', async () => {
  const controller = new AbortController()
  const done: number[] = []
  const call = permutationImportance(predict, matrix, target, {
    signal: controller.signal,
    onProgress: ({ done: n, total }) => {
      expect(total).toBe(15)
      done.push(n)
      if (n === 4) controller.abort()
    },
  })
  await expect(call).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  expect(done).toEqual([1, 2, 3, 4])
  const thrown = new Error('of the predictor')
  const failing = permutationImportance(() => Promise.reject(thrown), matrix, target)
  await expect(failing).rejects.toBe(thrown)
})

it.each<[string, () => Promise<unknown>, string, RegExp]>([
  ['no function', () => permutationImportance(5 as never, matrix, target), 'ERR_VALUE', /predict/],
  ['no table', () => permutationImportance(predict, [[1]] as never, [1]), 'ERR_VALUE', /a Matrix or a Table/],
  ['another number of rows', () => permutationImportance(predict, matrix, [1]), 'ERR_SHAPE', /400 rows/],
  ['too few predictions', () => permutationImportance(() => [1], matrix, target), 'ERR_SHAPE', /400 rows but got 1/],
  [
    'predictions of nothing',
    () => permutationImportance(() => undefined as never, matrix, target),
    'ERR_VALUE',
    /array/,
  ],
  [
    'NaN',
    () => permutationImportance((m) => predict(m).fill(Number.NaN), matrix, target),
    'ERR_VALUE',
    /predict: .*row 0/,
  ],
  [
    'a constant target',
    () =>
      permutationImportance(
        predict,
        matrix,
        target.map(() => 1),
      ),
    'ERR_VALUE',
    /r2/,
  ],
  [
    'classes of numbers',
    () => permutationImportance(predict, matrix, target, { metric: 'auc' }),
    'ERR_VALUE',
    /0 or 1/,
  ],
  [
    'no such metric',
    () => permutationImportance(predict, matrix, target, { metric: 'R2' as never }),
    'ERR_VALUE',
    /mean "r2"|one of/,
  ],
  [
    'names of a table',
    () => permutationImportance(() => [1], Table.from([{ a: 1 }]), [1], { names: ['a'] }),
    'ERR_VALUE',
    /of its own/,
  ],
])('refuses %s', async (_, call, code, message) => {
  await expect(call()).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
})
