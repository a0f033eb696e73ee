import fc from 'fast-check'
import { type Evaluation, evaluate, type Interaction, Interactions } from 'kindred'
import { describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { ALGORITHMS, type Algorithm, OF_SEQUENCES, smallModel, tiedFeatures } from '../support/models.js'

const entry = fc.record({
  user: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom('ann', '7')),
  item: fc.oneof(fc.integer({ min: 0, max: 14 }), fc.constantFrom('x', '3')),
  weight: fc.integer({ min: 1, max: 2 }),
})
const rowsOf = (min: number, max: number) =>
  fc.uniqueArray(entry, { selector: ({ user, item }) => JSON.stringify([user, item]), minLength: min, maxLength: max })

function shuffled<T>(rows: readonly T[], seed: number): T[] {
  const order = createRandom(seed).shuffle(Int32Array.from(rows.keys()))
  return Array.from(order, (row) => rows[row]!)
}

async function figures(algorithm: Algorithm, train: readonly object[], test: readonly object[]): Promise<Evaluation> {
  const log = Interactions.from(train as Interaction[])
  const ids = [...log.items].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  const itemFeatures = algorithm === 'ContentBased' ? tiedFeatures(ids) : undefined
  const model = await smallModel(algorithm).fit(log, { itemFeatures })
  return evaluate(model, Interactions.from(test as Interaction[]), { k: [1, 3], resamples: 20 })
}

describe('figures do not depend on the order of rows, of the training log or of the held-out one', () => {
  it.each(ALGORITHMS)('%s', async (algorithm) => {
    await fc.assert(
      fc.asyncProperty(rowsOf(12, 60), fc.nat(1000), async (given, seed) => {
        const rows = OF_SEQUENCES.includes(algorithm) ? given.map((row, time) => ({ ...row, time })) : given
        const [train, test] = [rows.slice(0, -5), rows.slice(-5)]
        fc.pre(test.some(({ user }) => train.some((row) => row.user === user)))
        const one = await figures(algorithm, train, test)
        const other = await figures(algorithm, shuffled(train, seed), shuffled(test, seed + 1))
        for (const [name, figure] of Object.entries(one) as [keyof Evaluation & 'auc', Evaluation['auc']][])
          for (const part of ['value', 'low', 'high'] as const)
            if (Number.isNaN(figure[part])) expect(other[name][part]).toBeNaN()
            else expect(Math.abs(other[name][part] - figure[part]), `${name} ${part}`).toBeLessThanOrEqual(1e-12)
      }),
      { numRuns: 40 },
    )
  })
})
