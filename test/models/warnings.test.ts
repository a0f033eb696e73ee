import {
  AlternatingLeastSquares,
  BayesianPersonalizedRanking,
  EASE,
  GFCF,
  Interactions,
  ItemKNN,
  P3alpha,
  Popularity,
  PureSVD,
  RandomBaseline,
  SLIM,
  UserKNN,
} from 'kindred'
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { shareTaken } from '#lib/models/als/als-outcome.js'
import { tasteLog } from '../support/logs.js'

const emit = vi.spyOn(process, 'emitWarning')
beforeEach(() => {
  emit.mockReset().mockImplementation(() => {})
})
afterAll(() => emit.mockRestore())

const codes = () => emit.mock.calls.map(([, options]) => (options as unknown as { code: string }).code)

/** Numbers of times that something was heard: log-normal. */
function heard(): Interactions {
  const random = createRandom(4)
  return tasteLog({ users: 120 }).transform({ weight: () => Math.ceil(Math.exp(3 + 2.5 * random.normal())) })
}

describe('weights with a heavy tail', () => {
  it.each([
    ['AlternatingLeastSquares', () => new AlternatingLeastSquares({ factors: 4 })],
    ['ItemKNN', () => new ItemKNN()],
    ['UserKNN', () => new UserKNN()],
    ['EASE', () => new EASE()],
    ['SLIM', () => new SLIM()],
    ['GFCF', () => new GFCF({ factors: 8 })],
    ['P3alpha', () => new P3alpha()],
    ['PureSVD', () => new PureSVD({ factors: 8 })],
    ['Popularity', () => new Popularity({ by: 'weight' })],
  ])('%s warns, and names the spread and the remedy, which is one', async (name, make) => {
    const log = heard()
    await make().fit(log)
    expect(codes()).toEqual(['KINDRED_WEIGHTS'])
    const { median, topShare } = log.weightSpread()
    expect(emit.mock.calls[0]![0]).toMatch(
      new RegExp(`^${name}: .*median ${median},.* ${Math.round(100 * topShare)} %`),
    )
    expect(emit.mock.calls[0]![0]).toContain("log.transform({ weight: 'log' })")
    emit.mockClear()
    await make().fit(log.transform({ weight: 'log' }))
    await make().fit(log.transform({ weight: 'binary' }))
    await make().fit(log.transform({ weight: (weight) => 1 + (weight % 5) }))
    expect(codes()).toEqual([])
  })

  it.each([
    () => new RandomBaseline(),
    () => new Popularity(),
    () => new BayesianPersonalizedRanking({ factors: 2, iterations: 1 }),
  ])('say nothing to models that do not weigh', async (make) => {
    await make().fit(heard())
    expect(codes()).toEqual([])
  })

  it('dislikes weigh as much: great weights below 0 are told, with a remedy that takes them', async () => {
    const log = Interactions.from([...heard()].map((row, n) => ({ ...row, weight: row.weight * (n % 3 ? -1 : 1) })))
    const sizes = log.transform({ weight: Math.abs }).weightSpread()
    const fit = (train: Interactions) => new ItemKNN().fit(train)
    await fit(log)
    expect(codes()).toEqual(['KINDRED_WEIGHTS'])
    expect(emit.mock.calls[0]![0]).toContain(
      `median ${sizes.median}, greatest ${Number(sizes.max.toPrecision(3))}, signs aside`,
    )
    expect(emit.mock.calls[0]![0]).toContain("log.transform({ weight: 'rank' }), or 'binary'")
    emit.mockClear()
    const ones = [...heard()].map((row, n) => ({ ...row, weight: n % 300 ? 1 : -1e6 }))
    await fit(Interactions.from(ones))
    expect(codes()).toEqual(['KINDRED_WEIGHTS'])
    emit.mockClear()
    await fit(log.transform({ weight: 'rank' }))
    await fit(log.transform({ weight: 'binary' }))
    await fit(Interactions.from([...log].map((row) => ({ ...row, weight: Math.sign(row.weight) }))))
    expect(codes()).toEqual([])
  })

  it('one great weight among many is no tail', async () => {
    const rows = [...tasteLog({ users: 2000 })].map((row, i) => ({ ...row, weight: i === 7 ? 1000 : 1 }))
    await new EASE().fit(Interactions.from(rows))
    expect(codes()).toEqual([])
  })
})

/** Few interactions of many users in a wide catalogue. */
function wide(): Interactions {
  const random = createRandom(2)
  const rows = Array.from({ length: 90_000 }, (_, n) => ({ user: n % 30_000, item: random.integer(30_000) }))
  return Interactions.from(rows)
}

describe('a penalty that leaves nothing', () => {
  it('is told: settings of a dense log on a wide catalogue; not so what the log decides', async () => {
    const dense = { alpha: 1, regularizationExponent: 1, regularization: 0.01, unobservedWeight: 0.03 }
    const log = wide()
    await new AlternatingLeastSquares({ factors: 8, iterations: 5, ...dense }).fit(log)
    expect(codes()).toEqual(['KINDRED_ALS_COLLAPSED'])
    expect(emit.mock.calls[0]![0]).toMatch(/Lower regularization \(0\.01; left out, it is .* for this log\)/)
    emit.mockClear()
    await new AlternatingLeastSquares({ factors: 8, iterations: 5 }).fit(log)
    expect(codes()).toEqual([])
  })

  it('is the share lambda / v of a factor of singular value v, and all beyond', async () => {
    const rows = Array.from({ length: 30 }, (_, n) => ({ user: n % 5, item: Math.floor(n / 5) }))
    const log = Interactions.from(rows) // everyone had everything: v = sqrt(5 * 6) alone
    for (const share of [0.1, 0.4, 0.7, 0.95, 1.2]) {
      const options = { factors: 1, alpha: 0, regularization: share * Math.sqrt(30), solver: 'cholesky' as const }
      const model = await new AlternatingLeastSquares({ ...options, iterations: 400 }).fit(log)
      const trained = { X: model.userFactors, Y: model.itemFactors, losses: [] }
      const found = await shareTaken(await log.byUser(), trained, { ...model.options, ...model.parameters })
      expect(found).toBeCloseTo(Math.min(1, share), 3)
    }
    expect(codes()).toEqual(Array.from({ length: 3 }, () => 'KINDRED_ALS_COLLAPSED'))
  })

  it('is not told of a log in which nothing is preferred', async () => {
    const log = tasteLog().transform({ weight: () => 0 })
    await new AlternatingLeastSquares({ factors: 2 }).fit(log)
    expect(codes()).toEqual([])
  })
})
