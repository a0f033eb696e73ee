import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  chiSquared,
  ElasticNet,
  fScore,
  Interactions,
  Lasso,
  LassoCV,
  LogisticL1,
  Matrix,
  mutualInformation,
  Table,
  takeColumns,
} from 'kindred'
import { describe, expect, it } from 'vitest'
import { lines, real } from '../support/real.js'
import { farthest, type LinearFixture, type LogisticFixture } from '../support/selection-fixture.js'

const FINE = { tolerance: 1e-13, iterations: 1_000_000 }

/** What scikit-learn says of the tables below (test/fixtures/make-selection.py). */
const expected = JSON.parse(readFileSync('test/fixtures/selection-ml-1m.json', 'utf8')) as {
  movies: {
    rows: number
    names: string[]
    linear: LinearFixture[]
    lassoCV: number
    fRegression: [number[], number[]]
    chi2: [number[], number[]]
    mutualInfoClassif: number[]
  }
  users: {
    rows: number
    names: string[]
    logistic: LogisticFixture[]
    fClassif: [number[], number[]]
    mutualInfoClassif: number[]
  }
}

const folder = join(real ?? '', 'data', 'ml-1m')
const readLog = () =>
  Interactions.read(join(folder, 'interactions.parquet'), { user: 'user_id', item: 'item_id', weight: 'rating' })

/** Genres as 0 and 1, and the year; the mean rating, of films of 20 ratings or more. */
async function movies() {
  const sums = new Map<unknown, [number, number]>()
  for (const { item, weight } of await readLog()) {
    const [sum, count] = sums.get(item) ?? [0, 0]
    sums.set(item, [sum + weight, count + 1])
  }
  const all = lines(join(folder, 'items.jsonl')).map(
    (line) => JSON.parse(line) as { item_id: number; genres: string[]; year: number },
  )
  const rows = all.filter(({ item_id }) => (sums.get(item_id)?.[1] ?? 0) >= 20)
  const genres = [...new Set(rows.flatMap((row) => row.genres))].sort()
  const matrix = new Matrix(rows.length, genres.length + 1)
  for (const [r, row] of rows.entries())
    matrix.row(r).set([...genres.map((genre) => Number(row.genres.includes(genre))), row.year])
  const target = Float64Array.from(rows, ({ item_id }) => sums.get(item_id)![0] / sums.get(item_id)![1])
  return { matrix, target, names: [...genres, 'year'] }
}

/** Age, gender and occupation as 0 and 1; whether a user has more than 100 ratings. */
async function users() {
  const counts = new Map<unknown, number>()
  for (const { user } of await readLog()) counts.set(user, (counts.get(user) ?? 0) + 1)
  const table = await Table.read(join(folder, 'users.parquet'))
  const rows = [...table].sort((a, b) => Number(a.user_id) - Number(b.user_id))
  const occupations = [...new Set(rows.map(({ occupation }) => occupation))].sort((a, b) => (a! < b! ? -1 : 1))
  const matrix = new Matrix(rows.length, occupations.length + 2)
  for (const [r, row] of rows.entries())
    matrix
      .row(r)
      .set([Number(row.age), Number(row.gender === 'F'), ...occupations.map((o) => Number(o === row.occupation))])
  const target = rows.map(({ user_id }) => Number(counts.get(Number(user_id))! > 100))
  return { matrix, target, names: ['age', 'female', ...occupations.map(String)] }
}

/** The minimum by plain coordinate descent, in double. */
function plainLasso({ matrix, target }: { matrix: Matrix; target: Float64Array }, alpha: number, sweeps: number) {
  const { rows, cols } = matrix
  const mean = target.reduce((sum, y) => sum + y, 0) / rows
  const columns = Array.from({ length: cols }, (_, c) => {
    const column = Float64Array.from({ length: rows }, (_, r) => matrix.data[r * cols + c]!)
    const own = column.reduce((sum, x) => sum + x, 0) / rows
    return column.map((x) => x - own)
  })
  const residual = target.map((y) => y - mean)
  const coef = new Float64Array(cols)
  for (let sweep = 0; sweep < sweeps; sweep++)
    for (const [c, column] of columns.entries()) {
      const square = column.reduce((sum, x) => sum + x * x, 0)
      const product = column.reduce((sum, x, r) => sum + x * residual[r]!, square * coef[c]!)
      const next = (Math.sign(product) * Math.max(Math.abs(product) - alpha * rows, 0)) / square
      for (let r = 0; r < rows; r++) residual[r]! -= (next - coef[c]!) * column[r]!
      coef[c] = next
    }
  return coef
}

describe.skipIf(!real)("selection of MovieLens-1M's columns", () => {
  it('of films is that of scikit-learn, and that of plain descent in double', { timeout: 120_000 }, async () => {
    const { matrix, target, names } = await movies()
    expect([matrix.rows, names]).toEqual([expected.movies.rows, expected.movies.names])
    for (const { alpha, l1Ratio, fitIntercept, positive, coef, intercept } of expected.movies.linear) {
      const options = { alpha, fitIntercept, positive, ...FINE }
      const model = l1Ratio === 1 ? new Lasso(options) : new ElasticNet({ ...options, l1Ratio })
      await model.fit(matrix, target)
      expect(model.converged).toBe(true)
      expect(farthest(model.coef, coef)).toBeLessThan(1e-4)
      expect(farthest([model.intercept], [intercept])).toBeLessThan(1e-4)
    }
    const model = await new Lasso({ alpha: 0.005, ...FINE }).fit(matrix, target)
    expect(farthest(model.coef, [...plainLasso({ matrix, target }, 0.005, 500)])).toBeLessThan(1e-6)
    const cv = await new LassoCV({ alphaCount: 30, ...FINE }).fit(matrix, target)
    expect(cv.alpha / expected.movies.lassoCV).toBeCloseTo(1, 5)
    const { scores, pValues } = await fScore(matrix, target, { task: 'regression' })
    expect(farthest(scores, expected.movies.fRegression[0])).toBeLessThan(1e-8)
    expect(farthest(pValues, expected.movies.fRegression[1])).toBeLessThan(1e-8)
    const genres = await takeColumns(matrix, [...names.keys()].slice(0, -1))
    const good = Array.from(target, (y) => y > 3.5)
    expect(farthest((await chiSquared(genres, good)).scores, expected.movies.chi2[0])).toBeLessThan(1e-9)
    const information = await mutualInformation(genres, good, { discrete: true })
    expect(farthest(information, expected.movies.mutualInfoClassif)).toBeLessThan(1e-12)
  })

  it('of users is that of scikit-learn', { timeout: 120_000 }, async () => {
    const { matrix, target, names } = await users()
    expect([matrix.rows, names]).toEqual([expected.users.rows, expected.users.names])
    for (const { alpha, coef, intercept } of expected.users.logistic) {
      const model = await new LogisticL1({ alpha, tolerance: 1e-10, iterations: 1000 }).fit(matrix, target)
      expect(model.converged).toBe(true)
      expect(farthest(model.coef, coef)).toBeLessThan(1e-3)
      expect(farthest([model.intercept], [intercept])).toBeLessThan(1e-3)
    }
    const { scores, pValues } = await fScore(matrix, target)
    expect(farthest(scores, expected.users.fClassif[0])).toBeLessThan(1e-9)
    expect(farthest(pValues, expected.users.fClassif[1])).toBeLessThan(1e-9)
    const information = await mutualInformation(matrix, target, { discrete: true })
    expect(farthest(information, expected.users.mutualInfoClassif)).toBeLessThan(1e-12)
  })
})
