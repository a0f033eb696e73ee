import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { AlternatingLeastSquares, Interactions, loadModel } from 'kindred'
import { describe, expect, it } from 'vitest'
import { anyLog, code, tasteLog } from '../support/logs.js'

const quick = { factors: 2, iterations: 1 }
const parametersOf = async (log: Interactions, options: object = {}) =>
  (await new AlternatingLeastSquares({ ...quick, ...options }).fit(log)).parameters

/** As docs/factorization.md has it. */
function expected(log: Interactions, w0 = 1, nu = 0, alpha?: number) {
  const rows = [...log]
  const mean = rows.reduce((sum, { weight }) => sum + Math.abs(weight), 0) / rows.length
  const [users, items] = [log.users.size, log.items.size]
  const chosen = alpha ?? (w0 / mean) * Math.max(1, (users * items) / 40 / rows.length)
  const [perUser, perItem] = [rows.length / users, rows.length / items]
  const singularValue = Math.min(0.4 * (Math.sqrt(perUser) + Math.sqrt(perItem)), 0.3 * Math.sqrt(perUser * perItem))
  const penalty = (w0 + chosen * mean) * singularValue
  const ofUser = (rows.length / users + w0 * items) ** nu
  const ofItem = (rows.length / items + w0 * users) ** nu
  return { alpha: chosen, regularization: penalty / Math.sqrt(ofUser * ofItem) }
}

describe('what the log decides', () => {
  it('alpha and regularization, by the rule of the guide', () =>
    fc.assert(
      fc.asyncProperty(
        anyLog,
        fc.constantFrom(1, 0.1, 7),
        fc.constantFrom(0, 0.5, 1),
        fc.constantFrom(undefined, 3),
        async (log, unobservedWeight, regularizationExponent, alpha) => {
          const found = await parametersOf(log, { unobservedWeight, regularizationExponent, alpha })
          const rule = expected(log, unobservedWeight, regularizationExponent, alpha)
          expect(found.alpha / rule.alpha).toBeCloseTo(1, 9)
          expect(found.regularization / rule.regularization).toBeCloseTo(1, 9)
        },
      ),
      { numRuns: 25 },
    ))

  it('the same ranking whatever the unit of the weights and of the confidences', async () => {
    const log = tasteLog()
    const lists = []
    for (const [unit, unobservedWeight] of [
      [1, 1],
      [1024, 1],
      [1, 0.25],
    ] as const) {
      const options = { factors: 4, solver: 'cholesky' as const, unobservedWeight }
      const model = await new AlternatingLeastSquares(options).fit(log.transform({ weight: () => unit }))
      lists.push((await model.recommendMany([...log.users], { k: 5 })).map((list) => list.map(({ item }) => item)))
    }
    expect(lists[1]).toEqual(lists[0])
    expect(lists[2]).toEqual(lists[0])
  })

  it('nothing that is given', async () => {
    const log = tasteLog()
    expect(await parametersOf(log, { alpha: 3, regularization: 2 })).toEqual({ alpha: 3, regularization: 2 })
    expect((await parametersOf(log, { regularization: 0 })).regularization).toBe(0)
    expect((await parametersOf(log, { alpha: 0 })).alpha).toBe(0)
  })

  it('once, at fit: update, folding in and a saved model keep it', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'kindred-als-'))
    try {
      const model = await new AlternatingLeastSquares({ factors: 4 }).fit(tasteLog())
      const { parameters } = model
      await model.update(Interactions.from([{ user: 'new', item: 3, weight: 90 }]))
      expect(model.parameters).toEqual(parameters)
      await model.save(dir)
      const loaded = (await loadModel(dir)) as AlternatingLeastSquares
      expect(loaded.parameters).toEqual(parameters)
      expect(loaded.options.alpha).toBeNull()
      const history = [{ item: 3 }, { item: 5 }]
      expect(await loaded.recommendFor(history)).toEqual(await model.recommendFor(history))
      const given = new AlternatingLeastSquares({ factors: 4, ...parameters })
      await given.fit(tasteLog())
      await given.update(Interactions.from([{ user: 'new', item: 3, weight: 90 }]))
      expect(await given.recommendFor(history)).toEqual(await model.recommendFor(history))
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it('is known after fit only, and refuses what numbers cannot tell apart', async () => {
    expect(() => new AlternatingLeastSquares().parameters).toThrow(code('ERR_NOT_FITTED'))
    await expect(parametersOf(tasteLog(), { alpha: 1e17 })).rejects.toEqual(code('ERR_VALUE'))
    expect((await parametersOf(tasteLog(), { alpha: 1e14 })).alpha).toBe(1e14)
  })
})
