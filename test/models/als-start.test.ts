import { AlternatingLeastSquares, type AlternatingLeastSquaresOptions, Interactions, Matrix } from 'kindred'
import { describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { startFactors } from '#lib/models/als/als-start.js'
import { gram, halfSweep } from '#lib/models/als/als-train.js'
import { nativeCall } from '#lib/native/native-call.js'
import { tasteLog } from '../support/logs.js'

const SWEEPS = 15
/** Sweeps after which the loss must be lower; later both starts have settled, each in an optimum of its own. */
const EARLY = 5
const LATE = 1.0015
const factors = 16

/** Users like items of their own kind; popularity falls with the rank of an item. */
function log(users: number, items: number, perUser: number): Interactions {
  const random = createRandom(3)
  const rows = []
  for (let user = 0; user < users; user++)
    for (let n = 0; n < perUser; n++) {
      const item = Math.floor(items * random.next() ** 3)
      rows.push({ user, item: random.next() < 0.7 ? item - (item % 8) + (user % 8) : item })
    }
  return Interactions.from(rows)
}

const LOGS = { dense: log(300, 120, 40), sparse: log(1500, 2000, 8) }
const random = createRandom(5)
const counts = () => Math.ceil(Math.exp(1 + 2 * random.normal()))
const WEIGHTS = {
  1: (of: Interactions) => of,
  logarithms: (of: Interactions) => of.transform({ weight: () => Math.log1p(counts()) }),
  counts: (of: Interactions) => of.transform({ weight: counts }),
}
const SETTINGS: AlternatingLeastSquaresOptions[] = [
  { alpha: 1, regularization: 1 },
  { alpha: 5, regularization: 10 },
  { alpha: 40, regularization: 10 },
  { alpha: 40, regularization: 0.01 },
  { alpha: 1, unobservedWeight: 0.1, regularization: 0.005, regularizationExponent: 1 },
  {},
]

/** Losses after sweeps that start as implicit's do: uniform in [0, 0.01) on both sides. */
async function fromUniform(model: AlternatingLeastSquares, train: Interactions): Promise<number[]> {
  const settings = { ...model.options, ...model.parameters }
  const [Cui, Ciu] = [await train.byUser(), await train.byItem()]
  const next = createRandom(9).next
  const start = (rows: number) =>
    new Matrix(
      rows,
      factors,
      Float32Array.from({ length: rows * factors }, () => next() / 100),
    )
  const [X, Y] = [start(Cui.rows), start(Ciu.rows)]
  const losses = []
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    await halfSweep(Cui, Y, await gram(Y), X, settings)
    await halfSweep(Ciu, X, await gram(X), Y, settings)
    losses.push(await nativeCall(undefined, (native, abort) => native.alsLoss(Cui, X, Y, settings, abort)))
  }
  return losses
}

describe('the start', () => {
  for (const [density, of] of Object.entries(LOGS))
    for (const [name, weigh] of Object.entries(WEIGHTS))
      it.each(SETTINGS)(
        `has a loss at most that of a uniform one for ${EARLY} sweeps, and at most 0.15 % above it later: ${density}, weights ${name}, %o`,
        async (options) => {
          const train = weigh(of)
          const als = new AlternatingLeastSquares({ ...options, factors, iterations: SWEEPS, trackLoss: true })
          const model = await als.fit(train)
          const theirs = await fromUniform(model, train)
          for (let sweep = 0; sweep < SWEEPS; sweep++)
            expect(model.losses[sweep]!, `after ${sweep + 1}`).toBeLessThanOrEqual(
              theirs[sweep]! * (sweep < EARLY ? 1 : LATE),
            )
        },
      )

  it('is of normal numbers of the deviation asked for', async () => {
    const train = tasteLog({ users: 400 })
    const [Cui, Ciu] = [await train.byUser(), await train.byItem()]
    const { options } = new AlternatingLeastSquares({ factors: 32, initialScale: 0.25 })
    const { X, Y } = await startFactors(Cui, Ciu, { ...options, alpha: 1, regularization: 1 })
    for (const { data } of [X, Y]) {
      const mean = data.reduce((sum, value) => sum + value, 0) / data.length
      const square = data.reduce((sum, value) => sum + value ** 2, 0) / data.length
      expect(Math.abs(mean)).toBeLessThan(0.03)
      expect(Math.sqrt(square)).toBeCloseTo(0.25, 1)
    }
    expect(X.data.slice(0, 9)).not.toEqual(Y.data.slice(0, 9))
  })

  it.each([
    ['nothing is preferred', [-1, 0], {}],
    ['no weight counts', [0, 0], {}],
    ['there are more factors than users and items', [1, 2], { factors: 40 }],
    ['all confidences are equal', [1, 1], { alpha: 0 }],
  ] as const)('is finite where %s', async (_, [first, second], options) => {
    const train = Interactions.from([
      { user: 1, item: 1, weight: first },
      { user: 2, item: 2, weight: second },
      { user: 2, item: 3, weight: first },
    ])
    const model = await new AlternatingLeastSquares({ factors: 2, regularization: 0.1, ...options }).fit(train)
    for (const { data } of [model.userFactors, model.itemFactors]) expect(data.every(Number.isFinite)).toBe(true)
    const [score] = await model.score(2, [3])
    if (first > 0) expect(score!).toBeGreaterThan(0.3)
    else expect(score!).toBeLessThanOrEqual(0)
  })
})
