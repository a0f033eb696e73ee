import {
  chiSquared,
  correlationFilter,
  fScore,
  Matrix,
  mutualInformation,
  selectFeatures,
  setThreads,
  takeColumns,
  varianceThreshold,
} from 'kindred'
import { describe, expect, it } from 'vitest'
import { chiSquaredTail, fTail } from '#lib/features/select/distributions.js'
import { farthest, matrixOf, selectionCases } from '../support/selection-fixture.js'

describe.each(selectionCases.map((one) => [`${one.rows} x ${one.cols}`, one] as const))(
  'of %s, as of scikit-learn',
  (_, one) => {
    const matrix = matrixOf(one)
    const { labels, y } = one

    it('F statistics and their p-values', async () => {
      const classes = await fScore(matrix, labels)
      expect(farthest(classes.scores, one.fClassif[0])).toBeLessThan(1e-9)
      expect(farthest(classes.pValues, one.fClassif[1])).toBeLessThan(1e-9)
      const numbers = await fScore(matrix, y, { task: 'regression' })
      expect(farthest(numbers.scores, one.fRegression[0])).toBeLessThan(1e-9)
      expect(farthest(numbers.pValues, one.fRegression[1])).toBeLessThan(1e-9)
    })

    it('chi-squared statistics and their p-values', async () => {
      const counts = new Matrix(
        one.rows,
        one.cols,
        matrix.data.map((x) => Math.abs(rounded(x))),
      )
      const { scores, pValues } = await chiSquared(counts, labels)
      expect(farthest(scores, one.chi2[0])).toBeLessThan(1e-9)
      expect(farthest(pValues, one.chi2[1])).toBeLessThan(1e-9)
    })

    it('mutual information', async () => {
      const mixed = new Matrix(
        one.rows,
        one.cols,
        matrix.data.map((x, i) => (i % one.cols < 2 ? Number(x > one.thresholds[i % one.cols]!) : x)),
      )
      const discrete = [0, 1]
      expect(farthest(await mutualInformation(mixed, labels, { discrete }), one.mutualInfoClassif)).toBeLessThan(1e-9)
      const numbers = await mutualInformation(mixed, y, { discrete, task: 'regression' })
      expect(farthest(numbers, one.mutualInfoRegression)).toBeLessThan(1e-9)
      expect(farthest(await mutualInformation(matrix, labels, { neighbors: 2 }), one.mutualInfoClassif2)).toBeLessThan(
        1e-9,
      )
    })
  },
)

/** NumPy rounds halves to the even number. */
function rounded(x: number): number {
  const floor = Math.floor(x)
  if (x - floor !== 0.5) return Math.round(x)
  return floor % 2 === 0 ? floor : floor + 1
}

describe('tails of distributions', () => {
  it('of chi-squared with two degrees of freedom are powers of e', () => {
    for (const value of [0, 0.1, 1, 5, 50, 700, 1400])
      expect(chiSquaredTail(value, 2) / Math.exp(-value / 2)).toBeCloseTo(1, 10)
  })

  it('of F with two degrees of freedom between are powers', () => {
    for (const value of [0.01, 0.5, 3, 100, 1e6])
      for (const within of [1, 7, 40, 1000]) {
        const expected = (1 + (2 * value) / within) ** (-within / 2)
        const found = fTail(value, 2, within)
        if (expected === 0) expect(found).toBe(0)
        else expect(found / expected).toBeCloseTo(1, 9)
      }
  })

  it('of nothing are 1, of everything 0, of NaN NaN', () => {
    expect([fTail(0, 3, 8), chiSquaredTail(0, 5), fTail(Number.POSITIVE_INFINITY, 1, 2)]).toEqual([1, 1, 0])
    expect([fTail(Number.NaN, 1, 1), chiSquaredTail(Number.NaN, 1)]).toEqual([Number.NaN, Number.NaN])
  })
})

const names = ['same', 'price', 'double', 'size', 'opposite']
/** A constant, two measures, and each of them again. */
const table = new Matrix(
  5,
  5,
  Float32Array.from([1, 2, 5, 4, 6].flatMap((x, i) => [7, x, 2 * x, [3, 9, 1, 5, 2][i]!, -[3, 9, 1, 5, 2][i]!])),
)

it('columns that do not change are left out, and it is told why', async () => {
  const { columns, names: kept, scores, dropped } = await varianceThreshold(table, { names })
  expect([...columns]).toEqual([1, 2, 3, 4])
  expect(kept).toEqual(['price', 'double', 'size', 'opposite'])
  expect(scores[0]).toBe(0)
  expect(dropped).toEqual([{ column: 0, name: 'same', reason: 'its variance is 0' }])
  expect([...(await varianceThreshold(table, { threshold: 8.5 })).columns]).toEqual([2])
})

it('the later of two columns that say the same is left out, and it is told which it goes with', async () => {
  const { columns, earlier, scores, dropped } = await correlationFilter(table, { names })
  expect([...columns]).toEqual([0, 1, 3])
  expect([...earlier]).toEqual([-1, -1, 1, -1, 3])
  expect(farthest(scores, [0, 0, 1, 0, -1])).toBeLessThan(1e-6)
  expect(dropped.map(({ reason }) => reason)).toEqual([
    'its correlation with column 1 ("price") is 1.000',
    'its correlation with column 3 ("size") is -1.000',
  ])
})

describe('selectFeatures', () => {
  const scores = [2, Number.NaN, 5, 2, Number.POSITIVE_INFINITY]

  it('keeps the k best, of equal ones the earlier', () => {
    expect([...selectFeatures(table, scores, { k: 3 }).columns]).toEqual([0, 2, 4])
    expect([...selectFeatures(table, scores, { k: 9 }).columns]).toEqual([0, 2, 3, 4])
    expect([...selectFeatures(table, scores, { k: 0 }).columns]).toEqual([])
    expect(selectFeatures(table, scores, { k: 1, names }).dropped[1]).toEqual({
      column: 1,
      name: 'price',
      reason: 'its score NaN is not among the 1 highest',
    })
  })

  it('keeps those of a threshold', () => {
    expect([
      ...selectFeatures(table, { scores: Float64Array.from(scores), pValues: new Float64Array(5) }, { threshold: 2 })
        .columns,
    ]).toEqual([0, 2, 3, 4])
  })

  it.each<[string, () => unknown, string, RegExp]>([
    ['neither', () => selectFeatures(table, scores), 'ERR_VALUE', /one of k and threshold/],
    ['both', () => selectFeatures(table, scores, { k: 1, threshold: 2 }), 'ERR_VALUE', /one of k and threshold/],
    ['other scores', () => selectFeatures(table, [1], { k: 1 }), 'ERR_SHAPE', /5 columns but received 1/],
    ['no scores', () => selectFeatures(table, null as never, { k: 1 }), 'ERR_VALUE', /array of numbers/],
    ['a score of text', () => selectFeatures(table, ['a', 1, 1, 1, 1] as never, { k: 1 }), 'ERR_VALUE', /column 0/],
  ])('refuses %s', (_, call, code, message) => {
    expect(call).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }))
  })
})

it('columns are taken by a selection or by their numbers', async () => {
  const chosen = selectFeatures(table, [0, 3, 1, 2, 0], { k: 2 })
  const taken = await takeColumns(table, chosen)
  expect([...taken.row(1)]).toEqual([2, 9])
  expect([...(await takeColumns(table, [3, 0])).row(1)]).toEqual([9, 7])
  await expect(takeColumns(table, [5])).rejects.toMatchObject({ code: 'ERR_VALUE' })
  await expect(takeColumns(table, 'all' as never)).rejects.toMatchObject({ code: 'ERR_VALUE' })
})

it('a constant column has no score', async () => {
  const { scores, pValues } = await fScore(table, ['a', 'b', 'a', 'b', 'b'])
  expect([scores[0], pValues[0]]).toEqual([Number.NaN, Number.NaN])
  expect((await fScore(table, [1, 2, 3, 4, 6], { task: 'regression' })).scores[0]).toBeNaN()
})

it('mutual information has the same bits for any number of threads, and hears an abort', async () => {
  const [one] = selectionCases
  const matrix = matrixOf(one!)
  const found = []
  try {
    for (const threads of [1, 3]) {
      setThreads(threads)
      found.push(await mutualInformation(matrix, one!.y, { task: 'regression', seed: 4 }))
    }
  } finally {
    setThreads(2)
  }
  expect(found[1]).toEqual(found[0])
  const signal = AbortSignal.abort()
  await expect(mutualInformation(matrix, one!.y, { task: 'regression', signal })).rejects.toMatchObject({
    code: 'ERR_ABORTED',
  })
})

const broken = new Matrix(3, 2, Float32Array.of(1, 2, 3, Number.POSITIVE_INFINITY, 5, 6))
it.each<[string, () => Promise<unknown>, string, RegExp]>([
  ['variances', () => varianceThreshold(broken), 'ERR_VALUE', /row 1 holds inf in column 1/],
  ['correlations', () => correlationFilter(broken), 'ERR_VALUE', /row 1 holds inf in column 1/],
  ['F', () => fScore(broken, [0, 1, 1]), 'ERR_VALUE', /row 1 holds inf in column 1/],
  ['mutual information', () => mutualInformation(broken, [0, 1, 1], { neighbors: 1 }), 'ERR_VALUE', /column 1.*row 1/],
  ['counts below 0', () => chiSquared(new Matrix(2, 1, Float32Array.of(1, -1)), [0, 1]), 'ERR_VALUE', /row 1 holds -1/],
  ['one class', () => fScore(table, [1, 1, 1, 1, 1]), 'ERR_VALUE', /at least 2 classes but found 1/],
  ['a class for each row', () => fScore(table, [1, 2, 3, 4, 5]), 'ERR_SHAPE', /more than 5 rows/],
  ['a class that is none', () => fScore(table, [1, 2, Number.NaN, 4, 5]), 'ERR_VALUE', /row 2 has NaN/],
  ['too many neighbours', () => mutualInformation(table, [0, 1, 0, 1, 1], { neighbors: 5 }), 'ERR_VALUE', /the 5 rows/],
  ['no such column', () => mutualInformation(table, [0, 1, 0, 1, 1], { discrete: [5] }), 'ERR_VALUE', /received 5/],
  ['no rows', () => varianceThreshold(new Matrix(0, 2)), 'ERR_SHAPE', /at least one row/],
])('refuses: %s', async (_, call, code, message) => {
  await expect(call()).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
})
